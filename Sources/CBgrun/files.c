#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cbgrun_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

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

static int64_t nanoseconds(struct timespec time) {
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

#ifdef __APPLE__
#define TIME_OF(status, kind) nanoseconds(((const struct stat *)(status))->st_##kind##timespec)
#else
#define TIME_OF(status, kind) nanoseconds(((const struct stat *)(status))->st_##kind##tim)
#endif

int64_t cbgrun_modified(const void *status) { return TIME_OF(status, m); }

int64_t cbgrun_changed(const void *status) { return TIME_OF(status, c); }

int64_t cbgrun_accessed(const void *status) { return TIME_OF(status, a); }

int64_t cbgrun_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}
