/* Options: checking, JSON and back, help. */
#include <math.h>
#include <string.h>

#include "check_error.h"
#include "plugin/options.h"

typedef struct {
  double rate;
  int depth;
  gboolean joint;
  const char *label;
  int acquisition;
  double slope;
  const char *file;
} Options;

static const char *const acquisitions[] = { "ei", "ucb", "thompson", NULL };

static const NvParam params[] = {
  NV_REAL (Options, rate, 1e-6, 0.75, "learning rate", .unit = "1/step"),
  NV_INT (Options, depth, 1, 12, "layers"),
  NV_BOOL (Options, joint, "trained by the search"),
  NV_STRING (Options, label, "text in figures"),
  NV_CHOICE (Options, acquisition, acquisitions, "what is maximised"),
  NV_REAL (Options, slope, -INFINITY, INFINITY, "of the line"),
  NV_STRING (Options, file, "weights"),
  NV_END,
};
static const Options defaults = { .rate = 0.0625, .depth = 5, .label = "x \"y\" \\ \n",
                                  .acquisition = 1, .slope = -2.385 };

static Options *
parse (const char *text, GError **error)
{
  GVariant *values = text != NULL ? g_variant_new_parsed (text) : NULL;
  return nv_i_options_new (params, sizeof (Options), &defaults, values, "searcher bo",
                           error);
}

static void
test_defaults (void)
{
  GError *error = NULL;
  Options *o = parse (NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (o->rate, ==, 0.0625);
  g_assert_cmpint (o->acquisition, ==, 1);
  g_assert_cmpstr (o->label, ==, defaults.label);
  g_assert_true (o->label != defaults.label);
  g_assert_null (o->file);
  nv_i_options_free (params, o);
  gpointer empty = nv_i_options_new (NULL, 0, NULL, NULL, "space x", &error);
  g_assert_nonnull (empty);
  nv_i_options_free (NULL, empty);
}

static void
test_values (void)
{
  GError *error = NULL;
  Options *o = parse (
      "{'rate': <0.75>, 'depth': <int64 12>, 'joint': <true>, 'label': <'z'>, "
      "'acquisition': <'thompson'>, 'slope': <int64 -17>, 'file': <'w'>}",
      &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (o->rate, ==, 0.75);
  g_assert_cmpint (o->depth, ==, 12);
  g_assert_true (o->joint);
  g_assert_cmpstr (o->label, ==, "z");
  g_assert_cmpint (o->acquisition, ==, 2);
  g_assert_cmpfloat (o->slope, ==, -17.0);
  g_assert_cmpstr (o->file, ==, "w");
  nv_i_options_free (params, o);
  o = parse ("{'depth': <3.0>}", &error);
  g_assert_no_error (error);
  g_assert_cmpint (o->depth, ==, 3);
  nv_i_options_free (params, o);
}

static void
test_refused (void)
{
  static const struct {
    const char *values, *part;
  } cases[] = {
    { "{'rate': <0.7500001>}",
      "searcher bo: option 'rate' is 0.7500001; allowed is a number, "
      "1e-06 to 0.75" },
    { "{'rate': <'fast'>}", "option 'rate' is 'fast'; allowed is a number" },
    { "{'rate': <true>}", "option 'rate' is true" },
    { "{'slope': <int64 9007199254740993>}", "option 'slope' is 9007199254740993" },
    { "{'depth': <2.5>}", "option 'depth' is 2.5; allowed is an integer, 1 to 12" },
    { "{'depth': <int64 13>}", "option 'depth' is 13" },
    { "{'depth': <int64 0>}", "option 'depth' is 0" },
    { "{'depth': <1e300>}", "option 'depth' is 1e+300" },
    { "{'joint': <int64 1>}", "option 'joint' is 1; allowed is true or false" },
    { "{'label': <int64 4>}", "option 'label' is 4; allowed is a string" },
    { "{'acquisition': <'pi'>}",
      "option 'acquisition' is 'pi'; allowed is one of ei | ucb | "
      "thompson" },
    { "{'acquisition': <int64 1>}", "option 'acquisition' is 1" },
    { "{'acquistion': <'ei'>}",
      "unknown option 'acquistion'; did you mean 'acquisition'? "
      "(there are: rate, depth" },
    { "{'raet': <0.1>}", "did you mean 'rate'?" },
    { "{'zzzzzzzz': <'ei'>}",
      "unknown option 'zzzzzzzz'; there are: rate, depth, joint" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_assert_null (parse (cases[i].values, &error));
    CHECK_ERROR (error, NV_ERROR_OPTION, cases[i].part);
  }
  GError *error = NULL;
  GVariant *nan_value = g_variant_new_parsed ("{'slope': <%d>}", (double) NAN);
  g_assert_null (
      nv_i_options_new (params, sizeof (Options), &defaults, nan_value, "x", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION,
               "option 'slope' is nan; allowed is a number, any number");
  GVariant *any = g_variant_new_parsed ("{'a': <true>}");
  g_assert_null (nv_i_options_new (NULL, 0, NULL, any, "space x", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "space x: unknown option 'a'; there are none");
}

static void
test_json (void)
{
  GError *error = NULL;
  Options *o = parse ("{'rate': <0.1>, 'slope': <1e20>, 'depth': <int64 7>}", &error);
  g_autoptr (JsonNode) node = nv_i_options_json (params, o);
  g_autofree char *text = nv_i_json_text (node);
  g_assert_cmpstr (
      text, ==,
      "{\"rate\": 0.1, \"depth\": 7, \"joint\": false, \"label\": \"x \\\"y\\\" "
      "\\\\ \\n\", \"acquisition\": \"ucb\", \"slope\": 1e+20, \"file\": null}");
  g_autoptr (JsonNode) read = json_from_string (text, &error);
  g_assert_no_error (error);
  Options *again = nv_i_options_new (params, sizeof (Options), &defaults,
                                     nv_i_options_variant (read), "again", &error);
  g_assert_no_error (error);
  g_autoptr (JsonNode) second = nv_i_options_json (params, again);
  g_autofree char *second_text = nv_i_json_text (second);
  g_assert_cmpstr (text, ==, second_text);
  nv_i_options_free (params, o);
  nv_i_options_free (params, again);
}

static void
test_numbers (void)
{
  static const struct {
    double x;
    const char *text;
  } cases[] = { { 0.1, "0.1" },
                { 1.0 / 3, "0.3333333333333333" },
                { -2.0, "-2.0" },
                { 1e-300, "1e-300" },
                { 123456789.0, "123456789.0" },
                { 5e-324, "5e-324" },
                { NAN, "null" },
                { INFINITY, "null" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (JsonNode) node = json_node_init_double (json_node_alloc (), cases[i].x);
    g_autofree char *text = nv_i_json_text (node);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static void
test_help (void)
{
  g_autofree char *text = nv_i_params_help (params, &defaults, FALSE);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 8);
  g_assert_cmpstr (lines[0], ==,
                   "  rate         real     0.0625           1e-06 to 0.75        "
                   "learning rate [1/step]");
  g_assert_nonnull (strstr (lines[4], "ei | ucb | thompson"));
  g_autofree char *table = nv_i_params_help (params, &defaults, TRUE);
  g_assert_nonnull (
      strstr (table, "| acquisition | choice | ucb | ei \\| ucb \\| thompson | what"));
  g_autofree char *none = nv_i_params_help (NULL, NULL, FALSE);
  g_assert_cmpstr (none, ==, "");
  g_autoptr (JsonNode) node = nv_i_params_json (params, &defaults);
  g_autofree char *json = nv_i_json_text (node);
  g_assert_nonnull (
      strstr (json, "{\"name\": \"depth\", \"type\": \"integer\", \"default\": 5, "
                    "\"min\": 1.0, \"max\": 12.0, \"help\": \"layers\"}"));
  g_assert_nonnull (
      strstr (json, "{\"name\": \"slope\", \"type\": \"real\", \"default\": -2.385, "
                    "\"help\": \"of the line\"}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/defaults", test_defaults);
  g_test_add_func ("/options/values", test_values);
  g_test_add_func ("/options/refused", test_refused);
  g_test_add_func ("/options/json", test_json);
  g_test_add_func ("/options/numbers", test_numbers);
  g_test_add_func ("/options/help", test_help);
  return g_test_run ();
}
