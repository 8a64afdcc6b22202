// SPDX-License-Identifier: GPL-2.0-or-later
/* clock - CLOCK_MONOTONIC in nanoseconds, and what reading it costs */
#include <stdlib.h>

#include "clock.h"

#define BATCHES	101
#define READS	256

static int cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

double clock_cost_ns(void)
{
	uint64_t took[BATCHES];

	for (int i = 0; i < BATCHES; i++) {
		uint64_t begin = clock_ns(), end = begin;

		for (int j = 0; j < READS; j++)
			end = clock_ns();
		took[i] = end - begin;
	}
	qsort(took, BATCHES, sizeof(*took), cmp);
	return (double)took[BATCHES / 2] / READS;
}
