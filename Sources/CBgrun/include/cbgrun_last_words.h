#ifndef BGRUN_LAST_WORDS_H
#define BGRUN_LAST_WORDS_H

#include <stddef.h>

/// What the process says if it ends where it should not: by a crash, or by a call of exit().
///
/// Both texts are copied (and cut at 4000 bytes). Until the first call nothing is said.
void bg_last_words_set(const char *on_crash, const char *on_exit, int status);

/// Lets the process end silently again.
void bg_last_words_clear(void);

/// Whether a handler could be put in place for crashes and for exit(). Call it once.
int bg_last_words_install(void);

#endif
