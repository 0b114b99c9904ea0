#ifndef BGRUN_CHILD_H
#define BGRUN_CHILD_H

#include <sys/types.h>

/// Starts a program with its standard output and standard error going to one descriptor, standard
/// input empty and signals at their defaults.
///
/// Returns 0 and the child's process ID, or an errno value.
int bg_child_start(const char *path, char *const argv[], int output, pid_t *pid);

/// Waits for a child; returns its exit status, 128 + N if signal N ended it, -1 on failure.
int bg_child_wait(pid_t pid);

#endif
