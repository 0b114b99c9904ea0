#ifndef CBGRUN_FILES_H
#define CBGRUN_FILES_H

#include <sys/types.h>

/// Sets disk space aside for an open file without changing its size.
///
/// Returns 0 if that was done or the file system cannot do it, or ENOSPC if there is no room.
int cbgrun_reserve(int descriptor, off_t bytes);

/// Whether some bytes stand in a row among others: `memmem`, which Swift does not see.
int cbgrun_contains(const void *bytes, size_t count, const void *part, size_t part_count);

#endif
