/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring - the last values of something, and their exact median
 *
 * For what is no latency of an operation (a part of one, a batch that is
 * divided later): buckets 0.8 % wide are too coarse for it. Lives in memory
 * that actors share with the parent.
 */
#ifndef FORKPATH_RING_H
#define FORKPATH_RING_H

#include <stdint.h>

#define RING_SIZE 1024

struct ring {
	uint64_t nr;			/* ever added */
	uint64_t value[RING_SIZE];
};

static inline void ring_add(struct ring *r, uint64_t value)
{
	r->value[r->nr++ % RING_SIZE] = value;
}

/*
 * Median of what NR rings hold, STRIDE bytes apart; the mean of the middle
 * two. NAN: nothing, or no memory.
 */
double ring_median(const struct ring *r, unsigned int nr, unsigned long stride);

#endif
