/* The canonical form of a cell up to isomorphism of typed DAGs.
 *
 * nauty (McKay & Piperno 2014) labels the digraph whose colour classes are, in this
 * order: the first node, the interior nodes by op, the last node. Its labelling is not a
 * topological order, so the nodes are then laid out by Kahn's algorithm, which among the
 * nodes that are ready takes the one of the lowest label: a function of the labelled
 * graph alone, hence equal for isomorphic cells. nauty keeps its workspace in
 * thread-local variables, freed with the thread; a nauty that was built without them is
 * used by one thread at a time. */
#include <nauty/nauty.h>

#include <nasvec/cell.h>

#if HAVE_TLS
static void
free_workspace (gpointer mark)
{
  (void) mark;
  naugraph_freedyn ();
  nautil_freedyn ();
  nauty_freedyn ();
}

static GPrivate workspace = G_PRIVATE_INIT (free_workspace);
#else
static GMutex one_at_a_time;
#endif

/* label[r] = node of rank r: first, interior by op, last. end[r] = 0: a class ends. */
static void
colour (const NvCell *cell, int *label, int *end)
{
  int n = (int) cell->n_nodes;
  for (int i = 0; i < n; i++) {
    int at = i;
    if (i > 0 && i < n - 1)
      for (; at > 1 && cell->ops[label[at - 1]] > cell->ops[i]; at--)
        label[at] = label[at - 1];
    label[at] = i;
  }
  for (int r = 0; r < n; r++)
    end[r] = r > 0 && r < n - 2 && cell->ops[label[r]] == cell->ops[label[r + 1]];
}

static void
label_canonically (const NvCell *cell, int *label)
{
  DEFAULTOPTIONS_GRAPH (options);
  options.getcanon = TRUE;
  options.digraph = TRUE;
  options.defaultptn = FALSE;
  int end[NV_CELL_MAX], orbits[NV_CELL_MAX], n = (int) cell->n_nodes;
  graph g[NV_CELL_MAX], canonical[NV_CELL_MAX];
  statsblk stats;

  EMPTYGRAPH (g, 1, n);
  for (int i = 0; i < n; i++)
    for (int j = i + 1; j < n; j++)
      if (nv_cell_has_edge (cell, (guint) i, (guint) j))
        ADDELEMENT (GRAPHROW (g, i, 1), j);
  colour (cell, label, end);
#if HAVE_TLS
  g_private_set (&workspace, &workspace);
#else
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&one_at_a_time);
#endif
  densenauty (g, label, end, orbits, &options, &stats, 1, n, canonical);
}

/* order[p] = the node that goes to place p. */
static void
sort_topologically (const NvCell *cell, const int *label, guint *order)
{
  guint n = cell->n_nodes, placed = 1;
  guint32 left = (n == NV_CELL_MAX ? ~0u : (1u << n) - 1u) & ~1u;
  order[0] = 0;
  for (; placed + 1 < n; placed++) {
    guint32 waiting = 0;
    for (guint i = 0; i < n; i++)
      if (left >> i & 1u)
        waiting |= cell->rows[i];
    guint r = 1;
    while (!((left & ~waiting) >> label[r] & 1u))
      r++;
    order[placed] = (guint) label[r];
    left &= ~(1u << label[r]);
  }
  order[n - 1] = n - 1;
}

void
nv_cell_canonical (const NvCell *cell, NvCell *out)
{
  guint n = cell->n_nodes;
  if (n < 3) {
    *out = *cell;
    return;
  }
  int label[NV_CELL_MAX];
  guint order[NV_CELL_MAX];
  label_canonically (cell, label);
  sort_topologically (cell, label, order);

  NvCell result;
  nv_cell_init (&result, n);
  for (guint p = 0; p < n; p++) {
    result.ops[p] = cell->ops[order[p]];
    for (guint q = p + 1; q < n; q++)
      if (nv_cell_has_edge (cell, order[p], order[q]))
        nv_cell_add_edge (&result, p, q);
  }
  *out = result;
}
