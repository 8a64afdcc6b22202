// SPDX-License-Identifier: GPL-2.0-or-later
/* rank - two arms compared by ranks: tests, shifts and ratios, intervals */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "mem.h"
#include "rank.h"
#include "stat.h"

#define WORK_MAX	1e9		/* additions at most: below a second */
#define PAIRS_MAX	(1u << 24)	/* differences held and sorted */

/* How often each sum occurs. */
struct sums {
	double	*count;
	size_t	 max;		/* count[0..max] */
	double	 total;
};

/* How often a sum <= S, a sum >= S occurs, as shares. */
static double at_most(const struct sums *s, size_t sum)
{
	double n = 0;

	for (size_t i = 0; i <= sum && i <= s->max; i++)
		n += s->count[i];
	return n / s->total;
}

static double at_least(const struct sums *s, size_t sum)
{
	double n = 0;

	for (size_t i = s->max + 1; i-- > sum; )
		n += s->count[i];
	return n / s->total;
}

/*
 * Sums of all subsets of k out of n weights, ascending. Counts are doubles:
 * exact below 2^53; beyond that only positive terms are added, each sum off
 * by 2^-53 at most, so a share is good to about n * 2^-53.
 */
static int sums_of_k(const size_t *w, size_t n, size_t k, struct sums *s)
{
	scoped size_t *top = mem_get(k + 1, sizeof(*top));	/* largest of j */
	scoped double *c = NULL;
	size_t max = 0;

	for (size_t i = n - k; i < n; i++)
		max += w[i];
	if ((double)n * (k + 1) * (max + 1) > WORK_MAX)
		return -E2BIG;
	c = mem_get((k + 1) * (max + 1), sizeof(*c));
	s->count = mem_get(max + 1, sizeof(*s->count));
	c[0] = 1;
	for (size_t i = 0; i < n; i++) {
		/* Subsets too small to reach k any more need no update. */
		size_t left = n - 1 - i, low = k > left ? k - left : 1;

		for (size_t j = i + 1 < k ? i + 1 : k; j >= low && j; j--) {
			const double *from = c + (j - 1) * (max + 1);
			double *to = c + j * (max + 1) + w[i];

			for (size_t v = 0; v <= top[j - 1]; v++)
				to[v] += from[v];
		}
		/* Ascending: the newest weight belongs to every largest sum. */
		for (size_t j = i + 1 < k ? i + 1 : k; j; j--)
			top[j] = top[j - 1] + w[i];
	}
	memcpy(s->count, c + k * (max + 1), (max + 1) * sizeof(*c));
	s->max = max;
	s->total = 0;
	for (size_t v = 0; v <= max; v++)
		s->total += s->count[v];
	return 0;
}

/* Sums of all 2^n subsets. */
static int sums_of_any(const size_t *w, size_t n, struct sums *s)
{
	size_t max = 0, top = 0;

	for (size_t i = 0; i < n; i++)
		max += w[i];
	/* 2^1000 is still a double. */
	if (n > 1000 || (double)n * (max + 1) > WORK_MAX)
		return -E2BIG;
	s->count = mem_get(max + 1, sizeof(*s->count));
	s->count[0] = 1;
	for (size_t i = 0; i < n; i++) {
		for (size_t v = top + 1; v-- > 0; )
			s->count[v + w[i]] += s->count[v];
		top += w[i];
	}
	s->max = max;
	s->total = ldexp(1, n);
	return 0;
}

/*
 * Doubled midranks of A into RANK2 (by place in A) and, if SORTED, ascending
 * into that; TIES gets the sum of t^3 - t over groups of t alike.
 */
static void midranks(const double *a, size_t n, size_t *rank2, size_t *sorted,
		     double *ties)
{
	scoped size_t *at = mem_get(n, sizeof(*at));

	gsl_sort_index(at, a, 1, n);
	*ties = 0;
	for (size_t i = 0, j; i < n; i = j) {
		double t;

		for (j = i; j < n && a[at[j]] == a[at[i]]; j++)
			;
		t = j - i;
		*ties += t * t * t - t;
		/* Ranks i+1 .. j: twice their mean is i+1 + j. */
		for (size_t v = i; v < j; v++) {
			rank2[at[v]] = i + 1 + j;
			if (sorted)
				sorted[v] = i + 1 + j;
		}
	}
}

/*
 * Tails of SUM among those counted, or, where that was too much, of the
 * normal approximation to the statistic of MEAN and VAR. TURNED: the sum of
 * the other arm was counted.
 */
static void tails(struct rank_test *t, struct sums *s, size_t sum, bool turned,
		  double mean, double var)
{
	double sd = sqrt(var), off = fabs(t->stat - mean);

	t->exact = s->count;
	if (!(sd > 0)) {
		t->p_normal = t->p_normal_cc = 1;
	} else {
		t->p_normal = fmin(1, 2 * gsl_cdf_ugaussian_Q(off / sd));
		t->p_normal_cc =
			fmin(1, 2 * gsl_cdf_ugaussian_Q((off - 0.5) / sd));
	}
	t->less = t->greater = 1;
	if (t->exact) {
		t->less = turned ? at_least(s, sum) : at_most(s, sum);
		t->greater = turned ? at_most(s, sum) : at_least(s, sum);
	} else if (sd > 0) {
		t->less = gsl_cdf_ugaussian_P((t->stat - mean + 0.5) / sd);
		t->greater = gsl_cdf_ugaussian_Q((t->stat - mean - 0.5) / sd);
	}
	t->p = fmin(1, 2 * fmin(t->less, t->greater));
	free(s->count);
}

int rank_mwu(const double *x, size_t n, const double *y, size_t m,
	     struct rank_test *out)
{
	size_t nr = n + m, k = n < m ? n : m, sum = 0, sum_x = 0;
	scoped size_t *rank2 = mem_get(nr, sizeof(*rank2));
	scoped size_t *sorted = mem_get(nr, sizeof(*sorted));
	scoped double *all = mem_get(nr, sizeof(*all));
	struct sums s = { .count = NULL };
	double ties;

	if (stat_check(x, n) || stat_check(y, m))
		return -EINVAL;
	memcpy(all, x, n * sizeof(*x));
	memcpy(all + n, y, m * sizeof(*y));
	midranks(all, nr, rank2, sorted, &ties);
	for (size_t i = 0; i < n; i++)
		sum_x += rank2[i];

	/* Count the sums of the smaller arm, from 0 rather than from 2. */
	for (size_t i = 0; i < nr; i++)
		sorted[i] -= 2;
	for (size_t i = 0; i < k; i++)
		sum += rank2[n <= m ? i : n + i] - 2;

	out->nr = nr;
	out->stat = sum_x / 2.0 - n * (n + 1) / 2.0;
	sums_of_k(sorted, nr, k, &s);
	tails(out, &s, sum, n > m, n * (double)m / 2, n * (double)m / 12 *
	      (nr + 1 - ties / (nr * (nr - 1.0))));
	return 0;
}

int rank_signed(const double *d, size_t n, struct rank_test *out)
{
	scoped size_t *rank2 = mem_get(n, sizeof(*rank2));
	scoped double *size = mem_get(n, sizeof(*size));
	struct sums s = { .count = NULL };
	size_t nr = 0, sum = 0;
	double ties;

	if (stat_check(d, n))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (d[i] != 0)
			size[nr++] = fabs(d[i]);
	midranks(size, nr, rank2, NULL, &ties);
	for (size_t i = 0, j = 0; i < n; i++) {
		if (d[i] > 0)
			sum += rank2[j];
		j += d[i] != 0;
	}
	out->nr = nr;
	out->stat = sum / 2.0;
	sums_of_any(rank2, nr, &s);
	tails(out, &s, sum, false, nr * (nr + 1.0) / 4,
	      nr * (nr + 1.0) * (2.0 * nr + 1) / 24 - ties / 48);
	return 0;
}

double rank_mwu_min_p(size_t n, size_t m)
{
	double ways = 1;

	for (size_t i = 1; i <= n; i++)
		ways *= (double)(m + i) / i;
	return fmin(1, 2 / ways);
}

double rank_signed_min_p(size_t n)
{
	return fmin(1, ldexp(2, n > 2000 ? -2000 : -(int)n));
}

/*
 * Median and limits of the NR differences D, the k-th from either end: k from
 * the null distribution or, where that was too much to count, from the
 * normal one.
 */
static int limits(double *d, size_t nr, struct sums *s, size_t from,
		  double mean, double sd, double level, struct rank_shift *out)
{
	double alpha = (1 - level) / 2, below = 0, p = 0;
	size_t k = 0;

	out->exact = s->count;
	if (out->exact) {
		/* 1/C(40,1) is 0.025 but for the last bit. */
		for (;; k++) {
			p += s->count[from + k] / s->total;
			if (p >= alpha - 10 * DBL_EPSILON)
				break;
			below = p;
		}
		if (!k) {
			below = p;
			k = 1;
		}
		out->coverage = 1 - 2 * below;
	} else {
		double z = gsl_cdf_ugaussian_Qinv(alpha);

		k = fmax(1, floor(mean + 0.5 - z * sd));
		out->coverage =
			1 - 2 * gsl_cdf_ugaussian_P((k - 0.5 - mean) / sd);
	}
	/* One or two values: the smallest to the largest cover nothing. */
	out->coverage = fmax(0, out->coverage);
	out->k = k;
	free(s->count);
	gsl_sort(d, 1, nr);
	out->est = gsl_stats_median_from_sorted_data(d, 1, nr);
	out->lo = d[k - 1];
	out->hi = d[nr - k];
	return out->coverage < level - 20 * DBL_EPSILON ? -ENODATA : 0;
}

int rank_hl2(const double *x, size_t n, const double *y, size_t m,
	     double level, struct rank_shift *out)
{
	size_t nr = n + m, k = n < m ? n : m;
	scoped size_t *w = mem_get(nr, sizeof(*w));
	struct sums s = { .count = NULL };
	scoped double *d = NULL;

	if (stat_check(x, n) || stat_check(y, m) || !(level > 0 && level < 1))
		return -EINVAL;
	if ((double)n * m > PAIRS_MAX)
		return -E2BIG;
	d = mem_get(n * m, sizeof(*d));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			d[i * m + j] = y[j] - x[i];
	for (size_t i = 0; i < nr; i++)
		w[i] = i;
	sums_of_k(w, nr, k, &s);
	return limits(d, n * m, &s, k * (k - 1) / 2, n * (double)m / 2,
		      sqrt(n * (double)m * (nr + 1) / 12), level, out);
}

int rank_hl1(const double *d, size_t n, double level, struct rank_shift *out)
{
	scoped size_t *w = mem_get(n, sizeof(*w));
	size_t nr = n * (n + 1) / 2, at = 0;
	struct sums s = { .count = NULL };
	scoped double *walsh = NULL;

	if (stat_check(d, n) || !(level > 0 && level < 1))
		return -EINVAL;
	if (n > PAIRS_MAX || nr > PAIRS_MAX)
		return -E2BIG;
	walsh = mem_get(nr, sizeof(*walsh));
	for (size_t i = 0; i < n; i++) {
		w[i] = i + 1;
		for (size_t j = i; j < n; j++)
			walsh[at++] = (d[i] + d[j]) / 2;
	}
	sums_of_any(w, n, &s);
	return limits(walsh, nr, &s, 0, nr / 2.0,
		      sqrt(nr * (2.0 * n + 1) / 12), level, out);
}

static int to_log(const double *x, size_t n, double *to)
{
	for (size_t i = 0; i < n; i++) {
		if (x[i] <= 0)
			return -EDOM;
		to[i] = log(x[i]);
	}
	return 0;
}

/* What is stored, with -ENODATA too, was found on logs. */
static int from_log(int ret, struct rank_shift *s)
{
	if (!ret || ret == -ENODATA) {
		s->est = exp(s->est);
		s->lo = exp(s->lo);
		s->hi = exp(s->hi);
	}
	return ret;
}

int rank_ratio2(const double *x, size_t n, const double *y, size_t m,
		double level, struct rank_shift *out)
{
	scoped double *l = mem_get(n + m, sizeof(*l));

	if (stat_check(x, n) || stat_check(y, m))
		return -EINVAL;
	if (to_log(x, n, l) || to_log(y, m, l + n))
		return -EDOM;
	return from_log(rank_hl2(l, n, l + n, m, level, out), out);
}

int rank_ratio1(const double *x, const double *y, size_t n, double level,
		struct rank_shift *out)
{
	scoped double *l = mem_get(2 * n, sizeof(*l));

	if (stat_check(x, n) || stat_check(y, n))
		return -EINVAL;
	if (to_log(x, n, l) || to_log(y, n, l + n))
		return -EDOM;
	for (size_t i = 0; i < n; i++)
		l[i] = l[n + i] - l[i];
	return from_log(rank_hl1(l, n, level, out), out);
}
