/* What the fuzz targets share. A target defines LLVMFuzzerTestOneInput; libFuzzer drives
 * it, or replay.c with the files of its corpus. Errors are fine, crashes and broken
 * promises are not. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nasvec/base.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Holds also where assertions are compiled out. */
#define FUZZ_CHECK(condition)                                                            \
  ((condition)                                                                           \
     ? (void) 0                                                                          \
     : (fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), abort ()))

/* A file in memory, for readers that want a name: in `name`; close the result. */
static inline int
fuzz_file (const uint8_t *data, size_t size, char name[32])
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  FUZZ_CHECK (fd >= 0 && write (fd, data, size) == (ssize_t) size);
  lseek (fd, 0, SEEK_SET);
  snprintf (name, 32, "/proc/self/fd/%d", fd);
  return fd;
}

#endif
