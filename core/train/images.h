/* Labelled images: files of the IDX format (MNIST, Fashion-MNIST) and CIFAR's binary one. */
#ifndef NV_IMAGES_H
#define NV_IMAGES_H

#include <nasvec/rng.h>

/* As they stand in files: [n x channels x size x size] bytes. */
typedef struct {
  gsize n;
  guint channels, size, classes;
  guint8 *pixels, *labels;
} NvImageFile;
NV_INTERNAL void nv_i_image_file_clear (NvImageFile *images);
/* A file of images and one of labels, plain or gzip; square images, 10 classes. *out is
 * untouched on error. */
NV_INTERNAL gboolean nv_i_idx_read (NvImageFile *out, const char *images,
                                    const char *labels, GError **error);
/* CIFAR-10 (10 classes) or CIFAR-100's fine labels (100): several files in a row. */
NV_INTERNAL gboolean nv_i_cifar_read (NvImageFile *out, const char *const *files,
                                      guint classes, GError **error);

enum { NV_PART_TRAINING, NV_PART_VALIDATION, NV_PART_TEST, NV_PARTS };
/* Normalised by the mean and deviation of each channel over the training part. */
typedef struct {
  guint channels, size, classes;
  gsize n[NV_PARTS];
  float *pixels[NV_PARTS];  /* [n x channels x size x size] */
  guint8 *labels[NV_PARTS]; /* [n] */
  char *sha256;             /* of all that the files hold, whatever of it is used; owned */
} NvImages;

/* `data`: fashion-mnist as Debian installs it, or a folder of IDX or CIFAR files. Training
 * and validation images are drawn from the training file by `seed`; all of the test file
 * is the test part. `size`: of the images, which are averaged to it; 0: as they are. */
NV_INTERNAL NvImages *nv_i_images_load (const char *data, guint size, gsize training,
                                        gsize validation, guint64 seed, GError **error);
NV_INTERNAL void nv_i_images_free (NvImages *images);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvImages, nv_i_images_free)

#endif
