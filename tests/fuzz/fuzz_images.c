/* A file as IDX and as CIFAR: images and labels that agree in number and range, or an error.
 * The first byte says which: even: IDX, the bytes up to the length in the second byte are the
 * labels; 1: CIFAR-10, other: CIFAR-100. */
#include "fuzz.h"
#include "train/images.h"

static void
check_images (NvImageFile *images, gboolean ok, const GError *error)
{
  if (!ok) {
    FUZZ_CHECK (error != NULL && images->pixels == NULL);
    return;
  }
  volatile unsigned sum = 0;
  for (gsize i = 0; i < images->n; i++)
    FUZZ_CHECK (images->labels[i] < images->classes);
  for (gsize i = 0; i < images->n * images->channels * images->size * images->size; i++)
    sum += images->pixels[i];
  nv_i_image_file_clear (images);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char pixels[32], labels[32];
  NvImageFile images = { 0 };
  g_autoptr (GError) error = NULL;
  if (size < 2)
    return 0;
  const size_t split = 2 + MIN (data[1], size - 2);
  const int a = fuzz_file (data + 2, split - 2, labels);
  const int b = fuzz_file (data + split, size - split, pixels);
  const char *const files[] = { pixels, NULL };
  const gboolean ok
    = data[0] % 2 == 0 ? nv_i_idx_read (&images, pixels, labels, &error)
                       : nv_i_cifar_read (&images, files, data[0] == 1 ? 10 : 100, &error);
  check_images (&images, ok, error);
  close (a);
  close (b);
  return 0;
}
