#include <nasvec/base.h>

const char *
nv_version (void)
{
  return NV_VERSION;
}

G_DEFINE_QUARK (nasvec-error-quark, nv_error)
