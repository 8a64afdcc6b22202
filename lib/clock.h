/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock - CLOCK_MONOTONIC in nanoseconds, and what reading it costs
 *
 * The stamp before an operation is the last thing done before it and the
 * stamp after it the first thing after it, so a sample contains about one
 * clock read; clock_cost_ns() says how much that is here.
 */
#ifndef FORKPATH_CLOCK_H
#define FORKPATH_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Median over 101 batches of 256 reads: nanoseconds per read. */
double clock_cost_ns(void);

/* The seconds T as nanoseconds. */
static inline uint64_t clock_from_s(double t)
{
	return (uint64_t)(t * 1e9 + 0.5);
}

#endif
