/* Comma-separated tables with a header line, plain or gzip, read as a stream, and written (RFC
 * 4180). */
#ifndef NV_CSV_H
#define NV_CSV_H

#include <nasvec/base.h>

typedef struct _NvCsv NvCsv;
NV_INTERNAL NvCsv *nv_i_csv_open (const char *file, GError **error);
NV_INTERNAL void nv_i_csv_close (NvCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvCsv, nv_i_csv_close)
/* Reads `file` along with csv, row by row: its columns come behind those of csv. The two must name
 * a column alike, and rows must agree in each column that both name; on FALSE csv is as before. */
NV_INTERNAL gboolean nv_i_csv_beside (NvCsv *csv, const char *file, GError **error);
/* Column index by name, or -1 with an error that lists the columns. */
NV_INTERNAL int nv_i_csv_column (const NvCsv *csv, const char *name, GError **error);
NV_INTERNAL guint nv_i_csv_n_columns (const NvCsv *csv);
NV_INTERNAL const char *nv_i_csv_name (const NvCsv *csv, guint column);
/* Next row: TRUE, fields valid until the next call. FALSE without error: the end. A row
 * of another width, a truncated gzip: an error with file and line. */
NV_INTERNAL gboolean nv_i_csv_next (NvCsv *csv, GError **error);
NV_INTERNAL const char *nv_i_csv_text (const NvCsv *csv, guint column);
/* A finite number, or an error with file, line, column and text. */
NV_INTERNAL gboolean nv_i_csv_number (const NvCsv *csv, guint column, double *out,
                                      GError **error);
NV_INTERNAL guint64 nv_i_csv_line (const NvCsv *csv);

/* Writing: appends a field, quoted where it has to be. */
NV_INTERNAL void nv_i_csv_append_text (GString *out, const char *text);
/* Appends a comma and a number that reads back as the same, nothing for NAN. */
NV_INTERNAL void nv_i_csv_append_number (GString *out, double value);

/* SHA-256 of a file in hex; g_free. */
NV_INTERNAL char *nv_i_file_digest (const char *file, GError **error);
/* `file` as given if it is absolute or exists; else in NASVEC_DATA; else in the fallback
 * folder of the checkout's neighbour "shared/data" (see README); else among the tables of
 * `space` that came with nasvec (NULL: not there). An error names all places looked at.
 * g_free. */
NV_INTERNAL char *nv_i_data_file (const char *file, const char *space, GError **error);

#endif
