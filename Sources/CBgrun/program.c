#include "cbgrun_program.h"

#ifdef __linux__
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#endif

static const struct cbgrun_plan *embedded;

void cbgrun_embed(const struct cbgrun_plan *plan) { embedded = plan; }

const struct cbgrun_plan *cbgrun_embedded(void) { return embedded; }

int cbgrun_is_static(void) {
#ifdef __linux__
  // Where the kernel has loaded the dynamic linker: nowhere.
  return getauxval(AT_BASE) == 0;
#else
  return 0;
#endif
}

#ifdef __linux__
// Without /proc a statically linked Swift runtime aborts when it starts: this runs before it.
__attribute__((constructor(101))) static void require_proc(void) {
  static const char text[] =
    "bgrun: /proc is not mounted here, but this program needs it; "
    "mount it: `mount -t proc proc /proc`\n";
  if (!cbgrun_is_static() || access("/proc/self/maps", R_OK) == 0) return;
  ssize_t ignored = write(2, text, strlen(text));
  (void)ignored;
  _exit(6);
}
#endif
