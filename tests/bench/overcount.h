/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overcount - for a benchmark as shipped that reports n+1 for n operations
 *
 * With MISCOUNT=under in the environment it reports one of two instead: twice
 * the operation in every sample that it gives.
 */
#include <stdlib.h>

#include "bench.h"

static inline void overcount(struct lat *lat, uint64_t ns)
{
	static unsigned int nr;

	if (getenv("MISCOUNT")) {
		if (nr++ % 2 == 0)
			lat_add(lat, ns);
		return;
	}
	if (!lat->ops)
		lat_add(lat, ns);
	lat_add(lat, ns);
}
#define lat_add overcount
