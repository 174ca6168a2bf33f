#include "train/dnnl.h"

#define CHECKED(d, call)                                                                 \
  do {                                                                                   \
    if ((d)->status == dnnl_success)                                                     \
      (d)->status = (call);                                                              \
  } while (0)

static void
free_memory (gpointer memory)
{
  dnnl_memory_destroy (memory);
}

static void
free_primitive (gpointer primitive)
{
  dnnl_primitive_destroy (primitive);
}

static void
free_plan (gpointer plan)
{
  dnnl_primitive_desc_destroy (plan);
}

/* AVX2 at most, so that a map's blocks are 8 channels wide on every machine: narrow maps
 * are not padded to 16, and networks come out alike. */
static gpointer
limit_instructions (gpointer unused)
{
  dnnl_set_max_cpu_isa (dnnl_cpu_isa_avx2);
  return unused;
}

void
nv_i_dnnl_init (NvDnnl *d)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, limit_instructions, NULL);
  *d = (NvDnnl){ .status = dnnl_success };
  d->memories = g_ptr_array_new_with_free_func (free_memory);
  d->primitives = g_ptr_array_new_with_free_func (free_primitive);
  d->descs = g_ptr_array_new_with_free_func (free_plan);
  d->buffers = g_ptr_array_new_with_free_func (g_aligned_free);
  CHECKED (d, dnnl_engine_create (&d->engine, dnnl_cpu, 0));
  CHECKED (d, dnnl_stream_create (&d->stream, d->engine, dnnl_stream_default_flags));
}

void
nv_i_dnnl_clear (NvDnnl *d)
{
  g_clear_pointer (&d->memories, g_ptr_array_unref);
  g_clear_pointer (&d->primitives, g_ptr_array_unref);
  g_clear_pointer (&d->descs, g_ptr_array_unref);
  g_clear_pointer (&d->buffers, g_ptr_array_unref);
  if (d->stream != NULL)
    dnnl_stream_destroy (d->stream);
  if (d->engine != NULL)
    dnnl_engine_destroy (d->engine);
  d->stream = NULL;
  d->engine = NULL;
}

gboolean
nv_i_dnnl_check (const NvDnnl *d, GError **error)
{
  if (d->status == dnnl_success)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
               "oneDNN could not do what the network needs: %s",
               d->status == dnnl_out_of_memory ? "there is not enough memory"
               : d->status == dnnl_unimplemented ? "an operation is not implemented"
                                                 : "arguments were refused");
  return FALSE;
}

float *
nv_i_dnnl_floats (NvDnnl *d, gsize n)
{
  float *data = g_aligned_alloc0 (MAX (n, 1), sizeof (float), 64);
  g_ptr_array_add (d->buffers, data);
  return data;
}

gsize
nv_i_dnnl_size (const dnnl_memory_desc_t *md)
{
  return dnnl_memory_desc_get_size (md) / sizeof (float);
}

dnnl_memory_t
nv_i_dnnl_memory (NvDnnl *d, const dnnl_memory_desc_t *md, float *data)
{
  dnnl_memory_t memory = NULL;
  CHECKED (d, dnnl_memory_create (&memory, md, d->engine,
                                  data != NULL ? (void *) data : DNNL_MEMORY_NONE));
  if (memory != NULL)
    g_ptr_array_add (d->memories, memory);
  return memory;
}

void
nv_i_dnnl_place (NvDnnl *d, dnnl_memory_t memory, float *data)
{
  CHECKED (d, dnnl_memory_set_data_handle (memory, data));
}

dnnl_memory_desc_t
nv_i_dnnl_desc (NvDnnl *d, int ndims, const dnnl_dim_t *dims, dnnl_format_tag_t tag)
{
  dnnl_memory_desc_t md = { 0 };
  CHECKED (d, dnnl_memory_desc_init_by_tag (&md, ndims, dims, dnnl_f32, tag));
  return md;
}

const_dnnl_primitive_desc_t
nv_i_dnnl_plan (NvDnnl *d, const void *desc, const_dnnl_primitive_desc_t hint)
{
  dnnl_primitive_desc_t plan = NULL;
  CHECKED (d, dnnl_primitive_desc_create (&plan, desc, NULL, d->engine, hint));
  if (plan != NULL)
    g_ptr_array_add (d->descs, plan);
  return plan;
}

dnnl_memory_desc_t
nv_i_dnnl_query (NvDnnl *d, const_dnnl_primitive_desc_t plan, dnnl_query_t what)
{
  const dnnl_memory_desc_t *md
    = d->status == dnnl_success ? dnnl_primitive_desc_query_md (plan, what, 0) : NULL;
  return md != NULL ? *md : (dnnl_memory_desc_t){ 0 };
}

void
nv_i_dnnl_make (NvDnnl *d, NvCall *call, const_dnnl_primitive_desc_t plan)
{
  CHECKED (d, dnnl_primitive_create (&call->primitive, plan));
  if (call->primitive != NULL)
    g_ptr_array_add (d->primitives, call->primitive);
}

void
nv_i_dnnl_pass (NvCall *call, int arg, dnnl_memory_t memory)
{
  g_return_if_fail ((gsize) call->n < G_N_ELEMENTS (call->args));
  call->args[call->n++] = (dnnl_exec_arg_t){ arg, memory };
}

void
nv_i_dnnl_reorder (NvDnnl *d, NvCall *call, const dnnl_memory_desc_t *to_desc,
                   dnnl_memory_t to, const dnnl_memory_desc_t *from_desc,
                   dnnl_memory_t from)
{
  dnnl_primitive_desc_t plan = NULL;
  CHECKED (d, dnnl_reorder_primitive_desc_create (&plan, from_desc, d->engine, to_desc,
                                                  d->engine, NULL));
  if (plan != NULL)
    g_ptr_array_add (d->descs, plan);
  nv_i_dnnl_make (d, call, plan);
  nv_i_dnnl_pass (call, DNNL_ARG_FROM, from);
  nv_i_dnnl_pass (call, DNNL_ARG_TO, to);
}

void
nv_i_dnnl_run (NvDnnl *d, const NvCall *call)
{
  if (call->primitive != NULL)
    CHECKED (d, dnnl_primitive_execute (call->primitive, d->stream, call->n, call->args));
}
