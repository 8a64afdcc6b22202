// SPDX-License-Identifier: GPL-2.0-or-later
/* exec-overcount - `exec` as shipped, but it reports n+1 for n programs */
#define _GNU_SOURCE
#include "bench.h"

static inline void overcount(struct lat *lat, uint64_t ns)
{
	if (!lat->ops)
		lat_add(lat, ns);
	lat_add(lat, ns);
}
#define lat_add overcount
#include "../../bench/exec.c"
