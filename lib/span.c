// SPDX-License-Identifier: GPL-2.0-or-later
/* span - when operations began and ended, to see which were beside others */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "span.h"

static int by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->begin > y->begin) - (x->begin < y->begin);
}

static size_t kept(const struct spans *s)
{
	return s->nr < SPANS ? s->nr : SPANS;
}

/* All of NR actors in order, those that overlap made one. */
static size_t join(const struct spans *s, unsigned int nr, struct span *to)
{
	size_t n = 0, last = 0;

	for (unsigned int i = 0; i < nr; i++)
		for (size_t k = 0; k < kept(&s[i]); k++)
			to[n++] = s[i].at[k];
	if (!n)
		return 0;
	qsort(to, n, sizeof(*to), by_begin);
	for (size_t i = 1; i < n; i++) {
		if (to[i].begin > to[last].end)
			to[++last] = to[i];
		else if (to[i].end > to[last].end)
			to[last].end = to[i].end;
	}
	return last + 1;
}

/* Does one of the N spans S, which are in order and apart, overlap? */
static bool beside(const struct span *s, size_t n, const struct span *of)
{
	size_t low = 0;

	while (low < n) {	/* the first that ends after OF begins */
		size_t mid = low + (n - low) / 2;

		if (s[mid].end > of->begin) {
			if (!mid || s[mid - 1].end <= of->begin)
				return s[mid].begin < of->end;
			n = mid;
		} else {
			low = mid + 1;
		}
	}
	return false;
}

double span_share(const struct spans *of, unsigned int nr_of,
		  const struct spans *other, unsigned int nr_other)
{
	uint64_t known = 0, all = 0, overlapped = 0;
	struct span *joined;
	size_t n = 1;

	for (unsigned int i = 0; i < nr_other; i++) {
		const struct spans *o = &other[i];

		n += kept(o);
		/* What was before its oldest is not known. */
		if (o->nr > SPANS && o->at[o->nr % SPANS].begin > known)
			known = o->at[o->nr % SPANS].begin;
	}
	joined = malloc(n * sizeof(*joined));
	if (!joined)
		return NAN;
	n = join(other, nr_other, joined);
	for (unsigned int i = 0; i < nr_of; i++)
		for (size_t k = 0; k < kept(&of[i]); k++) {
			if (of[i].at[k].begin < known)
				continue;
			all++;
			overlapped += beside(joined, n, &of[i].at[k]);
		}
	free(joined);
	return all ? (double)overlapped / all : NAN;
}
