/* The conformance test that every plugin passes: `nasvec check`, and a test per plugin
 * here. */
#ifndef NV_CHECK_H
#define NV_CHECK_H

#include <nasvec/plugin.h>
#include <stdio.h>

/* Drives the plugin through its life and prints one line per check to `out`: "ok",
 * "FAILED" with the reason, or "-" where a check does not apply, and a last line with the
 * counts. Each check is a process of its own, so that a crash or a hang fails one line.
 * `space`: the space that an encoder or a searcher is checked on; NULL: a small one that
 * comes with the check. Returns how many failed. */
NV_INTERNAL guint nv_i_check_plugin (const NvClass *klass, const char *space, FILE *out);

/* Makes the space NV_TOY and the encoder NV_TOY findable. The space: all DAGs of 2 to 5
 * nodes in which each node has an edge to the next, 549 cells. The encoder: the cell's
 * ops and edges as numbers, each times a weight that can be trained; it decodes. */
#define NV_TOY "nasvec_toy"
NV_INTERNAL void nv_i_check_add_toys (void);

#endif
