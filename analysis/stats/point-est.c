// SPDX-License-Identifier: GPL-2.0-or-later
/* point-est - a figure of a point, and what two are of each other */
#include <errno.h>
#include <stdlib.h>

#include "mem.h"
#include "point-est.h"

struct est point_est(const struct point *p, const char *unit)
{
	double *v = mem_get(p->nr_rep, sizeof(*v));
	struct est e = est_make(v, point_values(p, unit, v, NULL));

	free(v);
	return e;
}

int point_ratio(const struct point *a, const struct point *b,
		const char *unit, struct rank_shift *s, size_t *nr)
{
	return point_ratio_units(a, unit, b, unit, s, nr);
}

int point_ratio_units(const struct point *a, const char *unit_a,
		       const struct point *b, const char *unit_b,
		       struct rank_shift *s, size_t *nr)
{
	double *x = mem_get(a->nr_rep + 1, sizeof(*x));
	double *y = mem_get(b->nr_rep + 1, sizeof(*y));
	unsigned int *bx = mem_get(a->nr_rep + 1, sizeof(*bx));
	unsigned int *by = mem_get(b->nr_rep + 1, sizeof(*by));
	size_t nx = point_values(a, unit_a, x, bx), ny, i, k, n = 0;
	int ret = -EINVAL;

	ny = point_values(b, unit_b, y, by);
	for (i = k = 0; i < nx && k < ny; ) {
		if (bx[i] < by[k]) {
			i++;
		} else if (bx[i] > by[k]) {
			k++;
		} else {
			x[n] = x[i++];
			y[n++] = y[k++];
		}
	}
	if (n)
		ret = rank_ratio1(x, y, n, 0.95, s);
	*nr = n;
	free(x);
	free(y);
	free(bx);
	free(by);
	return ret;
}
