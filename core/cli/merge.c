/* nasvec merge STORE PART ...: one store of several. */
#include <stdio.h>

#include "cli/cli.h"
#include "study/store.h"

static gboolean
merge (const char *file, char **parts, int n, GError **error)
{
  NvStore *store = nv_i_store_open (file, error);
  for (int i = 0; store != NULL && i < n; i++) {
    NvMerged merged;
    if (!nv_i_store_merge (store, parts[i], &merged, error)) {
      nv_i_store_abandon (store);
      return FALSE;
    }
    printf ("%s: %u new runs, %u new arms", parts[i], merged.runs, merged.arms);
    if (merged.had > 0)
      printf (", %u runs were there", merged.had);
    if (merged.unfinished > 0)
      printf (", %u unfinished runs left out", merged.unfinished);
    printf ("\n");
  }
  nv_i_store_close (store);
  return store != NULL;
}

int
nv_i_cli_merge (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (!nv_i_cli_parse (
          &argc, &argv, "STORE PART [PART ...]",
          "Adds the finished runs of each PART to STORE, which is made if it is missing. They\n"
          "must be stores of the same study; they may differ in arms and seeds, as those of a\n"
          "study that was run in parts on several machines with `first_seed`.", NULL))
    return 2;
  if (argc < 3) {
    fprintf (stderr, "nasvec merge: a STORE and a PART are needed; see `nasvec merge --help`\n");
    return 2;
  }
  return merge (argv[1], argv + 2, argc - 2, &error) ? 0 : nv_i_cli_fail (error);
}
