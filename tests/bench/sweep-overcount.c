// SPDX-License-Identifier: GPL-2.0-or-later
/* sweep-overcount - `sweep` as shipped, but it reports n+1 for n sweeps */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/sweep.c"
