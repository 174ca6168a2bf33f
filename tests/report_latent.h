/* A small embedding for the tests of reports. */
#ifndef REPORT_LATENT_H
#define REPORT_LATENT_H

#include <math.h>

#include "report/latent.h"

static inline guint
count_op (const NvCell *cell, guint op)
{
  guint n = 0;
  for (guint i = 1; i + 1 < cell->n_nodes; i++)
    n += cell->ops[i] == op;
  return n;
}

/* Of n cells of NAS-Bench-201 under an encoder that was not fitted, all nodes as they are. Score:
 * share of op 2, plus a little of op 1; every seventh cell was never evaluated. */
static inline NvLatent *
small_latent (NvSpace *space, const char *plugin, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvCells) all = nv_space_enumerate (space, &error);
  g_assert_no_error (error);
  g_autoptr (NvCells) pool = nv_cells_new (all->nodes);
  g_autofree double *score = g_new (double, n);
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < n; i++) {
    NvCell cell;
    nv_cells_get (all, i * 97 % all->count, &cell);
    nv_cells_append (pool, &cell);
    score[i] = i % 7 == 3 ? NAN
                          : .9 + .01 * count_op (&cell, 2) + .002 * count_op (&cell, 1);
    if (i % 40 == 0 && i < 200)
      g_array_append_val (path, i);
  }
  GVariant *options = g_variant_new_parsed ("{'pooling': <'concat'>}");
  NvEncoder *encoder = nv_i_encoder_new (plugin, options, space, 1, 0, 1, &error);
  g_assert_no_error (error);
  NvLatent *latent = nv_i_latent_new ("invented", encoder, space, pool, score,
                                      path, TRUE, TRUE);
  nv_i_latent_project (latent);
  return latent;
}

#endif
