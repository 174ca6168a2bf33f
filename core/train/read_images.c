/* IDX: two zero bytes, a type (8: bytes), the number of dimensions, each dimension as a
 * big-endian u32, the bytes. CIFAR: a label (CIFAR-100: a coarse and a fine one), then 3 x
 * 32 x 32 bytes. */
#include <string.h>
#include <zlib.h>

#include "train/images.h"

#define MAX_BYTES ((gsize) 1 << 30) /* of a file's content, at most */
#define CIFAR_PIXELS 3072

void
nv_i_image_file_clear (NvImageFile *images)
{
  g_free (images->pixels);
  g_free (images->labels);
  *images = (NvImageFile){ 0 };
}

static gboolean
refuse (const char *file, GError **error, const char *what)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s: %s", file, what);
  return FALSE;
}

/* The content of a plain or gzip file. */
static GByteArray *
read_all (const char *file, GError **error)
{
  gzFile in = gzopen (file, "rb");
  if (in == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: cannot be opened", file);
    return NULL;
  }
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *block = g_malloc (1 << 16);
  int n, code = Z_OK;
  while ((n = gzread (in, block, 1 << 16)) > 0 && bytes->len < MAX_BYTES)
    g_byte_array_append (bytes, block, (guint) n);
  gzerror (in, &code);
  gzclose (in);
  if (n == 0 && code == Z_OK)
    return g_steal_pointer (&bytes);
  refuse (file, error, n > 0 ? "more than 1 GiB" : "the gzip stream is broken or truncated");
  return NULL;
}

static gsize
number_at (const GByteArray *bytes, gsize at)
{
  guint32 value;
  memcpy (&value, bytes->data + at, sizeof value);
  return GUINT32_FROM_BE (value);
}

/* An array of `dims` dimensions; size[dims]. */
static GByteArray *
read_idx (const char *file, guint dims, gsize *size, GError **error)
{
  g_autoptr (GByteArray) bytes = read_all (file, error);
  if (bytes == NULL)
    return NULL;
  const gsize head = 4 + 4 * (gsize) dims;
  const guint8 magic[] = { 0, 0, 8, (guint8) dims };
  if (bytes->len < head || memcmp (bytes->data, magic, 4) != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s: no IDX file of bytes in %u dimensions, which begins with 00 00 08 "
                 "%02x", file, dims, dims);
    return NULL;
  }
  gsize total = 1;
  for (guint i = 0; i < dims; i++) {
    size[i] = number_at (bytes, 4 + 4 * i);
    total = size[i] > 0 && total <= MAX_BYTES / size[i] ? total * size[i] : G_MAXSIZE / 2;
    if (size[i] == 0) {
      refuse (file, error, "a dimension is 0");
      return NULL;
    }
  }
  if (bytes->len - head != total) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s: %zu bytes after the header, which promises %s%zu", file,
                 bytes->len - head, total > MAX_BYTES ? "more than " : "",
                 MIN (total, MAX_BYTES));
    return NULL;
  }
  g_byte_array_remove_range (bytes, 0, (guint) head);
  return g_steal_pointer (&bytes);
}

static gboolean
check_labels (const char *file, const guint8 *labels, gsize n, guint classes,
              GError **error)
{
  for (gsize i = 0; i < n; i++)
    if (labels[i] >= classes) {
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                   "%s: label %zu is %u; allowed are 0 to %u", file, i, labels[i],
                   classes - 1);
      return FALSE;
    }
  return TRUE;
}

gboolean
nv_i_idx_read (NvImageFile *out, const char *images, const char *labels, GError **error)
{
  gsize shape[3], count;
  g_autoptr (GByteArray) pixels = read_idx (images, 3, shape, error);
  if (pixels == NULL)
    return FALSE;
  if (shape[1] != shape[2] || shape[1] > 1024)
    return refuse (images, error, "the images are not square, of at most 1024 pixels");
  g_autoptr (GByteArray) names = read_idx (labels, 1, &count, error);
  if (names == NULL)
    return FALSE;
  if (count != shape[0]) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s: %zu labels for %zu images", labels,
                 count, shape[0]);
    return FALSE;
  }
  if (!check_labels (labels, names->data, count, 10, error))
    return FALSE;
  *out = (NvImageFile){ count, 1, (guint) shape[1], 10,
                        g_byte_array_free (g_steal_pointer (&pixels), FALSE),
                        g_byte_array_free (g_steal_pointer (&names), FALSE) };
  return TRUE;
}

static gboolean
append_cifar (GByteArray *pixels, GByteArray *labels, const char *file, guint classes,
              GError **error)
{
  g_autoptr (GByteArray) bytes = read_all (file, error);
  if (bytes == NULL)
    return FALSE;
  const guint names = classes == 10 ? 1 : 2, record = names + CIFAR_PIXELS;
  if (bytes->len == 0 || bytes->len % record != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s: %u bytes are no number of records of %u", file, bytes->len, record);
    return FALSE;
  }
  const gsize first = labels->len;
  for (gsize at = 0; at < bytes->len; at += record) {
    g_byte_array_append (labels, bytes->data + at + names - 1, 1);
    g_byte_array_append (pixels, bytes->data + at + names, CIFAR_PIXELS);
  }
  return check_labels (file, labels->data + first, labels->len - first, classes, error);
}

gboolean
nv_i_cifar_read (NvImageFile *out, const char *const *files, guint classes,
                 GError **error)
{
  g_autoptr (GByteArray) pixels = g_byte_array_new (), labels = g_byte_array_new ();
  for (; *files != NULL; files++)
    if (!append_cifar (pixels, labels, *files, classes, error))
      return FALSE;
  const gsize n = labels->len;
  *out = (NvImageFile){ n, 3, 32, classes,
                        g_byte_array_free (g_steal_pointer (&pixels), FALSE),
                        g_byte_array_free (g_steal_pointer (&labels), FALSE) };
  return TRUE;
}
