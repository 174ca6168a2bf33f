/* What every nasvec header needs: GLib, visibility, the error domain, the number type. */
#ifndef NASVEC_BASE_H
#define NASVEC_BASE_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Exported to plugins and programs. Everything else is hidden. */
#define NV_API __attribute__ ((visibility ("default")))
/* Shared between nasvec's own parts (library, program, tests); names start with nv_i_.
 * Not part of the interface: it may change in any release. */
#define NV_INTERNAL __attribute__ ((visibility ("default")))

/* On a function whose loops the compiler vectorises: a clone for AVX2 beside the portable one,
 * chosen when the program starts. Without fused multiply-add the bits are equal. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)                             \
    && !defined(__SANITIZE_ADDRESS__)
#define NV_SIMD __attribute__ ((target_clones ("arch=x86-64-v3", "default")))
#else
#define NV_SIMD
#endif

/* The number type of networks and embeddings. The gradient checks compile the same sources
 * with NV_DOUBLE, where rounding does not hide a wrong derivative. */
#ifdef NV_DOUBLE
typedef double nv_real;
#else
typedef float nv_real;
#endif

/* One error domain. The code says whose mistake it is; the message says what, where and what
 * is allowed. */
typedef enum {
  NV_ERROR_FILE,        /* cannot be read or written */
  NV_ERROR_FORMAT,      /* read, but its content is not what it should be */
  NV_ERROR_OPTION,      /* unknown key, wrong type, out of range */
  NV_ERROR_PLUGIN,      /* not found, refused, or asked for a hook that it has not */
  NV_ERROR_CELL,        /* not a cell of the space */
  NV_ERROR_BENCHMARK,   /* a benchmark gave no answer */
  NV_ERROR_STORE,       /* a study's store cannot be used */
  NV_ERROR_SCRIPT,      /* a Lua script is wrong */
  NV_ERROR_UNSUPPORTED, /* not in this build or not for this kind of object */
  NV_ERROR_CANCELLED    /* stopped by the user */
} NvError;

#define NV_ERROR (nv_error_quark ())
NV_API GQuark nv_error_quark (void);

/* Version of the library, "major.minor.patch". Static; never NULL. */
NV_API const char *nv_version (void);

G_END_DECLS

#endif
