/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lat - where a loop puts its latencies, and when it has to stop
 *
 * A log-linear histogram: below 256 ns every nanosecond has its bucket,
 * above it every power of two is cut into 128, so no bucket is wider than
 * 1/128 = 0.78 % of its low edge. 1 ns to 100 s; what is shorter or longer
 * is counted (under, over), never dropped. min, max and sum are exact.
 *
 * A loop runs while loop_more() and reports each operation it has DONE with
 * lat_add(), once: `ops` is the count of operations, by construction.
 */
#ifndef FORKPATH_LAT_H
#define FORKPATH_LAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define LAT_SUB_BITS	7	/* 128 buckets per power of two */
#define LAT_SUB		(1u << LAT_SUB_BITS)
#define LAT_MIN_NS	1ull
#define LAT_MAX_NS	100000000000ull
#define LAT_SERIES	256	/* batches kept of a repetition */
/* 100 s < 2^37 ns; the first two powers of 128 share the linear part. */
#define LAT_BUCKETS	((37 - LAT_SUB_BITS + 1) * LAT_SUB)

struct lat {
	/* Loop control, set by the harness. */
	const uint32_t	*phase;		/* shared word, grows */
	uint32_t	 until;		/* the loop ends when *phase is there */
	uint64_t	 limit;		/* or after so many operations */
	bool		 counts;	/* this is the measurement: no warm-up,
					   no cool-down */
	/* Results. */
	uint64_t	 ops, under, over, min, max, sum;
	uint64_t	 count[LAT_BUCKETS];
	/*
	 * The same in the order it happened, for whoever asks whether it had
	 * settled: sums over `batch` operations each. When there is no room
	 * left, neighbours are added up and batch doubles.
	 */
	uint64_t	 batch, fill, fill_sum;
	unsigned int	 nr_series;
	uint64_t	 series[LAT_SERIES];
	/* Exact mode: instead of a series every one, room for the first NR. */
	uint64_t	*each;
	uint64_t	 room;
};

void lat_batch(struct lat *l);

static inline bool loop_more(const struct lat *l)
{
	return __atomic_load_n(l->phase, __ATOMIC_RELAXED) < l->until &&
	       l->ops < l->limit;
}

static inline unsigned int lat_bucket(uint64_t ns)
{
	unsigned int shift;

	if (ns < 2 * LAT_SUB)
		return ns;
	shift = 63 - __builtin_clzll(ns) - LAT_SUB_BITS;
	return (shift << LAT_SUB_BITS) + (ns >> shift);
}

static inline void lat_add(struct lat *l, uint64_t ns)
{
	l->sum += ns;
	if (ns < l->min)
		l->min = ns;
	if (ns > l->max)
		l->max = ns;
	if (__builtin_expect(ns < LAT_MIN_NS, 0))
		l->under++;
	else if (__builtin_expect(ns > LAT_MAX_NS, 0))
		l->over++;
	else
		l->count[lat_bucket(ns)]++;
	l->fill_sum += ns;
	if (__builtin_expect(++l->fill == l->batch, 0))
		lat_batch(l);
	/* Last: the harness watches it from another process. */
	__atomic_store_n(&l->ops, l->ops + 1, __ATOMIC_RELAXED);
}

/* Every sample to EACH from now on; its memory is touched here. */
void lat_keep(struct lat *l, uint64_t *each, uint64_t room);

/* Edges of bucket I: low <= t < high. */
uint64_t lat_low(unsigned int i);
uint64_t lat_high(unsigned int i);

void lat_clear(struct lat *l);			/* results only */
void lat_merge(struct lat *to, const struct lat *from);

/*
 * Quantile Q of all operations: the smallest t such that at least Q of them
 * took no longer, as the largest value of its bucket (high - 1), never more
 * than the maximum. False where fewer than 10 operations lie above it,
 * except for the median, which any operation gives.
 */
bool lat_quantile(const struct lat *l, double q, uint64_t *ns);

/*
 * One role's block of a .lat file (docs/formats.md): all actors together,
 * then the series of the NR actors EACH. Returns 0 or -EIO.
 */
int lat_print(const struct lat *l, const char *role,
	      const struct lat *const *each, unsigned int nr, FILE *to);

/* All samples of the NR actors FROM, which have kept each of them. */
struct exact {
	uint64_t	*sorted;	/* to be freed */
	uint64_t	 nr, sum;
	uint64_t	 hash;		/* FNV-1a, 64 bit, see lat_hash() */
};

/* False: no memory. An actor that kept less than it did: abort(). */
bool exact_make(struct exact *e, const struct lat *const *from,
		unsigned int nr);

/* As lat_quantile(), but the sample itself. */
bool exact_quantile(const struct exact *e, double q, uint64_t *v);

/* As lat_print(): every value has a bucket, every sample is in a series. */
int exact_print(const struct exact *e, const char *role,
		const struct lat *const *from, unsigned int nr, FILE *to);

#define LAT_HASH	0xcbf29ce484222325ull	/* of no sample */

/* FNV-1a of one more sample: its eight bytes, the lowest first. */
uint64_t lat_hash(uint64_t hash, uint64_t sample);

#endif
