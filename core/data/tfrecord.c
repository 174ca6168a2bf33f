/* A record is u64 length, u32 checksum of it, the bytes, u32 checksum of them, all
 * little-endian. A checksum is the CRC-32C (polynomial 0x1EDC6F41, reflected), rotated
 * right by 15 bits, plus 0xa282ead8. Known value: the CRC-32C of "123456789" is
 * e3069283.
 * https://www.tensorflow.org/tutorials/load_data/tfrecord */
#include "data/tfrecord.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);

#define HEAD 12 /* length and its checksum */
#define TAIL 4
#define BUFFER (2 * (NV_TFRECORD_MAX + HEAD + TAIL))

struct _NvTfrecord {
  char *file, *buffer; /* [BUFFER] */
  FILE *in;
  gsize begin, end;    /* unread bytes */
  guint64 offset, next;
};

/* --- checksums --------------------------------------------------------------------- */

static guint32
crc_bytes (guint32 crc, const char *data, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    crc ^= (guchar) data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (0x82f63b78u & -(crc & 1));
  }
  return crc;
}

#ifdef __x86_64__
__attribute__ ((target ("sse4.2"))) static guint32
crc_words (guint32 crc, const char *data, gsize length)
{
  guint64 sum = crc;
  for (; length >= 8; data += 8, length -= 8) {
    guint64 word;
    memcpy (&word, data, 8);
    sum = __builtin_ia32_crc32di (sum, word);
  }
  for (; length > 0; data++, length--)
    sum = __builtin_ia32_crc32qi ((guint32) sum, (guchar) *data);
  return (guint32) sum;
}
#endif

guint32
nv_i_tfrecord_checksum (const char *data, gsize length)
{
  guint32 crc;
#ifdef __x86_64__
  if (__builtin_cpu_supports ("sse4.2"))
    crc = ~crc_words (~0u, data, length);
  else
#endif
    crc = ~crc_bytes (~0u, data, length);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* --- records ----------------------------------------------------------------------- */

NvTfrecord *
nv_i_tfrecord_open (const char *file, GError **error)
{
  FILE *in = fopen (file, "rb");
  if (in == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", file, g_strerror (errno));
    return NULL;
  }
  setvbuf (in, NULL, _IONBF, 0);
  NvTfrecord *records = g_new0 (NvTfrecord, 1);
  records->file = g_strdup (file);
  records->in = in;
  records->buffer = g_malloc (BUFFER);
  return records;
}

void
nv_i_tfrecord_close (NvTfrecord *records)
{
  if (records == NULL)
    return;
  fclose (records->in);
  g_free (records->file);
  g_free (records->buffer);
  g_free (records);
}

static gboolean
fail (const NvTfrecord *r, NvError code, const char *what, GError **error)
{
  g_set_error (error, NV_ERROR, code, "%s: record at byte %" G_GUINT64_FORMAT ": %s",
               r->file, r->offset, what);
  return FALSE;
}

/* Are `wanted` unread bytes in the buffer now? FALSE without error: the file ends. */
static gboolean
have (NvTfrecord *r, gsize wanted, GError **error)
{
  if (r->end - r->begin >= wanted)
    return TRUE;
  memmove (r->buffer, r->buffer + r->begin, r->end - r->begin);
  r->end -= r->begin;
  r->begin = 0;
  while (r->end < wanted) {
    const gsize n = fread (r->buffer + r->end, 1, BUFFER - r->end, r->in);
    if (n == 0)
      return ferror (r->in) ? fail (r, NV_ERROR_FILE, g_strerror (errno), error) : FALSE;
    r->end += n;
  }
  return TRUE;
}

/* Is the checksum behind the bytes theirs? */
static gboolean
is_sound (const char *data, gsize length)
{
  guint32 sum;
  memcpy (&sum, data + length, sizeof sum);
  return sum == nv_i_tfrecord_checksum (data, length);
}

gboolean
nv_i_tfrecord_next (NvTfrecord *r, const char **data, gsize *length, GError **error)
{
  GError *failure = NULL;
  guint64 size;
  r->offset = r->next;
  if (!have (r, HEAD, &failure)) {
    if (failure == NULL && r->end > r->begin)
      fail (r, NV_ERROR_FORMAT, "the file ends in it", &failure);
    if (failure != NULL)
      g_propagate_error (error, failure);
    return FALSE;
  }
  memcpy (&size, r->buffer + r->begin, sizeof size);
  if (!is_sound (r->buffer + r->begin, sizeof size))
    return fail (r, NV_ERROR_FORMAT, "the checksum of its length is wrong", error);
  if (size > NV_TFRECORD_MAX)
    return fail (r, NV_ERROR_FORMAT, "more than 1 MiB long", error);
  if (!have (r, HEAD + size + TAIL, &failure)) {
    if (failure == NULL)
      fail (r, NV_ERROR_FORMAT, "the file ends in it", &failure);
    g_propagate_error (error, failure);
    return FALSE;
  }
  const char *start = r->buffer + r->begin + HEAD;
  if (!is_sound (start, size))
    return fail (r, NV_ERROR_FORMAT, "the checksum of its bytes is wrong", error);
  *data = start;
  *length = size;
  r->begin += HEAD + size + TAIL;
  r->next = r->offset + HEAD + size + TAIL;
  return TRUE;
}

guint64
nv_i_tfrecord_offset (const NvTfrecord *records)
{
  return records->offset;
}
