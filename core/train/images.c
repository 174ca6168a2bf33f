/* From files to parts: scaled, split, normalised. */
#include "train/images.h"

#include <math.h>

static char *
file_in (const char *folder, const char *name)
{
  g_autofree char *zipped = g_strconcat (folder, "/", name, ".gz", NULL);
  if (g_file_test (zipped, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&zipped);
  return g_build_filename (folder, name, NULL);
}

static gboolean
has (const char *folder, const char *name)
{
  g_autofree char *file = file_in (folder, name);
  return g_file_test (file, G_FILE_TEST_EXISTS);
}

static gboolean
read_cifar (NvImageFile *out, const char *folder, const char *const *names, guint classes,
            GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  for (; *names != NULL; names++)
    g_ptr_array_add (files, file_in (folder, *names));
  g_ptr_array_add (files, NULL);
  return nv_i_cifar_read (out, (const char *const *) files->pdata, classes, error);
}

static gboolean
read_part (NvImageFile *out, const char *folder, gboolean test, GError **error)
{
  static const char *const ten[2][6]
    = { { "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
          "data_batch_5.bin" }, { "test_batch.bin" } };
  static const char *const hundred[2][2] = { { "train.bin" }, { "test.bin" } };
  if (has (folder, "train-images-idx3-ubyte")) {
    const char *name = test ? "t10k" : "train";
    g_autofree char *images = g_strconcat (name, "-images-idx3-ubyte", NULL);
    g_autofree char *labels = g_strconcat (name, "-labels-idx1-ubyte", NULL);
    g_autofree char *image_file = file_in (folder, images);
    g_autofree char *label_file = file_in (folder, labels);
    return nv_i_idx_read (out, image_file, label_file, error);
  }
  if (has (folder, "data_batch_1.bin"))
    return read_cifar (out, folder, ten[test], 10, error);
  if (has (folder, "train.bin"))
    return read_cifar (out, folder, hundred[test], 100, error);
  g_set_error (error, NV_ERROR, NV_ERROR_FILE,
               "no images in %s: neither train-images-idx3-ubyte (IDX; Debian's package "
               "dataset-fashion-mnist) nor data_batch_1.bin (CIFAR-10) nor train.bin "
               "(CIFAR-100)", folder);
  return FALSE;
}

/* out[channels x size x size]: each pixel the mean of a square of those of image i. */
static void
average (float *out, const NvImageFile *from, gsize i, guint size)
{
  const guint side = from->size / size;
  const guint8 *in = from->pixels + i * from->channels * from->size * from->size;
  for (guint c = 0; c < from->channels; c++, in += (gsize) from->size * from->size)
    for (guint y = 0; y < size; y++)
      for (guint x = 0; x < size; x++, out++) {
        guint sum = 0;
        for (guint v = 0; v < side; v++)
          for (guint u = 0; u < side; u++)
            sum += in[(y * side + v) * from->size + x * side + u];
        *out = (float) sum / (float) (255 * side * side);
      }
}

static void
take_part (NvImages *images, guint part, const NvImageFile *from, const guint32 *index,
           gsize n)
{
  const gsize floats = (gsize) images->channels * images->size * images->size;
  images->n[part] = n;
  images->pixels[part] = g_new (float, n * floats);
  images->labels[part] = g_new (guint8, n);
  for (gsize i = 0; i < n; i++) {
    const gsize at = index != NULL ? index[i] : i;
    average (images->pixels[part] + i * floats, from, at, images->size);
    images->labels[part][i] = from->labels[at];
  }
}

static void
normalise (NvImages *images)
{
  const gsize plane = (gsize) images->size * images->size;
  for (guint c = 0; c < images->channels; c++) {
    double sum = 0, squares = 0;
    const gsize n = images->n[NV_PART_TRAINING];
    for (gsize i = 0; i < n; i++)
      for (gsize s = 0; s < plane; s++) {
        const double x = images->pixels[0][(i * images->channels + c) * plane + s];
        sum += x;
        squares += x * x;
      }
    const double mean = sum / (double) (n * plane);
    const double sd = sqrt (MAX (squares / (double) (n * plane) - mean * mean, 1e-12));
    for (guint part = 0; part < NV_PARTS; part++)
      for (gsize i = 0; i < images->n[part]; i++)
        for (gsize s = 0; s < plane; s++) {
          float *x = &images->pixels[part][(i * images->channels + c) * plane + s];
          *x = (float) ((*x - mean) / sd);
        }
  }
}

static gboolean
check_size (const NvImageFile *from, guint size, gsize training, gsize validation,
            GError **error)
{
  if (from->size % size != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "size = %u; the images have %u pixels a side, and a divisor of that is "
                 "allowed", size, from->size);
    return FALSE;
  }
  if (training + validation > from->n) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "images = %zu and validation = %zu, but the training file has %zu",
                 training, validation, from->n);
    return FALSE;
  }
  return TRUE;
}

static void
add_to_digest (GChecksum *sum, const NvImageFile *file)
{
  const gsize pixels = file->n * file->channels * file->size * file->size;
  g_autofree char *shape = g_strdup_printf ("%zu %u %u %u\n", file->n, file->channels,
                                            file->size, file->classes);
  g_checksum_update (sum, (const guchar *) shape, -1);
  g_checksum_update (sum, file->pixels, (gssize) pixels);
  g_checksum_update (sum, file->labels, (gssize) file->n);
}

/* What says that the images under a path are still the same; compressed or not, it is one. */
static char *
digest_of (const NvImageFile *train, const NvImageFile *test)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  add_to_digest (sum, train);
  add_to_digest (sum, test);
  return g_strdup (g_checksum_get_string (sum));
}

static NvImages *
split (const NvImageFile *train, const NvImageFile *test, guint size, gsize training,
       gsize validation, guint64 seed)
{
  NvRng rng;
  g_autofree guint32 *order = g_new (guint32, train->n);
  NvImages *images = g_new0 (NvImages, 1);
  images->channels = train->channels;
  images->size = size;
  images->classes = train->classes;
  images->sha256 = digest_of (train, test);
  for (gsize i = 0; i < train->n; i++)
    order[i] = (guint32) i;
  nv_rng_init (&rng, seed, "split", 0);
  nv_rng_shuffle (&rng, order, train->n);
  take_part (images, NV_PART_TRAINING, train, order, training);
  take_part (images, NV_PART_VALIDATION, train, order + training, validation);
  take_part (images, NV_PART_TEST, test, NULL, test->n);
  normalise (images);
  return images;
}

NvImages *
nv_i_images_load (const char *data, guint size, gsize training, gsize validation,
                  guint64 seed, GError **error)
{
  const char *folder = g_strcmp0 (data, "fashion-mnist") == 0
                         ? "/usr/share/datasets/fashion-mnist" : data;
  NvImageFile train = { 0 }, test = { 0 };
  NvImages *images = NULL;
  if (read_part (&train, folder, FALSE, error) && read_part (&test, folder, TRUE, error)
      && check_size (&train, size > 0 ? size : train.size, training, validation, error)) {
    if (test.size == train.size && test.channels == train.channels)
      images = split (&train, &test, size > 0 ? size : train.size, training, validation,
                      seed);
    else
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                   "%s: training and test images differ in size", folder);
  }
  nv_i_image_file_clear (&train);
  nv_i_image_file_clear (&test);
  return images;
}

void
nv_i_images_free (NvImages *images)
{
  if (images == NULL)
    return;
  for (guint part = 0; part < NV_PARTS; part++) {
    g_free (images->pixels[part]);
    g_free (images->labels[part]);
  }
  g_free (images->sha256);
  g_free (images);
}
