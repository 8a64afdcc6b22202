// SPDX-License-Identifier: GPL-2.0-or-later
/* fold-mode - which windows a trace's functions are told of */
#include <stdlib.h>

#include "fold.h"
#include "mem.h"

static int by_value(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* The most frequent total of the operation, of several the smallest. */
void fold_find_mode(struct fold *f, bool median)
{
	uint64_t *v = mem_get(f->nr_window, sizeof(*v));
	size_t same = 0;

	for (size_t i = 0; i < f->nr_window; i++)
		v[i] = f->window[i].part[FOLD_CALLER] +
		       f->window[i].part[FOLD_CHILD];
	qsort(v, f->nr_window, sizeof(*v), by_value);
	for (size_t i = 0; i < f->nr_window; i++) {
		same = i && v[i] == v[i - 1] ? same + 1 : 1;
		if (median && v[i] != v[(f->nr_window - 1) / 2])
			continue;
		if (same > f->nr_mode) {
			f->nr_mode = same;
			f->mode = v[i];
		}
	}
	free(v);
}

bool fold_is_mode(const struct fold *f, const struct fold_window *w)
{
	return w->part[FOLD_CALLER] + w->part[FOLD_CHILD] == f->mode;
}
