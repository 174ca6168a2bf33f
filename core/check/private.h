/* What the checks of the three kinds share. */
#ifndef NV_CHECK_PRIVATE_H
#define NV_CHECK_PRIVATE_H

#include "check/check.h"
#include "plugin/instance.h"

/* One check under way. */
typedef struct {
  const NvClass *klass;
  const char *space_name;  /* that an encoder or a searcher is checked on */
  const NvParam *param;    /* the option under test, in the checks of options */
  GString *note;           /* printed after the name: figures worth seeing */
  const char *not_for;     /* set: why the check does not apply */
} NvCheck;

/* FALSE with error: what is wrong. */
typedef gboolean (*NvCheckFunc) (NvCheck *check, GError **error);
typedef struct {
  const char *name;
  NvCheckFunc run;
} NvCheckRow;

/* Opens the plugin with `options` (a{sv}, floating, or NULL), uses it a little and closes
 * it. */
typedef gboolean (*NvCheckUse) (NvCheck *check, GVariant *options, GError **error);

/* The checks of a kind; ends in a row without a name. */
extern const NvCheckRow nv_i_check_space_rows[], nv_i_check_encoder_rows[],
    nv_i_check_searcher_rows[];
gboolean nv_i_check_space_use (NvCheck *check, GVariant *options, GError **error);
gboolean nv_i_check_encoder_use (NvCheck *check, GVariant *options, GError **error);
gboolean nv_i_check_searcher_use (NvCheck *check, GVariant *options, GError **error);

/* A first step of an encoder from the first B of `cells` changes its weights against the
 * central differences of a loss. */
gboolean nv_i_check_slopes (NvCheck *check, NvEncoder *encoder, const NvCells *cells,
                            gsize B, GError **error);

/* A check of a space's hook `network`: what it builds is without a mistake, and the same again. */
gboolean nv_i_check_network (NvCheck *check, GError **error);

/* Returns FALSE with an error from the function that it stands in. */
#define REQUIRE(condition, ...)                                                         \
  G_STMT_START {                                                                        \
    if (!(condition)) {                                                                 \
      g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, __VA_ARGS__);                      \
      return FALSE;                                                                     \
    }                                                                                   \
  } G_STMT_END
/* The check does not apply. */
#define ONLY_IF(condition, reason)                                                      \
  G_STMT_START {                                                                        \
    if (!(condition)) {                                                                 \
      check->not_for = (reason);                                                        \
      return TRUE;                                                                      \
    }                                                                                   \
  } G_STMT_END

/* The space that encoders and searchers are checked on. */
NvSpace *nv_i_check_open_space (NvCheck *check, GError **error);
/* `count` different cells of it (fewer where it has fewer), always the same. */
NvCells *nv_i_check_cells (const NvSpace *space, gsize count, GError **error);

#endif
