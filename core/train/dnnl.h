/* oneDNN (C API of its version 2) without its ceremony. Only where nasvec is built with it.
 *
 * The first call that fails is remembered and all later ones do nothing, so a whole network
 * is built before anybody looks. Everything here belongs to the thread that made it: work
 * is done on that one thread. */
#ifndef NV_TRAIN_DNNL_H
#define NV_TRAIN_DNNL_H

#include <dnnl.h>
#include <nasvec/base.h>

typedef struct {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  GPtrArray *memories, *primitives, *descs, *buffers; /* owned */
  dnnl_status_t status; /* of the first call that failed */
} NvDnnl;

/* A primitive with its arguments; NULL: nothing to do. */
typedef struct {
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t args[12];
  int n;
} NvCall;

void nv_i_dnnl_init (NvDnnl *d);
void nv_i_dnnl_clear (NvDnnl *d);
gboolean nv_i_dnnl_check (const NvDnnl *d, GError **error);

/* [n] zeros at a multiple of 64 bytes; owned by d. */
float *nv_i_dnnl_floats (NvDnnl *d, gsize n);
gsize nv_i_dnnl_size (const dnnl_memory_desc_t *md); /* in floats, padding included */
/* `data` NULL: the caller sets it before the first call. */
dnnl_memory_t nv_i_dnnl_memory (NvDnnl *d, const dnnl_memory_desc_t *md, float *data);
void nv_i_dnnl_place (NvDnnl *d, dnnl_memory_t memory, float *data);
dnnl_memory_desc_t nv_i_dnnl_desc (NvDnnl *d, int ndims, const dnnl_dim_t *dims,
                                   dnnl_format_tag_t tag);

/* `desc`: of an operation; `hint`: its forward, for a backward. Owned by d. */
const_dnnl_primitive_desc_t nv_i_dnnl_plan (NvDnnl *d, const void *desc,
                                            const_dnnl_primitive_desc_t hint);
dnnl_memory_desc_t nv_i_dnnl_query (NvDnnl *d, const_dnnl_primitive_desc_t plan,
                                    dnnl_query_t what);
void nv_i_dnnl_make (NvDnnl *d, NvCall *call, const_dnnl_primitive_desc_t plan);
void nv_i_dnnl_pass (NvCall *call, int arg, dnnl_memory_t memory);
/* A call that copies `from` to `to` in another layout. */
void nv_i_dnnl_reorder (NvDnnl *d, NvCall *call, const dnnl_memory_desc_t *to_desc,
                        dnnl_memory_t to, const dnnl_memory_desc_t *from_desc,
                        dnnl_memory_t from);
void nv_i_dnnl_run (NvDnnl *d, const NvCall *call);

#endif
