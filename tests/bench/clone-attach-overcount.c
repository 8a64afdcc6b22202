// SPDX-License-Identifier: GPL-2.0-or-later
/* clone-attach-overcount - `clone-attach` as shipped, but it reports n+1 for n children */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../lib/child.c"
#undef lat_add
#undef THREAD_FLAGS
#include "../../bench/clone-attach.c"
