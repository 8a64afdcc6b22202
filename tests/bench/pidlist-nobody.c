// SPDX-License-Identifier: GPL-2.0-or-later
/* pidlist-nobody - `pidlist` as shipped, but elsewhere is one task only */
#include "tg.h"

#define tg_create(tg, nr) tg_create(tg, (nr) ? 1 : 0)
#include "../../bench/pidlist.c"
