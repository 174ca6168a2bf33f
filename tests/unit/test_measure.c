/* Measures, held against an encoder of known faults on NAS-Bench-201: its code are the types of
 * the six inner nodes as numbers, and decoding rounds them. */
#include <math.h>
#include <string.h>

#include "check_error.h"
#include "digits.h"
#include "measure/measure.h"

static void
digits_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  const NvCell *pattern = e->state;
  for (gsize b = 0; b < B; b++) {
    NvCell cell = *pattern;
    for (gsize i = 0; i < CODE; i++) {
      double op = round ((double) z[b * CODE + i]);
      cell.ops[1 + i] = (guint8) CLAMP (op, 0, 6);
    }
    nv_cells_append (out, &cell);
  }
}

/* The same, but node 1 is always type 2 and the edge 0 -> 4 is lost. */
static void
faulty_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  gsize first = out->count;
  digits_decode (e, z, B, out);
  for (gsize b = first; b < out->count; b++) {
    out->ops[b * 8 + 1] = 2;
    out->rows[b * 8] &= ~(1u << 4);
  }
}

/* [ACC] out: `cells` without their last nodes. */
static void
cut_last (NvCells *out, const NvCells *cells)
{
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell, cut;
    nv_cells_get (cells, i, &cell);
    nv_cell_init (&cut, 7);
    for (guint k = 0; k < 7; k++) {
      cut.ops[k] = cell.ops[k];
      cut.rows[k] = cell.rows[k] & 0x7f;
    }
    nv_cells_append (out, &cut);
  }
}

/* The last node is missing. */
static void
short_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  g_autoptr (NvCells) whole = nv_cells_new (8);
  digits_decode (e, z, B, whole);
  cut_last (out, whole);
}

/* Nodes 1 and 2, both successors of the input alone, have changed places. */
static void
swapped_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  gsize first = out->count;
  digits_decode (e, z, B, out);
  for (gsize b = first; b < out->count; b++) {
    guint8 *ops = out->ops + b * 8, op = ops[1];
    guint32 *rows = out->rows + b * 8, row = rows[1];
    ops[1] = ops[2];
    ops[2] = op;
    rows[1] = rows[2];
    rows[2] = row;
  }
}

/* None for the last code. */
static void
fewer_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  digits_decode (e, z, B - 1, out);
}

static void
more_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  digits_decode (e, z, B, out);
  digits_decode (e, z, 1, out);
}

static void
wild_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  digits_decode (e, z, B, out);
  out->ops[(out->count - 1) * 8 + 3] = 200;
}

typedef struct {
  NvSpace *space;
  NvCells *all, *train; /* train: every second one */
  NvEncoderClass klass;
  NvEncoder encoder;
  NvCell pattern;
} Fixture;

static void
set_up (Fixture *f, gconstpointer decode)
{
  g_autoptr (GError) error = NULL;
  f->space = nv_i_space_new ("nasbench201", NULL, &error);
  g_assert_no_error (error);
  f->all = nv_space_enumerate (f->space, &error);
  g_assert_no_error (error);
  f->train = nv_cells_new (8);
  for (gsize i = 0; i < f->all->count; i += 2) {
    NvCell cell;
    nv_cells_get (f->all, i, &cell);
    nv_cells_append (f->train, &cell);
  }
  nv_cells_get (f->all, 0, &f->pattern);
  f->klass = (NvEncoderClass){ NV_ENCODER ("digits", "1.0", "types as numbers"),
                               .latent = digits_latent };
  memcpy (&f->klass.decode, &decode, sizeof decode);
  f->encoder = (NvEncoder){ .klass = &f->klass, .space = f->space, .state = &f->pattern,
                            .dim = CODE, .latent = CODE };
}

static void
tear_down (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  nv_cells_unref (f->train);
  nv_cells_unref (f->all);
  nv_i_space_unref (f->space);
}

static void
perfect (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  NvReconstruction r;
  g_assert_true (nv_i_measure_reconstruction (&f->encoder, f->all, &r, &error));
  g_assert_no_error (error);
  g_assert_true (r.node == 1 && r.edge == 1 && r.cell == 1 && r.isomorphic == 1 && r.cell_real == 1
                 && r.node_padded == 1 && r.edge_padded == 1);
}

/* A fifth of the cells has type 2 at node 1. */
static void
faulty (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  NvReconstruction r;
  g_assert_true (nv_i_measure_reconstruction (&f->encoder, f->all, &r, NULL));
  g_assert_cmpfloat_with_epsilon (r.node, (7 + 0.2) / 8, 1e-12);
  g_assert_cmpfloat_with_epsilon (r.edge, 27. / 28, 1e-12);
  g_assert_cmpfloat (r.cell, ==, 0);
  NvValidity v;
  NvRng rng;
  nv_rng_init (&rng, 2385, "draws", 0);
  g_assert_true (nv_i_measure_validity (&f->encoder, f->train, 1000, &rng, &v, NULL));
  g_assert_cmpuint (v.valid, ==, 0);
  g_assert_cmpuint (v.valid_paper, >, 500); /* looks at neither wiring nor node 1 */
}

/* The missing node and its three edges count as wrong; in the padded figures too. */
static void
missing (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  NvReconstruction r;
  g_assert_true (nv_i_measure_reconstruction (&f->encoder, f->all, &r, NULL));
  g_assert_cmpfloat_with_epsilon (r.node, 7. / 8, 1e-12);
  g_assert_cmpfloat_with_epsilon (r.node_padded, 7. / 8, 1e-12);
  g_assert_cmpfloat_with_epsilon (r.edge, 25. / 28, 1e-12);
  g_assert_true (r.cell == 0 && r.isomorphic == 0 && r.cell_real == 0);
}

/* The same networks, in another order of the nodes. */
static void
swapped (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  NvReconstruction r;
  g_assert_true (nv_i_measure_reconstruction (&f->encoder, f->all, &r, NULL));
  g_assert_true (r.cell == 0 && r.isomorphic == 1);
}

/* A node is decoded that the cell has not: its real nodes are right all the same. */
static void
extra (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  g_autoptr (NvCells) cells = nv_cells_new (8);
  NvReconstruction r;
  cut_last (cells, f->all);
  g_assert_true (nv_i_measure_reconstruction (&f->encoder, cells, &r, NULL));
  g_assert_true (r.node == 1 && r.edge == 1 && r.cell == 0 && r.cell_real == 1);
}

/* A draw of N(3, 2), the moments of a uniform choice of 1 .. 5, rounds to 1 .. 5 with probability
 * erf (2.5 / 2); all six do, independently. */
static void
validity (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  enum { DRAWS = 10000 };
  g_autoptr (GError) error = NULL;
  NvValidity v;
  NvRng rng;
  nv_rng_init (&rng, 2385, "draws", 0);
  g_assert_true (nv_i_measure_validity (&f->encoder, f->train, DRAWS, &rng, &v, &error));
  g_assert_no_error (error);
  double share = pow (erf (2.5 / 2), 6), sd = sqrt (share * (1 - share) / DRAWS);
  g_assert_cmpuint (v.draws, ==, DRAWS);
  g_assert_cmpfloat (fabs ((double) v.valid / DRAWS - share), <, 5 * sd);
  g_assert_cmpuint (v.valid_paper, >, v.valid);
  g_assert_cmpuint (v.valid_pruned, ==, v.valid); /* all nodes of this space are on a path */
  g_assert_cmpuint (v.distinct_pruned, ==, v.distinct);
  g_assert_cmpuint (v.distinct, <, v.valid);
  g_assert_cmpuint (v.distinct, >, v.valid / 2);
  double novel = (double) v.novel / (double) v.distinct;
  g_assert_cmpfloat (fabs (novel - 0.5), <, 0.05);
  NvValidity again;
  nv_rng_init (&rng, 2385, "draws", 0);
  g_assert_true (nv_i_measure_validity (&f->encoder, f->train, DRAWS, &rng, &again, NULL));
  g_assert_true (memcmp (&v, &again, sizeof v) == 0);
}

static void
cannot_decode (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  GError *error = NULL;
  NvReconstruction r = { .cell = 2.385 };
  NvValidity v = { .draws = 7 };
  NvRng rng;
  nv_rng_init (&rng, 2385, "draws", 0);
  g_assert_false (nv_i_measure_reconstruction (&f->encoder, f->all, &r, &error));
  CHECK_ERROR (error, NV_ERROR_UNSUPPORTED, "encoder digits cannot decode");
  g_assert_false (nv_i_measure_validity (&f->encoder, f->train, 10, &rng, &v, &error));
  CHECK_ERROR (error, NV_ERROR_UNSUPPORTED, "encoder digits cannot decode");
  g_assert_true (r.cell == 2.385 && v.draws == 7);
}

/* `part`: of the errors' message. */
static void
check_broken (Fixture *f, const char *part)
{
  GError *error = NULL;
  NvReconstruction r = { .cell = 2.385 };
  NvValidity v = { .draws = 7 };
  NvRng rng;
  nv_rng_init (&rng, 2385, "draws", 0);
  g_assert_false (nv_i_measure_reconstruction (&f->encoder, f->all, &r, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, part);
  g_assert_false (nv_i_measure_validity (&f->encoder, f->train, 512, &rng, &v, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, part);
  g_assert_true (r.cell == 2.385 && v.draws == 7);
}

static void
fewer (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  check_broken (f, "encoder digits: decode() of 512 codes appended 511 cells; it appends one for "
                   "each");
}

static void
more (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  check_broken (f, "decode() of 512 codes appended 513 cells");
}

static void
wild (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  check_broken (f, "encoder digits: decode() appended a cell that space nasbench201 cannot have: "
                   "node 3 has op 200; there are 7");
}

/* Behind cells that are there, and of no code at all. */
static void
appends (Fixture *f, gconstpointer decode G_GNUC_UNUSED)
{
  const nv_real z[2 * CODE] = { 1, 2, 3, 4, 5, 1, 2, 2, 2, 2, 2, 2 };
  g_autoptr (NvCells) cells = nv_cells_new (8);
  g_autoptr (GError) error = NULL;
  g_assert_true (nv_i_encoder_decode (&f->encoder, z, 2, cells, &error));
  g_assert_true (nv_i_encoder_decode (&f->encoder, z + CODE, 1, cells, &error));
  g_assert_true (nv_i_encoder_decode (&f->encoder, z, 0, cells, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (cells->count, ==, 3);
  g_assert_true (cells->ops[3] == 3 && cells->ops[8 + 3] == 2 && cells->ops[16 + 3] == 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, decode, test)                                                               \
  g_test_add ("/measure/" name, Fixture, (gconstpointer) (gsize) (decode), set_up, test,      \
              tear_down)
  ADD ("perfect", digits_decode, perfect);
  ADD ("swapped", swapped_decode, swapped);
  ADD ("faulty", faulty_decode, faulty);
  ADD ("missing", short_decode, missing);
  ADD ("extra", digits_decode, extra);
  ADD ("validity", digits_decode, validity);
  ADD ("cannot-decode", NULL, cannot_decode);
  ADD ("fewer", fewer_decode, fewer);
  ADD ("more", more_decode, more);
  ADD ("wild", wild_decode, wild);
  ADD ("appends", digits_decode, appends);
#undef ADD
  return g_test_run ();
}
