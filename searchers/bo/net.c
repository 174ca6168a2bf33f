/* The network of DNGO: a multi-layer perceptron with tanh, whose last hidden layer is
 * the basis of a Bayesian linear regression. Snoek et al., Scalable Bayesian
 * optimization using deep neural networks, ICML 2015. */
#include <string.h>

#include "bo.h"

static gsize
layer_inputs (const BoNet *net, gsize layer)
{
  return layer == 0 ? net->D : net->F;
}

/* Where layer's weights begin; layer == layers: the head. Each is followed by its bias. */
static gsize
layer_offset (const BoNet *net, gsize layer)
{
  if (layer == 0)
    return 0;
  return net->F * (net->D + 1) + (layer - 1) * net->F * (net->F + 1);
}

void
bo_net_init (BoNet *net, gsize D, gsize hidden, gsize layers, gsize room)
{
  *net = (BoNet){ .D = D, .F = layers ? hidden : D, .layers = layers, .room = room };
  nv_weights_init (&net->w, layer_offset (net, layers) + net->F + 1);
  net->act = g_new (nv_real, MAX (layers, 1) * room * net->F);
  net->out = g_new (nv_real, room);
  net->dout = g_new (nv_real, room);
  for (int i = 0; i < 2; i++)
    net->back[i] = g_new (nv_real, room * MAX (net->D, net->F));
}

void
bo_net_clear (BoNet *net)
{
  nv_weights_clear (&net->w);
  g_free (net->act);
  g_free (net->out);
  g_free (net->dout);
  g_free (net->back[0]);
  g_free (net->back[1]);
}

void
bo_net_draw (BoNet *net, NvRng *rng)
{
  const gsize bytes = net->w.count * sizeof *net->w.value;
  memset (net->w.grad, 0, bytes);
  memset (net->w.m, 0, bytes);
  memset (net->w.v, 0, bytes);
  net->w.t = 0;
  for (gsize l = 0; l <= net->layers; l++) {
    gsize I = layer_inputs (net, l), O = l < net->layers ? net->F : 1;
    nv_real *w = net->w.value + layer_offset (net, l);
    nv_init_linear (w, w + I * O, rng, I, O);
  }
}

static nv_real *
activations (const BoNet *net, gsize layer)
{
  return net->act + layer * net->room * net->F;
}

nv_real *
bo_net_last (const BoNet *net)
{
  return activations (net, net->layers ? net->layers - 1 : 0);
}

const nv_real *
bo_net_features (BoNet *net, const nv_real *x, gsize B)
{
  const nv_real *in = x;
  if (net->layers == 0)
    nv_tanh (net->act, x, B * net->D);
  for (gsize l = 0; l < net->layers; l++) {
    const gsize I = layer_inputs (net, l);
    const nv_real *w = net->w.value + layer_offset (net, l);
    nv_real *out = activations (net, l);
    nv_linear (out, in, w, w + I * net->F, B, I, net->F);
    nv_tanh (out, out, B * net->F);
    in = out;
  }
  return bo_net_last (net);
}

double
bo_net_loss (BoNet *net, nv_real *dx, const nv_real *x, const nv_real *y, gsize B)
{
  const gsize F = net->F, head = layer_offset (net, net->layers);
  const nv_real *phi = bo_net_features (net, x, B), *w = net->w.value + head;
  nv_real *dw = net->w.grad + head, *dy = net->back[0], *next = net->back[1];
  nv_linear (net->out, phi, w, w + F, B, F, 1);
  double loss = nv_mse (net->dout, net->out, y, B);
  nv_linear_backward (dy, dw, dw + F, net->dout, phi, w, B, F, 1);
  nv_tanh_backward (dy, dy, phi, B * F);
  for (gsize l = net->layers; l-- > 0;) {
    const gsize I = layer_inputs (net, l), offset = layer_offset (net, l);
    const nv_real *in = l > 0 ? activations (net, l - 1) : x;
    nv_real *din = l > 0 || dx != NULL ? next : NULL;
    nv_linear_backward (din, net->w.grad + offset, net->w.grad + offset + I * F, dy, in,
                        net->w.value + offset, B, I, F);
    if (l > 0)
      nv_tanh_backward (din, din, in, B * F);
    next = dy;
    dy = din;
  }
  if (dx != NULL)
    memcpy (dx, dy, B * net->D * sizeof *dx);
  return loss;
}
