/* Files of images: what is read, what is refused, and how the parts are made. */
#include <math.h>
#include <string.h>
#include <zlib.h>

#include <glib/gstdio.h>

#include "check_error.h"
#include "train/images.h"

/* --- IDX ------------------------------------------------------------------------------ */

static const guint8 two_images[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2,
                                     1, 2, 3, 4, 5, 6, 7, 251 };
static const guint8 two_labels[] = { 0, 0, 8, 1, 0, 0, 0, 2, 9, 3 };

/* The reader's error, or NULL and the images in *out. */
static GError *
read_idx (NvImageFile *out, const guint8 *images, gsize n_images, const guint8 *labels,
          gsize n_labels)
{
  GError *error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("nasvec-idx-XXXXXX", NULL);
  g_autofree char *a = g_build_filename (folder, "images", NULL);
  g_autofree char *b = g_build_filename (folder, "labels", NULL);
  g_assert_true (g_file_set_contents (a, (const char *) images, (gssize) n_images, NULL));
  g_assert_true (g_file_set_contents (b, (const char *) labels, (gssize) n_labels, NULL));
  nv_i_idx_read (out, a, b, &error);
  g_unlink (a);
  g_unlink (b);
  g_rmdir (folder);
  return error;
}

static void
test_idx (void)
{
  NvImageFile file = { 0 };
  guint8 images[sizeof two_images], labels[sizeof two_labels];
  g_assert_null (read_idx (&file, two_images, sizeof two_images, two_labels,
                           sizeof two_labels));
  g_assert_cmpuint (file.n, ==, 2);
  g_assert_cmpuint (file.size, ==, 2);
  g_assert_cmpuint (file.pixels[7], ==, 251);
  g_assert_cmpuint (file.labels[0], ==, 9);
  nv_i_image_file_clear (&file);

  memcpy (images, two_images, sizeof images);
  memcpy (labels, two_labels, sizeof labels);
  g_autoptr (GError) truncated
    = read_idx (&file, images, sizeof images - 1, labels, sizeof labels);
  CHECK_ERROR (truncated, NV_ERROR_FORMAT, "7 bytes after the header");
  images[2] = 13;
  g_autoptr (GError) magic
    = read_idx (&file, images, sizeof images, labels, sizeof labels);
  CHECK_ERROR (magic, NV_ERROR_FORMAT, "begins with 00 00 08 03");
  labels[8] = 10;
  g_autoptr (GError) label
    = read_idx (&file, two_images, sizeof images, labels, sizeof labels);
  CHECK_ERROR (label, NV_ERROR_FORMAT, "label 0 is 10; allowed are 0 to 9");
  g_assert_null (file.pixels);
}

/* --- CIFAR ---------------------------------------------------------------------------- */

#define RECORD 3072

/* `names` label bytes a record; the file of two records, cut by `less` bytes. */
static GError *
read_cifar (NvImageFile *out, guint classes, const guint8 *names, gsize less)
{
  GError *error = NULL;
  const guint width = classes == 10 ? 1 : 2;
  g_autofree char *folder = g_dir_make_tmp ("nasvec-cifar-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "train.bin", NULL);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  for (guint8 i = 0; i < 2; i++) {
    g_autofree guint8 *pixels = g_malloc0 (RECORD);
    pixels[RECORD - 1] = (guint8) (250 + i);
    g_byte_array_append (bytes, names + i * width, width);
    g_byte_array_append (bytes, pixels, RECORD);
  }
  g_assert_true (g_file_set_contents (file, (const char *) bytes->data,
                                      (gssize) (bytes->len - less), NULL));
  nv_i_cifar_read (out, (const char *const[]){ file, file, NULL }, classes, &error);
  g_unlink (file);
  g_rmdir (folder);
  return error;
}

static void
test_cifar (void)
{
  static const guint8 ten[] = { 9, 3 }, hundred[] = { 19, 99, 0, 7 }, over[] = { 9, 10 };
  NvImageFile file = { 0 };
  g_assert_null (read_cifar (&file, 10, ten, 0));
  g_assert_cmpuint (file.n, ==, 4); /* the file is read twice */
  g_assert_cmpuint (file.channels, ==, 3);
  g_assert_cmpuint (file.labels[3], ==, 3);
  g_assert_cmpuint (file.pixels[2 * RECORD - 1], ==, 251);
  nv_i_image_file_clear (&file);
  g_assert_null (read_cifar (&file, 100, hundred, 0));
  g_assert_cmpuint (file.labels[0], ==, 99); /* the fine one */
  nv_i_image_file_clear (&file);
  g_autoptr (GError) cut = read_cifar (&file, 10, ten, 1);
  CHECK_ERROR (cut, NV_ERROR_FORMAT, "6145 bytes are no number of records of 3073");
  g_autoptr (GError) label = read_cifar (&file, 10, over, 0);
  CHECK_ERROR (label, NV_ERROR_FORMAT, "label 1 is 10; allowed are 0 to 9");
  g_assert_null (file.pixels);
}

/* --- parts ---------------------------------------------------------------------------- */

/* n images of 4 x 4 pixels; image i is 2 i all over but for one pixel of each square, which is
 * 4 more, and has the label i % 10. */
static void
write_idx (const char *folder, const char *part, guint8 n)
{
  const guint8 image_head[] = { 0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 4, 0, 0, 0, 4 };
  const guint8 label_head[] = { 0, 0, 8, 1, 0, 0, 0, n };
  g_autoptr (GByteArray) images = g_byte_array_new (), labels = g_byte_array_new ();
  g_byte_array_append (images, image_head, sizeof image_head);
  g_byte_array_append (labels, label_head, sizeof label_head);
  for (guint8 i = 0; i < n; i++) {
    const guint8 label = i % 10;
    g_byte_array_append (labels, &label, 1);
    for (guint s = 0; s < 16; s++) {
      const gboolean first = s % 2 == 0 && s / 4 % 2 == 0;
      const guint8 pixel = (guint8) (2 * i + (first ? 4 : 0));
      g_byte_array_append (images, &pixel, 1);
    }
  }
  g_autofree char *a = g_strdup_printf ("%s/%s-images-idx3-ubyte", folder, part);
  g_autofree char *b = g_strdup_printf ("%s/%s-labels-idx1-ubyte", folder, part);
  g_assert_true (g_file_set_contents (a, (char *) images->data, images->len, NULL));
  g_assert_true (g_file_set_contents (b, (char *) labels->data, labels->len, NULL));
}

static void
remove_idx (const char *folder)
{
  static const char *const names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                       "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *file = g_build_filename (folder, names[i], NULL);
    g_unlink (file);
  }
  g_rmdir (folder);
}

/* Averaged to 2 x 2, image i is 2 i + 1 all over: no image is in two parts, and the training
 * part has mean 0 and deviation 1. */
static void
check_parts (const NvImages *images)
{
  double sum = 0, squares = 0;
  gboolean seen[40] = { FALSE };
  const float zero = images->pixels[NV_PART_TEST][0], one = images->pixels[NV_PART_TEST][4];
  g_assert_cmpuint (images->n[NV_PART_TEST], ==, 12);
  for (guint part = NV_PART_TRAINING; part <= NV_PART_VALIDATION; part++)
    for (gsize i = 0; i < images->n[part]; i++) {
      const float *x = images->pixels[part] + 4 * i;
      const double number = (x[0] - zero) / (one - zero);
      const guint image = (guint) lround (number);
      g_assert_cmpfloat_with_epsilon (number, image, 1e-3);
      g_assert_cmpfloat (x[0], ==, x[3]);
      g_assert_false (seen[image]);
      seen[image] = TRUE;
      g_assert_cmpuint (images->labels[part][i], ==, image % 10);
      sum += part == NV_PART_TRAINING ? x[0] : 0;
      squares += part == NV_PART_TRAINING ? x[0] * x[0] : 0;
    }
  g_assert_cmpfloat_with_epsilon (sum / 25, 0, 1e-5);
  g_assert_cmpfloat_with_epsilon (squares / 25, 1, 1e-5);
}

static void
test_parts (void)
{
  g_autoptr (GError) error = NULL, many = NULL, size = NULL;
  g_autofree char *folder = g_dir_make_tmp ("nasvec-parts-XXXXXX", NULL);
  write_idx (folder, "train", 40);
  write_idx (folder, "t10k", 12);
  g_autoptr (NvImages) images = nv_i_images_load (folder, 2, 25, 15, 3, &error);
  g_autoptr (NvImages) other = nv_i_images_load (folder, 2, 25, 15, 4, &error);
  g_assert_no_error (error);
  check_parts (images);
  check_parts (other);
  g_assert_true (memcmp (images->labels[0], other->labels[0], 25) != 0);
  g_assert_null (nv_i_images_load (folder, 2, 26, 15, 3, &many));
  CHECK_ERROR (many, NV_ERROR_OPTION, "images = 26 and validation = 15, but");
  g_assert_null (nv_i_images_load (folder, 3, 25, 15, 3, &size));
  CHECK_ERROR (size, NV_ERROR_OPTION, "size = 3; the images have 4 pixels");
  remove_idx (folder);
}

static char *
digest (const char *folder, guint64 split)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvImages) images = nv_i_images_load (folder, 2, 20, 10, split, &error);
  g_assert_no_error (error);
  return g_strdup (images->sha256);
}

/* One pixel, one label or one image more is another digest; another split or gzip is none. */
static void
test_digest (void)
{
  g_autofree char *folder = g_dir_make_tmp ("nasvec-digest-XXXXXX", NULL);
  g_autofree char *labels = g_build_filename (folder, "t10k-labels-idx1-ubyte", NULL);
  g_autofree char *pixels = g_build_filename (folder, "train-images-idx3-ubyte", NULL);
  g_autofree char *zipped = g_strconcat (pixels, ".gz", NULL), *text = NULL, *more = NULL;
  gsize size;
  write_idx (folder, "train", 40);
  write_idx (folder, "t10k", 12);
  g_autofree char *one = digest (folder, 1), *two = digest (folder, 2);
  g_assert_cmpuint (strlen (one), ==, 64);
  g_assert_cmpstr (one, ==, two);

  g_assert_true (g_file_get_contents (pixels, &text, &size, NULL));
  gzFile gz = gzopen (zipped, "wb");
  g_assert_cmpint (gzwrite (gz, text, (unsigned) size), ==, (int) size);
  gzclose (gz);
  g_unlink (pixels);
  g_autofree char *packed = digest (folder, 1);
  g_assert_cmpstr (packed, ==, one);
  g_unlink (zipped);

  text[size - 1] ^= 1;
  g_assert_true (g_file_set_contents (pixels, text, (gssize) size, NULL));
  g_autofree char *pixel = digest (folder, 1);
  g_assert_cmpstr (pixel, !=, one);
  text[size - 1] ^= 1;
  g_assert_true (g_file_set_contents (pixels, text, (gssize) size, NULL));

  g_assert_true (g_file_get_contents (labels, &more, &size, NULL));
  more[size - 1] ^= 1;
  g_assert_true (g_file_set_contents (labels, more, (gssize) size, NULL));
  g_autofree char *label = digest (folder, 1);
  g_assert_cmpstr (label, !=, one);
  write_idx (folder, "t10k", 13);
  g_autofree char *longer = digest (folder, 1);
  g_assert_cmpstr (longer, !=, one);
  remove_idx (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train-images/idx", test_idx);
  g_test_add_func ("/train-images/cifar", test_cifar);
  g_test_add_func ("/train-images/parts", test_parts);
  g_test_add_func ("/train-images/digest", test_digest);
  return g_test_run ();
}
