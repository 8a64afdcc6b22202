// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * null - nothing: the noise floor under every report
 *
 * One operation is nothing at all between two clock reads. A sample is thus
 * the cost of one clock read, and its tail is what the machine does to a
 * program that does nothing: interrupts, other tasks, a hypervisor.
 */
#include "bench.h"

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();

		lat_add(lat, clock_ns() - begin);
	}
	return 0;
}

const struct bench bench = {
	.name = "null",
	.summary = "two clock reads, nothing between: the noise floor",
	.roles = (const struct role[]){
		{ .name = "null", .loop = loop },
		{ .name = NULL },
	},
};
