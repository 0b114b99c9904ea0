#ifndef CBGRUN_PROCESS_H
#define CBGRUN_PROCESS_H

#include <sys/types.h>

/// Starts a program in a process group of its own, with the three given descriptors as standard
/// input, output and error, no other descriptor, and default signal handling.
///
/// Returns 0, or the errno that kept it from starting. `directory` may be NULL; an `input` of -1
/// is /dev/null.
int cbgrun_spawn(
  const char *path, char *const argv[], char *const envp[], const char *directory, int input,
  int output, int errors, pid_t *pid);

/// A descriptor from which the given bytes can be read, in memory only and closed on exec. -1 with
/// errno set if there is none to be had.
int cbgrun_memory_file(const void *bytes, size_t count);

/// A descriptor that becomes readable when the process ends, or -1 where the system has no such descriptor.
int cbgrun_pidfd(pid_t pid);

/// A pipe whose ends are closed on exec. Returns 0, or errno.
int cbgrun_pipe(int ends[2]);

/// The exit status of a wait status: 128 + the signal's number if a signal ended the process.
int cbgrun_exit_status(int wait_status);

/// The path of the loaded library that a symbol is found in, or NULL.
const char *cbgrun_library_of(const char *symbol);

#endif
