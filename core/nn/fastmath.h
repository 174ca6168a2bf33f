/* exp, tanh, sigmoid and log that the compiler can vectorise: no branch, no call, no table.
 *
 * exp (x) = 2^k exp (r), k = round (x / ln 2), |r| <= ln 2 / 2, by the Taylor series of
 * exp (r) - 1.
 * tanh (x) = q / (q + 2), q = exp (2 |x|) - 1. log (x) = e ln 2 + 2 artanh (f / (2 + f)),
 * x = 2^e (1 + f), 1 + f in [sqrt 1/2, sqrt 2). NaN stays NaN, but for log.
 * Relative error: exp and tanh below 5e-7, sigmoid 1e-6; log 3e-7 or absolute 2e-7.
 * In a double build these are libm's. */
#ifndef NV_FASTMATH_H
#define NV_FASTMATH_H

#include <math.h>
#include <nasvec/base.h>
#include <string.h>

static inline float
bits_to_float (gint32 bits)
{
  float x;
  memcpy (&x, &bits, sizeof x);
  return x;
}

static inline gint32
float_to_bits (float x)
{
  gint32 bits;
  memcpy (&bits, &x, sizeof bits);
  return bits;
}

/* exp (x) - 1 = 2^k q + (2^k - 1) with the q and the scale 2^k given back; |x| <= 87. */
static inline float
exp_parts (float x, float *scale)
{
  const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
  float k = x * 1.44269504f + shift;
  gint32 e = (gint32) ((guint32) float_to_bits (k) << 23);
  k -= shift;
  float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
  float q = 1.0f / 5040;
  q = q * r + 1.0f / 720;
  q = q * r + 1.0f / 120;
  q = q * r + 1.0f / 24;
  q = q * r + 1.0f / 6;
  q = q * r + 0.5f;
  *scale = bits_to_float (e + 0x3f800000);
  return q * r * r + r;
}

static inline float
fast_expf (float x)
{
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float scale, q = exp_parts (x, &scale);
  return q * scale + scale;
}

static inline float
fast_tanhf (float x)
{
  float a = 2.0f * fabsf (x), scale;
  a = a > 20.0f ? 20.0f : a;
  float q = exp_parts (a, &scale);
  q = q * scale + (scale - 1.0f);
  return copysignf (q / (q + 2.0f), x);
}

/* x > 0, finite and not denormal */
static inline float
fast_logf (float x)
{
  gint32 bits = float_to_bits (x) - 0x3f3504f3; /* sqrt 1/2 */
  float e = (float) (bits >> 23);
  float f = bits_to_float ((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
  float s = f / (2.0f + f), t = s * s;
  float p = 1.0f / 9;
  p = p * t + 1.0f / 7;
  p = p * t + 1.0f / 5;
  p = p * t + 1.0f / 3;
  return e * 0.693147181f + 2.0f * (s + s * t * p);
}

#ifdef NV_DOUBLE
#define fast_exp exp
#define fast_tanh tanh
#define fast_log log
#define real_sqrt sqrt
#define real_abs fabs
#else
#define fast_exp fast_expf
#define fast_tanh fast_tanhf
#define fast_log fast_logf
#define real_sqrt sqrtf
#define real_abs fabsf
#endif

static inline nv_real
fast_sigmoid (nv_real x)
{
  return 1 / (1 + fast_exp (-x));
}

#endif
