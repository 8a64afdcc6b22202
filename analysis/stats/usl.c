// SPDX-License-Identifier: GPL-2.0-or-later
/* usl - how a rate grows with the number of those who work */
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "mem.h"
#include "stat.h"
#include "usl.h"

#define TERMS 3

/* What term T of N/X is multiplied by. */
static double basis(unsigned int t, double n)
{
	return t == 0 ? 1 : t == 1 ? n - 1 : n * (n - 1);
}

/* Fewer than USL_SIZES different values? */
static bool too_few(const double *n, size_t nr)
{
	double seen[USL_SIZES];
	size_t sizes = 0, k;

	for (size_t i = 0; i < nr && sizes < USL_SIZES; i++) {
		for (k = 0; k < sizes && seen[k] != n[i]; k++)
			;
		if (k == sizes)
			seen[sizes++] = n[i];
	}
	return sizes < USL_SIZES;
}

/* The system A x = b of rank NR, by Gauss with pivots. False: singular. */
static bool solve(double a[TERMS][TERMS + 1], unsigned int nr, double *x)
{
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int best = i;

		for (unsigned int k = i + 1; k < nr; k++)
			if (fabs(a[k][i]) > fabs(a[best][i]))
				best = k;
		if (fabs(a[best][i]) < 1e-12)
			return false;
		for (unsigned int c = 0; c <= nr; c++) {
			double was = a[i][c];

			a[i][c] = a[best][c];
			a[best][c] = was;
		}
		for (unsigned int k = 0; k < nr; k++) {
			double f = a[k][i] / a[i][i];

			for (unsigned int c = i; k != i && c <= nr; c++)
				a[k][c] -= f * a[i][c];
		}
	}
	for (unsigned int i = 0; i < nr; i++)
		x[i] = a[i][nr] / a[i][i];
	return true;
}

/*
 * Least squares with the terms of MASK only, the others 0. The columns are
 * scaled to length 1: N (N - 1) is 260,000 times the first of them at 512.
 */
static bool least(const double *n, const double *x, size_t nr,
		  unsigned int mask, double *term, double *rss)
{
	double a[TERMS][TERMS + 1] = { { 0 } }, length[TERMS] = { 0 };
	double part[TERMS];
	unsigned int col[TERMS], cols = 0;

	for (unsigned int t = 0; t < TERMS; t++) {
		term[t] = 0;
		if (mask >> t & 1)
			col[cols++] = t;
	}
	for (size_t i = 0; i < nr; i++)
		for (unsigned int c = 0; c < cols; c++)
			length[c] += pow(basis(col[c], n[i]) * x[i] / n[i], 2);
	for (size_t i = 0; i < nr; i++) {
		double v[TERMS];

		for (unsigned int c = 0; c < cols; c++)
			v[c] = basis(col[c], n[i]) * x[i] / n[i] /
			       sqrt(length[c]);
		for (unsigned int c = 0; c < cols; c++) {
			for (unsigned int k = 0; k < cols; k++)
				a[c][k] += v[c] * v[k];
			a[c][cols] += v[c];
		}
	}
	if (!solve(a, cols, part))
		return false;
	for (unsigned int c = 0; c < cols; c++)
		term[col[c]] = part[c] / sqrt(length[c]);
	*rss = 0;
	for (size_t i = 0; i < nr; i++) {
		double y = 0;

		for (unsigned int t = 0; t < TERMS; t++)
			y += term[t] * basis(t, n[i]);
		*rss += pow(y * x[i] / n[i] - 1, 2);
	}
	return term[0] > 0 && term[1] >= 0 && term[2] >= 0;
}

int usl_fit(const double *n, const double *x, size_t nr, struct usl *out)
{
	double best = HUGE_VAL, term[TERMS], rss;

	if (stat_check(n, nr) || stat_check(x, nr))
		return -EINVAL;
	for (size_t i = 0; i < nr; i++)
		if (n[i] <= 0 || x[i] <= 0)
			return -EINVAL;
	if (too_few(n, nr))
		return -ENODATA;
	/* The first term always; the others where they are not below 0. */
	for (unsigned int mask = 1; mask < 1 << TERMS; mask += 2) {
		if (!least(n, x, nr, mask, term, &rss) || rss >= best)
			continue;
		best = rss;
		*out = (struct usl){
			.one = 1 / term[0], .contention = term[1] / term[0],
			.coherence = term[2] / term[0], .peak = HUGE_VAL,
		};
	}
	if (best == HUGE_VAL)
		return -EDOM;
	if (out->coherence > 0)
		out->peak = out->contention < 1 ?
			fmax(1, sqrt((1 - out->contention) / out->coherence)) :
			1;
	return 0;
}
