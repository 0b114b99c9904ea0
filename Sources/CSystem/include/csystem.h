#ifndef CSYSTEM_H
#define CSYSTEM_H

#include "csystem_files.h"
#include "csystem_process.h"
#include "signals.h"
#include "last_words.h"

#endif
