#ifndef CSYSTEM_H
#define CSYSTEM_H

#include "csystem_process.h"

#endif
