// SPDX-License-Identifier: GPL-2.0-or-later
/* pidlist-inside - `pidlist` as shipped, but who is elsewhere is in the group */
#include "tg.h"

#define tg_create(tg, nr) tg_create_in(tg, nr, &group)
#include "../../bench/pidlist.c"
