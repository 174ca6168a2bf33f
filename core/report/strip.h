/* Several cells under each other, each with a caption. */
#ifndef NV_REPORT_STRIP_H
#define NV_REPORT_STRIP_H

#include "report/data.h"
#include "report/graph.h"

typedef struct {
  const char *title;
  GPtrArray *graphs;   /* NvGraph, owned */
  GPtrArray *captions; /* char *, owned */
} NvStrip;

NV_INTERNAL NvStrip *nv_i_strip_new (const char *title);
NV_INTERNAL void nv_i_strip_free (NvStrip *strip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvStrip, nv_i_strip_free)
/* Takes over the caption, on error too. */
NV_INTERNAL gboolean nv_i_strip_add (NvStrip *strip, const NvSpace *space,
                                     const NvCell *cell, char *caption, GError **error);
NV_INTERNAL gboolean nv_i_strip_write (const NvStrip *strip, const char *out,
                                       const char *name, GError **error);

/* The best cells of a task as the figure `name`; none where its space is not at hand. */
NV_INTERNAL gboolean nv_i_write_best_cells (const NvReport *report, guint task,
                                            const char *out, const char *name,
                                            GError **error);

#endif
