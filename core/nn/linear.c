/* The linear layer. */
#include <nasvec/linalg.h>
#include <nasvec/nn.h>

NV_SIMD static void
fill_rows (nv_real *restrict y, const nv_real *restrict b, size_t B, size_t O)
{
  for (size_t r = 0; r < B; r++)
    for (size_t o = 0; o < O; o++)
      y[r * O + o] = b[o];
}

NV_SIMD static void
add_rows (nv_real *restrict db, const nv_real *restrict dy, size_t B, size_t O)
{
  for (size_t r = 0; r < B; r++)
    for (size_t o = 0; o < O; o++)
      db[o] += dy[r * O + o];
}

void
nv_linear (nv_real *restrict y, const nv_real *x, const nv_real *w, const nv_real *b, size_t B,
           size_t I, size_t O)
{
  if (b != NULL)
    fill_rows (y, b, B, O);
  nv_rgemm (y, x, w, FALSE, TRUE, B, O, I, 1, b != NULL);
}

void
nv_linear_backward (nv_real *restrict dx, nv_real *restrict dw, nv_real *restrict db,
                    const nv_real *dy, const nv_real *x, const nv_real *w, size_t B, size_t I,
                    size_t O)
{
  if (dx != NULL)
    nv_rgemm (dx, dy, w, FALSE, FALSE, B, I, O, 1, 0);
  nv_rgemm (dw, dy, x, TRUE, FALSE, O, I, B, 1, 1);
  if (db != NULL)
    add_rows (db, dy, B, O);
}
