// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nops - a benchmark whose operation is so many instructions, and nothing else
 *
 * Known nothing and known something for exact mode: a sample with `nops` of
 * them is longer by as many than a sample with none.
 */
#include "bench.h"

static int nops;

static const struct opt opts[] = {
	{ "nops", OPT_CHOICE, &nops, "0", "0 1 1000", "how many" },
	OPT_END
};

#define LOOP(n) \
	while (loop_more(lat)) { \
		uint64_t begin = clock_ns(); \
		__asm__ volatile(".rept " #n "\n\tnop\n\t.endr" : : : "memory"); \
		lat_add(lat, clock_ns() - begin); \
	}

static int loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	if (nops == 0)
		LOOP(0)
	else if (nops == 1)
		LOOP(1)
	else
		LOOP(1000)
	return 0;
}

const struct bench bench = {
	.name = "nops",
	.summary = "test of exact mode: so many instructions",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "nops", .loop = loop },
		{ .name = NULL },
	},
};
