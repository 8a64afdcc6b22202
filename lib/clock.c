// SPDX-License-Identifier: GPL-2.0-or-later
/* clock - CLOCK_MONOTONIC in nanoseconds, and what reading it costs */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

#define BATCHES	101
#define READS	256
#define TRIES	16	/* an interrupt spoils one, not all */

bool clock_exact;

/* A loop of known length, N times, between two readings. */
static __attribute__((noinline)) uint64_t loop_count(uint64_t n)
{
	uint64_t begin = arch_counter();

	ARCH_LOOP(n);
	return arch_counter() - begin;
}

static uint64_t least_count(uint64_t n)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t count = loop_count(n);

		if (count < least)
			least = count;
	}
	return least;
}

const char *clock_count(void)
{
	static char why[160];
	uint64_t one = least_count(1);

	for (uint64_t n = 10; n <= 100000; n *= 10) {
		uint64_t more = least_count(n) - one;

		if (more == ARCH_LOOP_INSNS * (n - 1))
			continue;
		snprintf(why, sizeof(why), "the clock does not count "
			 "instructions: %" PRIu64 " of them read %" PRIu64
			 " (--exact is for a guest of ./run.sh lab --exact)",
			 ARCH_LOOP_INSNS * (n - 1), more);
		return why;
	}
	clock_exact = true;
	return NULL;
}

struct timespec clock_kernel(uint64_t t)
{
	struct timespec now;

	if (clock_exact) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		t += now.tv_sec * 1000000000ull + now.tv_nsec - arch_counter();
	}
	return (struct timespec){ .tv_sec = t / 1000000000,
				  .tv_nsec = t % 1000000000 };
}

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
