/* Options: from (key, value) pairs to a checked struct, and back. */
#ifndef NV_OPTIONS_H
#define NV_OPTIONS_H

#include <json-glib/json-glib.h>
#include <nasvec/plugin.h>

/* A copy of `defaults` with `values` (a{sv}; NULL: none; double, int64, boolean, string)
 * written into it. Numbers convert where nothing is lost. An unknown key, a wrong type or
 * a value out of range: NULL, and an error that names `what` (e.g. "searcher bo"), the
 * key, the value and what is allowed, with the nearest key for a misspelt one. Strings
 * are owned by the result. Free with nv_i_options_free(). With size 0, returns a non-NULL
 * empty block. */
NV_INTERNAL gpointer nv_i_options_new (const NvParam *params, gsize size,
                                       const void *defaults, GVariant *values,
                                       const char *what, GError **error);
NV_INTERNAL void nv_i_options_free (const NvParam *params, gpointer options);

/* Every option with its effective value, in table order; canonical: equal options give
 * equal text with nv_i_json_text(). Transfer full. */
NV_INTERNAL JsonNode *nv_i_options_json (const NvParam *params, const void *options);
/* One line of JSON, doubles in the shortest form that reads back the same. g_free. */
NV_INTERNAL char *nv_i_json_text (JsonNode *node);
/* Back from nv_i_options_json(). a{sv}, floating. */
NV_INTERNAL GVariant *nv_i_options_variant (JsonNode *node);

/* The parameter of that name; NULL: there is none. `params` may be NULL. */
NV_INTERNAL const NvParam *nv_i_param_find (const NvParam *params, const char *name);
/* The help of a parameter table: aligned text, or a table in Markdown. g_free. */
NV_INTERNAL char *nv_i_params_help (const NvParam *params, const void *defaults,
                                    gboolean markdown);
/* The table itself, for `nasvec plugins --json`. Transfer full. */
NV_INTERNAL JsonNode *nv_i_params_json (const NvParam *params, const void *defaults);

/* The word of NULL-terminated `words` that `word` was probably meant to be; NULL: none is
 * near. */
NV_INTERNAL const char *nv_i_nearest (const char *word, const char *const *words);
/* The end of an error about an unknown word: "did you mean 'bo'? (there are: bo, rl)".
 * g_free. */
NV_INTERNAL char *nv_i_suggestion (const char *word, const char *const *words);
/* The shortest text that reads back as x. g_free. */
NV_INTERNAL char *nv_i_number_text (double x);
/* An option's value as messages show it: 0.1, 'text', true. g_free. */
NV_INTERNAL char *nv_i_value_text (GVariant *value);
/* What a value may be: "0 to 1", "at least 1", "dngo | gp". g_free. */
NV_INTERNAL char *nv_i_param_allowed (const NvParam *param);

#endif
