// SPDX-License-Identifier: GPL-2.0-or-later
/* sleep - which operations slept, by the clock? */
#include <stdlib.h>

#include "mem.h"
#include "sleep.h"

#define MORE_MAX 64	/* instructions of a sample beside its window */

static int by_value(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* How many of W, each and MORE, are among S; what all others differ by. */
static size_t match(const uint64_t *w, const uint64_t *s, size_t nr,
		    uint64_t more, int64_t *rest)
{
	size_t i = 0, k = 0, same = 0;

	*rest = 0;
	while (i < nr || k < nr) {
		if (i < nr && k < nr && w[i] + more == s[k]) {
			same++;
			i++;
			k++;
		} else if (k == nr || (i < nr && w[i] + more < s[k])) {
			*rest -= w[i++] + more;
		} else {
			*rest += s[k++];
		}
	}
	return same;
}

/* All samples of R by size; one by one where it has them so. */
static uint64_t *samples(const struct dist_role *r)
{
	uint64_t *s = mem_get(r->ops + 1, sizeof(*s));
	size_t nr = 0;

	for (size_t i = 0; i < r->nr_series; i++)
		for (size_t k = 0; k < r->series[i].nr_sum && nr < r->ops &&
		     r->series[i].batch == 1; k++)
			s[nr++] = r->series[i].sum[k];
	for (size_t i = 0; i < r->nr_bucket && nr < r->ops; i++)
		for (uint64_t n = 0; n < r->bucket[i].count && nr < r->ops; n++)
			s[nr++] = r->bucket[i].low;
	qsort(s, nr, sizeof(*s), by_value);
	return s;
}

void sleep_find(struct fold *f, const struct dist_file *lat)
{
	uint64_t *w = mem_get(f->nr_window + 1, sizeof(*w));
	size_t best = f->nr_window / 2;		/* fewer are chance */

	for (size_t i = 0; i < f->nr_window; i++)
		w[i] = f->window[i].all;
	qsort(w, f->nr_window, sizeof(*w), by_value);
	for (size_t r = 0; r < lat->nr_role; r++) {
		uint64_t *s;
		int64_t rest;

		if (lat->role[r].ops != f->nr_window)
			continue;
		s = samples(&lat->role[r]);
		for (uint64_t more = 0; more < MORE_MAX; more++) {
			size_t same = match(w, s, f->nr_window, more, &rest);

			if (same <= best || rest < 0)
				continue;
			best = same;
			f->timed = true;
			f->slept = f->nr_window - same;
			f->asleep = rest;
		}
		free(s);
	}
	free(w);
}
