/* Philox4x32-10: ten rounds of two 32 x 32 -> 64 bit products on a 128-bit counter and a 64-bit
 * key (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011).
 *
 * The key is mixed from seed and purpose; the counter's high half is the run, its low half the
 * block, so that streams of one key can not overlap. A stream has 2^64 blocks of four words.
 * Known value: counter 0, key 0 gives 6627e8d5 e169c58d bc57ac4c 9b00dbd8. */
#include <nasvec/rng.h>

#include "nn/fastmath.h"

enum { LANES = 16, GROUP = 4 * LANES }; /* blocks, and words, made at once by the fills */

static const guint32 multiplier[2] = { 0xD2511F53u, 0xCD9E8D57u };
static const guint32 weyl[2] = { 0x9E3779B9u, 0xBB67AE85u };

static inline void
philox_round (guint32 *c0, guint32 *c1, guint32 *c2, guint32 *c3, guint32 k0, guint32 k1)
{
  guint64 p0 = (guint64) multiplier[0] * *c0, p1 = (guint64) multiplier[1] * *c2;
  guint32 n0 = (guint32) (p1 >> 32) ^ *c1 ^ k0, n2 = (guint32) (p0 >> 32) ^ *c3 ^ k1;
  *c0 = n0;
  *c1 = (guint32) p1;
  *c2 = n2;
  *c3 = (guint32) p0;
}

static void
next_block (NvRng *rng)
{
  guint32 *c = rng->block, k0 = rng->key[0], k1 = rng->key[1];
  for (guint i = 0; i < 4; i++)
    c[i] = rng->counter[i];
  for (guint r = 0; r < 10; r++, k0 += weyl[0], k1 += weyl[1])
    philox_round (&c[0], &c[1], &c[2], &c[3], k0, k1);
  rng->used = 0;
  if (++rng->counter[0] == 0)
    rng->counter[1]++;
}

/* The next LANES blocks: word w of block l is words[w][l]. */
NV_SIMD static void
next_group (NvRng *rng, guint32 words[4][LANES])
{
  guint64 block = rng->counter[0] | (guint64) rng->counter[1] << 32;
  for (guint l = 0; l < LANES; l++) {
    words[0][l] = (guint32) (block + l);
    words[1][l] = (guint32) ((block + l) >> 32);
    words[2][l] = rng->counter[2];
    words[3][l] = rng->counter[3];
  }
  guint32 k0 = rng->key[0], k1 = rng->key[1];
  for (guint r = 0; r < 10; r++, k0 += weyl[0], k1 += weyl[1])
    for (guint l = 0; l < LANES; l++)
      philox_round (&words[0][l], &words[1][l], &words[2][l], &words[3][l], k0, k1);
  block += LANES;
  rng->counter[0] = (guint32) block;
  rng->counter[1] = (guint32) (block >> 32);
  rng->used = 4;
}

/* The finaliser of SplitMix64: every input bit reaches every output bit. */
static guint64
mix (guint64 x)
{
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

void
nv_rng_init (NvRng *rng, guint64 seed, const char *purpose, guint64 run)
{
  guint64 key = mix (seed + 0x9E3779B97F4A7C15u);
  for (const char *p = purpose; *p != '\0'; p++)
    key = mix (key ^ (guchar) *p);
  *rng = (NvRng){ .key = { (guint32) key, (guint32) (key >> 32) },
                  .counter = { 0, 0, (guint32) run, (guint32) (run >> 32) },
                  .used = 4 };
}

guint32
nv_rng_u32 (NvRng *rng)
{
  if (rng->used == 4)
    next_block (rng);
  return rng->block[rng->used++];
}

double
nv_rng_uniform (NvRng *rng)
{
  guint64 high = nv_rng_u32 (rng) >> 5, low = nv_rng_u32 (rng) >> 6;
  return (double) (high << 26 | low) * 0x1p-53;
}

/* Lemire: the high word of a product; the few low words that would bias it are drawn again. */
guint32
nv_rng_below (NvRng *rng, guint32 n)
{
  g_return_val_if_fail (n >= 1, 0);
  guint32 rejected = -n % n;
  guint64 product;
  do
    product = (guint64) nv_rng_u32 (rng) * n;
  while ((guint32) product < rejected);
  return (guint32) (product >> 32);
}

/* Box and Muller 1958, in double. */
double
nv_rng_normal (NvRng *rng)
{
  if (rng->has_normal) {
    rng->has_normal = 0;
    return rng->normal;
  }
  double radius = sqrt (-2 * log (1 - nv_rng_uniform (rng)));
  double angle = 2 * G_PI * nv_rng_uniform (rng);
  rng->normal = radius * sin (angle);
  rng->has_normal = 1;
  return radius * cos (angle);
}

/* Box and Muller on whole words, in float. The angle is taken in eighths of a turn around the
 * nearest quarter, where the Taylor series of sine and cosine end soon. */
NV_SIMD static void
normal_pairs (float *restrict a, float *restrict b, const guint32 *u, const guint32 *v)
{
  for (guint l = 0; l < LANES; l++) {
    float x = ((float) (gint32) (u[l] >> 8) + 0.5f) * 0x1p-24f;
    float radius = sqrtf (-2.0f * fast_logf (x));
    gint32 quarter = (gint32) ((v[l] + 0x20000000u) >> 30);
    float t = (float) (gint32) (v[l] - ((guint32) quarter << 30)) * (float) (G_PI * 0x1p-31);
    float s = t * t;
    float sine = t * (1 - s * (1.0f / 6 - s * (1.0f / 120 - s * (1.0f / 5040))));
    float cosine = 1 - s * (0.5f - s * (1.0f / 24 - s * (1.0f / 720 - s * (1.0f / 40320))));
    float p = quarter & 1 ? sine : cosine, q = quarter & 1 ? cosine : sine;
    a[l] = radius * ((quarter + 1) & 2 ? -p : p);
    b[l] = radius * (quarter & 2 ? -q : q);
  }
}

void
nv_rng_fill_normal (NvRng *rng, nv_real *out, size_t n)
{
  guint32 words[4][LANES];
  float values[GROUP];
  for (size_t i = 0; i < n; i += GROUP) {
    next_group (rng, words);
    normal_pairs (values, values + LANES, words[0], words[1]);
    normal_pairs (values + 2 * LANES, values + 3 * LANES, words[2], words[3]);
    for (size_t j = 0; j < MIN (GROUP, n - i); j++)
      out[i + j] = (nv_real) values[j];
  }
}

NV_SIMD static void
uniforms (float *restrict out, const guint32 *words)
{
  for (guint j = 0; j < GROUP; j++)
    out[j] = (float) (gint32) (words[j] >> 8) * 0x1p-24f;
}

void
nv_rng_fill_uniform (NvRng *rng, nv_real *out, size_t n)
{
  guint32 words[4][LANES];
  float values[GROUP];
  for (size_t i = 0; i < n; i += GROUP) {
    next_group (rng, words);
    uniforms (values, words[0]);
    for (size_t j = 0; j < MIN (GROUP, n - i); j++)
      out[i + j] = (nv_real) values[j];
  }
}

void
nv_rng_shuffle (NvRng *rng, guint32 *index, size_t n)
{
  for (size_t i = n; i > 1; i--) {
    guint32 j = nv_rng_below (rng, (guint32) i), last = index[i - 1];
    index[i - 1] = index[j];
    index[j] = last;
  }
}
