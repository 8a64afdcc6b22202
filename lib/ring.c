// SPDX-License-Identifier: GPL-2.0-or-later
/* ring - the last values of something, and their exact median */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

double ring_median(const struct ring *r, unsigned int nr, unsigned long stride)
{
	uint64_t *v = malloc(nr * sizeof(r->value));
	double median = NAN;
	size_t n = 0;

	for (unsigned int i = 0; v && i < nr; i++) {
		const struct ring *one = (const void *)((const char *)r +
							i * stride);
		size_t have = one->nr < RING_SIZE ? one->nr : RING_SIZE;

		memcpy(v + n, one->value, have * sizeof(*v));
		n += have;
	}
	if (n) {
		qsort(v, n, sizeof(*v), by_value);
		median = (v[(n - 1) / 2] + v[n / 2]) / 2.0;
	}
	free(v);
	return median;
}
