/* The blank space in the picture of an embedding: how much there is, and what it decodes to. */
#include <math.h>
#include <string.h>

#include "measure/plane.h"
#include "stats/stats.h"

enum { DECODE_DENSITY = 10, BATCH = 512 };
static const double densities[NV_GRIDS] = { 1, DECODE_DENSITY, 100 };

typedef struct {
  const NvSample *sample;
  const NvPlane *plane;
  gsize L;
  nv_real *code;       /* [n x L] of the cells */
  double *slope;       /* [L x 2] of the code on the plane's two coordinates */
  nv_real *low, *high; /* [L] */
  guint side;
  guint8 *sort;        /* [side x side] */
  NvRng *rng;
} Decoding;

/* --- codes ---------------------------------------------------------------------------- */

static void
find_codes (Decoding *d)
{
  NvEncoder *encoder = d->sample->encoder;
  guint32 index[BATCH];
  for (gsize at = 0; at < d->sample->n; at += BATCH) {
    gsize B = MIN (BATCH, d->sample->n - at);
    for (gsize b = 0; b < B; b++)
      index[b] = (guint32) (at + b);
    encoder->klass->latent (encoder, d->sample->cells, index, B, d->code + at * d->L);
  }
  memcpy (d->low, d->code, d->L * sizeof *d->low);
  memcpy (d->high, d->code, d->L * sizeof *d->high);
  for (gsize i = 0; i < d->sample->n * d->L; i++) {
    d->low[i % d->L] = MIN (d->low[i % d->L], d->code[i]);
    d->high[i % d->L] = MAX (d->high[i % d->L], d->code[i]);
  }
}

/* The coordinates have mean 0 and are not correlated: slope = sum of code xy / sum of xy^2. */
static void
find_slopes (Decoding *d)
{
  const gsize n = d->sample->n;
  memset (d->slope, 0, 2 * d->L * sizeof *d->slope);
  for (gsize i = 0; i < n; i++)
    for (gsize l = 0; l < d->L; l++)
      for (gsize k = 0; k < 2; k++)
        d->slope[2 * l + k] += (double) d->code[i * d->L + l] * d->plane->xy[2 * i + k];
  for (gsize i = 0; i < 2 * d->L; i++) {
    const double variance = d->plane->sd[i % 2] * d->plane->sd[i % 2];
    d->slope[i] = variance > 1e-12 * d->plane->total ? d->slope[i] / variance / (double) n : 0;
  }
}

static gsize
nearest_cell (const NvPlane *plane, const double *point)
{
  double least = INFINITY;
  gsize best = 0;
  for (gsize i = 0; i < plane->n; i++) {
    double x = plane->xy[2 * i] - point[0], y = plane->xy[2 * i + 1] - point[1];
    if (x * x + y * y < least) {
      least = x * x + y * y;
      best = i;
    }
  }
  return best;
}

static void
code_of_point (const Decoding *d, const double *point, nv_real *z)
{
  const gsize cell = nearest_cell (d->plane, point);
  const double x = point[0] - d->plane->xy[2 * cell], y = point[1] - d->plane->xy[2 * cell + 1];
  for (gsize l = 0; l < d->L; l++)
    z[l] = (nv_real) ((double) d->code[cell * d->L + l] + d->slope[2 * l] * x
                      + d->slope[2 * l + 1] * y);
}

/* --- points --------------------------------------------------------------------------- */

/* A uniform point of one of bins[count]. */
static void
draw_point (const Decoding *d, const guint32 *bins, guint32 count, double *point)
{
  const guint32 bin = bins[nv_rng_below (d->rng, count)];
  const guint32 place[2] = { bin / d->side, bin % d->side };
  for (gsize k = 0; k < 2; k++)
    point[k] = d->plane->low[k]
               + (d->plane->high[k] - d->plane->low[k]) * (place[k] + nv_rng_uniform (d->rng))
                     / d->side;
}

static void
draw_code (const Decoding *d, nv_real *z)
{
  for (gsize l = 0; l < d->L; l++)
    z[l] = d->low[l] + (d->high[l] - d->low[l]) * (nv_real) nv_rng_uniform (d->rng);
}

/* In bins, from a point of the plane to the embedding of each cell. */
static void
find_moves (const Decoding *d, const NvCells *cells, const double *point, double *moved)
{
  g_autofree nv_real *x = g_new (nv_real, cells->count * d->sample->D);
  nv_i_encoder_embed (d->sample->encoder, cells, 0, cells->count, x);
  for (gsize i = 0; i < cells->count; i++) {
    double xy[2], square = 0;
    nv_i_plane_project (d->plane, x + i * d->sample->D, xy);
    for (gsize k = 0; k < 2; k++) {
      double width = (d->plane->high[k] - d->plane->low[k]) / d->side;
      square += (xy[k] - point[2 * i + k]) * (xy[k] - point[2 * i + k]) / (width * width);
    }
    moved[i] = sqrt (square);
  }
}

/* Decodes z[points x L]; point[points x 2] is where they came from, NULL: not from the plane. */
static gboolean
decode (const Decoding *d, const nv_real *z, double *point, gsize points, NvDecoded *out,
        GError **error)
{
  const NvSpace *space = d->sample->encoder->space;
  g_autoptr (NvCells) cells = nv_cells_new (space->nodes), valid = nv_cells_new (space->nodes);
  g_autoptr (NvCellIndex) distinct = nv_cell_index_new ();
  if (!nv_i_encoder_decode (d->sample->encoder, z, points, cells, error))
    return FALSE;
  for (gsize i = 0; i < points; i++) {
    NvCell cell, canonical;
    nv_cells_get (cells, i, &cell);
    if (!nv_space_validate (space, &cell, NULL))
      continue;
    nv_space_canonical (space, &cell, &canonical);
    nv_cell_index_add (distinct, &canonical, 0, NULL);
    if (point != NULL)
      memmove (point + 2 * valid->count, point + 2 * i, 2 * sizeof *point);
    nv_cells_append (valid, &cell);
  }
  const double n = (double) valid->count;
  *out = (NvDecoded){ .points = points, .valid = n / (double) points, .moved = NAN,
                      .distinct = n > 0 ? (double) nv_cell_index_count (distinct) / n : NAN };
  if (point == NULL || valid->count == 0)
    return TRUE;
  g_autofree double *moved = g_new (double, valid->count);
  find_moves (d, valid, point, moved);
  out->moved = nv_i_quantile (moved, valid->count, 0.5);
  return TRUE;
}

static gboolean
decode_place (const Decoding *d, NvPlace place, gsize points, NvDecoded *out, GError **error)
{
  const guint32 all = d->side * d->side;
  g_autofree guint32 *bins = g_new (guint32, all);
  g_autofree nv_real *z = g_new (nv_real, points * d->L);
  g_autofree double *point = g_new (double, 2 * points);
  guint32 count = 0;
  for (guint32 bin = 0; bin < all; bin++)
    if (d->sort[bin] == place)
      bins[count++] = bin;
  if (count == 0 && place != NV_PLACE_BOX)
    return TRUE;
  for (gsize i = 0; i < points; i++) {
    if (place == NV_PLACE_BOX) {
      draw_code (d, z + i * d->L);
      continue;
    }
    draw_point (d, bins, count, point + 2 * i);
    code_of_point (d, point + 2 * i, z + i * d->L);
  }
  return decode (d, z, place == NV_PLACE_BOX ? NULL : point, points, out, error);
}

static gboolean
decode_places (const NvSample *sample, const NvPlane *plane, guint points, guint64 seed,
               NvDecoded *out, GError **error)
{
  const gsize L = sample->encoder->latent;
  const guint side = nv_i_plane_side (plane, DECODE_DENSITY);
  g_autofree nv_real *code = g_new (nv_real, sample->n * L);
  g_autofree nv_real *low = g_new (nv_real, L), *high = g_new (nv_real, L);
  g_autofree double *slope = g_new (double, 2 * L);
  g_autofree guint8 *sort = g_new (guint8, (gsize) side * side);
  for (gsize place = 0; place < NV_PLACES; place++) {
    NvRng rng;
    nv_rng_init (&rng, seed, "measure points", place);
    Decoding d = { sample, plane, L, code, slope, low, high, side, sort, &rng };
    if (place == 0) {
      nv_i_plane_sort (plane, side, sort);
      find_codes (&d);
      find_slopes (&d);
    }
    if (!decode_place (&d, (NvPlace) place, points, &out[place], error))
      return FALSE;
  }
  return TRUE;
}

gboolean
nv_i_measure_coverage (const NvSample *sample, guint points, guint64 seed, NvCoverage *out,
                       GError **error)
{
  gboolean ok = TRUE;
  NvPlane plane;
  nv_i_plane_init (&plane, sample);
  double shown = plane.sd[0] * plane.sd[0] + plane.sd[1] * plane.sd[1];
  out->explained = plane.total > 0 ? shown / plane.total : NAN;
  out->dimensions = plane.dimensions;
  for (gsize i = 0; i < NV_GRIDS; i++)
    nv_i_plane_grid (&plane, densities[i], &out->grid[i]);
  for (gsize place = 0; place < NV_PLACES; place++)
    out->decoded[place] = (NvDecoded){ .valid = NAN, .distinct = NAN, .moved = NAN };
  if (nv_i_encoder_can_decode (sample->encoder) && points > 0)
    ok = decode_places (sample, &plane, points, seed, out->decoded, error);
  nv_i_plane_clear (&plane);
  return ok;
}
