/* An encoder with what is the core's behind it. */
#ifndef NV_PLUGIN_ENCODER_H
#define NV_PLUGIN_ENCODER_H

#include "plugin/instance.h"

typedef struct {
  NvEncoder encoder; /* what the plugin sees */
  gpointer options;
  NvSpace *space;    /* owned reference */
  NvRng rng;
  guint64 seed, stream;
  guint labels;      /* of cells whose scores have trained it outside of a search */
  gboolean open;
} NvEncoderPrivate;

/* Closes the plugin and opens it again, as it was when it was new. */
G_GNUC_INTERNAL gboolean nv_i_encoder_reopen (NvEncoder *encoder, GError **error);

/* A number that is not finite, for messages: "nan", "inf", "-inf". */
G_GNUC_INTERNAL const char *nv_i_wild_text (double x);
/* The first array with such a number, *text; NULL: there is none. */
G_GNUC_INTERNAL const NvTensor *nv_i_tensors_wild (const NvTensors *tensors, const char **text);

#endif
