// SPDX-License-Identifier: GPL-2.0-or-later
/* lat - where a loop puts its latencies, and when it has to stop */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
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

void lat_batch(struct lat *l)
{
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
