/* A small task that a network learns in a second, and how it is trained. */
#ifndef NV_TESTS_BARS_H
#define NV_TESTS_BARS_H

#include "train/fit.h"

/* Images of 8 x 8 pixels: a bar whose place is the class. */
static inline NvImages *
make_bars (void)
{
  NvImages *images = g_new0 (NvImages, 1);
  NvRng rng;
  nv_rng_init (&rng, 11, "test", 0);
  images->channels = 1;
  images->size = 8;
  images->classes = 10;
  images->sha256 = g_strdup ("bars");
  for (guint part = 0; part < NV_PARTS; part++) {
    const gsize n = images->n[part] = 200;
    images->pixels[part] = g_new (float, n * 64);
    images->labels[part] = g_new (guint8, n);
    nv_rng_fill_normal (&rng, images->pixels[part], n * 64);
    for (gsize i = 0; i < n; i++) {
      const guint label = images->labels[part][i] = (guint8) nv_rng_below (&rng, 8);
      for (guint k = 0; k < 8; k++)
        images->pixels[part][i * 64 + (label < 4 ? 8 * k + 2 * label
                                                 : 8 * (2 * label - 8) + k)] += 3;
    }
  }
  return images;
}

static const NvTrainOptions small = {
  .data = "bars", .width = 8, .cells = 1, .stages = 2, .epochs = 8, .validate = 1, .batch = 16,
  .rate = .05, .warmup = .2, .momentum = .9, .decay = 1e-4, .smoothing = .05, .seed = 5,
  .trainings = 1,
  .images = 200, .validation = 200, .flip = FALSE, .crop = 0, .cutout = 1,
};

#endif
