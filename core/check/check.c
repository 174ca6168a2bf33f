/* Running the checks of a plugin, each in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/check.h"
#include "check/private.h"
#include "plugin/options.h"

#define TIME_LIMIT 300 /* seconds for one check */

static const struct {
  const NvCheckRow *rows;
  NvCheckUse use;
} kinds[] = {
  [NV_KIND_SPACE] = { nv_i_check_space_rows, nv_i_check_space_use },
  [NV_KIND_ENCODER] = { nv_i_check_encoder_rows, nv_i_check_encoder_use },
  [NV_KIND_SEARCHER] = { nv_i_check_searcher_rows, nv_i_check_searcher_use },
};

static NvCheckUse
use_of (const NvCheck *check)
{
  return kinds[check->klass->kind].use;
}

/* --- what checks of all kinds use --------------------------------------------------- */

NvSpace *
nv_i_check_open_space (NvCheck *check, GError **error)
{
  return nv_i_space_new (check->space_name, NULL, error);
}

NvCells *
nv_i_check_cells (const NvSpace *space, gsize count, GError **error)
{
  g_autoptr (NvCells) all = NULL;
  NvRng rng;
  nv_rng_init (&rng, 2385, "check", 0);
  if (nv_space_enumerable (space)) {
    all = nv_space_enumerate (space, error);
    if (all == NULL || all->count <= count)
      return g_steal_pointer (&all);
  }
  return nv_i_space_draw (space, count, &rng, error);
}

/* --- options ------------------------------------------------------------------------ */

static GVariant *
one_option (const char *name, GVariant *value)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, name, value);
  return g_variant_dict_end (&dict);
}

/* A value within its range may not go with the other options; a string, with what it names. */
static gboolean
may_refuse (const NvParam *param, const GError *e)
{
  if (g_error_matches (e, NV_ERROR, NV_ERROR_OPTION))
    return TRUE;
  return param->type == NV_PARAM_STRING
         && (g_error_matches (e, NV_ERROR, NV_ERROR_FILE)
             || g_error_matches (e, NV_ERROR, NV_ERROR_FORMAT));
}

/* It opens, or open() refuses it properly. */
static gboolean
try_allowed (NvCheck *check, GVariant *value, GError **error)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  g_autofree char *text = nv_i_value_text (sunk);
  g_autoptr (GError) local = NULL;
  GVariant *options = one_option (check->param->name, sunk);
  if (use_of (check) (check, options, &local)) {
    g_string_append_printf (check->note, " %s", text);
    return TRUE;
  }
  REQUIRE (may_refuse (check->param, local), "%s = %s: %s", check->param->name, text,
           local->message);
  g_string_append_printf (check->note, " (%s: %s)", text, local->message);
  return TRUE;
}

static gboolean
try_refused (NvCheck *check, GVariant *value, GError **error)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  g_autofree char *text = nv_i_value_text (sunk);
  g_autoptr (GError) local = NULL;
  GVariant *options = one_option (check->param->name, sunk);
  REQUIRE (!use_of (check) (check, options, &local), "%s = %s is not refused",
           check->param->name, text);
  REQUIRE (g_error_matches (local, NV_ERROR, NV_ERROR_OPTION),
           "%s = %s is refused with the wrong kind of error: %s", check->param->name,
           text, local->message);
  return TRUE;
}

/* A bound as far away as numbers go is no bound that anybody means to be used. */
static gboolean
check_number (NvCheck *check, GError **error)
{
  const NvParam *p = check->param;
  gboolean whole = p->type == NV_PARAM_INT;
  const double bounds[2] = { p->min, p->max };
  for (int i = 0; i < 2; i++) {
    double x = bounds[i];
    if (isinf (x) || (whole && (x <= G_MININT || x >= G_MAXINT)))
      continue;
    double beyond = whole ? x + (i == 0 ? -1 : 1)
                          : nextafter (x, i == 0 ? -HUGE_VAL : HUGE_VAL);
    if (!try_allowed (check, g_variant_new_double (x), error)
        || !try_refused (check, g_variant_new_double (beyond), error))
      return FALSE;
  }
  return (!whole || try_refused (check, g_variant_new_double (p->min + 0.5), error))
         && try_refused (check, g_variant_new_double (NAN), error)
         && try_refused (check, g_variant_new_string ("text"), error);
}

static gboolean
check_option (NvCheck *check, GError **error)
{
  const NvParam *p = check->param;
  switch (p->type) {
  case NV_PARAM_BOOL:
    return try_allowed (check, g_variant_new_boolean (TRUE), error)
           && try_allowed (check, g_variant_new_boolean (FALSE), error)
           && try_refused (check, g_variant_new_int64 (1), error);
  case NV_PARAM_STRING:
    return try_allowed (check, g_variant_new_string (""), error)
           && try_allowed (check, g_variant_new_string ("/no/such/file"), error)
           && try_refused (check, g_variant_new_int64 (1), error);
  case NV_PARAM_CHOICE:
    for (const char *const *choice = p->choices; *choice != NULL; choice++)
      if (!try_allowed (check, g_variant_new_string (*choice), error))
        return FALSE;
    return try_refused (check, g_variant_new_string ("no such choice"), error)
           && try_refused (check, g_variant_new_int64 (0), error);
  default:
    return check_number (check, error);
  }
}

static gboolean
check_unknown_option (NvCheck *check, GError **error)
{
  static const NvParam unknown = { .name = "no_such_option" };
  check->param = &unknown;
  return try_refused (check, g_variant_new_int64 (1), error);
}

/* --- life --------------------------------------------------------------------------- */

static gboolean
check_defaults (NvCheck *check, GError **error)
{
  return use_of (check) (check, NULL, error);
}

/* Bytes that `times` lives leave behind. */
static gboolean
grow (NvCheck *check, int times, gint64 *bytes, GError **error)
{
  struct mallinfo2 before = mallinfo2 ();
  for (int i = 0; i < times; i++)
    if (!use_of (check) (check, NULL, error))
      return FALSE;
  struct mallinfo2 after = mallinfo2 ();
  *bytes = (gint64) (after.uordblks + after.hblkhd)
           - (gint64) (before.uordblks + before.hblkhd);
  return TRUE;
}

/* The first lives fill caches that stay, and the allocator moves blocks between its lists for a
 * while, the longer the more threads take turns; a leak is what grows in every round. The smallest
 * block takes 32 bytes. */
static gboolean
check_memory (NvCheck *check, GError **error)
{
  enum { ROUNDS = 30 };
  gint64 start = g_get_monotonic_time (), bytes;
  ONLY_IF (mallinfo2 ().uordblks > 0, "this allocator does not count");
  if (!grow (check, 3, &bytes, error))
    return FALSE;
  gint64 one = (g_get_monotonic_time () - start) / 3 + 1;
  int times = (int) CLAMP (G_USEC_PER_SEC / 4 / one, 3, 20);
  for (int round = 0; round < ROUNDS; round++) {
    if (!grow (check, times, &bytes, error))
      return FALSE;
    if (bytes < 32 * times)
      return TRUE;
  }
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
               "opening and closing it %d times leaves %" G_GINT64_FORMAT " bytes behind",
               times, bytes);
  return FALSE;
}

static const NvCheckRow first_rows[] = {
  { "open, use, close", check_defaults },
  { "unknown option is refused", check_unknown_option },
  { NULL, NULL },
};
static const NvCheckRow last_rows[] = {
  { "no memory is left behind", check_memory },
  { NULL, NULL },
};

/* --- one check in a process of its own ---------------------------------------------- */

enum { PASSED, FAILED, NOT_FOR };

static int
run_here (NvCheck *check, const NvCheckRow *row, FILE *out)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = row->run (check, &error);
  if (!ok)
    fprintf (out, "FAILED  %s: %s\n", row->name,
             error != NULL ? error->message : "it failed and did not say why");
  else if (check->not_for != NULL)
    fprintf (out, "-       %s: %s\n", row->name, check->not_for);
  else
    fprintf (out, "ok      %s%s%s\n", row->name, check->note->len > 0 ? ":" : "",
             check->note->str);
  return !ok ? FAILED : check->not_for != NULL ? NOT_FOR : PASSED;
}

/* In the child. The result goes through the pipe, as any exit code may be the plugin's doing. */
static void
run_child (NvCheck *check, const NvCheckRow *row, FILE *out, int to)
{
  alarm (TIME_LIMIT);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  const guint8 result = (guint8) run_here (check, row, out);
  fflush (NULL);
  _exit (write (to, &result, 1) == 1 ? 0 : 1);
}

static int
run_apart (NvCheck *check, const NvCheckRow *row, FILE *out)
{
  int status = 0, ends[2];
  guint8 result;
  fflush (NULL);
  const gboolean piped = pipe2 (ends, O_CLOEXEC | O_NONBLOCK) == 0;
  const pid_t child = piped ? fork () : -1;
  if (child == 0)
    run_child (check, row, out, ends[1]);
  if (child < 0 || waitpid (child, &status, 0) != child) {
    fprintf (out, "FAILED  %s: no process for it: %s\n", row->name, g_strerror (errno));
    status = -1;
  }
  const gboolean told = piped && status == 0 && read (ends[0], &result, 1) == 1;
  if (piped) {
    close (ends[0]);
    close (ends[1]);
  }
  if (told)
    return result;
  if (status == -1)
    return FAILED;
  if (WIFEXITED (status))
    fprintf (out, "FAILED  %s: the plugin ended the process (exit code %d)\n", row->name,
             WEXITSTATUS (status));
  else if (WTERMSIG (status) == SIGALRM)
    fprintf (out, "FAILED  %s: not finished after %d seconds\n", row->name, TIME_LIMIT);
  else
    fprintf (out, "FAILED  %s: crashed (%s)\n", row->name, strsignal (WTERMSIG (status)));
  return FAILED;
}

static void
run_row (const NvCheck *base, const NvParam *param, const NvCheckRow *row, FILE *out,
         guint counts[3])
{
  NvCheck check = *base;
  check.note = g_string_new (NULL);
  check.param = param;
  counts[run_apart (&check, row, out)]++;
  g_string_free (check.note, TRUE);
}

static void
run_rows (const NvCheck *base, const NvCheckRow *rows, FILE *out, guint counts[3])
{
  for (const NvCheckRow *row = rows; row->name != NULL; row++)
    run_row (base, NULL, row, out, counts);
}

guint
nv_i_check_plugin (const NvClass *klass, const char *space, FILE *out)
{
  guint counts[3] = { 0 };
  NvCheck check = { .klass = klass, .space_name = space != NULL ? space : NV_TOY };
  nv_i_check_add_toys ();
  run_rows (&check, first_rows, out, counts);
  for (const NvParam *p = klass->params; p != NULL && p->type != NV_PARAM_END; p++) {
    g_autofree char *name = g_strdup_printf ("option %s", p->name);
    const NvCheckRow row = { name, check_option };
    run_row (&check, p, &row, out, counts);
  }
  run_rows (&check, kinds[klass->kind].rows, out, counts);
  run_rows (&check, last_rows, out, counts);
  fprintf (out, "%s %s %s: %u checks passed, %u failed\n", nv_kind_name (klass->kind),
           klass->name, klass->version, counts[PASSED], counts[FAILED]);
  return counts[FAILED];
}
