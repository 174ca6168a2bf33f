/* Speed and memory of `nasvec import nasbench101` on a file as large as the released one.
 *
 *   bench_import [CELLS [FOLDER]]
 *
 * CELLS cells, 423,624 unless given, have 12 trainings each: as many as released, 2.11 GB. The
 * file and the table are written to FOLDER, else where temporary files go, and removed. Both
 * clocks are shown: the processor's, and the wall's, which other programs and the disk are in. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "../tfrecord.h"
#include "import/nasbench101.h"

enum { CELLS = 423624, RUNS = 12, KINDS = 64 };

static const char wiring[] = "0100110001000000010010000010000001000000010000000";
static const char *const ops[2]
    = { "input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,"
        "conv1x1-bn-relu,output",
        "input,conv1x1-bn-relu,conv1x1-bn-relu,maxpool3x3,maxpool3x3,maxpool3x3,output" };

static double
seconds_of (clockid_t clock)
{
  struct timespec now;
  clock_gettime (clock, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* The metrics of one of KINDS trainings; they have as many digits as real ones. */
static char *
metrics_of (guint kind, guint epochs)
{
  const double x = 0.83 + 0.0019 * kind, seconds = epochs * (9.7 + 0.31 * kind);
  const double half[4] = { seconds / 2, x - 0.1234567, x - 0.2345678, x - 0.25 },
               end[4] = { seconds, x + 0.0376543, x - 0.0123456, x - 0.0189123 };
  return make_metrics (epochs, 2694282, half, end);
}

static gboolean
write_file (const char *path, guint cells)
{
  static const guint lengths[] = { 4, 12, 36, 108 };
  FILE *file = fopen (path, "wb");
  g_autoptr (GString) bytes = g_string_new (NULL), record = g_string_new (NULL);
  char *metrics[KINDS][G_N_ELEMENTS (lengths)];
  gboolean written = TRUE;
  if (file == NULL)
    return FALSE;
  for (guint i = 0; i < KINDS; i++)
    for (guint e = 0; e < G_N_ELEMENTS (lengths); e++)
      metrics[i][e] = metrics_of (i, lengths[e]);
  for (guint c = 0; c < cells && written; c++) {
    g_string_truncate (bytes, 0);
    for (guint run = 0; run < RUNS; run++) {
      g_string_printf (record, "[\"%08x%024x\", %u, \"%s\", \"%s\", \"%s\"]",
                       c * 2654435761u, c, lengths[run / 3], wiring, ops[c % 2],
                       metrics[(7 * c + run) % KINDS][run / 3]);
      add_record (bytes, record->str);
    }
    written = fwrite (bytes->str, 1, bytes->len, file) == bytes->len;
  }
  for (guint i = 0; i < KINDS; i++)
    for (guint e = 0; e < G_N_ELEMENTS (lengths); e++)
      g_free (metrics[i][e]);
  return fclose (file) == 0 && written;
}

int
main (int argc, char **argv)
{
  const guint cells = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : CELLS;
  const char *folder = argc > 2 ? argv[2] : g_get_tmp_dir ();
  g_autofree char *in = g_build_filename (folder, "nasvec-bench.tfrecord", NULL),
                  *out = g_build_filename (folder, "nasvec-bench.csv", NULL);
  g_autoptr (GError) error = NULL;
  NvNb101Counts counts;
  struct rusage usage;
  if (!write_file (in, cells)) {
    fprintf (stderr, "%s: cannot be written\n", in);
    return 1;
  }
  const double start = seconds_of (CLOCK_PROCESS_CPUTIME_ID),
               wall_start = seconds_of (CLOCK_MONOTONIC);
  if (!nv_i_nasbench101_import (in, out, &counts, &error)) {
    fprintf (stderr, "%s\n", error->message);
    return 1;
  }
  const double seconds = seconds_of (CLOCK_PROCESS_CPUTIME_ID) - start,
               wall = seconds_of (CLOCK_MONOTONIC) - wall_start,
               megabytes = 1e-6 * (double) counts.bytes;
  getrusage (RUSAGE_SELF, &usage);
  printf ("%.0f MB, %u cells: processor %.2f s, %.0f MB/s; wall %.2f s, %.0f MB/s; "
          "most memory %.0f MB\n",
          megabytes, counts.cells, seconds, megabytes / seconds, wall, megabytes / wall,
          1.024e-3 * (double) usage.ru_maxrss);
  remove (in);
  remove (out);
  return 0;
}
