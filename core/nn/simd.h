/* NV_SIMD: on a function whose loops the compiler vectorises, one clone for AVX2 beside the
 * portable one; chosen when the program starts. Without fused multiply-add the bits are equal. */
#ifndef NV_SIMD_H
#define NV_SIMD_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)                             \
    && !defined(__SANITIZE_ADDRESS__)
#define NV_SIMD __attribute__ ((target_clones ("arch=x86-64-v3", "default")))
#else
#define NV_SIMD
#endif

#endif
