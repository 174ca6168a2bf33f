/* Tables of text: made once, written as aligned text, Markdown, LaTeX. */
#ifndef NV_REPORT_TEXT_TABLE_H
#define NV_REPORT_TEXT_TABLE_H

#include <nasvec/base.h>

typedef struct {
  char *title;     /* NULL: none; owned */
  char **head;     /* [columns], NULL-terminated; owned */
  GPtrArray *rows; /* char ** of as many */
} NvTextTable;

/* The first column is text and set flush left, the others are numbers. `head`: copied. */
NV_INTERNAL NvTextTable *nv_i_text_table_new (const char *title, const char *const *head);
NV_INTERNAL void nv_i_text_table_free (NvTextTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvTextTable, nv_i_text_table_free)
/* Takes ownership; as many texts as the head has. */
NV_INTERNAL void nv_i_text_table_add (NvTextTable *table, char **row);

/* Appends the table. Text: the first column is shortened in its middle until a line has
 * at most `width` columns (but not under 12). */
NV_INTERNAL void nv_i_text_table_plain (GString *out, const NvTextTable *table, guint width);
NV_INTERNAL void nv_i_text_table_markdown (GString *out, const NvTextTable *table);
/* A booktabs table; `notes`, NULL-terminated lines, stand under it. */
NV_INTERNAL void nv_i_text_table_latex (GString *out, const NvTextTable *table, char **notes);

/* Appends a text of one line with what Markdown would read as markup escaped. */
NV_INTERNAL void nv_i_markdown_text (GString *out, const char *text);

/* `text`, cut in its middle to at most `width` >= 3 characters; g_free. */
NV_INTERNAL char *nv_i_shorten (const char *text, guint width);
/* Appends `text` broken at spaces into lines of at most `width`, all but the first
 * indented. */
NV_INTERNAL void nv_i_wrap (GString *out, const char *text, guint width, guint indent);

#endif
