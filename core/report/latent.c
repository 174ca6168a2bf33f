#include "report/latent.h"

#include <math.h>
#include <string.h>

#include "report/graph.h"
#include "report/project.h"
#include "stats/stats.h"

#define PERPLEXITY 30
#define ITERATIONS 600

/* --- what is known of a cell -------------------------------------------------------- */

guint
nv_i_cell_depth (const NvSpace *space, const NvCell *cell)
{
  guint depth[NV_CELL_MAX] = { 1 }; /* of paths from an input, plus 1; 0: none */
  for (guint j = 1; j < cell->n_nodes; j++) {
    const char *op = space->ops[cell->ops[j]];
    guint longest = 0;
    if (nv_i_op_is_input (space, cell->ops[j])) {
      depth[j] = 1;
      continue;
    }
    for (guint i = 0; i < j; i++)
      if (nv_cell_has_edge (cell, i, j))
        longest = MAX (longest, depth[i]);
    if (longest > 0 && !g_str_equal (op, "none"))
      depth[j] = longest + !g_str_has_prefix (op, "skip");
  }
  guint last = depth[cell->n_nodes - 1];
  return last > 0 ? last - 1 : 0;
}

static double
op_share (const NvCell *cell, guint op)
{
  guint n = 0;
  for (guint i = 1; i + 1 < cell->n_nodes; i++)
    n += cell->ops[i] == op;
  return cell->n_nodes > 2 ? n / (cell->n_nodes - 2.0) : 0;
}

static void
set_shares (double *share, const NvLatent *l, guint op)
{
  NvCell cell;
  for (gsize i = 0; i < l->n; i++) {
    nv_cells_get (l->cells, i, &cell);
    share[i] = op_share (&cell, op);
  }
}

/* |Spearman| between an op's share and the score, over the cells that have one. */
static double
relation (const double *share, const NvLatent *l)
{
  g_autofree double *x = g_new (double, l->n), *y = g_new (double, l->n);
  gsize n = 0;
  for (gsize i = 0; i < l->n; i++)
    if (!isnan (l->score[i])) {
      x[n] = share[i];
      y[n++] = l->score[i];
    }
  double rho = n > 2 ? fabs (nv_i_spearman (x, y, n)) : 0;
  return isfinite (rho) ? rho : 0;
}

static void
choose_op (NvLatent *l)
{
  g_autofree double *share = g_new (double, l->n);
  double most = -1;
  for (guint op = 0; op < l->space->n_ops; op++) {
    set_shares (share, l, op);
    double rho = relation (share, l);
    if (rho > most) {
      most = rho;
      l->op = op;
    }
  }
  set_shares (l->share, l, l->op);
}

/* --- the draw of cells -------------------------------------------------------------- */

/* Appends pool cell i unless it is there; its place in l->cells. */
static guint
take_cell (NvLatent *l, const NvCells *pool, GHashTable *places, guint i)
{
  gpointer place;
  if (g_hash_table_lookup_extended (places, GUINT_TO_POINTER (i), NULL, &place))
    return GPOINTER_TO_UINT (place);
  NvCell cell;
  nv_cells_get (pool, i, &cell);
  nv_cells_append (l->cells, &cell);
  g_hash_table_insert (places, GUINT_TO_POINTER (i), GUINT_TO_POINTER (l->n));
  return (guint) l->n++;
}

static void
draw_cells (NvLatent *l, const NvCells *pool, const double *score, const GArray *path)
{
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);
  g_autofree guint32 *order = g_new (guint32, pool->count);
  NvRng rng;
  nv_rng_init (&rng, 0, "report latent", pool->count);
  for (guint i = 0; i < pool->count; i++)
    order[i] = i;
  nv_rng_shuffle (&rng, order, pool->count);
  l->score = g_new (double,
                    MIN (pool->count, NV_LATENT_CELLS + (path ? path->len : 0)) + 1);
  for (guint i = 0; path != NULL && i < path->len; i++) {
    guint index = g_array_index (path, guint, i),
          place = take_cell (l, pool, places, index);
    l->score[place] = score[index];
    g_array_append_val (l->trajectory, place);
  }
  for (gsize i = 0; i < pool->count && l->n < NV_LATENT_CELLS; i++) {
    guint place = take_cell (l, pool, places, order[i]);
    l->score[place] = score[order[i]];
  }
}

static void
embed (NvLatent *l)
{
  g_autofree nv_real *values = g_new (nv_real, l->n * l->D);
  nv_i_encoder_embed (l->encoder, l->cells, 0, l->n, values);
  for (gsize i = 0; i < l->n * l->D; i++)
    l->x[i] = (double) values[i];
}

NvLatent *
nv_i_latent_new (const char *title, NvEncoder *encoder, NvSpace *space, NvCells *pool,
                 const double *score, const GArray *path, gboolean percent,
                 gboolean tested)
{
  NvLatent *l = g_new0 (NvLatent, 1);
  *l = (NvLatent){ .title = g_strdup (title),
                   .space = nv_i_space_ref (space),
                   .encoder = encoder,
                   .cells = nv_cells_new (pool->nodes),
                   .D = encoder->dim,
                   .percent = percent,
                   .tested = tested };
  l->trajectory = g_array_new (FALSE, FALSE, sizeof (guint));
  draw_cells (l, pool, score, path);
  l->x = g_new (double, l->n * l->D + 1);
  l->depth = g_new (double, l->n + 1);
  l->share = g_new (double, l->n + 1);
  l->pca = g_new0 (double, 2 * l->n + 1);
  l->tsne = g_new0 (double, 2 * l->n + 1);
  embed (l);
  NvCell cell;
  for (gsize i = 0; i < l->n; i++) {
    nv_cells_get (l->cells, i, &cell);
    l->depth[i] = nv_i_cell_depth (l->space, &cell);
  }
  choose_op (l);
  return l;
}

void
nv_i_latent_project (NvLatent *l)
{
  nv_i_pca (l->pca, NULL, l->x, l->n, l->D);
  nv_i_tsne (l->tsne, l->x, l->n, l->D, PERPLEXITY, ITERATIONS);
}

void
nv_i_latent_free (NvLatent *l)
{
  if (l == NULL)
    return;
  double *arrays[] = { l->x, l->score, l->depth, l->share, l->pca, l->tsne };
  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_free (arrays[i]);
  nv_i_encoder_free (l->encoder);
  nv_i_space_unref (l->space);
  nv_cells_unref (l->cells);
  g_array_unref (l->trajectory);
  g_free (l->title);
  g_free (l);
}
