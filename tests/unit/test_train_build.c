/* What a space does wrong when it builds a network: the first mistake is told, nothing crashes, and
 * no network comes out. Needs no oneDNN. */
#include <math.h>

#include "check_error.h"
#include "open_space.h"
#include "train/network.h"

typedef NvValue (*Hook) (const NvSpace *, const NvCell *, const NvSkeleton *, NvNetwork *, NvValue);

/* The network of some cell in a space with this hook, for images of 3 x 8 x 8. */
static NvNetwork *
build (Hook hook, GError **error)
{
  static const NvSkeleton skeleton = { .width = 4, .cells = 1, .stages = 1 };
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  NvSpaceClass klass = *space->klass;
  NvSpace own = *space;
  NvCell cell;
  klass.head.name = "mine";
  klass.network = hook;
  own.klass = &klass;
  g_assert_true (nv_space_parse (space, "1462", &cell, NULL));
  return nv_i_network_of_cell (&own, &cell, &skeleton, 3, 8, 10, error);
}

/* A hook that has the image `x` and a map `y` of 4 x 4 x 4. */
#define HOOK(name, ...)                                                                  \
  static NvValue name (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell G_GNUC_UNUSED, \
                       const NvSkeleton *skeleton G_GNUC_UNUSED, NvNetwork *n, NvValue x) \
  {                                                                                      \
    const NvValue y = nv_network_conv (n, x, 4, 3, 2, 1, 1);                             \
    __VA_ARGS__                                                                          \
    return y;                                                                            \
  }

HOOK (right, )
HOOK (beyond, return y + 1;)
HOOK (far, return G_MAXUINT;)
HOOK (no_stride, return nv_network_conv (n, y, 4, 3, 0, 1, 1);)
HOOK (no_channels, return nv_network_conv (n, y, 0, 3, 1, 1, 1);)
HOOK (many_channels, return nv_network_conv (n, y, G_MAXUINT, 3, 1, 1, 1);)
HOOK (no_kernel, return nv_network_conv (n, y, 4, 0, 1, 1, 1);)
HOOK (large_kernel, return nv_network_conv (n, y, 4, 1025, 1, 1, 1);)
HOOK (no_dilation, return nv_network_conv (n, y, 4, 3, 1, 0, 1);)
HOOK (no_groups, return nv_network_conv (n, y, 4, 3, 1, 1, 0);)
HOOK (three_groups, return nv_network_conv (n, y, 4, 3, 1, 1, 3);)
HOOK (two_groups, return nv_network_conv (n, y, 4, 3, 1, 1, 2);)
HOOK (wider_groups, return nv_network_conv (n, y, 8, 3, 1, 1, 4);)
HOOK (conv_beyond, return nv_network_conv (n, 9, 4, 3, 1, 1, 1);)
HOOK (norm_beyond, return nv_network_norm (n, 9);)
HOOK (norm_relu_beyond, return nv_network_norm_relu (n, 9);)
HOOK (relu_beyond, return nv_network_relu (n, 9);)
HOOK (max_stride, return nv_network_max_pool (n, y, 3, 0);)
HOOK (avg_kernel, return nv_network_avg_pool (n, y, 0, 1);)
HOOK (avg_beyond, return nv_network_avg_pool (n, 9, 3, 1);)
HOOK (zero_stride, return nv_network_zero (n, y, 0);)
HOOK (zero_beyond, return nv_network_zero (n, 9, 1);)
HOOK (shift_beyond, return nv_network_shift (n, 9);)
HOOK (drop_all, return nv_network_drop_path (n, y, 1);)
HOOK (drop_less, return nv_network_drop_path (n, y, -.5);)
HOOK (drop_nan, return nv_network_drop_path (n, y, NAN);)
HOOK (drop_beyond, return nv_network_drop_path (n, 9, .5);)
HOOK (two_heads, nv_network_auxiliary (n, y); nv_network_auxiliary (n, y);)
HOOK (head_beyond, nv_network_auxiliary (n, 9);)
HOOK (sum_none, return nv_network_sum (n, NULL, 0);)
HOOK (sum_beyond, return nv_network_sum (n, (NvValue[]){ y, 9 }, 2);)
HOOK (sum_channels, return nv_network_sum (n, (NvValue[]){ y, nv_network_take (n, y, 3) }, 2);)
HOOK (sum_sizes, return nv_network_sum (n, (NvValue[]){ y, nv_network_max_pool (n, y, 2, 2) }, 2);)
HOOK (sum_zeros, return nv_network_sum (n, (NvValue[]){ y, nv_network_zero (n, y, 2) }, 2);)
HOOK (concat_none, return nv_network_concat (n, NULL, 0);)
HOOK (concat_beyond, return nv_network_concat (n, (NvValue[]){ 9 }, 1);)
HOOK (concat_sizes, return nv_network_concat (n, (NvValue[]){ y, x }, 2);)
HOOK (take_more, return nv_network_take (n, y, 5);)
HOOK (take_none, return nv_network_take (n, y, 0);)
HOOK (take_beyond, return nv_network_take (n, 9, 1);)
HOOK (channels_beyond, return nv_network_take (n, y, nv_network_channels (n, 9));)
HOOK (refusal, nv_network_refuse (n, "width = 4, but I want 5"); return y + 7;)
/* The first mistake counts; all that follows goes on. */
HOOK (all_wrong, NvValue z = nv_network_conv (n, y, 0, 0, 0, 0, 0);
      for (guint i = 0; i < 20; i++) {
        const NvValue pair[] = { z, z + i };
        z = nv_network_conv (n, z + i, i, i, i, i, i);
        z = nv_network_max_pool (n, z * i, 2000 * i, 3000 * i);
        z = nv_network_sum (n, pair, 2);
        z = nv_network_take (n, nv_network_concat (n, pair, 2), 2385);
        nv_network_auxiliary (n, z + i);
      }
      return z;)

static void
test_mistakes (void)
{
#define OF(name) "mine: a mistake in its hook network: nv_network_" name "() for layer "
  static const struct {
    Hook hook;
    const char *message;
  } rows[] = {
    { beyond, "mine: a mistake in its hook network: it returns value 2; allowed is 0 to 1" },
    { far, "it returns value 4294967295; allowed is 0 to 1" },
    { no_stride, OF ("conv") "2: stride = 0; allowed is 1 to 1024" },
    { no_channels, OF ("conv") "2: channels = 0; allowed is 1 to 1048576" },
    { many_channels, OF ("conv") "2: channels = 4294967295; allowed is 1 to 1048576" },
    { no_kernel, OF ("conv") "2: kernel = 0; allowed is 1 to 1024" },
    { large_kernel, OF ("conv") "2: kernel = 1025; allowed is 1 to 1024" },
    { no_dilation, OF ("conv") "2: dilation = 0; allowed is 1 to 1024" },
    { no_groups, OF ("conv") "2: groups = 0, from 4 channels to 4; allowed is 1 or" },
    { three_groups, OF ("conv") "2: groups = 3, from 4 channels to 4" },
    { two_groups, OF ("conv") "2: groups = 2, from 4 channels to 4" },
    { wider_groups, OF ("conv") "2: groups = 4, from 4 channels to 8" },
    { conv_beyond, OF ("conv") "2: value 9; allowed is 0 to 1, the values that there are" },
    { norm_beyond, OF ("norm") "2: value 9" },
    { norm_relu_beyond, OF ("norm_relu") "2: value 9" },
    { relu_beyond, OF ("relu") "2: value 9" },
    { max_stride, OF ("max_pool") "2: stride = 0" },
    { avg_kernel, OF ("avg_pool") "2: kernel = 0" },
    { avg_beyond, OF ("avg_pool") "2: value 9" },
    { zero_stride, OF ("zero") "2: stride = 0" },
    { zero_beyond, OF ("zero") "2: value 9" },
    { shift_beyond, OF ("shift") "2: value 9" },
    { drop_all, OF ("drop_path") "2: drop = 1; allowed is a share from 0 to below 1" },
    { drop_less, OF ("drop_path") "2: drop = -0.5" },
    { drop_nan, OF ("drop_path") "2: drop = nan" },
    { drop_beyond, OF ("drop_path") "2: value 9" },
    { two_heads, OF ("auxiliary") "10: there is one already; allowed is one" },
    { head_beyond, OF ("auxiliary") "2: value 9" },
    { sum_none, OF ("sum") "2: n = 0 values; allowed is 1 or more" },
    { sum_beyond, OF ("sum") "2: value 9" },
    { sum_channels, OF ("sum") "3: value 1 is 4 x 4 x 4 and value 2 is 3 x 4 x 4 (channels x "
                               "height x width); allowed is one shape" },
    { sum_sizes, OF ("sum") "3: value 1 is 4 x 4 x 4 and value 2 is 4 x 2 x 2" },
    { sum_zeros, OF ("sum") "3: value 1 is 4 x 4 x 4 and value 2 is 4 x 2 x 2" },
    { concat_none, OF ("concat") "2: n = 0 values" },
    { concat_beyond, OF ("concat") "2: value 9" },
    { concat_sizes, OF ("concat") "2: value 1 is 4 x 4 x 4 and value 0 is 3 x 8 x 8 (channels x "
                                  "height x width); allowed is one height and width" },
    { take_more, OF ("take") "2: channels = 5; allowed is 1 to 4" },
    { take_none, OF ("take") "2: channels = 0; allowed is 1 to 4" },
    { take_beyond, OF ("take") "2: value 9" },
    { channels_beyond, OF ("channels") "2: value 9" },
    { all_wrong, OF ("conv") "2: channels = 0" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (build (rows[i].hook, &error));
    CHECK_ERROR (error, NV_ERROR_PLUGIN, rows[i].message);
  }
}

/* Without a mistake there is a network; a refusal stands before any mistake. */
static void
test_no_mistake (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvNetwork) network = build (right, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (network->layers->len, ==, 4);
  g_assert_null (build (refusal, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "space mine: width = 4, but I want 5");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train-build/mistakes", test_mistakes);
  g_test_add_func ("/train-build/no-mistake", test_no_mistake);
  return g_test_run ();
}
