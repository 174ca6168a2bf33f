/* A space for a test, which fails where it cannot be opened. */
#ifndef OPEN_SPACE_H
#define OPEN_SPACE_H

#include "plugin/instance.h"

/* `format`: text of the options, "{'key': <value>}", as for printf; NULL: none. */
G_GNUC_PRINTF (2, 3)
static inline NvSpace *
open_space (const char *name, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  GVariant *options = NULL;
  if (format != NULL) {
    va_list args;
    va_start (args, format);
    g_autofree char *text = g_strdup_vprintf (format, args);
    va_end (args);
    options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
    g_assert_no_error (error);
  }
  NvSpace *space = nv_i_space_new (name, options, &error);
  g_assert_no_error (error);
  return space;
}

#endif
