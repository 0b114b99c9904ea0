#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "library.h"

#include <dlfcn.h>
#include <stddef.h>

const char *bg_library_of(const char *function) {
  Dl_info info;
  void *symbol = dlsym(RTLD_DEFAULT, function);
  if (symbol == NULL || dladdr(symbol, &info) == 0) return NULL;
  return info.dli_fname;
}
