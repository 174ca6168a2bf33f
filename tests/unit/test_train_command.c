/* nasvec train and nasvec table on images that the test writes: options of the space and of the
 * training, what is printed, how both go on, and what they say of a bad command line. */
#include <string.h>

#include "program.h"

static void
append_number (GByteArray *bytes, guint32 number)
{
  const guint32 big = GUINT32_TO_BE (number);
  g_byte_array_append (bytes, (const guint8 *) &big, sizeof big);
}

/* IDX files of `n` images of 8 x 8 pixels, whose upper or lower half is bright. */
static void
write_part (const Program *p, const char *name, guint32 n)
{
  g_autoptr (GByteArray) images = g_byte_array_new (), labels = g_byte_array_new ();
  append_number (images, 0x803);
  append_number (images, n);
  append_number (images, 8);
  append_number (images, 8);
  append_number (labels, 0x801);
  append_number (labels, n);
  for (guint32 i = 0; i < n; i++) {
    const guint8 label = i % 2;
    g_byte_array_append (labels, &label, 1);
    for (guint k = 0; k < 64; k++) {
      const guint8 pixel = (guint8) ((k / 32 == label ? 180 : 20) + (7 * i + 13 * k) % 20);
      g_byte_array_append (images, &pixel, 1);
    }
  }
  g_autofree char *a = g_strdup_printf ("%s/%s-images-idx3-ubyte", p->folder, name);
  g_autofree char *b = g_strdup_printf ("%s/%s-labels-idx1-ubyte", p->folder, name);
  g_assert_true (g_file_set_contents (a, (const char *) images->data, images->len, NULL));
  g_assert_true (g_file_set_contents (b, (const char *) labels->data, labels->len, NULL));
}

static void
set_up (Program *p, gconstpointer unused)
{
  (void) unused;
  program_open (p);
  write_part (p, "train", 96);
  write_part (p, "t10k", 32);
}

static void
tear_down (Program *p, gconstpointer unused)
{
  (void) unused;
  program_close (p);
}

#define SCALE " data=. size=8 images=64 validation=32 width=4 stages=1 batch=16 validate=1"

static void
test_train (Program *p, gconstpointer unused)
{
  (void) unused;
  const char *line = "train space=nasbench201 cell='|nor_conv_3x3~0|+|none~0|skip_connect~1|+"
                     "|none~0|none~1|skip_connect~2|' epochs=8 checkpoint=c" SCALE;
  program_expect (p, line, 0, "epoch   8 of 8   loss ", "");
  g_assert_nonnull (strstr (p->out, "test 100.00 %"));
  /* The training is over: the checkpoint has it all. */
  g_autofree char *before = g_strdup (strstr (p->out, "test 100.00 %"));
  program_expect (p, line, 0, "test 100.00 %", "");
  g_assert_null (strstr (p->out, "epoch   7"));
  *strstr (before, " multiply-adds") = '\0';
  g_assert_nonnull (strstr (p->out, before));
}

/* Other images under the same name: the checkpoint is not of them. */
static void
test_images (Program *p, gconstpointer unused)
{
  (void) unused;
  const char *line = "train space=nasbench201 cell=1462 epochs=1 checkpoint=c" SCALE;
  program_expect (p, line, 0, "epoch   1 of 1", "");
  program_expect (p, line, 0, "test ", "");
  write_part (p, "t10k", 31);
  program_expect (p, line, 1, "", "c: a checkpoint of another training");
}

/* Another split is another training, the same one is not. */
static void
test_split (Program *p, gconstpointer unused)
{
  (void) unused;
  static const int splits[] = { 0, 0, 1 };
  char *epoch[3];
  for (guint i = 0; i < 3; i++) {
    g_autofree char *line = g_strdup_printf ("train space=nasbench201 cell=1462 epochs=1 "
                                             "split=%d" SCALE, splits[i]);
    program_expect (p, line, 0, "epoch   1 of 1   loss ", "");
    const char *loss = strstr (p->out, "loss ");
    epoch[i] = g_strndup (loss, strcspn (loss, "v"));
  }
  g_assert_cmpstr (epoch[0], ==, epoch[1]);
  g_assert_cmpstr (epoch[0], !=, epoch[2]);
  for (guint i = 0; i < 3; i++)
    g_free (epoch[i]);
}

/* An option of the space decides what its cells are called. */
static void
test_space_options (Program *p, gconstpointer unused)
{
  (void) unused;
#define REST "skip_connect:1 none:0 none:1 none:0 none:1 none:0 none:1"
#define PAIR " cell='skip_connect:0 " REST " max_pool_3x3:0 " REST "' epochs=1" SCALE
  program_expect (p, "train space=darts space.cells=pair" PAIR, 0, "epoch   1 of 1", "");
  program_expect (p, "train space=darts" PAIR, 1, "", "open the space with cells = 'pair'");
  program_expect (p, "train space=darts space.cels=pair cell=x" SCALE, 1, "",
                  "space darts: unknown option 'cels'; did you mean 'cells'?");
}

static void
test_table (Program *p, gconstpointer unused)
{
  (void) unused;
  const char *line = "table space=nasbench101 space.vertices=4 out=t.csv first=3 epochs=1" SCALE;
  program_expect (p, line, 0, "0 of 3 cells\n", "");
  g_assert_nonnull (strstr (p->out, "3 of 3 cells   "));
  program_expect (p, line, 0, "3 of 3 cells\n", "");
  g_autofree char *file = g_build_filename (p->folder, "t.csv", NULL), *text = NULL;
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "cell,validation_1,test,seconds,parameters,"));
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (rows), ==, 5); /* header, three rows, the end */
  program_expect (p, "table space=nasbench101 out=t.csv first=3 epochs=1" SCALE, 1, "", "t.csv");
}

static void
test_messages (Program *p, gconstpointer unused)
{
  (void) unused;
  program_expect (p, "train --help", 0, "space.KEY is an option of the space", "");
  program_expect (p, "table --help", 0, "usage: nasvec table space=NAME out=FILE", "");
  program_expect (p, "train cell=x", 2, "", "space= and cell= are needed");
  program_expect (p, "train space=nasbench201 cell=1462 data=. images=64 batch=65", 1, "",
                  "batch = 65, but there are only images = 64 to train on");
  program_expect (p, "train space=nasbenchgraph cell=x space.foo=1", 1, "",
                  "space nasbenchgraph: unknown option 'foo'");
  program_expect (p, "table space=nasbench201 out=x.csv data=caf\xe9", 1, "", "is not UTF-8");
  program_expect (p, "table space=darts", 2, "", "space= and out= are needed");
  program_expect (p, "table space=drts out=t.csv", 1, "", "no space 'drts'; did you mean 'darts'?");
  program_expect (p, "train space=darts cell=x epoch=1", 1, "", "did you mean 'epochs'?");
  program_expect (p, "train space=darts cell=x chekpoint=x", 1, "",
                  "train: unknown option 'chekpoint'; did you mean 'checkpoint'? (there are: "
                  "space, cell, checkpoint, space.KEY, data, ");
  program_expect (p, "table space=darts out=t.csv frist=3", 1, "",
                  "table: unknown option 'frist'; did you mean 'first'? (there are: space, out, "
                  "first, workers, space.KEY, data, ");
  program_expect (p, "train space=nasbench201 cell=5 cell=7", 1, "",
                  "train: 'cell' is given twice");
  program_expect (p, "train space=nasbench201 cell=5 epochs=1 epochs=1", 1, "",
                  "'epochs' is given twice");
  program_expect (p, "table space=darts out=t.csv out=t.csv", 1, "", "table: 'out' is given twice");
  program_expect (p, "table space=darts space.cells=pair out=t.csv space.cells=shared", 1, "",
                  "'space.cells' is given twice");
  program_expect (p, "train space=nasbench201 cell='|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|"
                     "none~0|none~1|nor_conv_3x3~2|' epochs=1 warmup=0 rate=1e9 data=. size=8 "
                     "images=64 validation=32 width=4 stages=2 batch=64", 0,
                  "diverged in epoch 1: the loss, a weight or an output is not finite", "");
  program_expect (p, "table space=darts out=t.csv first=none", 1, "",
                  "first = 'none'; allowed: whole numbers from 1 to 100000000");
  program_expect (p, "table space=nasbenchgraph out=t.csv epochs=1" SCALE, 1, "",
                  "space nasbenchgraph does not say what network its cells make");
  program_expect (p, "table space=nasbench101 space.vertices=4 out=t.csv epochs=1 first=1 data=. "
                     "batch=65 images=64", 1, "", "batch = 65");
  g_assert_false (program_has (p, "t.csv") || program_has (p, "t.csv.json"));
  program_expect (p, "train space=nasbench101 cell='5 1110001011 222' data=. size=8 images=64 "
                     "validation=32 stages=1 batch=16 epochs=1 width=2", 1, "",
                  "space nasbench101: width = 2, but the output of the cell reads 3 vertices");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/train-command/" name, Program, NULL, set_up, test, tear_down)
  ADD ("train", test_train);
  ADD ("images", test_images);
  ADD ("split", test_split);
  ADD ("space-options", test_space_options);
  ADD ("table", test_table);
  ADD ("messages", test_messages);
  return g_test_run ();
}
