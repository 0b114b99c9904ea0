#ifndef CSYSTEM_FILES_H
#define CSYSTEM_FILES_H

#include <sys/types.h>

/// Sets disk space aside for an open file without changing its size.
///
/// Returns 0 if that was done or the file system cannot do it, or ENOSPC if there is no room.
int csystem_reserve(int descriptor, off_t bytes);

/// Whether a word is among the bytes: `memmem`, which Swift does not see.
int csystem_contains(const void *bytes, size_t count, const char *word);

#endif
