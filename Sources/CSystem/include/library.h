#ifndef BGRUN_LIBRARY_H
#define BGRUN_LIBRARY_H

/// The file of the library that a function of this process lies in; NULL if there is no such
/// function. The text stays valid.
const char *bg_library_of(const char *function);

#endif
