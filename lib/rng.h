/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rng - the order of a plan: the same seed, the same order, everywhere
 *
 * splitmix64 (Steele, Lea, Flood 2014): state += 0x9e3779b97f4a7c15, then
 * two multiply-xorshift rounds. rng_below() rejects the uneven rest, so that
 * every order is equally likely. Documented in docs/formats.md: frozen.
 */
#ifndef FORKPATH_RNG_H
#define FORKPATH_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Uniform in 0..n-1; n > 0. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n, v;

	do {
		v = rng_next(r);
	} while (v >= limit);
	return v % n;
}

/* Fisher-Yates, from the end. */
static inline void rng_shuffle(struct rng *r, unsigned int *v, unsigned int n)
{
	for (unsigned int i = n; i > 1; i--) {
		unsigned int j = rng_below(r, i), t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

#endif
