/* Training the network of one cell. */
#ifndef NV_FIT_H
#define NV_FIT_H

#include "train/images.h"
#include "train/network.h"

typedef struct {
  const char *data;
  int size, images, validation, split; /* of the data */
  int width, cells, stages;     /* of the skeleton */
  int epochs, validate, early, batch;
  double rate, warmup, momentum, decay, smoothing, drop_path, auxiliary;
  gboolean flip;
  int crop, cutout, seed, trainings;
} NvTrainOptions;
NV_INTERNAL extern const NvParam nv_i_train_params[];
NV_INTERNAL extern const NvTrainOptions nv_i_train_defaults;

typedef struct {
  double *validation; /* [epochs] accuracy after each, NAN: not asked; owned */
  double *each;       /* [trainings x (epochs + 1)] that of each training, and its test, if none
                       * has diverged; NULL as long as they go on; owned */
  guint epochs;       /* done */
  guint training;     /* that is on, from 1; when all are over, their number */
  double test, seconds;
  guint64 parameters, madds;
  gboolean diverged;  /* the loss, a weight, or an output in validation or test was not finite: no
                       * further epoch, no test */
} NvTrained;
NV_INTERNAL void nv_i_trained_clear (NvTrained *trained);

/* The images that these options ask for; see nv_i_images_load(). NULL with error, also where
 * they are too few for a batch. */
NV_INTERNAL NvImages *nv_i_train_images (const NvTrainOptions *options, GError **error);

/* The network that is trained for a valid cell; see nv_i_network_of_cell(). */
NV_INTERNAL NvNetwork *nv_i_train_network (const NvSpace *space, const NvCell *cell,
                                           const NvTrainOptions *options,
                                           const NvImages *images, GError **error);

/* Is the accuracy asked for after this epoch, 0, 1, ...? */
static inline gboolean
nv_i_train_validates (const NvTrainOptions *options, guint epoch)
{
  const guint done = epoch + 1;
  return done % (guint) options->validate == 0 || done == (guint) options->epochs;
}

/* Can networks be trained? Not without oneDNN. */
NV_INTERNAL gboolean nv_i_train_available (GError **error);

/* Told after each epoch; FALSE stops with NV_ERROR_CANCELLED. */
typedef gboolean (*NvTrainWatch) (const NvTrained *so_far, double loss, gpointer data);

/* Trains options->trainings times, with the seeds from options->seed on. *out: the means of
 * their accuracies, the sum of their seconds; diverged: one of them has, and is the last.
 * Each starts from nothing or, if its file `checkpoint` (NULL: none; that of the second is
 * `checkpoint`.2) is there, from the epoch that it was left at; it is written after each epoch.
 * Any number of threads at a time with the same images. *out is untouched on error. */
NV_INTERNAL gboolean nv_i_train_cell (NvTrained *out, const NvSpace *space,
                                      const NvCell *cell, const NvTrainOptions *options,
                                      const NvImages *images, const char *checkpoint,
                                      NvTrainWatch watch, gpointer data, GError **error);

#endif
