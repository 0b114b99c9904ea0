#ifndef CBGRUN_FILES_H
#define CBGRUN_FILES_H

#include <stdint.h>
#include <sys/types.h>

/// Sets disk space aside for an open file without changing its size.
///
/// Returns 0 if that was done or the file system cannot do it, or ENOSPC if there is no room.
int cbgrun_reserve(int descriptor, off_t bytes);

/// Whether some bytes stand in a row among others: `memmem`, which Swift does not see.
int cbgrun_contains(const void *bytes, size_t count, const void *part, size_t part_count);

/// When, by a `struct stat`, a file's content, its attributes or content, and its last reader were: nanoseconds since 1970.
///
/// Whole-module builds of Swift do not see the members of `timespec`, depending on their files.
int64_t cbgrun_modified(const void *status);
int64_t cbgrun_changed(const void *status);
int64_t cbgrun_accessed(const void *status);

/// The time of day: nanoseconds since 1970.
int64_t cbgrun_now(void);

#endif
