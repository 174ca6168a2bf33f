/* Does the embedding keep neighbours together? Of the k cells one step away, how many are among
 * the k nearest. */
#include <math.h>

#include "measure/measure.h"
#include "nn/kernels.h"
#include "stats/stats.h"

/* The neighbours of some cells of the sample. */
typedef struct {
  const NvSample *sample;
  NvCellIndex *place; /* canonical form -> cell of the sample */
  NvCells *others;    /* neighbours that are not in the sample */
  nv_real *x;         /* [others x D] */
  guint32 *asked;     /* [n] cells of the sample */
  GArray **known, **other; /* [n] of guint32: neighbours in the sample, among `others` */
  double *share, *chance;  /* [n]; NAN: without neighbours */
} Job;

static void
index_sample (Job *job)
{
  const NvSpace *space = job->sample->encoder->space;
  job->place = nv_cell_index_new ();
  for (gsize i = 0; i < job->sample->n; i++) {
    NvCell cell, canonical;
    nv_cells_get (job->sample->cells, i, &cell);
    nv_space_canonical (space, &cell, &canonical);
    nv_cell_index_add (job->place, &canonical, i, NULL);
  }
}

/* Sets known and other of asked cell q; each neighbour once, the cell itself not. */
static void
list_neighbours (Job *job, gsize q)
{
  const NvSpace *space = job->sample->encoder->space;
  g_autoptr (NvCells) around = nv_cells_new (space->nodes);
  g_autoptr (NvCellIndex) seen = nv_cell_index_new ();
  NvCell cell, canonical;
  job->known[q] = g_array_new (FALSE, FALSE, sizeof (guint32));
  job->other[q] = g_array_new (FALSE, FALSE, sizeof (guint32));
  nv_cells_get (job->sample->cells, job->asked[q], &cell);
  nv_space_canonical (space, &cell, &canonical);
  nv_cell_index_add (seen, &canonical, 0, NULL);
  nv_space_neighbours (space, &cell, around);
  for (gsize i = 0; i < around->count; i++) {
    gsize place;
    nv_cells_get (around, i, &cell);
    nv_space_canonical (space, &cell, &canonical);
    if (!nv_cell_index_add (seen, &canonical, 0, NULL))
      continue;
    gboolean known = nv_cell_index_find (job->place, &canonical, &place);
    guint32 number = (guint32) (known ? place : job->others->count);
    g_array_append_val (known ? job->known[q] : job->other[q], number);
    if (!known)
      nv_cells_append (job->others, &cell);
  }
}

static void
judge (void *data, gsize q)
{
  Job *job = data;
  const NvSample *s = job->sample;
  const GArray *known = job->known[q], *other = job->other[q];
  const gsize k = known->len + other->len, n = s->n + other->len, self = job->asked[q];
  const nv_real *point = s->x + self * s->D;
  g_autofree nv_real *distance = g_new (nv_real, n);
  g_autofree double *nearness = g_new (double, n), *truth = g_new0 (double, n);
  job->share[q] = job->chance[q] = NAN;
  if (k == 0)
    return;
  nv_i_distances (distance, s->x, point, s->n, s->D);
  for (gsize i = 0; i < known->len; i++)
    truth[g_array_index (known, guint32, i)] = 1;
  for (gsize i = 0; i < other->len; i++) {
    truth[s->n + i] = 1;
    nv_i_distances (distance + s->n + i, job->x + g_array_index (other, guint32, i) * s->D, point,
                    1, s->D);
  }
  for (gsize i = 0; i < n; i++)
    nearness[i] = i == self ? -INFINITY : -(double) distance[i];
  job->share[q] = nv_i_top_precision (nearness, truth, n, k);
  job->chance[q] = (double) k / (double) (n - 1);
}

static double
mean_of_known (const double *value, gsize n)
{
  double sum = 0;
  gsize known = 0;
  for (gsize i = 0; i < n; i++)
    if (!isnan (value[i])) {
      sum += value[i];
      known++;
    }
  return known > 0 ? sum / (double) known : NAN;
}

static void
free_arrays (GArray **arrays, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_array_unref (arrays[i]);
  g_free (arrays);
}

void
nv_i_measure_neighbours (const NvSample *sample, guint cells, guint64 seed, NvSmoothness *out)
{
  const gsize n = MIN (cells, sample->n);
  g_autofree guint32 *order = g_new (guint32, sample->n);
  g_autofree double *share = g_new (double, n), *chance = g_new (double, n);
  Job job = { .sample = sample, .asked = order, .share = share, .chance = chance };
  NvRng rng;
  nv_rng_init (&rng, seed, "measure neighbours", 0);
  for (gsize i = 0; i < sample->n; i++)
    order[i] = (guint32) i;
  nv_rng_shuffle (&rng, order, sample->n);
  job.others = nv_cells_new (sample->encoder->space->nodes);
  job.known = g_new (GArray *, n);
  job.other = g_new (GArray *, n);
  index_sample (&job);
  for (gsize q = 0; q < n; q++)
    list_neighbours (&job, q);
  job.x = g_new (nv_real, job.others->count * sample->D);
  nv_i_encoder_embed (sample->encoder, job.others, 0, job.others->count, job.x);
  nv_team_run (sample->encoder->team, n, judge, &job);
  out->cells = n;
  out->neighbours = mean_of_known (share, n);
  out->chance = mean_of_known (chance, n);
  free_arrays (job.known, n);
  free_arrays (job.other, n);
  g_free (job.x);
  nv_cells_unref (job.others);
  nv_cell_index_free (job.place);
}
