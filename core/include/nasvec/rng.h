/* Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011).
 *
 * A stream is named by (seed, purpose, run): two streams with different names are independent,
 * and a stream gives the same numbers whatever else the program does, on any number of threads. */
#ifndef NASVEC_RNG_H
#define NASVEC_RNG_H

#include <nasvec/base.h>

G_BEGIN_DECLS

typedef struct {
  guint32 key[2];
  guint32 counter[4];
  guint32 block[4];   /* the current 128 random bits */
  guint32 used;       /* words of `block` handed out; 4: none left */
  guint32 has_normal; /* `normal` holds the second half of a pair */
  double normal;
} NvRng;

/* Starts the stream (seed, purpose, run). `purpose` is a short constant such as "search". */
NV_API void nv_rng_init (NvRng *rng, guint64 seed, const char *purpose, guint64 run);

NV_API guint32 nv_rng_u32 (NvRng *rng);
/* Uniform on [0, 1), 53 bits. */
NV_API double nv_rng_uniform (NvRng *rng);
/* Uniform on 0 .. n - 1 without bias; n >= 1. */
NV_API guint32 nv_rng_below (NvRng *rng, guint32 n);
/* Standard normal. */
NV_API double nv_rng_normal (NvRng *rng);
/* out[n]: overwritten with standard normals / uniforms on [0, 1). Consumes whole blocks, so it
 * is not the same sequence as n single calls. */
NV_API void nv_rng_fill_normal (NvRng *rng, nv_real *out, size_t n);
NV_API void nv_rng_fill_uniform (NvRng *rng, nv_real *out, size_t n);
/* Fisher-Yates; index[n] is permuted in place. */
NV_API void nv_rng_shuffle (NvRng *rng, guint32 *index, size_t n);

G_END_DECLS

#endif
