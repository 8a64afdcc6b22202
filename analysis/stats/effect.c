// SPDX-License-Identifier: GPL-2.0-or-later
/* effect - two arms, one number: ratio, interval, p, and what may be said */
#include <math.h>
#include <stdlib.h>

#include "effect.h"
#include "mem.h"
#include "rank.h"
#include "stat.h"

const char *effect_word(enum effect_verdict v)
{
	static const char *const word[NR_EFFECTS] = {
		[EFFECT_UNCLEAR] = "unclear", [EFFECT_FASTER] = "faster",
		[EFFECT_SLOWER] = "slower", [EFFECT_SAME] = "same",
		[EFFECT_NONE] = "not measured",
	};

	return word[v];
}

const char *effect_tally(const size_t nr[NR_EFFECTS], bool shares, char *buf,
			 size_t len)
{
	static const enum effect_verdict order[NR_EFFECTS] = {
		EFFECT_SLOWER, EFFECT_FASTER, EFFECT_SAME, EFFECT_UNCLEAR,
		EFFECT_NONE,
	};
	const char *word[NR_EFFECTS];
	size_t count[NR_EFFECTS];

	for (size_t i = 0; i < NR_EFFECTS; i++) {
		word[i] = effect_word(order[i]);
		count[i] = nr[order[i]];
	}
	return out_tally(buf, len, word, count, NR_EFFECTS, shares);
}

struct change effect_change(const struct effect *e)
{
	return (struct change){ .ratio = e->ratio, .low = e->lo, .high = e->hi,
				.range = !e->interval, .n = e->n, .p = e->holm,
				.verdict = effect_word(e->verdict) };
}

bool effect_can_reject(size_t n, size_t m, bool paired, size_t nr)
{
	double p = paired ? rank_signed_min_p(n) : rank_mwu_min_p(n, m);

	return p * nr <= EFFECT_ALPHA;
}

bool effect_pairs(size_t n, size_t nr)
{
	return effect_can_reject(n, n, true, nr) ||
	       !effect_can_reject(n, n, false, nr);
}

static bool positive(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(x[i] > 0) || !isfinite(x[i]))
			return false;
	return n;
}

static int test(const double *a, size_t n, const double *b, size_t m,
		bool paired, struct rank_test *t)
{
	scoped double *d = mem_get(n, sizeof(*d));

	if (!paired)
		return rank_mwu(a, n, b, m, t);
	for (size_t i = 0; i < n; i++)
		d[i] = log(b[i]) - log(a[i]);
	return rank_signed(d, n, t);
}

void effect_make(struct effect *e, const double *a, size_t n, const double *b,
		 size_t m, bool paired)
{
	struct rank_shift s = { .est = NAN, .lo = NAN, .hi = NAN };
	struct rank_test t;
	int ret;

	*e = (struct effect){
		.n = n, .a = NAN, .b = NAN,
		.ratio = NAN, .lo = NAN, .hi = NAN, .p = NAN, .holm = NAN,
		.verdict = EFFECT_NONE,
	};
	if (n)
		stat_median(a, n, &e->a);
	if (m)
		stat_median(b, m, &e->b);
	if (!positive(a, n) || !positive(b, m))
		return;
	ret = paired ? rank_ratio1(a, b, n, EFFECT_LEVEL, &s) :
		       rank_ratio2(a, n, b, m, EFFECT_LEVEL, &s);
	/* -ENODATA has stored the range; what is not stored stays NAN. */
	if (isnan(s.est))
		return;
	e->ratio = s.est;
	e->lo = s.lo;
	e->hi = s.hi;
	e->interval = !ret;
	e->verdict = EFFECT_UNCLEAR;
	if (!test(a, n, b, m, paired, &t))
		e->p = t.p;
}

static enum effect_verdict verdict(const struct effect *e, double smallest)
{
	if (e->verdict == EFFECT_NONE || !e->interval)
		return e->verdict;
	if (e->lo >= 1 - smallest && e->hi <= 1 + smallest)
		return EFFECT_SAME;
	if (!(e->holm <= EFFECT_ALPHA) || fabs(e->ratio - 1) < smallest)
		return EFFECT_UNCLEAR;
	if (e->lo > 1)
		return EFFECT_SLOWER;
	return e->hi < 1 ? EFFECT_FASTER : EFFECT_UNCLEAR;
}

size_t effect_family(struct effect **e, size_t nr, double smallest)
{
	scoped double *p = mem_get(nr, sizeof(*p));
	size_t n = 0, fired = 0, i;

	for (i = 0; i < nr; i++)
		if (!isnan(e[i]->p))
			p[n++] = e[i]->p;
	if (n)
		stat_holm(p, n, p);
	for (i = n = 0; i < nr; i++) {
		e[i]->holm = isnan(e[i]->p) ? NAN : p[n++];
		e[i]->verdict = verdict(e[i], smallest);
		fired += e[i]->holm <= EFFECT_ALPHA;
	}
	return fired;
}
