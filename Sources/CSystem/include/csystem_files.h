#ifndef CSYSTEM_FILES_H
#define CSYSTEM_FILES_H

#include <sys/types.h>

/// Sets disk space aside for an open file without changing its size.
///
/// Returns 0 if that was done or the file system cannot do it, or ENOSPC if there is no room.
int csystem_reserve(int descriptor, off_t bytes);

/// Whether some bytes stand in a row among others: `memmem`, which Swift does not see.
int csystem_contains(const void *bytes, size_t count, const void *part, size_t part_count);

#endif
