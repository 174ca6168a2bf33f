/* A code that is known: the types of the six inner nodes of a cell of NAS-Bench-201 as numbers. */
#ifndef DIGITS_H
#define DIGITS_H

#include <nasvec/encoder.h>

enum { CODE = 6 };

static inline void
digits_latent (NvEncoder *e G_GNUC_UNUSED, const NvCells *cells, const guint32 *index, gsize B,
               nv_real *out)
{
  for (gsize b = 0; b < B; b++)
    for (gsize i = 0; i < CODE; i++)
      out[b * CODE + i] = cells->ops[(index != NULL ? index[b] : b) * 8 + 1 + i];
}

#endif
