/* JSON from outside: files and programs that may be broken or hostile. */
#ifndef NV_JSON_H
#define NV_JSON_H

#include <json-glib/json-glib.h>
#include <nasvec/base.h>

#define NV_JSON_DEPTH 32 /* arrays and objects inside each other, at most */

/* One JSON value of `length` bytes (-1: to the NUL), as RFC 8259 has it: UTF-8, no
 * comments, no two members of an object with the same name, no deep nesting. NULL with
 * error. Transfer full. */
NV_INTERNAL JsonNode *nv_i_json_parse (const char *text, gssize length, GError **error);

#endif
