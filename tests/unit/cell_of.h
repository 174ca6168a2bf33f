/* A cell as a test writes it. */
#ifndef CELL_OF_H
#define CELL_OF_H

#include <nasvec/space.h>

static inline NvCell
cell_of (const NvSpace *space, const char *text)
{
  g_autoptr (GError) error = NULL;
  NvCell cell;
  nv_space_parse (space, text, &cell, &error);
  g_assert_no_error (error);
  return cell;
}

#endif
