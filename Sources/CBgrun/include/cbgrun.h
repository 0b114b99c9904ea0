#ifndef CBGRUN_H
#define CBGRUN_H

#include "cbgrun_files.h"
#include "cbgrun_process.h"
#include "cbgrun_program.h"
#include "cbgrun_signals.h"

#endif
