/* The options of a training, and what follows from them without oneDNN: images and networks. */
#include "train/fit.h"

const NvParam nv_i_train_params[] = {
  NV_STRING (NvTrainOptions, data,
             "fashion-mnist, or a folder of IDX or CIFAR-10 / CIFAR-100 binary files"),
  NV_INT (NvTrainOptions, size, 0, 1024,
          "images are averaged to this; 0: as they are", .unit = "pixels"),
  NV_INT (NvTrainOptions, images, 1, 10000000, "training images"),
  NV_INT (NvTrainOptions, validation, 1, 10000000, "validation images"),
  NV_INT (NvTrainOptions, split, 0, 1000000000,
          "seed that draws training and validation images from the training file"),
  NV_INT (NvTrainOptions, width, 1, 1024, "channels of the first layer"),
  NV_INT (NvTrainOptions, cells, 1, 100, "cells in a stage"),
  NV_INT (NvTrainOptions, stages, 1, 8, "the map halves and channels double between"),
  NV_INT (NvTrainOptions, epochs, 1, 10000, "passes over the training images"),
  NV_INT (NvTrainOptions, validate, 1, 10000,
          "epochs from one validation to the next; the last one always has it"),
  NV_INT (NvTrainOptions, early, 0, 10000000,
          "validation images before the last epoch, which has all; 0: all there, too"),
  NV_INT (NvTrainOptions, batch, 1, 4096, "images in a step"),
  NV_REAL (NvTrainOptions, rate, 0, 1e9, "largest learning rate"),
  NV_REAL (NvTrainOptions, warmup, 0, 0.99, "share of the steps until it; then a cosine"),
  NV_REAL (NvTrainOptions, momentum, 0, 0.999, "of SGD"),
  NV_REAL (NvTrainOptions, decay, 0, 1, "weight decay"),
  NV_REAL (NvTrainOptions, smoothing, 0, 0.9, "of the labels"),
  NV_REAL (NvTrainOptions, drop_path, 0, 0.9,
           "share of paths dropped at the end of the training, from 0; darts alone"),
  NV_REAL (NvTrainOptions, auxiliary, 0, 10,
           "weight of the loss of an auxiliary classifier; darts alone"),
  NV_BOOL (NvTrainOptions, flip, "mirror half of the training images"),
  NV_INT (NvTrainOptions, crop, 0, 64, "move them by up to this", .unit = "pixels"),
  NV_INT (NvTrainOptions, cutout, 0, 64, "blank a square of this", .unit = "pixels"),
  NV_INT (NvTrainOptions, seed, 0, 1000000000, "weights, order and augmentation"),
  NV_INT (NvTrainOptions, trainings, 1, 100,
          "of a cell, with the seeds from `seed` on; accuracies are their means"),
  NV_END
};
const NvTrainOptions nv_i_train_defaults = {
  .data = "fashion-mnist", .size = 14, .images = 10000, .validation = 5000, .width = 8,
  .cells = 1, .stages = 2, .epochs = 10, .validate = 1, .batch = 128, .rate = .2, .warmup = .3,
  .momentum = .9, .decay = 5e-4, .seed = 1, .trainings = 1,
};

NvImages *
nv_i_train_images (const NvTrainOptions *options, GError **error)
{
  if (options->batch > options->images) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "batch = %d, but there are only images = %d to train on", options->batch,
                 options->images);
    return NULL;
  }
  return nv_i_images_load (options->data, (guint) options->size, (gsize) options->images,
                           (gsize) options->validation, (guint64) options->split, error);
}

NvNetwork *
nv_i_train_network (const NvSpace *space, const NvCell *cell, const NvTrainOptions *options,
                    const NvImages *images, GError **error)
{
  const NvSkeleton skeleton = { (guint) options->width, (guint) options->cells,
                                (guint) options->stages, options->drop_path,
                                options->auxiliary > 0 };
  return nv_i_network_of_cell (space, cell, &skeleton, images->channels, images->size,
                               images->classes, error);
}

void
nv_i_trained_clear (NvTrained *trained)
{
  g_clear_pointer (&trained->validation, g_free);
  g_clear_pointer (&trained->each, g_free);
}
