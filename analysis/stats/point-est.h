/* SPDX-License-Identifier: GPL-2.0-or-later */
/* point-est - a figure of a point, and what two are of each other */
#ifndef FORKPATH_POINT_EST_H
#define FORKPATH_POINT_EST_H

#include "out.h"
#include "point.h"
#include "rank.h"

/* Median over the repetitions of P of UNIT. */
struct est point_est(const struct point *p, const char *unit);
/* The same of ROLE's p50, in what P is counted in. */
struct est point_p50(const struct point *p, const char *role);

/* Ratio B / A of UNIT, block by block. 0, or as rank_ratio1() fails. */
int point_ratio(const struct point *a, const struct point *b,
		 const char *unit, struct rank_shift *s, size_t *nr);
int point_ratio_units(const struct point *a, const char *unit_a,
		       const struct point *b, const char *unit_b,
		       struct rank_shift *s, size_t *nr);

#endif
