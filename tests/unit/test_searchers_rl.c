/* The searcher rl, on the cells of nasbench201 with a score that is linear in their
 * one-hot encoding. */
#define NV_PLUGIN_STATIC
#include "searchers/rl/policy.c"
#include "searchers/rl/rl.c"

#include "check_error.h"
#include "search_help.h"

enum { EPISODE = 16, EPISODES = 12, CELLS = EPISODE * (EPISODES + 1), SEEDS = 8 };

/* The scores of the cells in the order in which `searcher` asks for them. */
static void
search (double *score, const char *searcher, const char *options, guint64 seed)
{
  g_autoptr (NvRun) run = run_of (searcher, options, seed, CELLS);
  for (gsize i = 0; i < CELLS; i++) {
    NvCell cell;
    ask (run, &cell);
    score[i] = score_of (&cell);
    tell (run, &cell, score[i]);
  }
}

/* Of the last four episodes, over seeds. */
static double
late_mean (const char *searcher, const char *options)
{
  const gsize last = 4 * EPISODE;
  double score[CELLS], sum = 0.0;
  for (guint64 seed = 0; seed < SEEDS; seed++) {
    search (score, searcher, options, seed);
    for (gsize i = CELLS - last; i < CELLS; i++)
      sum += score[i] / (double) (last * SEEDS);
  }
  return sum;
}

static void
learns (void)
{
  const char *const blind = "{'state': <'last'>, 'relative': <false>, 'lr': <0.0>}";
  const char *const free_policy = "{'state': <'last'>, 'relative': <false>}";
  const double random = late_mean ("random", "{}"); /* .339 */
  g_assert_cmpfloat_with_epsilon (late_mean ("rl", blind), random, 0.03); /* .338 */
  g_assert_cmpfloat (late_mean ("rl", free_policy), >, random + 0.12);    /* .501 */
  g_assert_cmpfloat (late_mean ("rl", "{}"), >, random + 0.15);           /* .569 */
}

/* The same seed gives the same cells; the initial ones are those of every searcher. */
static void
repeats (void)
{
  double first[CELLS], again[CELLS], other[CELLS], start[CELLS];
  search (first, "rl", "{'gamma': <0.8>}", 5);
  search (again, "rl", "{'gamma': <0.8>}", 5);
  search (other, "rl", "{'gamma': <0.8>}", 6);
  search (start, "random", "{}", 5);
  g_assert_cmpmem (first, sizeof first, again, sizeof again);
  g_assert_true (memcmp (first, other, sizeof first) != 0);
  g_assert_cmpmem (first, 16 * sizeof *first, start, 16 * sizeof *start);
  g_assert_true (memcmp (first, start, sizeof first) != 0);
}

/* Of the scores told, r = score - baseline; the return of a step has those after it. */
static void
returns (void)
{
  double score[] = { 0.5, 0.25, 0.875, 0.375 }, y[4], advantage[3];
  guint32 order[4];
  Options opt = { .episode = 3, .gamma = 0.5, .target = SCORE, .baseline = 0.125 };
  State st = { .n = 4, .score = score, .y = y, .order = order, .advantage = advantage };
  NvSearcher s = { .options = &opt, .state = &st };
  make_advantage (&s);
  g_assert_cmpfloat (advantage[2], ==, 0.25);
  g_assert_cmpfloat (advantage[1], ==, 0.75 + 0.5 * 0.25);
  g_assert_cmpfloat (advantage[0], ==, 0.125 + 0.5 * 0.875);
  opt.gamma = 0.0;
  make_advantage (&s);
  g_assert_cmpfloat (advantage[1], ==, 0.75);
  opt.baseline = 0.0; /* relative to all that was seen */
  make_advantage (&s);
  g_assert_cmpfloat_with_epsilon (advantage[1], 0.375 / sqrt (0.0546875), 1e-12);
}

/* What the policy learns from: the cell's own place in its coordinates, or the point drawn. */
static void
credits_cell (void)
{
  const char *const options[] = { "{}", "{'credit': <'point'>}" };
  for (guint i = 0; i < 2; i++) {
    g_autoptr (NvRun) run = run_of ("rl", options[i], 7, CELLS);
    NvSearcher *s = nv_i_run_searcher (run);
    State *st = s->state;
    for (guint n = 0; n < EPISODE + 5; n++) {
      NvCell cell;
      ask (run, &cell);
      tell (run, &cell, score_of (&cell));
    }
    g_assert_cmpuint (st->t, ==, 5);
    double apart = 0;
    g_autofree nv_real *own = g_new (nv_real, s->dim);
    to_policy (s, own, nv_searcher_embedding (s) + st->here * s->dim, 1);
    for (gsize d = 0; d < s->dim; d++)
      apart += fabs ((double) (st->action[4 * s->dim + d] - own[d]));
    g_assert_true (i == 0 ? apart == 0 : apart > 0.1 * (double) s->dim);
  }
}

/* --- an encoder that learns, too ---------------------------------------------------------- */

static NvRun *
joint_run (const char *options, double encoder_lr)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *network
      = g_strdup_printf ("{'hidden': <int64 16>, 'layers': <int64 2>, 'lr': <%f>}", encoder_lr);
  NvEncoder *encoder = nv_i_encoder_new ("supervised", options_of (network), pool->space, 0, 0, 1,
                                         &error);
  g_assert_no_error (error);
  NvEmbedding *learned = nv_i_embedding_new (encoder, pool);
  NvRun *run = nv_i_run_new (pool, learned, TRUE, "rl", options_of (options), 3, 0, CELLS, &error);
  g_assert_no_error (error);
  nv_i_embedding_unref (learned);
  return run;
}

/* The policy learns from the states that it acted on, which are evaluated, and not from those that
 * a batch of training gives. */
static void
acted_on (void)
{
  g_autoptr (NvRun) run = joint_run ("{}", 1e-3);
  const NvSearcher *s = nv_i_run_searcher (run);
  const State *st = s->state;
  g_autofree nv_real *x = g_new (nv_real, EPISODE * s->dim);
  for (gsize n = 0; n < 3 * EPISODE; n++) {
    NvCell cell;
    ask (run, &cell);
    if (n >= 2 * EPISODE)
      memcpy (x + st->t * s->dim, st->x + st->t * s->dim, s->dim * sizeof *x);
    tell (run, &cell, score_of (&cell));
  }
  g_assert_cmpuint (st->t, ==, EPISODE);
  const int bytes = (int) (EPISODE * s->dim * sizeof *x);
  g_assert_cmpmem (st->x, bytes, x, bytes);
}

/* The embedding of the pool after some episodes. */
static nv_real *
embedding_after (const char *options, double encoder_lr, gsize cells)
{
  g_autoptr (NvRun) run = joint_run (options, encoder_lr);
  NvSearcher *s = nv_i_run_searcher (run);
  for (gsize n = 0; n < cells; n++) {
    NvCell cell;
    ask (run, &cell);
    tell (run, &cell, score_of (&cell));
  }
  return g_memdup2 (nv_searcher_embedding (s), s->pool * s->dim * sizeof (nv_real));
}

/* Where nothing is to be learned, nothing moves: the batch of an episode, mostly one cell, is
 * nothing that batch norm should follow. */
static void
stays (void)
{
  const gsize size = pool->cells->count * 9 * 16 * sizeof (nv_real);
  g_autofree nv_real *start = embedding_after ("{'lr': <0.0>}", 0.0, 0);
  g_autofree nv_real *still = embedding_after ("{'lr': <0.0>}", 0.0, 4 * EPISODE);
  g_autofree nv_real *moved = embedding_after ("{}", 1e-3, 4 * EPISODE);
  g_assert_true (memcmp (start, still, size) == 0);
  g_assert_true (memcmp (start, moved, size) != 0);
}

/* The mean squared difference of what forward() and recall() give. */
static double
apart (NvSearcher *s, const guint32 *index, gsize B)
{
  g_autofree nv_real *batch = g_new (nv_real, B * s->dim), *own = g_new (nv_real, B * s->dim);
  double sum = 0;
  nv_searcher_recall (s, index, B, own);
  nv_searcher_forward (s, index, B, batch);
  for (gsize i = 0; i < B * s->dim; i++)
    sum += (double) ((batch[i] - own[i]) * (batch[i] - own[i]));
  return sum / (double) (B * s->dim);
}

/* What the gradient is taken of is what the searcher saw. The statistics of an encoder that was
 * never trained are those of the pool, of which many cells are a fair sample and an episode is
 * not. */
static void
settled (void)
{
  enum { MANY = 2000 };
  g_autoptr (NvRun) run = joint_run ("{}", 1e-3);
  NvSearcher *s = nv_i_run_searcher (run);
  guint32 many[MANY];
  for (guint32 i = 0; i < MANY; i++)
    many[i] = 7 * i;
  const guint32 episode[EPISODE] = { 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 2385, 2385, 2385 };
  g_autofree nv_real *out = g_new (nv_real, MANY * s->dim);
  nv_searcher_recall (s, many, MANY, out);
  const nv_real *x = nv_searcher_embedding (s);
  for (gsize b = 0; b < MANY; b++)
    for (gsize d = 0; d < s->dim; d++)
      g_assert_cmpfloat_with_epsilon ((double) out[b * s->dim + d],
                                      (double) x[many[b] * s->dim + d], 1e-4);
  const double fair = apart (s, many, MANY);
  g_test_message ("apart: %g, %g", fair, apart (s, episode, EPISODE));
  g_assert_cmpfloat (apart (s, episode, EPISODE), >, 3 * fair);
}

/* A failed evaluation is a step of its episode. */
static void
failures (void)
{
  g_autoptr (NvRun) run = run_of ("rl", "{}", 9, G_MAXSIZE);
  for (guint i = 0; i < 5 * EPISODE + 5; i++) {
    NvCell cell;
    NvOutcome outcome = { .test = NAN, .failed = i % 3 == 1 };
    ask (run, &cell);
    outcome.score = outcome.failed ? NAN : score_of (&cell);
    nv_i_run_tell (run, &cell, &outcome);
    const State *st = nv_i_run_searcher (run)->state;
    g_assert_cmpuint (st->policy.t, <=, st->t + 1);
  }
  const State *st = nv_i_run_searcher (run)->state;
  g_assert_cmpuint (st->n, ==, 5 * EPISODE + 5);
  g_assert_cmpuint (st->scored, ==, 57);
  g_assert_cmpuint (st->t, ==, 5);
  g_assert_cmpuint (nv_i_run_duplicates (run), ==, 0);
}

static void
refuses (void)
{
  g_autoptr (GError) error = NULL;
  GVariant *good = options_of ("{'baseline': <0.4>, 'target': <'score'>}");
  GVariant *bad = options_of ("{'baseline': <0.4>}");
  GVariant *high = options_of ("{'gamma': <1.5>}");
  g_autoptr (NvRun) run
      = nv_i_run_new (pool, embedding, FALSE, "rl", good, 1, 0, CELLS, &error);
  g_assert_no_error (error);
  g_assert_nonnull (run);
  g_assert_null (nv_i_run_new (pool, embedding, FALSE, "rl", bad, 1, 0, CELLS, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "baseline = 0.4 is a score; it needs target");
  g_assert_null (nv_i_run_new (pool, embedding, FALSE, "rl", high, 1, 0, CELLS, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "gamma");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rl/learns", learns);
  g_test_add_func ("/rl/repeats", repeats);
  g_test_add_func ("/rl/returns", returns);
  g_test_add_func ("/rl/credit", credits_cell);
  g_test_add_func ("/rl/acted-on", acted_on);
  g_test_add_func ("/rl/stays", stays);
  g_test_add_func ("/rl/settled", settled);
  g_test_add_func ("/rl/failures", failures);
  g_test_add_func ("/rl/refuses", refuses);
  return run_on_pool ();
}
