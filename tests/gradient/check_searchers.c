/* Gradient checks of what searchers train: weights, and inputs, through which a joint
 * encoder is trained. */
#include "searchers/bo/bo.h"
#include "searchers/gradient/predictor.h"
#include "searchers/rl/policy.h"

#include "gradient/gradient.h"

enum { MOST = 64, ENTRIES = 500 }; /* inputs; entries of a gradient that are checked */

typedef struct {
  BoNet net;
  GradientPredictor predictor;
  RlPolicy policy;
  gsize B;                                      /* rows or steps */
  double x[MOST], dx[MOST], y[MOST];
  double action[MOST], advantage[MOST], sd[MOST];
} Problem;

static void
fill (Problem *p, gsize B, gsize D)
{
  g_assert_cmpuint (B * D, <=, MOST);
  *p = (Problem){ .B = B };
  fill_noise (p->x, B * D, 1, 1);
  fill_noise (p->y, B, 1, 2);
  fill_noise (p->action, B * D, 1, 3);
  fill_noise (p->advantage, B, 1, 4);
}

static void
fill_weights (NvWeights *w)
{
  fill_noise (w->value, w->count, 0.7, 2385);
}

/* --- the network of DNGO ------------------------------------------------------------ */

static double
net_loss (void *data)
{
  Problem *p = data;
  return bo_net_loss (&p->net, NULL, p->x, p->y, p->B);
}

static void
check_net (gsize B, gsize D, gsize hidden, gsize layers)
{
  Problem p;
  fill (&p, B, D);
  bo_net_init (&p.net, D, hidden, layers, B + 2);
  fill_weights (&p.net.w);
  bo_net_loss (&p.net, p.dx, p.x, p.y, B);
  g_autofree double *grad = g_memdup2 (p.net.w.grad, p.net.w.count * sizeof *grad);
  check_gradient ("dngo", p.net.w.value, grad, p.net.w.count, ENTRIES, net_loss, &p);
  check_gradient ("dngo input", p.x, p.dx, B * D, ENTRIES, net_loss, &p);
  bo_net_clear (&p.net);
}

static void
dngo (void)
{
  check_net (1, 1, 1, 1);
  check_net (7, 5, 9, 1);
  check_net (3, 1, 17, 2);
  check_net (5, 3, 7, 3);
  check_net (9, 6, 4, 4);
  check_net (1, 1, 1, 0); /* the features are tanh (x) */
  check_net (11, 3, 1, 0);
}

/* --- the predictor of the gradient searcher ----------------------------------------- */

static double
predictor_loss (void *data)
{
  Problem *p = data;
  return gradient_predictor_loss (&p->predictor, NULL, p->x, p->y, p->B);
}

static double
predictor_sum (void *data)
{
  Problem *p = data;
  double mean[MOST], sum = 0;
  gradient_predictor_mean (&p->predictor, mean, NULL, p->x, p->B);
  for (gsize b = 0; b < p->B; b++)
    sum += mean[b];
  return sum;
}

/* The weights of all members, one after the other. */
static void
check_members (Problem *p)
{
  const gsize M = p->predictor.M, count = p->predictor.w[0].count;
  g_autofree double *grad = g_new (double, M * count);
  for (gsize m = 0; m < M; m++)
    memcpy (grad + m * count, p->predictor.w[m].grad, count * sizeof *grad);
  for (gsize m = 0; m < M; m++)
    check_gradient ("predictor", p->predictor.w[m].value, grad + m * count, count,
                    ENTRIES, predictor_loss, p);
}

static void
check_predictor (gsize B, gsize D, gsize H, gsize M)
{
  Problem p;
  double mean[MOST];
  fill (&p, B, D);
  gradient_predictor_init (&p.predictor, D, H, M, B + 1);
  for (gsize m = 0; m < M; m++)
    fill_noise (p.predictor.w[m].value, p.predictor.w[m].count, 0.7, 2385 + m);
  gradient_predictor_loss (&p.predictor, p.dx, p.x, p.y, B);
  check_members (&p);
  check_gradient ("predictor input", p.x, p.dx, B * D, ENTRIES, predictor_loss, &p);
  gradient_predictor_mean (&p.predictor, mean, p.dx, p.x, B);
  check_gradient ("predictor ascent", p.x, p.dx, B * D, ENTRIES, predictor_sum, &p);
  gradient_predictor_clear (&p.predictor);
}

static void
predictor (void)
{
  check_predictor (1, 1, 1, 1);
  check_predictor (7, 5, 9, 3);
  check_predictor (13, 3, 17, 2);
  check_predictor (1, 11, 5, 1);
}

/* --- the policy gradient ------------------------------------------------------------ */

static double
policy_loss (void *data)
{
  Problem *p = data;
  return rl_policy_loss (&p->policy, NULL, p->x, p->action, p->advantage, p->sd, p->B);
}

/* `fixed`: a dimension that the action cannot leave, or none (D). */
static void
check_policy (gsize T, gsize D, gsize H, gboolean relative, gsize fixed)
{
  Problem p;
  fill (&p, T, D);
  for (gsize d = 0; d < D; d++)
    p.sd[d] = d == fixed ? 0 : 0.6 + 0.15 * (double) d;
  rl_policy_init (&p.policy, D, H, T + 1, relative);
  fill_weights (&p.policy.w);
  policy_loss (&p); /* what an earlier episode leaves behind must not matter */
  nv_weights_zero_grad (&p.policy.w);
  rl_policy_loss (&p.policy, p.dx, p.x, p.action, p.advantage, p.sd, T);
  const gsize count = p.policy.w.count, head = D * (H + 1);
  g_autofree double *grad = g_memdup2 (p.policy.w.grad, count * sizeof *grad);
  check_gradient ("policy", p.policy.w.value, grad, count, ENTRIES, policy_loss, &p);
  check_gradient ("policy head", p.policy.w.value + count - head, grad + count - head,
                  head, ENTRIES, policy_loss, &p);
  check_gradient ("policy input", p.x, p.dx, T * D, ENTRIES, policy_loss, &p);
  rl_policy_clear (&p.policy);
}

static void
policy (void)
{
  for (gboolean relative = FALSE; relative <= TRUE; relative++) {
    check_policy (1, 1, 1, relative, 1);
    check_policy (1, 5, 7, relative, 5);
    check_policy (16, 3, 5, relative, 3);
    check_policy (5, 11, 9, relative, 4);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gradient/searchers/dngo", dngo);
  g_test_add_func ("/gradient/searchers/predictor", predictor);
  g_test_add_func ("/gradient/searchers/policy", policy);
  return g_test_run ();
}
