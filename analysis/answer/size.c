// SPDX-License-Identifier: GPL-2.0-or-later
/* size - what grows with the thread group: fixed cost and cost per thread */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "mem.h"
#include "size.h"
#include "stat.h"

#define RESAMPLES 2000

struct sizes {
	const double	*x;	/* of each arm */
	double		*xs, *ys;
};

/* Fixed cost of what was drawn: arm = size, boot = repetition. */
static double fixed_of(const struct boot_arm *arm, void *arg)
{
	struct sizes *s = arg;
	struct fit_line line;
	size_t n = 0;

	for (size_t a = 0; s->x[a] >= 0; a++) {
		for (size_t b = 0; b < arm[a].nr; b++) {
			s->xs[n] = s->x[a];
			s->ys[n++] = arm[a].x[b];
		}
	}
	return fit_theil_sen(s->xs, s->ys, n, 0.95, &line) ? NAN :
		line.intercept;
}

/* Interval of the intercept; NAN where there is none. */
static void fixed_interval(struct size_fit *fit, const double *x,
			   const double *y, size_t n)
{
	const struct boot_opt opt = {
		.level = 0.95, .resamples = RESAMPLES, .seed = 1,
	};
	scoped struct boot_arm *arm = mem_get(n, sizeof(*arm));
	scoped double *size = mem_get(n + 1, sizeof(*size));
	scoped double *xs = mem_get(n, sizeof(*xs));
	scoped double *ys = mem_get(n, sizeof(*ys));
	struct sizes s = { .x = size, .xs = xs, .ys = ys };
	struct boot_ci ci;
	size_t nr_arm = 0;

	fit->fixed_lo = fit->fixed_hi = NAN;
	for (size_t i = 0; i < n; i++) {
		if (!i || x[i] != x[i - 1]) {
			arm[nr_arm].x = &y[i];
			size[nr_arm++] = x[i];
		}
		arm[nr_arm - 1].nr++;
	}
	size[nr_arm] = -1;
	if (!boot_ci(arm, nr_arm, fixed_of, &s, &opt, &ci)) {
		fit->fixed_lo = ci.lo;
		fit->fixed_hi = ci.hi;
	}
}

bool size_line(struct size_fit *fit, const double *x, const double *y,
	       size_t n)
{
	if (fit_theil_sen(x, y, n, 0.95, &fit->ts) ||
	    fit_ols(x, y, n, 0.95, &fit->ols))
		return false;
	fit->nr_rep = n;
	fixed_interval(fit, x, y, n);

	fit->even = fit->even_lo = fit->even_hi = NAN;
	if (fit->ts.slope > 0 && fit->ts.intercept > 0) {
		fit->even = fit->ts.intercept / fit->ts.slope;
		/* Both limits at their worst: wider than 95 %. */
		fit->even_lo = fmax(0, fit->fixed_lo) / fit->ts.slope_hi;
		fit->even_hi = fit->ts.slope_lo > 0 ?
			fit->fixed_hi / fit->ts.slope_lo : HUGE_VAL;
	}
	return true;
}

static void fit_series(struct size_fit *fit)
{
	scoped double *x = NULL, *y = NULL;
	size_t room = 0, n = 0, sizes = 0;
	char unit[80];

	for (size_t i = 0; i < fit->nr_point; i++)
		room += fit->point[i]->nr_rep;
	x = mem_get(room, sizeof(*x));
	y = mem_get(room, sizeof(*y));
	snprintf(unit, sizeof(unit), "%s-p50-ns", fit->role);
	for (size_t i = 0; i < fit->nr_point; i++) {
		size_t nr = point_values(fit->point[i], unit, y + n, NULL);

		for (size_t k = 0; k < nr; k++)
			x[n + k] = point_number(fit->point[i], "threads");
		if (nr && (!n || x[n] != x[n - 1]))
			sizes++;
		n += nr;
	}
	fit->fitted = sizes >= SIZE_MIN && size_line(fit, x, y, n);
}

void size_make(struct size_fits *all, const struct points *points)
{
	scoped const struct point **p = mem_get(points->nr_point, sizeof(*p));
	scoped struct point_line *line = NULL;
	char role[1][64];
	size_t nr = 0;

	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < points->nr_point; i++) {
		const struct point *one = &points->point[i];
		const char *by = point_get(one, "by");

		if (one->nr_rep && point_number(one, "threads") >= 0 &&
		    (!by || !strcmp(by, "procs")) &&
		    !strcmp(one->bench, "attach") && point_roles(one, role, 1))
			p[nr++] = one;
	}
	/* Time and the like may follow the size; where it ran may not. */
	nr = point_lines(&line, p, nr, "threads", "cpus");
	for (size_t i = 0; i < nr; i++) {
		struct size_fit f = { .point = line[i].point,
				      .nr_point = line[i].nr };

		/* One size is no series. */
		if (point_number(f.point[0], "threads") ==
		    point_number(f.point[f.nr_point - 1], "threads")) {
			free(f.point);
			continue;
		}
		point_roles(f.point[0], role, 1);
		snprintf(f.role, sizeof(f.role), "%s", role[0]);
		fit_series(&f);
		mem_push(&all->fit, &all->nr_fit, f);
	}
}

void size_free(struct size_fits *all)
{
	for (size_t k = 0; k < all->nr_fit; k++)
		free(all->fit[k].point);
	free(all->fit);
}

double size_slope(const struct size_fit *f, size_t i)
{
	double y[2], x[2];

	for (size_t k = 0; k < 2; k++) {
		const struct point *p = f->point[i + k];
		scoped double *v = mem_get(p->nr_rep, sizeof(*v));
		char unit[100];
		size_t n;

		snprintf(unit, sizeof(unit), "%s-p50-ns", f->role);
		n = point_values(p, unit, v, NULL);
		if (stat_median(v, n, &y[k]))
			y[k] = NAN;
		x[k] = point_number(p, "threads");
	}
	return (y[1] - y[0]) / (x[1] - x[0]);
}

bool size_bent(const struct size_fit *f)
{
	double off = fabs(f->ols.slope - f->ts.slope), least = NAN, most = NAN;

	if (off > 0.25 * fabs(f->ts.slope) &&
	    (f->ols.slope < f->ts.slope_lo || f->ols.slope > f->ts.slope_hi))
		return true;
	if (f->fixed_hi < 0)
		return true;
	/* Below ten threads the fixed cost drowns the difference. */
	for (size_t i = 0; i + 1 < f->nr_point; i++) {
		if (point_number(f->point[i], "threads") < 10)
			continue;
		least = fmin(least, size_slope(f, i));
		most = fmax(most, size_slope(f, i));
	}
	return most > 2 * least;
}
