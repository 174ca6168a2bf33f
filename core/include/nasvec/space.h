/* Search spaces: which cells there are, how they are written, and how one becomes another. */
#ifndef NASVEC_SPACE_H
#define NASVEC_SPACE_H

#include <nasvec/cell.h>
#include <nasvec/network.h>
#include <nasvec/plugin.h>
#include <nasvec/rng.h>

G_BEGIN_DECLS

typedef struct _NvSpaceClass NvSpaceClass;

/* A space, opened with its options. Read-only after `open`, shared between threads. */
typedef struct {
  const NvSpaceClass *klass;
  const void *options;
  void *state;
  /* set by open() */
  guint nodes;             /* N: nodes of the largest cell */
  guint min_nodes;         /* of the smallest one; 0: every cell has N */
  guint n_ops;             /* K: op types, input and output types among them */
  const char *const *ops;  /* [K] names */
} NvSpace;

/* A known table file of the space: which columns hold what. Ends in a row without dataset.
 * `cell`: the column(s) that write the cell; several, separated by commas, are joined by one
 * space and given to parse(). `observed` and `test`: a column, or several separated by commas,
 * one per training run. `seconds`: a linear combination of columns, "12*train + 1*valid".
 * `where`: "column=value", rows that count; NULL: all. NULL: the table has no such figure. */
typedef struct {
  const char *dataset;    /* e.g. "cifar10" */
  int epochs;             /* of the observed score; 0: not told */
  const char *cell, *observed, *test, *seconds, *parameters, *where;
  gboolean percent;       /* TRUE: scores are in per cent and become fractions */
} NvTablePreset;

struct _NvSpaceClass {
  NvClass head;

  /* Sets nodes, n_ops, ops. Required. */
  gboolean (*open) (NvSpace *space, GError **error);
  /* Frees what open() put into the state. Default: nothing to free. */
  void (*close) (NvSpace *space);
  /* All cells, one per equivalence class, in the official order. Default: too many to list. */
  NvCells *(*enumerate) (const NvSpace *space, GError **error);
  /* A random valid cell, uniform unless the space says otherwise. Default: uniform over
   * enumerate(); required without it. */
  gboolean (*sample) (const NvSpace *space, NvRng *rng, NvCell *out, GError **error);
  /* Is it a cell of this space, strictly? The error says what is wrong. Required. */
  gboolean (*validate) (const NvSpace *space, const NvCell *cell, GError **error);
  /* The looser rule that the paper's figures were measured with. Default: validate(). */
  gboolean (*valid_paper) (const NvSpace *space, const NvCell *cell);
  /* The representative of the cell's equivalence class; the cell is valid. Default:
   * nv_cell_canonical(). */
  void (*canonical) (const NvSpace *space, const NvCell *cell, NvCell *out);
  /* A random valid cell near by, of another class: one step away, unless the space's own mutation
   * may take several at once. Required. */
  gboolean (*mutate) (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out,
                      GError **error);
  /* Appends all valid cells one step away. Required. */
  void (*neighbours) (const NvSpace *space, const NvCell *cell, NvCells *out);
  /* The field's own notation. format() of a valid cell; parse() says what is wrong. Required. */
  char *(*format) (const NvSpace *space, const NvCell *cell);
  gboolean (*parse) (const NvSpace *space, const char *text, NvCell *out, GError **error);
  /* Table files that are known by name. NULL: none. */
  const NvTablePreset *presets;
  /* Adds the network of a valid cell to `network`, from the value `image` to the last map before
   * global pooling and the classifier, which the caller adds. Default: cells cannot be trained. */
  NvValue (*network) (const NvSpace *space, const NvCell *cell, const NvSkeleton *skeleton,
                      NvNetwork *network, NvValue image);
};

#define NV_SPACE(name, version, summary)                                                      \
  NV_HEAD (NvSpaceClass, NV_KIND_SPACE, name, version, summary)

/* What the core offers over the hooks (defaults filled in, arguments checked). */
NV_API gboolean nv_space_enumerable (const NvSpace *space);
/* A new reference, or NULL with error. The list is made once and kept. */
NV_API NvCells *nv_space_enumerate (const NvSpace *space, GError **error);
NV_API gboolean nv_space_sample (const NvSpace *space, NvRng *rng, NvCell *out, GError **error);
NV_API gboolean nv_space_validate (const NvSpace *space, const NvCell *cell, GError **error);
NV_API gboolean nv_space_valid_paper (const NvSpace *space, const NvCell *cell);
NV_API void nv_space_canonical (const NvSpace *space, const NvCell *cell, NvCell *out);
NV_API gboolean nv_space_mutate (const NvSpace *space, NvRng *rng, const NvCell *cell,
                                 NvCell *out, GError **error);
NV_API void nv_space_neighbours (const NvSpace *space, const NvCell *cell, NvCells *out);
/* Transfer full: g_free. */
NV_API char *nv_space_format (const NvSpace *space, const NvCell *cell);
NV_API gboolean nv_space_parse (const NvSpace *space, const char *text, NvCell *out,
                                GError **error);

G_END_DECLS

#endif
