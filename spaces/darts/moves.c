/* Drawing cells and moving between them: an edge gets another operation or reads from
 * another place. */
#include "darts.h"

#define OPS (DARTS_DIL5 - DARTS_NONE + 1)

gboolean
darts_fits (const NvSpace *space, const DartsGenotype *genotype)
{
  const DartsOptions *opt = space->options;
  return opt->max_madds == 0
         || (double) darts_cost (genotype, opt->network).madds <= 1e6 * opt->max_madds;
}

static guint
halves (const NvSpace *space)
{
  return ((const DartsOptions *) space->options)->cells == DARTS_PAIR ? 2 : 1;
}

/* Operations and pairs of sources are uniform, as in arch2vec. */
static void
draw (NvRng *rng, DartsCell *out)
{
  for (guint e = 0; e < DARTS_EDGES; e++) {
    const guint sources = 2 + e / 2;
    out->op[e] = (guint8) (DARTS_NONE + nv_rng_below (rng, OPS));
    out->source[e] = (guint8) nv_rng_below (rng, sources - e % 2);
    if (e % 2 == 1 && out->source[e] >= out->source[e - 1])
      out->source[e]++;
  }
}

gboolean
darts_sample (const NvSpace *space, NvRng *rng, NvCell *out, GError **error)
{
  const DartsOptions *opt = space->options;
  enum { TRIES = 100000 };
  for (guint i = 0; i < TRIES; i++) {
    DartsGenotype genotype;
    for (guint h = 0; h < halves (space); h++)
      draw (rng, &genotype.half[h]);
    if (halves (space) == 1)
      genotype.half[1] = genotype.half[0];
    if (darts_fits (space, &genotype)) {
      darts_to_graph (&genotype, opt->cells, out);
      return TRUE;
    }
  }
  g_set_error (error, NV_ERROR, NV_ERROR_CELL,
               "none of %d drawn cells has at most max_madds = %g million multiply-adds",
               TRIES, opt->max_madds);
  return FALSE;
}

/* Move m of an edge: the first OPS - 1 change its operation, the others its source.
 * FALSE: the edge has no such move. */
static gboolean
apply (DartsCell *cell, guint e, guint m)
{
  const guint sources = 2 + e / 2;
  if (m < OPS - 1) {
    const guint op = cell->op[e] - DARTS_NONE + 1u + m;
    cell->op[e] = (guint8) (DARTS_NONE + op % OPS);
    return TRUE;
  }
  const guint step = m - (OPS - 1) + 1;
  if (step >= sources)
    return FALSE;
  cell->source[e] = (guint8) ((cell->source[e] + step) % sources);
  return cell->source[e] != cell->source[e ^ 1];
}

/* The canonical form of `genotype` after a move; FALSE: there is no such cell. */
static gboolean
move (const NvSpace *space, const DartsGenotype *genotype, guint h, guint e, guint m,
      NvCell *out)
{
  DartsGenotype next = *genotype;
  if (!apply (&next.half[h], e, m))
    return FALSE;
  darts_canonical (&next.half[h]);
  if (halves (space) == 1)
    next.half[1] = next.half[0];
  else
    darts_canonical (&next.half[!h]);
  if (!darts_fits (space, &next))
    return FALSE;
  darts_to_graph (&next, ((const DartsOptions *) space->options)->cells, out);
  return TRUE;
}

#define MOVES (OPS - 1 + 4)

void
darts_neighbours (const NvSpace *space, const NvCell *graph, NvCells *out)
{
  const int cells = ((const DartsOptions *) space->options)->cells;
  g_autoptr (NvCellIndex) seen = nv_cell_index_new ();
  DartsGenotype genotype;
  NvCell next;
  darts_from_graph (graph, cells, &genotype, NULL);
  nv_space_canonical (space, graph, &next);
  nv_cell_index_add (seen, &next, 0, NULL);
  for (guint h = 0; h < halves (space); h++)
    for (guint e = 0; e < DARTS_EDGES; e++)
      for (guint m = 0; m < MOVES; m++)
        if (move (space, &genotype, h, e, m, &next)
            && nv_cell_index_add (seen, &next, 0, NULL))
          nv_cells_append (out, &next);
}

/* A move of the wanted kind that gives another cell, each as likely as any other; FALSE:
 * none was found. */
static gboolean
draw_move (const NvSpace *space, NvRng *rng, const DartsGenotype *genotype,
           gboolean sources, const NvCell *old, NvCell *out)
{
  enum { TRIES = 1000 };
  for (guint i = 0; i < TRIES; i++) {
    const guint h = nv_rng_below (rng, halves (space));
    const guint e = nv_rng_below (rng, DARTS_EDGES);
    const guint m = sources ? OPS - 1 + nv_rng_below (rng, MOVES - (OPS - 1))
                            : nv_rng_below (rng, OPS - 1);
    if (move (space, genotype, h, e, m, out) && !nv_cell_equal (out, old))
      return TRUE;
  }
  return FALSE;
}

/* Half of the mutations change an operation, half a source. Should the limit leave no move of
 * the drawn kind, the kind is drawn again. */
gboolean
darts_mutate (const NvSpace *space, NvRng *rng, const NvCell *graph, NvCell *out,
              GError **error)
{
  enum { DRAWS = 100 };
  const DartsOptions *opt = space->options;
  DartsGenotype genotype;
  NvCell old, next;
  nv_space_canonical (space, graph, &old);
  if (!darts_from_graph (graph, opt->cells, &genotype, error))
    return FALSE;
  for (guint i = 0; i < DRAWS; i++)
    if (draw_move (space, rng, &genotype, nv_rng_below (rng, 2) == 1, &old, &next)) {
      *out = next;
      return TRUE;
    }
  g_set_error (error, NV_ERROR, NV_ERROR_CELL,
               "no cell near by has at most max_madds = %g million multiply-adds",
               opt->max_madds);
  return FALSE;
}
