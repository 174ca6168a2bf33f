/* The benchmark `table` on small files of its own: columns, noise models, joining of
 * rows, and what it refuses. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "benchmark/benchmark.h"
#include "check_error.h"
#include "open_space.h"

static char *file;

#define CELL(a, b) "|" a "~0|+|none~0|none~1|+|none~0|none~1|" b "~2|"
#define A CELL ("nor_conv_3x3", "avg_pool_3x3")
#define B CELL ("skip_connect", "avg_pool_3x3")
#define C CELL ("none", "nor_conv_1x1")

/* A table of `text` with options "key=value;key=value". */
static NvBenchmark *
open_table (NvSpace *space, const char *text, const char *options, GError **error)
{
  GVariantDict dict;
  g_auto (GStrv) pairs = g_strsplit (options, ";", -1);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "file", "s", file);
  g_variant_dict_insert (&dict, "cell", "s", "arch");
  for (guint i = 0; pairs[i] != NULL && *pairs[i] != '\0'; i++) {
    char *equal = strchr (pairs[i], '=');
    *equal = '\0';
    if (strcmp (pairs[i], "epochs") == 0)
      g_variant_dict_insert (&dict, "epochs", "x", g_ascii_strtoll (equal + 1, NULL, 10));
    else
      g_variant_dict_insert (&dict, pairs[i], "s", equal + 1);
  }
  return nv_i_benchmark_new (space, "table", g_variant_dict_end (&dict), error);
}

static NvOutcome
query (NvBenchmark *table, const char *text, NvRng *rng)
{
  NvCell cell;
  NvOutcome out;
  g_autoptr (GError) error = NULL;
  g_assert_true (nv_space_parse (table->space, text, &cell, &error));
  g_assert_true (nv_i_benchmark_query (table, &cell, rng, &out, &error));
  return out;
}

static void
assert_near (double a, double b)
{
  g_assert_cmpfloat_with_epsilon (a, b, 1e-12);
}

static void
test_columns (void)
{
  const char *text = "n,arch,val,test,train s,valid s,weights M\n"
                     "1," A ",61.5,70.25,10,3,0.345\n"
                     "2," C ",12.5,13.75,2.5,1,1e-3\n";
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (NvBenchmark) table
    = open_table (space, text,
                  "observed=val;test=test;seconds=12*train s + -0.5 * valid s;"
                  "parameters=1000000*weights M;percent=yes",
                  &error);
  g_assert_no_error (error);
  NvRng rng;
  nv_rng_init (&rng, 1, "noise", 0);
  NvOutcome out = query (table, A, &rng);
  assert_near (out.score, 0.615);
  assert_near (out.test, 0.7025);
  assert_near (out.seconds, 118.5);
  assert_near (out.parameters, 345000);
  g_assert_false (out.failed);
  out = query (table, C, &rng);
  assert_near (out.score, 0.125);
  assert_near (out.seconds, 29.5);

  g_assert_cmpuint (table->pool->count, ==, 2);
  g_assert_true (table->percent);
  g_assert_false (table->serial);
  g_assert_cmpstr (table->name, ==, "table.csv");
  g_assert_cmpstr (table->noise, ==, "as in the table");
  double score, test;
  g_assert_true (nv_i_benchmark_optimum (table, &score, &test));
  assert_near (score, 0.615);
  assert_near (test, 0.7025);
  g_assert_true (nv_i_benchmark_outcome (table, 1, &out));
  assert_near (out.test, 0.1375);
  g_assert_false (nv_i_benchmark_outcome (table, 2, &out));

  JsonObject *d = json_node_get_object (table->description);
  g_assert_cmpstr (json_object_get_string_member (d, "file"), ==, "table.csv");
  g_assert_cmpstr (json_object_get_string_member (d, "observed"), ==, "val");
  g_assert_cmpint (json_object_get_int_member (d, "rows"), ==, 2);
  g_assert_cmpuint (strlen (json_object_get_string_member (d, "sha256")), ==, 64);
}

/* Numbers with exponents, and names with blanks around them. */
static void
test_spelling (void)
{
  const char *text = "arch , val, train s ,e\n" A ",0.5,3,7\n";
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (GError) error = NULL;
  NvRng rng;
  g_autoptr (NvBenchmark) table
    = open_table (space, text,
                  "observed= val;seconds=1e+1*train s + 2.5E+0 * val+e;"
                  "parameters=1e-1*e + -1e+00*val + e",
                  &error);
  g_assert_no_error (error);
  const NvOutcome out = query (table, A, &rng);
  assert_near (out.score, .5);
  assert_near (out.seconds, 38.25);
  assert_near (out.parameters, 7.2);
}

static void
test_no_columns (void)
{
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (NvBenchmark) table
    = open_table (space, "arch,loss\n" A ",2.385\n", "observed=-loss;test=", NULL);
  NvRng rng;
  NvOutcome out = query (table, A, &rng);
  assert_near (out.score, -2.385);
  g_assert_true (isnan (out.test) && isnan (out.seconds) && isnan (out.parameters));
  g_assert_false (table->percent);

  NvCell cell;
  g_autoptr (GError) error = NULL;
  g_assert_true (nv_space_parse (space, B, &cell, NULL));
  out.score = 7.5;
  g_assert_false (nv_i_benchmark_query (table, &cell, &rng, &out, &error));
  CHECK_ERROR (error, NV_ERROR_BENCHMARK, "the table table.csv has no cell '" B "'");
  g_assert_cmpfloat (out.score, ==, 7.5);
}

/* Seconds that stand in a file of their own. */
static void
test_beside (void)
{
  static const struct {
    const char *text, *error;
  } bad[] = {
    { "n,train s\n1,10\n3,20\n", "column 'n': '3', but '2' in the same row" },
    { "n,train s\n1,10\n", "fewer rows" },
    { "n,train s\n1,10\n2,20\n3,30\n", "more rows" },
    { "m,train s\n1,10\n2,20\n", "no column in common" },
    { "n,train s\n1,10\n2,soon\n", ":3: column 'train s': 'soon' is not a finite number" },
    { "n,train s\n1,10\n2\n", ":3: the row has 1 fields, the header 2" },
  };
  const char *text = "n,arch,val\n1," A ",.5\n2," C ",.25\n";
  g_autofree char *beside = g_strconcat (file, ".seconds", NULL);
  g_autofree char *options
    = g_strdup_printf ("observed=val;seconds=2*train s + 1*val;beside=%s", beside);
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_assert_true (g_file_set_contents (beside, "train s,n\n10,1\n20,2\n", -1, NULL));
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (NvBenchmark) table = open_table (space, text, options, &error);
    g_assert_no_error (error);
    NvRng rng;
    nv_rng_init (&rng, 1, "noise", 0);
    assert_near (query (table, A, &rng).seconds, 20.5);
    assert_near (query (table, C, &rng).seconds, 40.25);
    g_autofree char *said = json_to_string (table->description, FALSE);
    g_assert_nonnull (strstr (said, "\"beside_sha256\":\""));
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    g_assert_true (g_file_set_contents (beside, bad[i].text, -1, NULL));
    g_assert_null (open_table (space, text, options, &error));
    CHECK_ERROR (error, NV_ERROR_FORMAT, bad[i].error);
  }
  g_unlink (beside);
}

static void
test_preset (void)
{
  const char *text = "arch_str,c100_val_acc_12,c100_test_acc_200,train_sec_per_epoch,"
                     "valid_sec_per_eval,x\n"
                     A ",61.5,70.25,10,3,9\n";
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (NvBenchmark) table
    = open_table (space, text, "dataset=cifar100;cell=arch_str;epochs=12", &error);
  g_assert_no_error (error);
  NvRng rng;
  NvOutcome out = query (table, A, &rng);
  assert_near (out.score, 0.615);
  assert_near (out.seconds, 246);
  g_assert_cmpstr (table->name, ==, "cifar100 (12 epochs)");
  g_assert_true (table->percent);

  g_autoptr (NvBenchmark) other
    = open_table (space, text,
                  "dataset=cifar100;cell=arch_str;seconds=;observed=x;percent=no",
                  &error);
  out = query (other, A, &rng);
  assert_near (out.score, 9);
  g_assert_true (isnan (out.seconds));

  g_assert_null (open_table (space, text, "dataset=cifar100;epochs=200", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION,
               "dataset 'cifar100' with 200 epochs; space nasbench201 "
               "knows: cifar10 (12 epochs), cifar10 (200 epochs), cifar100 (12 epochs), "
               "imagenet16-120 (12 epochs), fashion-mnist (10 epochs).");
  g_assert_null (open_table (space, text, "", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION,
               "'dataset' is needed; space nasbench201 knows: cifar10 (");
  g_assert_null (open_table (space, text, "dataset=cifar100;observed=", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "'cell' and 'observed' cannot be empty");
  g_assert_null (open_table (space, text, "dataset=cifar100;cell=", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "'cell' and 'observed' cannot be empty");
}

static void
test_noise (void)
{
  const char *text
    = "arch,r1,r2,r3,t1,t2\n" A ",0.25,,0.75,0.5,0.625\n" C ",0.125,0.5,0.25,,0.375\n";
  const char *columns = "observed=r1, r2, r3;test=t1,t2;noise=";
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  NvRng rng;
  g_autofree char *mean = g_strconcat (columns, "mean", NULL);
  g_autoptr (NvBenchmark) table = open_table (space, text, mean, NULL);
  NvOutcome out = query (table, A, &rng);
  assert_near (out.score, 0.5);
  assert_near (out.test, 0.5625);
  assert_near (query (table, C, &rng).test, 0.375);
  g_assert_cmpstr (table->noise, ==, "mean of 3 runs");

  g_autofree char *third = g_strconcat (columns, "run=3", NULL);
  g_autoptr (NvBenchmark) fixed = open_table (space, text, third, NULL);
  assert_near (query (fixed, A, &rng).score, 0.75);
  assert_near (query (fixed, A, &rng).test, 0.5625);
  g_assert_cmpstr (fixed->noise, ==, "run 3 of 3");
  g_assert_true (nv_i_benchmark_outcome (fixed, 0, &out));
  assert_near (out.score, 0.5);

  g_autofree char *sample = g_strconcat (columns, "sample", NULL);
  g_autoptr (NvBenchmark) drawn = open_table (space, text, sample, NULL);
  guint seen[2][3] = { { 0 } };
  nv_rng_init (&rng, 4, "noise", 0);
  for (guint i = 0; i < 6000; i++) {
    seen[0][(guint) (query (drawn, A, &rng).score * 4) - 1]++;
    double score = query (drawn, C, &rng).score;
    seen[1][score == 0.125 ? 0 : score == 0.25 ? 1 : 2]++;
  }
  g_assert_cmpuint (seen[0][1], ==, 0);
  g_assert_true (seen[0][0] > 2800 && seen[0][2] > 2800);
  g_assert_true (seen[1][0] > 1850 && seen[1][1] > 1850 && seen[1][2] > 1850);
}

static void
test_noise_errors (void)
{
  const char *text = "arch,r1,r2\n" A ",0.25,\n";
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_null (open_table (space, text, "observed=r1,r2;noise=run=2", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT,
               "table.csv:2: the run that 'noise' names is not there");
  g_assert_null (open_table (space, text, "observed=r1,r2;noise=run=3", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "'run=3', but observed = 'r1,r2' has 2 columns");
  g_assert_null (open_table (space, text, "observed=r1;noise=sample", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "noise = 'sample' needs several runs");
  g_assert_null (open_table (space, text, "observed=r1;noise=run=0", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "noise = 'run=0'; allowed: mean, sample, run=1");
  const char *none = "arch,r1,r2,r3\n" A ",0.25,,\n";
  g_assert_null (open_table (space, none, "observed=r2,r3", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT,
               "table.csv:2: none of the observed scores is there");
}

/* Neither score: the training diverged. One without the other is a mistake, and so is no
 * score where the file has no tests. */
static void
test_diverged_rows (void)
{
  const char *text = "arch,r1,r2,t,s,p\n" A ",0.25,0.5,0.375,7,9\n" C ",,,,23,85\n";
  static const char *const noises[] = { "mean", "sample", "run=2" };
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (GError) error = NULL;
  NvOutcome out;
  NvRng rng;
  nv_rng_init (&rng, 4, "noise", 0);
  for (guint i = 0; i < G_N_ELEMENTS (noises); i++) {
    g_autofree char *options = g_strconcat (
      "observed=r1,r2;test=t;seconds=s;parameters=p;noise=", noises[i], NULL);
    g_autoptr (NvBenchmark) table = open_table (space, text, options, &error);
    g_assert_no_error (error);
    out = query (table, C, &rng);
    g_assert_true (out.failed && isnan (out.score) && isnan (out.test));
    assert_near (out.seconds, 23);
    assert_near (out.parameters, 85);
    g_assert_false (query (table, A, &rng).failed);
    double score, test;
    g_assert_true (nv_i_benchmark_optimum (table, &score, &test));
    assert_near (score, 0.375);
    assert_near (test, 0.375);
  }
  g_autoptr (NvBenchmark) one = open_table (space, text, "observed=r2;test=t", &error);
  g_assert_true (query (one, C, &rng).failed);
  g_assert_null (open_table (space, text, "observed=r2", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT,
               "table.csv:3: column 'r2': '' is not a finite number");
  g_assert_null (open_table (space, text, "observed=r2;test=s", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT,
               "table.csv:3: column 'r2': '' is not a finite number");
}

/* E and F are one once zeros are followed: nothing reaches node 1. */
static void
test_joined_rows (void)
{
  const char *E = "|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|";
  const char *F = "|none~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|none~2|";
  g_autoptr (NvSpace) space = open_space ("nasbench201", "{'equivalence': <'skip_zero'>}");
  NvCell e, f, form;
  g_assert_true (nv_space_parse (space, E, &e, NULL));
  g_assert_true (nv_space_parse (space, F, &f, NULL));
  nv_space_canonical (space, &f, &form);
  nv_space_canonical (space, &e, &e);
  g_assert_true (nv_cell_equal (&e, &form));

  g_autofree char *R = nv_space_format (space, &form);
  const char *other = strcmp (R, E) == 0 ? F : E;
  NvRng rng;
  for (guint order = 0; order < 2; order++) {
    g_autofree char *text
      = g_strdup_printf ("arch,v,s\n" A ",0.5,1\n%s,%s\n%s,%s\n", order ? R : other,
                         order ? "0.25,2" : "0.75,3", order ? other : R,
                         order ? "0.75,3" : "0.25,2");
    g_autoptr (NvBenchmark) table
      = open_table (space, text, "observed=v;seconds=s", NULL);
    g_assert_cmpuint (table->pool->count, ==, 2);
    assert_near (query (table, E, &rng).score, 0.25);
    assert_near (query (table, F, &rng).seconds, 2);
    NvCell pooled;
    nv_cells_get (table->pool, 1, &pooled);
    g_assert_true (nv_cell_equal (&pooled, &form));
    JsonObject *d = json_node_get_object (table->description);
    g_assert_cmpint (json_object_get_int_member (d, "rows"), ==, 3);
  }

  g_autoptr (GError) error = NULL;
  g_autofree char *twice
    = g_strdup_printf ("arch,v\n%s,1\n%s,2\n%s,3\n", R, other, other);
  g_assert_null (open_table (space, twice, "observed=v", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT, "stands in line 3 already");
  g_autofree char *swapped
    = g_strdup_printf ("arch,v\n%s,1\n%s,2\n%s,3\n", other, R, other);
  g_assert_null (open_table (space, swapped, "observed=v", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT, "stands in line 2 already");
}

static void
test_where (void)
{
  const char *text
    = "arch,set,epochs,v\n" A ",x,12,0.5\n" A ",y,12,0.25\n" A ",y,200,0.75\n";
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (GError) error = NULL;
  NvRng rng;
  g_autoptr (NvBenchmark) one = open_table (space, text, "observed=v;where=set=x", NULL);
  assert_near (query (one, A, &rng).score, 0.5);
  g_autoptr (NvBenchmark) two
    = open_table (space, text, "observed=v;where=set = y, epochs=200", NULL);
  assert_near (query (two, A, &rng).score, 0.75);
  g_assert_null (open_table (space, text, "observed=v;where=set=y", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT,
               "table.csv:4: cell '" A "' stands in line 3 already");
  g_assert_null (open_table (space, text, "observed=v;where=set=z", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT, "no row that 'where' lets pass");
  g_assert_null (open_table (space, text, "observed=v;where=set", &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "where = 'set': write 'column=value'");
  g_assert_null (open_table (space, text, "observed=v;where=sot=x", &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT,
               "no column 'sot'; there are: arch, set, epochs, v");
}

static void
test_errors (void)
{
  static const struct {
    const char *text, *options;
    int code;
    const char *message;
  } rows[] = {
    { "arch,v\n", "observed=v", NV_ERROR_FORMAT, "table.csv: no row" },
    { "", "observed=v", NV_ERROR_FORMAT, "table.csv:1: the file is empty" },
    { "arch,v\n" A ",1\n", "observed=w", NV_ERROR_FORMAT,
      "no column 'w'; there are: arch, v" },
    { "arch,v\n" A ",1\n", "observed=v;test=w", NV_ERROR_FORMAT, "no column 'w'" },
    { "arch,v\n" A ",1\n", "observed=v;seconds=2x*v", NV_ERROR_OPTION,
      "'2x' before '*v' is not a number" },
    { "arch,v\n" A ",nan\n", "observed=v", NV_ERROR_FORMAT,
      "table.csv:2: column 'v': 'nan' is not a finite number" },
    { "arch,v\n" A ",\n", "observed=v", NV_ERROR_FORMAT, "table.csv:2: column 'v': ''" },
    { "arch,v,s\n" A ",1,-2\n", "observed=v;seconds=s", NV_ERROR_FORMAT,
      "table.csv:2: seconds must be at least 0" },
    { "arch,v,p\n" A ",1,-2\n", "observed=v;parameters=p", NV_ERROR_FORMAT,
      "table.csv:2: parameters must be at least 0" },
    { "arch,v\n" A ",1e308\n", "observed=1e10*v", NV_ERROR_FORMAT,
      "table.csv:2: a sum of columns with factors is too large for a number" },
    { "arch,v,w\n" A ",1e308,2\n", "observed=1e10*v + -1e10*v, w", NV_ERROR_FORMAT,
      "table.csv:2: a sum of columns" },
    { "arch,v,w\n" A ",1.7e308,1.7e308\n", "observed=v,w", NV_ERROR_FORMAT,
      "table.csv:2: a sum of columns" },
    { "arch,v,s\n" A ",1,1e308\n", "observed=v;seconds=99*s", NV_ERROR_FORMAT,
      "table.csv:2: a sum of columns" },
    { "arch,v\n" A ",1\n", "observed=v,", NV_ERROR_OPTION,
      "observed = 'v,': a comma without a column on either side" },
    { "arch,v\n" A ",1\n", "observed=, v", NV_ERROR_OPTION, "observed = ', v': a comma without" },
    { "arch,v,w\n" A ",1,2\n", "observed=v;test=v, ,w", NV_ERROR_OPTION,
      "test = 'v, ,w': a comma without" },
    { "arch,v\n" A ",1\n", "observed=v, v", NV_ERROR_OPTION,
      "observed = 'v, v': 'v' is there twice" },
    { "arch,v,w\n" A ",1,2\n", "observed=w, v + w, w, 1*v+w", NV_ERROR_OPTION,
      "'w' is there twice" },
    { "arch,v,w\n" A ",1,2\n", "observed=v;seconds=12*v,1*w", NV_ERROR_OPTION,
      "seconds = '12*v,1*w': a comma; it is one sum of columns, as in '12*train + 1*valid'" },
    { "arch,v,w\n" A ",1,2\n", "observed=v;parameters=v,w", NV_ERROR_OPTION,
      "parameters = 'v,w': a comma; it is one sum" },
    { "arch,v\n" A ",1\n", "observed=1e*v", NV_ERROR_OPTION, "'1e' before '*v' is not a number" },
    { "arch,v\n" A ",1\n" C ",2\n" A ",3\n", "observed=v", NV_ERROR_FORMAT,
      "table.csv:4: cell '" A "' stands in line 2 already" },
    { "arch,v\n" A ",1\n|none~0,2\n", "observed=v", NV_ERROR_CELL,
      "table.csv:3: '|none~0': at character 8" },
    { "arch,v\n" A ",1,2\n", "observed=v", NV_ERROR_FORMAT,
      "table.csv:2: the row has 3 fields" },
    { "arch,v\n" A ",1\n", "observed=v;colour=red", NV_ERROR_OPTION, "colour" },
    { "arch,v\n" A ",1\n", "observed=v;percent=maybe", NV_ERROR_OPTION, "percent" },
    { "arch,v\n" A ",1\n", "observed=v;file=/no/such.csv", NV_ERROR_FILE,
      "/no/such.csv" },
  };
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (open_table (space, rows[i].text, rows[i].options, &error));
    g_assert_true (g_str_has_prefix (error->message, "benchmark table: "));
    CHECK_ERROR (error, rows[i].code, rows[i].message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("nasvec-table-XXXXXX", NULL);
  file = g_build_filename (folder, "table.csv", NULL);
  g_test_add_func ("/table/columns", test_columns);
  g_test_add_func ("/table/spelling", test_spelling);
  g_test_add_func ("/table/no-columns", test_no_columns);
  g_test_add_func ("/table/beside", test_beside);
  g_test_add_func ("/table/preset", test_preset);
  g_test_add_func ("/table/noise", test_noise);
  g_test_add_func ("/table/noise-errors", test_noise_errors);
  g_test_add_func ("/table/diverged-rows", test_diverged_rows);
  g_test_add_func ("/table/joined-rows", test_joined_rows);
  g_test_add_func ("/table/where", test_where);
  g_test_add_func ("/table/errors", test_errors);
  int code = g_test_run ();
  g_remove (file);
  g_rmdir (folder);
  g_free (file);
  return code;
}
