/* Does a network go down its slope? The check of backward() and step(). */
#include <math.h>

#include "check/private.h"

/* Loss = sum of dout * forward(), with the random numbers and the running statistics as
 * they were at the first call. */
typedef struct {
  NvEncoder *encoder;
  const NvCells *cells;
  NvTensors *tensors;
  nv_real *kept;       /* all tensors, one after the other */
  gsize count;
  NvRng rng;
  gsize B;
  nv_real *out, *dout; /* [B x D] */
} Probe;

static nv_real *
probe_at (const Probe *p, gsize i)
{
  for (guint t = 0; t < p->tensors->items->len; t++) {
    const NvTensor *tensor = &g_array_index (p->tensors->items, NvTensor, t);
    if (i < tensor->rows * tensor->cols)
      return &tensor->data[i];
    i -= tensor->rows * tensor->cols;
  }
  return NULL;
}

static void
probe_restore (Probe *p)
{
  for (gsize i = 0; i < p->count; i++)
    *probe_at (p, i) = p->kept[i];
  *p->encoder->rng = p->rng;
}

static double
probe_loss (Probe *p)
{
  double loss = 0;
  gsize n = p->B * p->encoder->dim;
  p->encoder->klass->forward (p->encoder, p->cells, NULL, p->B, p->out);
  for (gsize i = 0; i < n; i++)
    loss += (double) p->dout[i] * (double) p->out[i];
  return loss;
}

/* Central difference at weight i. */
static double
probe_slope (Probe *p, gsize i)
{
  double h = 1e-2 * MAX (fabs ((double) p->kept[i]), 0.1), loss[2];
  for (int side = 0; side < 2; side++) {
    probe_restore (p);
    *probe_at (p, i) += (nv_real) (side == 0 ? h : -h);
    loss[side] = probe_loss (p);
  }
  return (loss[0] - loss[1]) / (2 * h);
}

static void
probe_clear (Probe *p)
{
  nv_i_tensors_free (p->tensors);
  g_free (p->kept);
  g_free (p->out);
  g_free (p->dout);
}

static void
probe_init (Probe *p, NvEncoder *encoder, const NvCells *cells, gsize B)
{
  gsize n = B * encoder->dim;
  NvRng rng;
  *p = (Probe){ .encoder = encoder, .cells = cells, .B = B, .rng = *encoder->rng };
  p->tensors = nv_i_tensors_new ();
  encoder->klass->tensors (encoder, p->tensors);
  for (guint t = 0; t < p->tensors->items->len; t++) {
    const NvTensor *tensor = &g_array_index (p->tensors->items, NvTensor, t);
    p->count += tensor->rows * tensor->cols;
  }
  p->kept = g_new (nv_real, p->count);
  for (gsize i = 0; i < p->count; i++)
    p->kept[i] = *probe_at (p, i);
  p->out = g_new (nv_real, n);
  p->dout = g_new (nv_real, n);
  nv_rng_init (&rng, 17, "check", 0);
  nv_rng_fill_normal (&rng, p->dout, n);
}

/* The optimiser is the plugin's own, so only the direction of a first step is known:
 * against the slope. Of 40 weights, those with a slope that is clear of rounding are
 * compared; a kink of a relu may turn one of them. */
static gboolean
compare_slopes (NvCheck *check, Probe *p, GError **error)
{
  enum { ENTRIES = 40 };
  double slope[ENTRIES], moved[ENTRIES], steepest = 0;
  guint clear = 0, wrong = 0;
  gsize at[ENTRIES];
  NvRng rng;
  REQUIRE (p->count > 0, "tensors() lists no weights");
  nv_rng_init (&rng, 18, "check", 0);
  for (guint k = 0; k < ENTRIES; k++) {
    at[k] = nv_rng_below (&rng, (guint32) p->count);
    slope[k] = probe_slope (p, at[k]);
    steepest = MAX (steepest, fabs (slope[k]));
  }
  probe_restore (p);
  probe_loss (p);
  p->encoder->klass->backward (p->encoder, p->dout);
  p->encoder->klass->step (p->encoder);
  for (guint k = 0; k < ENTRIES; k++) {
    moved[k] = (double) *probe_at (p, at[k]) - (double) p->kept[at[k]];
    clear += fabs (slope[k]) > 0.05 * steepest;
    wrong += fabs (slope[k]) > 0.05 * steepest && slope[k] * moved[k] >= 0;
  }
  REQUIRE (steepest > 0, "none of %d weights matters to forward()", ENTRIES);
  REQUIRE (wrong <= clear / 8, "%u of %u weights with a clear slope do not go down it",
           wrong, clear);
  g_string_append_printf (check->note, " %u of %u weights go down their slope",
                          clear - wrong, clear);
  return TRUE;
}

gboolean
nv_i_check_slopes (NvCheck *check, NvEncoder *encoder, const NvCells *cells, gsize B,
                   GError **error)
{
  Probe probe;
  probe_init (&probe, encoder, cells, B);
  gboolean ok = compare_slopes (check, &probe, error);
  probe_clear (&probe);
  return ok;
}
