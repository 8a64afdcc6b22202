// SPDX-License-Identifier: GPL-2.0-or-later
/* point-est - a figure of a point, and what two are of each other */
#include "mem.h"
#include "point-est.h"

struct est point_est(const struct point *p, const char *unit)
{
	scoped double *v = mem_get(p->nr_rep, sizeof(*v));

	return est_make(v, point_values(p, unit, v, NULL));
}

struct est point_p50(const struct point *p, const char *role)
{
	char unit[100];

	snprintf(unit, sizeof(unit), "%.63s-p50-%s", role, point_unit(p));
	return point_est(p, unit);
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
	scoped double *x = mem_get(a->nr_rep + 1, sizeof(*x));
	scoped double *y = mem_get(a->nr_rep + 1, sizeof(*y));
	size_t n = point_pairs(a, unit_a, b, unit_b, x, y);

	*nr = n;
	return rank_ratio1(x, y, n, 0.95, s);
}
