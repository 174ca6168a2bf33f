/* What a plugin of any kind is: a const descriptor, and a table of parameters.
 *
 * A plugin is one C file that ends in NV_PLUGIN (descriptor). It exports one symbol, holds no
 * globals, and never sees Lua. The core owns its state (zeroed) and its options (checked). Include
 * <nasvec/space.h>, <nasvec/encoder.h> or <nasvec/searcher.h>, not this file. */
#ifndef NASVEC_PLUGIN_H
#define NASVEC_PLUGIN_H

#include <nasvec/base.h>

G_BEGIN_DECLS

#define NV_ABI 1u

typedef enum { NV_KIND_SPACE = 1, NV_KIND_ENCODER = 2, NV_KIND_SEARCHER = 3 } NvKind;

/* "space", "encoder", "searcher"; NULL for any other value. */
NV_API const char *nv_kind_name (NvKind kind);

/* --- parameters ------------------------------------------------------------------------ */

typedef enum {
  NV_PARAM_END,
  NV_PARAM_REAL,   /* double */
  NV_PARAM_INT,    /* int */
  NV_PARAM_BOOL,   /* gboolean */
  NV_PARAM_STRING, /* const char *, owned by the core, never NULL unless the default is */
  NV_PARAM_CHOICE  /* int, an index into `choices` */
} NvParamType;

/* One row per option. The default is the field's value in the defaults literal. The row feeds
 * checking, help, the Lua constructor, the manifest and the docs. */
typedef struct {
  NvParamType type;
  const char *name;
  gsize offset;
  double min, max;             /* REAL and INT, inclusive */
  const char *const *choices;  /* CHOICE: NULL-terminated names */
  const char *help;            /* one line, no full stop */
  const char *unit;            /* NULL: none */
} NvParam;

/* A field of another type than the row says does not compile. More members may follow the help:
 * NV_REAL (Options, lr, 0, 1, "learning rate", .unit = "1/step"). */
#define NV_FIELD(S, f, T) _Generic (((S *) 0)->f, T: offsetof (S, f))
#define NV_REAL(S, f, lo, hi, ...)                                                            \
  { .type = NV_PARAM_REAL, .name = #f, .offset = NV_FIELD (S, f, double), .min = (lo),        \
    .max = (hi), .help = __VA_ARGS__ }
#define NV_INT(S, f, lo, hi, ...)                                                             \
  { .type = NV_PARAM_INT, .name = #f, .offset = NV_FIELD (S, f, int), .min = (lo),            \
    .max = (hi), .help = __VA_ARGS__ }
#define NV_BOOL(S, f, ...)                                                                    \
  { .type = NV_PARAM_BOOL, .name = #f, .offset = NV_FIELD (S, f, gboolean),                   \
    .help = __VA_ARGS__ }
#define NV_STRING(S, f, ...)                                                                  \
  { .type = NV_PARAM_STRING, .name = #f, .offset = NV_FIELD (S, f, const char *),             \
    .help = __VA_ARGS__ }
#define NV_CHOICE(S, f, names, ...)                                                           \
  { .type = NV_PARAM_CHOICE, .name = #f, .offset = NV_FIELD (S, f, int), .choices = (names),  \
    .help = __VA_ARGS__ }
#define NV_END { .type = NV_PARAM_END }

/* --- the descriptor -------------------------------------------------------------------- */

/* The head of every descriptor; frozen. New hooks are added at the tail of the descriptor of a
 * kind, and `size` tells the core which ones a plugin knows. */
typedef struct {
  guint32 abi;          /* NV_ABI of the headers it was compiled with */
  guint32 size;         /* sizeof its descriptor, as it was compiled */
  guint32 kind;         /* NvKind */
  guint32 reserved;     /* 0 */
  const char *name;     /* as in Lua and in the file's name: [a-z][a-z0-9_]* */
  const char *version;  /* of the plugin; part of what a cached artefact depends on */
  const char *summary;  /* one line */
  gsize state_size;     /* bytes of zeroed state; 0: none */
  gsize options_size;   /* bytes of the options struct; 0: none */
  const void *defaults; /* an options struct; NULL only if options_size is 0 */
  const NvParam *params; /* ends in NV_END; NULL: none */
} NvClass;

#define NV_HEAD(Type, k, n, v, s)                                                             \
  .head.abi = NV_ABI, .head.size = (guint32) sizeof (Type), .head.kind = (k),                 \
  .head.name = (n), .head.version = (v), .head.summary = (s)
#define NV_STATE(S) .head.state_size = sizeof (S)
/* NV_OPTIONS (Options, params, .field = default, ...) */
#define NV_OPTIONS(S, table, ...)                                                             \
  .head.options_size = sizeof (S), .head.defaults = &(const S){ __VA_ARGS__ },                \
  .head.params = (table)

/* The one exported symbol. With NV_PLUGIN_STATIC it is nv_plugin_<descriptor>, so that several
 * plugins can be linked into one program. */
#ifdef NV_PLUGIN_STATIC
#define NV_PLUGIN(descriptor)                                                                 \
  extern const NvClass *const nv_plugin_##descriptor;                                         \
  const NvClass *const nv_plugin_##descriptor = &descriptor.head;
#else
#define NV_PLUGIN(descriptor)                                                                 \
  extern NV_API const NvClass *const nv_plugin;                                               \
  NV_API const NvClass *const nv_plugin = &descriptor.head;
#endif

/* --- named tensors: how weights are saved and loaded ------------------------------------ */

/* A plugin lists its arrays; the core saves them as safetensors, or loads them into the same
 * memory after checking names and shapes. */
typedef struct _NvTensors NvTensors;
/* `data`: [rows x cols], row-major; a vector has rows = 1. Lives as long as the plugin. */
NV_API void nv_tensors_add (NvTensors *tensors, const char *name, nv_real *data, gsize rows,
                            gsize cols);

G_END_DECLS

#endif
