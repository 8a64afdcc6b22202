/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock - CLOCK_MONOTONIC in nanoseconds, and what reading it costs
 *
 * The stamp before an operation is the last thing done before it and the
 * stamp after it the first thing after it, so a sample contains about one
 * clock read; clock_cost_ns() says how much that is here.
 *
 * In exact mode (clock_count()) the unit is the instruction. A machine that
 * QEMU's -icount drives counts its counter of time up by one with every
 * instruction. CLOCK_MONOTONIC is made of it by a factor that the kernel
 * finds by calibration, which is a little beside 1 and not the same in every
 * kernel; so in exact mode the counter itself is read.
 */
#ifndef FORKPATH_CLOCK_H
#define FORKPATH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "arch.h"

extern bool clock_exact;	/* clock_ns() counts instructions */

static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	if (__builtin_expect(clock_exact, 0))
		return arch_counter();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/*
 * From now on clock_ns() counts instructions. NULL, or why it cannot: loops
 * of known length do not read what they are long. Before there are actors.
 */
const char *clock_count(void);

/* When clock_ns() reads T, as CLOCK_MONOTONIC: for the kernel to wait. */
struct timespec clock_kernel(uint64_t t);

/* Median over 101 batches of 256 reads: nanoseconds per read. */
double clock_cost_ns(void);

/* The seconds T as nanoseconds. */
static inline uint64_t clock_from_s(double t)
{
	return (uint64_t)(t * 1e9 + 0.5);
}

#endif
