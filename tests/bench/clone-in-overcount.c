// SPDX-License-Identifier: GPL-2.0-or-later
/* clone-in-overcount - `clone-in` as shipped, but it reports n+1 for n children */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../lib/child.c"
#undef lat_add
#include "../../bench/clone-in.c"
