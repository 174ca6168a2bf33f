/* TFRecords of NAS-Bench-101 as its authors wrote them, for tests of the importer. */
#ifndef TFRECORD_H
#define TFRECORD_H

#include <string.h>

#include "data/tfrecord.h"

static inline void
add_varint (GByteArray *out, guint64 value)
{
  do {
    const guint8 byte = (guint8) ((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    g_byte_array_append (out, &byte, 1);
  } while ((value >>= 7) > 0);
}

static inline void
add_double (GByteArray *out, guint field, double value)
{
  add_varint (out, field << 3 | 1);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

/* figures: seconds, training, validation and test accuracy. */
static inline void
add_evaluation (GByteArray *out, double epoch, const double figures[4])
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  add_double (inner, 1, epoch);
  for (guint i = 0; i < 4; i++)
    add_double (inner, 2 + i, figures[i]);
  add_varint (inner, 6 << 3 | 2); /* checkpoint_path */
  add_varint (inner, 0);
  add_varint (out, 1 << 3 | 2);
  add_varint (out, inner->len);
  g_byte_array_append (out, inner->data, inner->len);
}

/* A training that starts at 0, is at `half` in the middle and ends with `end`; g_free. */
static inline char *
make_metrics (guint epochs, gint32 parameters, const double half[4], const double end[4])
{
  static const double start[4] = { 0, 0.1, 0.1, 0.1 };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  add_evaluation (out, 0, start);
  add_evaluation (out, epochs / 2.0, half);
  add_evaluation (out, epochs, end);
  add_varint (out, 2 << 3);
  add_varint (out, (guint64) parameters);
  add_double (out, 3, end[0]);
  return g_base64_encode (out->data, out->len);
}

static inline void
add_record (GString *file, const char *payload)
{
  const guint64 length = strlen (payload);
  const guint32 head = nv_i_tfrecord_checksum ((const char *) &length, sizeof length),
                tail = nv_i_tfrecord_checksum (payload, length);
  g_string_append_len (file, (const char *) &length, sizeof length);
  g_string_append_len (file, (const char *) &head, sizeof head);
  g_string_append_len (file, payload, (gssize) length);
  g_string_append_len (file, (const char *) &tail, sizeof tail);
}

#endif
