#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cbgrun_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int cbgrun_reserve(int descriptor, off_t bytes) {
#ifdef __linux__
  if (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, bytes) != 0 && errno == ENOSPC) return ENOSPC;
#else
  (void)descriptor;
  (void)bytes;
#endif
  return 0;
}

int cbgrun_contains(const void *bytes, size_t count, const void *part, size_t part_count) {
  return memmem(bytes, count, part, part_count) != NULL;
}
