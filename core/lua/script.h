/* Scripts: what `nasvec run` runs. No Lua type appears here; lua.h stays inside this folder. */
#ifndef NV_SCRIPT_H
#define NV_SCRIPT_H

#include <gio/gio.h>
#include <nasvec/base.h>

typedef struct {
  const char *file;
  char **arguments;      /* "key=value", NULL-terminated: the script's parameters */
  gboolean check;        /* everything is checked, nothing is run or written */
  gboolean help;         /* prints what nv.params() declares, and stops there */
  GCancellable *cancel;  /* stops a study or a training cleanly */
} NvScript;

/* Runs the script to its end. The error's message starts with the script's name and line. */
NV_INTERNAL gboolean nv_i_script_run (const NvScript *script, GError **error);

#endif
