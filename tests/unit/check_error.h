/* For the error case beside every good one. */
#ifndef CHECK_ERROR_H
#define CHECK_ERROR_H

#include <nasvec/base.h>

/* `error` is set, of this code, and its message holds `part`; it is cleared. */
#define CHECK_ERROR(error, error_code, part)                                            \
  G_STMT_START {                                                                        \
    g_assert_error ((error), NV_ERROR, (int) (error_code));                             \
    if (strstr ((error)->message, (part)) == NULL)                                      \
      g_error ("%s:%d: '%s' is not in the message: %s", __FILE__, __LINE__, (part),     \
               (error)->message);                                                       \
    g_clear_error (&(error));                                                           \
  } G_STMT_END

#endif
