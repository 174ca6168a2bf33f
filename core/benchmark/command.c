/* The kind `command`: an external program, started once for every cell.
 *
 * It reads one line of JSON from its standard input,
 *     {"space": "nasbench201", "cell": "|none~0|+...", "seed": 2917480633}
 * where `seed` comes from the run's noise stream: a program that takes its random numbers
 * from it makes studies repeatable. It writes one line of JSON to its standard output, of
 * which only `score` is needed,
 *     {"score": 0.91, "test": 0.93, "seconds": 812.5, "parameters": 345000}
 * or {"failed": true}, with `seconds` if it likes, for a cell that has no score; where it does
 * not say them, a failed cell has those that the program took, or a budget in seconds could not
 * count it. What it writes to standard error passes through. When it ends, what is left of
 * its process group is killed. Without an answer (it exits with another status than 0, is
 * killed, writes anything else, or takes too long, after which its whole process group is
 * killed) the run ends as failed, or the cell does: option `on_failure`. Where it is killed
 * because the study is stopped, the run stays unfinished. */
#include <math.h>
#include <string.h>

#include "benchmark/command.h"
#include "benchmark/kinds.h"
#include "benchmark/process.h"
#include "data/json.h"
#include "plugin/options.h"

#define MAX_ANSWER 65536 /* bytes */

enum { STOP, CONTINUE };
static const char *const failures[] = { "stop", "continue", NULL };

typedef struct {
  const char *command, *name;
  double timeout;
  int on_failure;
} Options;

static const NvParam params[] = {
  NV_STRING (Options, command, "the program and its arguments, quoted as in a shell"),
  NV_STRING (Options, name, "for figures; none: the program's name"),
  NV_REAL (Options, timeout, 0.001, 1e9, "what one cell may take", .unit = "s"),
  NV_CHOICE (Options, on_failure, failures,
             "without an answer: stop the run, or count the cell as failed"),
  NV_END
};
static const Options defaults = { .timeout = 3600, .on_failure = STOP };

typedef struct {
  NvBenchmark base;
  char **argv;
  double timeout;
  int on_failure;
} Command;

/* --- the two lines ------------------------------------------------------------------ */

static char *
question (const NvSpace *space, const NvCell *cell, guint32 seed)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *text = nv_space_format (space, cell);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "space");
  json_builder_add_string_value (builder, space->klass->head.name);
  json_builder_set_member_name (builder, "cell");
  json_builder_add_string_value (builder, text);
  json_builder_set_member_name (builder, "seed");
  json_builder_add_int_value (builder, seed);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *line = nv_i_json_text (root);
  return g_strconcat (line, "\n", NULL);
}

static gboolean
read_member (const char *key, JsonNode *value, NvOutcome *out, GError **error)
{
  const struct { const char *key; double *to; } numbers[] = {
    { "score", &out->score }, { "test", &out->test }, { "seconds", &out->seconds },
    { "parameters", &out->parameters }
  };
  GType type = json_node_get_value_type (value);
  if (strcmp (key, "failed") == 0 && type == G_TYPE_BOOLEAN) {
    out->failed = json_node_get_boolean (value);
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (strcmp (key, numbers[i].key) == 0
        && (type == G_TYPE_DOUBLE || type == G_TYPE_INT64)
        && isfinite (json_node_get_double (value))) {
      *numbers[i].to = json_node_get_double (value);
      return TRUE;
    }
  g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
               "its answer has '%s'; allowed are the finite numbers score, test, "
               "seconds, parameters, and failed, which is true or false", key);
  return FALSE;
}

gboolean
nv_i_command_answer (const char *text, gsize length, NvOutcome *out, GError **error)
{
  NvOutcome answer = { NAN, NAN, NAN, NAN, FALSE };
  g_autoptr (GError) failure = NULL;
  g_autoptr (JsonNode) root = nv_i_json_parse (text, (gssize) length, &failure);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
                 "its answer is not a JSON object (%s)",
                 failure != NULL ? failure->message : "another value");
    return FALSE;
  }
  JsonObject *object = json_node_get_object (root);
  g_autoptr (GList) keys = json_object_get_members (object);
  for (GList *l = keys; l != NULL; l = l->next)
    if (!read_member (l->data, json_object_get_member (object, l->data), &answer, error))
      return FALSE;
  if (isnan (answer.score) != answer.failed || answer.seconds < 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
                 answer.seconds < 0 ? "its answer has seconds below 0"
                 : "its answer must have either 'score' or 'failed': true");
    return FALSE;
  }
  *out = answer;
  return TRUE;
}

/* --- queries ------------------------------------------------------------------------ */

/* What one run of the program says, or why it says nothing. */
static gboolean
interpret (const Command *c, const NvProcess *process, NvOutcome *out, GError **error)
{
  if (process->end == NV_PROCESS_EXITED && process->code == 0)
    return nv_i_command_answer (process->output, process->length, out, error);
  if (process->end == NV_PROCESS_TIMED_OUT)
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "no answer within %g s",
                 c->timeout);
  else if (process->end == NV_PROCESS_FLOODED)
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
                 "its answer is longer than %d bytes", MAX_ANSWER);
  else if (process->end == NV_PROCESS_KILLED)
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "it was killed by signal %d (%s)",
                 process->code, g_strsignal (process->code));
  else
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "its exit status is %d",
                 process->code);
  return FALSE;
}

static gboolean
command_query (NvBenchmark *benchmark, const NvCell *cell, NvRng *noise, NvOutcome *out,
               GError **error)
{
  const Command *c = (const Command *) benchmark;
  g_autofree char *line = question (benchmark->space, cell, nv_rng_u32 (noise));
  NvProcess process;
  const gint64 start = g_get_monotonic_time ();
  if (!nv_i_process_run (&process, c->argv, line, MAX_ANSWER, c->timeout, error))
    return FALSE;
  const double took = 1e-6 * (double) (g_get_monotonic_time () - start);
  g_autofree char *output = process.output;
  g_autoptr (GError) failure = NULL;
  if (interpret (c, &process, out, &failure)) {
    if (out->failed && isnan (out->seconds))
      out->seconds = took;
    return TRUE;
  }
  g_autofree char *text = nv_space_format (benchmark->space, cell);
  g_prefix_error (&failure, "%s, cell '%s': ", benchmark->name, text);
  if (c->on_failure == STOP) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  g_message ("%s", failure->message);
  out->failed = TRUE;
  out->seconds = process.end == NV_PROCESS_TIMED_OUT ? c->timeout : took;
  return TRUE;
}

static void
command_free (NvBenchmark *benchmark)
{
  Command *c = (Command *) benchmark;
  g_strfreev (c->argv);
  g_free (c);
}

/* --- making ------------------------------------------------------------------------- */

/* Why `name`, which is no program, is none. */
static void
set_no_program (const char *name, GError **error)
{
  const gboolean is_path = strchr (name, G_DIR_SEPARATOR) != NULL;
  if (g_file_test (name, G_FILE_TEST_IS_DIR))
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "'%s' is a folder, not a program", name);
  else if (!g_file_test (name, G_FILE_TEST_EXISTS))
    g_set_error (error, NV_ERROR, NV_ERROR_FILE,
                 "no program '%s', neither as a path nor in PATH", name);
  else if (is_path)
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "'%s' may not be executed (chmod +x)", name);
  else
    g_set_error (error, NV_ERROR, NV_ERROR_FILE,
                 "no program '%s' in PATH; that of the current folder is './%s'", name, name);
}

static char **
parse_command (const char *text, GError **error)
{
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) failure = NULL;
  if (text == NULL || !g_shell_parse_argv (text, NULL, &argv, &failure)) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "'command' is needed: a program with its "
                 "arguments, quoted as in a shell (%s)",
                 failure != NULL ? failure->message : "it is not given");
    return NULL;
  }
  g_autofree char *program = g_find_program_in_path (argv[0]);
  if (program == NULL) {
    set_no_program (argv[0], error);
    return NULL;
  }
  return g_steal_pointer (&argv);
}

static NvBenchmark *
command_make (NvSpace *space, const void *options, GError **error)
{
  static const NvBenchmarkOps ops = { "command", command_query, command_free };
  const Options *opt = options;
  char **argv = parse_command (opt->command, error);
  if (argv == NULL)
    return NULL;
  Command *c = g_new0 (Command, 1);
  c->argv = argv;
  c->timeout = opt->timeout;
  c->on_failure = opt->on_failure;
  JsonNode *description = nv_i_options_json (params, opt);
  json_object_set_string_member (json_node_get_object (description), "kind", "command");
  nv_i_benchmark_init (&c->base, &ops, space,
                       opt->name != NULL ? g_strdup (opt->name)
                                         : g_path_get_basename (argv[0]),
                       g_strdup ("as the program answers"), description);
  return &c->base;
}

const NvBenchmarkKind nv_i_benchmark_command = {
  "command", "an external program, started for every cell", params, sizeof (Options), &defaults,
  command_make
};
