// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * window-overlap - `window` as shipped, but each child waits for a write
 *
 * It has begun before the write and ends in it: no figure but `during` may
 * have it.
 */
#include <stdint.h>

#include "child.h"

static int late(struct child *c, enum child_kind kind, enum child_until until,
		uint64_t period, struct lat *lat);
#define child_loop late
#include "../../bench/window.c"
#undef child_loop

static int late(struct child *c, enum child_kind how, enum child_until until,
		uint64_t period, struct lat *lat)
{
	uint64_t wrote = __atomic_load_n(&all->wrote, __ATOMIC_ACQUIRE);

	while (!overlapped(wrote) && loop_more(lat))
		;
	return child_loop(c, how, until, period, lat);
}
