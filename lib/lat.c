// SPDX-License-Identifier: GPL-2.0-or-later
/* lat - where a loop puts its latencies, and when it has to stop */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lat.h"

uint64_t lat_low(unsigned int i)
{
	unsigned int shift;

	if (i < 2 * LAT_SUB)
		return i;
	shift = (i >> LAT_SUB_BITS) - 1;
	return (uint64_t)(LAT_SUB + (i & (LAT_SUB - 1))) << shift;
}

uint64_t lat_high(unsigned int i)
{
	return lat_low(i + 1);
}

void lat_clear(struct lat *l)
{
	l->ops = l->under = l->over = l->max = l->sum = 0;
	l->min = UINT64_MAX;
	l->batch = 1;
	l->fill = l->fill_sum = 0;
	l->nr_series = 0;
	memset(l->count, 0, sizeof(l->count));
}

void lat_keep(struct lat *l, uint64_t *each, uint64_t room)
{
	memset(each, 0, room * sizeof(*each));
	l->each = each;
	l->room = room;
}

void lat_batch(struct lat *l)
{
	if (l->each) {		/* batch stays 1: fill_sum is the sample */
		if (l->ops < l->room)
			l->each[l->ops] = l->fill_sum;
		l->fill = l->fill_sum = 0;
		return;
	}
	l->series[l->nr_series++] = l->fill_sum;
	l->fill = l->fill_sum = 0;
	if (l->nr_series < LAT_SERIES)
		return;
	for (unsigned int i = 0; i < LAT_SERIES / 2; i++)
		l->series[i] = l->series[2 * i] + l->series[2 * i + 1];
	l->nr_series /= 2;
	l->batch *= 2;
}

void lat_merge(struct lat *to, const struct lat *from)
{
	to->ops += from->ops;
	to->under += from->under;
	to->over += from->over;
	to->sum += from->sum;
	if (from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
	for (unsigned int i = 0; i < LAT_BUCKETS; i++)
		to->count[i] += from->count[i];
}

bool lat_quantile(const struct lat *l, double q, uint64_t *ns)
{
	uint64_t rank, seen = l->under;

	if (!l->ops)
		return false;
	/* Compared in doubles: 10000 * (1 - 0.999) must count as 10. */
	if (q > 0.5 && l->ops * (1 - q) < 10 - 1e-6)
		return false;
	rank = ceil(l->ops * q - 1e-9);
	if (rank < 1)
		rank = 1;
	if (seen >= rank) {
		*ns = 0;
		return true;
	}
	for (unsigned int i = 0; i < LAT_BUCKETS; i++) {
		seen += l->count[i];
		if (seen >= rank) {
			*ns = lat_high(i) - 1 < l->max ? lat_high(i) - 1 :
							 l->max;
			return true;
		}
	}
	*ns = l->max;
	return true;
}

int lat_print(const struct lat *l, const char *role,
	      const struct lat *const *each, unsigned int nr, FILE *to)
{
	fprintf(to, "role %s ops %" PRIu64 " under %" PRIu64 " over %" PRIu64
		" min %" PRIu64 " max %" PRIu64 " sum %" PRIu64 "\n", role,
		l->ops, l->under, l->over, l->ops ? l->min : 0, l->max, l->sum);
	for (unsigned int i = 0; i < LAT_BUCKETS; i++)
		if (l->count[i])
			fprintf(to, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
				lat_low(i), lat_high(i), l->count[i]);
	for (unsigned int k = 0; k < nr; k++) {
		if (!each[k]->nr_series)
			continue;
		fprintf(to, "series %u %" PRIu64, k, each[k]->batch);
		for (unsigned int i = 0; i < each[k]->nr_series; i++)
			fprintf(to, " %" PRIu64, each[k]->series[i]);
		fputc('\n', to);
	}
	fprintf(to, "end\n");
	return ferror(to) ? -EIO : 0;
}

/* ---- exact mode ------------------------------------------------------ */

uint64_t lat_hash(uint64_t hash, uint64_t sample)
{
	for (int i = 0; i < 8; i++, sample >>= 8)
		hash = (hash ^ (sample & 0xff)) * 0x100000001b3ull;
	return hash;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool exact_make(struct exact *e, const struct lat *const *from,
		unsigned int nr)
{
	*e = (struct exact){ .hash = LAT_HASH };
	for (unsigned int k = 0; k < nr; k++)
		e->nr += from[k]->ops;
	e->sorted = calloc(e->nr ? e->nr : 1, sizeof(*e->sorted));
	if (!e->sorted)
		return false;
	e->nr = 0;
	for (unsigned int k = 0; k < nr; k++) {
		if (from[k]->ops > from[k]->room)
			abort();	/* a loop that does not ask loop_more() */
		for (uint64_t i = 0; i < from[k]->ops; i++) {
			e->hash = lat_hash(e->hash, from[k]->each[i]);
			e->sum += from[k]->each[i];
			e->sorted[e->nr++] = from[k]->each[i];
		}
	}
	qsort(e->sorted, e->nr, sizeof(*e->sorted), by_value);
	return true;
}

bool exact_quantile(const struct exact *e, double q, uint64_t *v)
{
	uint64_t rank = ceil(e->nr * q - 1e-9);

	if (!e->nr || (q > 0.5 && e->nr * (1 - q) < 10 - 1e-6))
		return false;
	*v = e->sorted[rank ? rank - 1 : 0];
	return true;
}

int exact_print(const struct exact *e, const char *role,
		const struct lat *const *from, unsigned int nr, FILE *to)
{
	uint64_t under = 0, n;

	while (under < e->nr && e->sorted[under] < LAT_MIN_NS)
		under++;
	fprintf(to, "role %s ops %" PRIu64 " under %" PRIu64 " over 0 min %"
		PRIu64 " max %" PRIu64 " sum %" PRIu64 "\n", role, e->nr, under,
		e->nr ? e->sorted[0] : 0, e->nr ? e->sorted[e->nr - 1] : 0,
		e->sum);
	for (uint64_t i = under; i < e->nr; i += n) {
		for (n = 1; i + n < e->nr && e->sorted[i + n] == e->sorted[i];)
			n++;
		fprintf(to, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			e->sorted[i], e->sorted[i] + 1, n);
	}
	fprintf(to, "hash fnv1a64 %016" PRIx64 "\n", e->hash);
	for (unsigned int k = 0; k < nr; k++) {
		if (!from[k]->ops)
			continue;
		fprintf(to, "series %u 1", k);
		for (uint64_t i = 0; i < from[k]->ops; i++)
			fprintf(to, " %" PRIu64, from[k]->each[i]);
		fputc('\n', to);
	}
	fprintf(to, "end\n");
	return ferror(to) ? -EIO : 0;
}
