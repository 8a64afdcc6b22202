// SPDX-License-Identifier: GPL-2.0-or-later
/* priority-elsewhere - `priority` as shipped, but its hog stays where it is */
#include "cpus.h"

#define cpus_pin(cpu) 0
#include "../../bench/priority.c"
