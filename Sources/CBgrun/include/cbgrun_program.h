#ifndef CBGRUN_PROGRAM_H
#define CBGRUN_PROGRAM_H

#include <stddef.h>

/// A plan that is linked into a program.
struct cbgrun_plan {
  /// Its top-level code.
  int (*run)(int, char **);
  /// The name of its file.
  const char *name;
  /// The content of its file.
  const unsigned char *source;
  size_t size;
};

/// Makes a plan the one that `cbgrun_embedded` returns; called before `main`. The plan must stay.
void cbgrun_embed(const struct cbgrun_plan *plan);

/// The plan that is linked into this program, or NULL.
const struct cbgrun_plan *cbgrun_embedded(void);

/// Whether this program is statically linked, so that it cannot load libraries.
int cbgrun_is_static(void);

#endif
