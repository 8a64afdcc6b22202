// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exact - a benchmark that takes its own word for the clock
 *
 * What exact mode records can thus be seen without the machine it is for:
 * operation N of actor A of the first role takes 1000 + 100 A + N % 3. The
 * second role takes 5 each time, until the first one has ended it.
 */
#include "bench.h"

static unsigned long actors;

static const struct opt opts[] = {
	{ "actors", OPT_UINT, &actors, "1", "1..8", "of the first role" },
	OPT_END
};

/* In the place of lib/clock.c. */
bool clock_exact;

const char *clock_count(void)
{
	return NULL;
}

double clock_cost_ns(void)
{
	return 7;
}

struct timespec clock_kernel(uint64_t t)
{
	return (struct timespec){ .tv_sec = t / 1000000000,
				  .tv_nsec = t % 1000000000 };
}

static int loop(unsigned int nr, struct lat *lat)
{
	uint64_t n = 0;

	for (; loop_more(lat); n++)
		lat_add(lat, 1000 + 100 * nr + n % 3);
	return 0;
}

static int loop_other(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat))
		lat_add(lat, 5);
	return 0;
}

const struct bench bench = {
	.name = "exact",
	.summary = "test of exact mode",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "actor", .nr = &actors, .loop = loop },
		{ .name = "other", .loop = loop_other },
		{ .name = NULL },
	},
};
