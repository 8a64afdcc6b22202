// SPDX-License-Identifier: GPL-2.0-or-later
/* throttle-overcount - `throttle` as shipped, but it reports n+1 for n moves */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/throttle.c"
