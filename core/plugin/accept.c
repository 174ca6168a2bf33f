/* Does a descriptor fit? Each check names the field and both values. */
#include <math.h>
#include <nasvec/encoder.h>
#include <nasvec/searcher.h>
#include <string.h>

#include "plugin/accept.h"
#include "plugin/options.h"

#define MAX_BLOCK ((gsize) 64 << 20) /* bytes of state or options that are believed */

/* Pointers of all hooks are of one size, so a hook is known by its place. */
typedef struct {
  const char *name;
  gsize offset;
} Hook;
#define HOOK(Type, h) { #h, offsetof (Type, h) }

static const Hook space_required[] = {
  HOOK (NvSpaceClass, open),
  HOOK (NvSpaceClass, validate),
  HOOK (NvSpaceClass, mutate),
  HOOK (NvSpaceClass, neighbours),
  HOOK (NvSpaceClass, format),
  HOOK (NvSpaceClass, parse),
  { 0 },
};
static const Hook encoder_required[] = {
  HOOK (NvEncoderClass, open), HOOK (NvEncoderClass, embed), { 0 },
};
static const Hook searcher_required[] = {
  HOOK (NvSearcherClass, ask), HOOK (NvSearcherClass, tell), { 0 },
};

/* `least`: the descriptor up to its last required hook, `most`: as this core knows it. */
static const struct {
  const char *type;
  gsize least, most;
  const Hook *required;
} kinds[] = {
  [NV_KIND_SPACE] = { "NvSpaceClass", offsetof (NvSpaceClass, presets),
                      sizeof (NvSpaceClass), space_required },
  [NV_KIND_ENCODER] = { "NvEncoderClass", offsetof (NvEncoderClass, fit),
                        sizeof (NvEncoderClass), encoder_required },
  [NV_KIND_SEARCHER] = { "NvSearcherClass", offsetof (NvSearcherClass, reject),
                         sizeof (NvSearcherClass), searcher_required },
};

const char *
nv_kind_name (NvKind kind)
{
  static const char *const names[] = { NULL, "space", "encoder", "searcher" };
  return (guint) kind < G_N_ELEMENTS (names) ? names[kind] : NULL;
}

static gboolean G_GNUC_PRINTF (3, 4)
refuse (const char *file, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *shown = g_utf8_make_valid (message, -1);
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "%s: refused: %s", file, shown);
  return FALSE;
}

gboolean
nv_i_is_name (const char *text)
{
  if (text == NULL || !g_ascii_islower (text[0]))
    return FALSE;
  return strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen (text);
}

gboolean
nv_i_is_line (const char *text)
{
  return g_utf8_validate (text, -1, NULL) && strpbrk (text, "\r\n") == NULL;
}

/* --- parameters --------------------------------------------------------------------- */

/* What scripts give beside a plugin's options, in the same table: nasvec.lua takes it out. */
static gboolean
is_reserved (guint kind, const char *name)
{
  return (strcmp (name, "label") == 0 && kind != NV_KIND_SPACE)
         || (strcmp (name, "joint") == 0 && kind == NV_KIND_ENCODER);
}

static gsize
field_size (NvParamType type)
{
  switch (type) {
  case NV_PARAM_REAL:
    return sizeof (double);
  case NV_PARAM_INT:
  case NV_PARAM_BOOL:
  case NV_PARAM_CHOICE:
    return sizeof (int);
  case NV_PARAM_STRING:
    return sizeof (char *);
  default:
    return 0;
  }
}

static gboolean
check_number (const NvParam *p, double value, const char *file, GError **error)
{
  gboolean whole = p->type == NV_PARAM_INT;
  if (isnan (p->min) || isnan (p->max) || p->min > p->max
      || (whole && (p->min < G_MININT || p->max > G_MAXINT)))
    return refuse (file, error, "option %s: a range from %g to %g", p->name, p->min,
                   p->max);
  if (!isfinite (value) || value < p->min || value > p->max) {
    g_autofree char *allowed = nv_i_param_allowed (p);
    return refuse (file, error, "option %s: its default %g is outside its range, %s",
                   p->name, value, allowed);
  }
  return TRUE;
}

static gboolean
check_choice (const NvParam *p, int value, const char *file, GError **error)
{
  if (p->choices == NULL || p->choices[0] == NULL)
    return refuse (file, error, "option %s: no choices", p->name);
  guint count = g_strv_length ((char **) p->choices);
  for (guint i = 0; i < count; i++)
    if (!nv_i_is_line (p->choices[i]))
      return refuse (file, error, "option %s: choice %u must be one line of UTF-8", p->name, i);
  if (value < 0 || (guint) value >= count)
    return refuse (file, error, "option %s: its default is choice %d of 0 to %u", p->name,
                   value, count - 1);
  return TRUE;
}

static gboolean
check_default (const NvParam *p, const void *field, const char *file, GError **error)
{
  const char *text;
  switch (p->type) {
  case NV_PARAM_REAL:
    return check_number (p, *(const double *) field, file, error);
  case NV_PARAM_INT:
    return check_number (p, *(const int *) field, file, error);
  case NV_PARAM_CHOICE:
    return check_choice (p, *(const int *) field, file, error);
  case NV_PARAM_BOOL:
    if (*(const gboolean *) field != FALSE && *(const gboolean *) field != TRUE)
      return refuse (file, error, "option %s: its default is %d, a boolean is 0 or 1",
                     p->name, *(const gboolean *) field);
    return TRUE;
  case NV_PARAM_STRING:
    text = *(const char *const *) field;
    if (text != NULL && !g_utf8_validate (text, -1, NULL))
      return refuse (file, error, "option %s: its default '%s' is not UTF-8", p->name, text);
    return TRUE;
  default:
    return TRUE;
  }
}

static gboolean
check_param (const NvClass *klass, gsize row, const char *file, GError **error)
{
  const NvParam *p = &klass->params[row];
  gsize size = field_size (p->type);
  if (size == 0)
    return refuse (file, error,
                   "params: row %zu has type %d, known are 1 to %d (is NV_END "
                   "missing?)",
                   row, (int) p->type, NV_PARAM_CHOICE);
  if (!nv_i_is_name (p->name))
    return refuse (file, error,
                   "params: row %zu is named '%s', allowed is [a-z][a-z0-9_]*", row,
                   p->name != NULL ? p->name : "(null)");
  if (is_reserved (klass->kind, p->name))
    return refuse (file, error, "option %s: the name is reserved for the key of scripts", p->name);
  if (p->help == NULL || p->help[0] == '\0')
    return refuse (file, error, "option %s: no help", p->name);
  if (!nv_i_is_line (p->help) || (p->unit != NULL && !nv_i_is_line (p->unit)))
    return refuse (file, error, "option %s: its help and unit must be one line of UTF-8 each",
                   p->name);
  if (p->offset % size != 0 || p->offset > klass->options_size
      || klass->options_size - p->offset < size)
    return refuse (file, error, "option %s: bytes %zu to %zu of an options struct of %zu",
                   p->name, p->offset, p->offset + size - 1, klass->options_size);
  for (const NvParam *q = klass->params; q < p; q++) {
    if (strcmp (p->name, q->name) == 0)
      return refuse (file, error, "option %s: stands in the table twice", p->name);
    if (p->offset < q->offset + field_size (q->type) && q->offset < p->offset + size)
      return refuse (file, error, "options %s and %s share a field", q->name, p->name);
  }
  return check_default (p, (const char *) klass->defaults + p->offset, file, error);
}

static gboolean
check_options (const NvClass *klass, const char *file, GError **error)
{
  if (klass->state_size > MAX_BLOCK || klass->options_size > MAX_BLOCK)
    return refuse (file, error,
                   "state_size is %zu and options_size %zu, at most %zu is believed",
                   klass->state_size, klass->options_size, MAX_BLOCK);
  if ((klass->options_size == 0) != (klass->defaults == NULL))
    return refuse (file, error, "options_size is %zu and defaults is %s",
                   klass->options_size, klass->defaults == NULL ? "NULL" : "set");
  for (gsize row = 0; klass->params != NULL && klass->params[row].type != NV_PARAM_END;
       row++)
    if (klass->options_size == 0)
      return refuse (file, error, "params has rows, but options_size is 0");
    else if (!check_param (klass, row, file, error))
      return FALSE;
  return TRUE;
}

/* --- head and hooks ----------------------------------------------------------------- */

static gboolean
check_size (const NvClass *klass, const char *file, GError **error)
{
  if (klass->kind < NV_KIND_SPACE || klass->kind > NV_KIND_SEARCHER)
    return refuse (file, error,
                   "kind is %u, known are 1 (space), 2 (encoder), 3 (searcher)",
                   klass->kind);
  if (klass->size > kinds[klass->kind].most)
    return refuse (file, error,
                   "size is %u, %s has %zu bytes here (compiled against a newer "
                   "nasvec?)",
                   klass->size, kinds[klass->kind].type, kinds[klass->kind].most);
  if (klass->size < kinds[klass->kind].least)
    return refuse (file, error, "size is %u, a %s has at least %zu bytes", klass->size,
                   kinds[klass->kind].type, kinds[klass->kind].least);
  return TRUE;
}

static gboolean
check_head (const NvClass *klass, const char *file, GError **error)
{
  if (klass->abi != NV_ABI)
    return refuse (file, error, "abi is %u, this nasvec has %u", klass->abi, NV_ABI);
  if (!check_size (klass, file, error))
    return FALSE;
  if (klass->reserved != 0)
    return refuse (file, error, "reserved is %u, it must be 0", klass->reserved);
  if (!nv_i_is_name (klass->name))
    return refuse (file, error, "name is '%s', allowed is [a-z][a-z0-9_]*",
                   klass->name != NULL ? klass->name : "(null)");
  if (klass->version == NULL || klass->version[0] == '\0')
    return refuse (file, error, "version is empty");
  if (!nv_i_is_line (klass->version))
    return refuse (file, error, "version must be one line of UTF-8");
  if (klass->summary == NULL || klass->summary[0] == '\0' || !nv_i_is_line (klass->summary))
    return refuse (file, error, "summary must be one line of UTF-8");
  return TRUE;
}

static gboolean
has_hook (const NvClass *klass, gsize offset)
{
  void (*hook) (void);
  memcpy (&hook, (const char *) klass + offset, sizeof hook);
  return hook != NULL;
}

static gboolean
check_space (const NvSpaceClass *c, const char *file, GError **error)
{
  if (c->enumerate == NULL && c->sample == NULL)
    return refuse (file, error, "hooks enumerate and sample are NULL, one is required");
  return TRUE;
}

static gboolean
check_encoder (const NvEncoderClass *c, const char *file, GError **error)
{
  int joint = (c->forward != NULL) + (c->backward != NULL) + (c->step != NULL);
  if (c->decode != NULL && c->latent == NULL)
    return refuse (file, error, "hook latent is NULL, decode requires it");
  if (joint != 0 && joint != 3)
    return refuse (file, error,
                   "of the hooks forward, backward and step %d are NULL, all or none",
                   3 - joint);
  if (c->joint && joint == 0)
    return refuse (file, error,
                   "joint is TRUE, but the hooks forward, backward, step are NULL");
  if ((c->fit != NULL || joint != 0) && c->tensors == NULL)
    return refuse (file, error, "hook tensors is NULL, %s requires it",
                   c->fit != NULL ? "fit" : "step");
  return TRUE;
}

static gboolean
check_hooks (const NvClass *klass, const char *file, GError **error)
{
  for (const Hook *h = kinds[klass->kind].required; h->name != NULL; h++)
    if (!has_hook (klass, h->offset))
      return refuse (file, error, "hook %s is NULL, it is required", h->name);
  if (klass->kind == NV_KIND_SPACE)
    return check_space ((const NvSpaceClass *) klass, file, error);
  if (klass->kind == NV_KIND_ENCODER)
    return check_encoder ((const NvEncoderClass *) klass, file, error);
  return TRUE;
}

NvClass *
nv_i_descriptor_complete (const NvClass *klass, const char *file, GError **error)
{
  if (!check_head (klass, file, error))
    return NULL;
  g_autofree NvClass *copy = g_malloc0 (kinds[klass->kind].most);
  memcpy (copy, klass, klass->size);
  if (!check_options (copy, file, error) || !check_hooks (copy, file, error))
    return NULL;
  return g_steal_pointer (&copy);
}
