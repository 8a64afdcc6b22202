// SPDX-License-Identifier: GPL-2.0-or-later
/* judge - is this kernel on the good or the bad side of two others? */
#define _GNU_SOURCE
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "folders.h"
#include "judge.h"
#include "mem.h"
#include "out.h"
#include "rank.h"
#include "stat.h"

#define LEVEL	(1 - JUDGE_ALPHA / JUDGE_LOOKS)

static const char *opt_point, *opt_metric;
static unsigned long opt_repeat, opt_look;

#define POINT_ROW { "point", OPT_PATH, &opt_point, NULL, NULL, \
		    "the point: BENCH/KEY=VALUE/.." }

const struct opt judge_opts[] = {
	POINT_ROW,
	{ "metric", OPT_PATH, &opt_metric, NULL, NULL,
	  "unit, as in the sample; default: p50 of the first role" },
	{ "look", OPT_UINT, &opt_look, "1", "1..4",
	  "how many times NOW has been judged, this one included" },
	OPT_END
};

const struct opt pick_opts[] = {
	POINT_ROW,
	{ "repeat", OPT_UINT, &opt_repeat, "10", "1..10000", "repetitions" },
	OPT_END
};

/* --- the decision -------------------------------------------------------- */

static int logs(const double *x, size_t n, double *to)
{
	for (size_t i = 0; i < n; i++) {
		if (!(x[i] > 0) || !isfinite(x[i]))
			return -1;
		to[i] = log(x[i]);
	}
	return 0;
}

/* Fewest values with which a signed-rank test reaches the level. */
static size_t fewest(void)
{
	size_t n = 1;

	while (rank_signed_min_p(n) > 1 - LEVEL)
		n++;
	return n;
}

int judge_limit(const double *good, size_t n, const double *bad, size_t m,
		struct limit *limit, char *why, size_t len)
{
	scoped double *g = mem_get(n, sizeof(*g)), *b = mem_get(m, sizeof(*b));
	double sd_good, sd_bad, half, z, need;
	struct rank_test test;

	memset(limit, 0, sizeof(*limit));
	if (n < 5 || m < 5) {
		snprintf(why, len, "GOOD has %zu repetitions of it, BAD %zu; 5 of each are the least",
			 n, m);
		return -1;
	}
	if (logs(good, n, g) || logs(bad, m, b)) {
		snprintf(why, len, "a value of 0 has no place on a log scale");
		return -1;
	}
	if (stat_median(g, n, &limit->good) || stat_median(b, m, &limit->bad) ||
	    stat_sd(g, n, &sd_good) || stat_sd(b, m, &sd_bad) ||
	    rank_mwu(g, n, b, m, &test)) {
		snprintf(why, len, "GOOD and BAD cannot be described");
		return -1;
	}
	limit->at = (limit->good + limit->bad) / 2;
	limit->sd = fmax(sd_good, sd_bad);
	half = fabs(limit->bad - limit->good) / 2;
	if (test.p > JUDGE_ALPHA || !half) {
		snprintf(why, len, "GOOD and BAD are too alike (%+.2f %%, p = %.3g, more than %.2g): nothing to look for",
			 100 * expm1(limit->bad - limit->good), test.p,
			 JUDGE_ALPHA);
		return -1;
	}
	z = gsl_cdf_ugaussian_Pinv((1 + LEVEL) / 2) +
	    gsl_cdf_ugaussian_Pinv(JUDGE_POWER);
	need = ceil(pow(z * limit->sd / half, 2) / 0.955);
	if (need > JUDGE_MAX) {
		snprintf(why, len, "%.0f repetitions would be needed to tell GOOD from BAD (%+.2f %%, sd %.2f %%), more than %d",
			 need, 100 * expm1(limit->bad - limit->good),
			 100 * limit->sd, JUDGE_MAX);
		return -1;
	}
	/*
	 * With the fewest, every value has to lie on its side: one stray one
	 * and a look is lost. Half as many again make up for that.
	 */
	limit->need = fmax(need + fewest() / 2, fewest());
	return 0;
}

enum judged judge_now(const struct limit *limit, const double *now, size_t n,
		      unsigned int look, size_t *more)
{
	scoped double *d = mem_get(n, sizeof(*d));
	enum judged answer = JUDGED_MORE;
	struct rank_shift hl;
	bool slower = limit->bad > limit->good;
	int ret = n ? 0 : -ENODATA;

	*more = 0;
	if (n && logs(now, n, d))
		return JUDGED_SKIP;
	for (size_t i = 0; i < n; i++)
		d[i] -= limit->at;
	if (!ret)
		ret = rank_hl1(d, n, LEVEL, &hl);
	/* -ENODATA: too few for an interval of this level. */
	if (!ret && hl.lo > 0)
		answer = slower ? JUDGED_BAD : JUDGED_GOOD;
	else if (!ret && hl.hi < 0)
		answer = slower ? JUDGED_GOOD : JUDGED_BAD;
	else if (look >= JUDGE_LOOKS)
		answer = JUDGED_SKIP;
	/* Each look has twice as many as the one before. */
	if (answer == JUDGED_MORE)
		*more = n < limit->need ? limit->need - n : n;
	return answer;
}

/* --- folders ------------------------------------------------------------- */

struct side {
	struct run	 run;
	struct points	 points;
	const struct point *point;
	double		*v;
	size_t		 nr;
};

static void side_free(struct side *s)
{
	points_free(&s->points);
	run_free(&s->run);
	free(s->v);
}

/* The one point of PATH that W means. 0, or -1 with WHY. */
static int side_read(struct side *s, const char *path, const struct wanted *w,
		     char *why, size_t len)
{
	size_t nr = 0;

	memset(s, 0, sizeof(*s));
	if (folder_points(&s->run, &s->points, path)) {
		snprintf(why, len, "%s", s->run.error);
		return -1;
	}
	if (run_timeless(&s->run)) {
		snprintf(why, len, "%s: %s is no ground for a verdict", path,
			 run_timeless(&s->run));
		return -1;
	}
	for (size_t i = 0; i < s->points.nr_point; i++) {
		if (!wanted_match(w, &s->points.point[i]))
			continue;
		s->point = &s->points.point[i];
		nr++;
	}
	if (nr == 1)
		return 0;
	snprintf(why, len, nr ? "%s: %s is said of %zu points; say more of it" :
		 "%s: no point is %s", path, opt_point, nr);
	return -1;
}

/* The unit to judge by, in UNIT: what was asked for, or the first role's. */
static int unit_of(const struct side *s, char *unit, size_t len)
{
	char role[1][64];

	if (opt_metric)
		snprintf(unit, len, "%s", opt_metric);
	else if (point_roles(s->point, role, 1))
		snprintf(unit, len, "%s-p50-%s", role[0],
			 point_unit(s->point));
	else
		return -1;
	return 0;
}

static void side_values(struct side *s, const char *unit)
{
	s->v = mem_get(s->point->nr_rep, sizeof(*s->v));
	s->nr = point_values(s->point, unit, s->v, NULL);
}

/* What is not is said. */
static void same_host(const struct side *good, const struct side *other,
		      const char *name)
{
	const char *a = run_meta(&good->run, "host");
	const char *b = run_meta(&other->run, "host");

	if (strcmp(a, b))
		err_say("judge: GOOD is of host '%s', %s of '%s': another machine is another speed",
			a, name, b);
}

/* GOOD, BAD and the limit between them. 0, or EXIT_BAD after one line. */
static int ends(char **path, struct side *good, struct side *bad,
		const struct wanted *w, char *unit, size_t unit_len,
		struct limit *limit)
{
	char *a, *b, why[1200];
	bool same;

	if (side_read(good, path[0], w, why, sizeof(why)) ||
	    side_read(bad, path[1], w, why, sizeof(why))) {
		err_say("judge: %s", why);
		return EXIT_BAD;
	}
	a = point_identity(good->point);
	b = point_identity(bad->point);
	same = !strcmp(a, b);
	if (!same)
		err_say("judge: GOOD has %s, BAD has %s; expected the same point in both",
			a, b);
	free(a);
	free(b);
	if (!same)
		return EXIT_BAD;
	if (unit_of(good, unit, unit_len)) {
		err_say("judge: %s: %s has no repetition that is ok", path[0],
			opt_point);
		return EXIT_BAD;
	}
	side_values(good, unit);
	side_values(bad, unit);
	if (judge_limit(good->v, good->nr, bad->v, bad->nr, limit, why,
			sizeof(why))) {
		err_say("judge: %s: %s", unit, why);
		return EXIT_BAD;
	}
	same_host(good, bad, "BAD");
	return EXIT_OK;
}

/* Values of all NOW folders together. 0, or -1 after one line. */
static int now_values(char **path, int nr, const struct wanted *w,
		      const char *unit, const struct side *good, double **v,
		      size_t *n)
{
	char why[1200];

	for (int i = 0; i < nr; i++) {
		struct side now;

		if (side_read(&now, path[i], w, why, sizeof(why))) {
			err_say("judge: %s", why);
			side_free(&now);
			return -1;
		}
		if (!i)
			same_host(good, &now, "NOW");
		side_values(&now, unit);
		*v = xrealloc(*v, *n + now.nr, sizeof(**v));
		memcpy(*v + *n, now.v, now.nr * sizeof(**v));
		*n += now.nr;
		side_free(&now);
	}
	return 0;
}

int judge(char **path, int nr)
{
	static const char *const word[] = {
		[JUDGED_GOOD] = "good", [JUDGED_BAD] = "bad",
		[JUDGED_MORE] = "more", [JUDGED_SKIP] = "skip",
	};
	struct side good = { 0 }, bad = { 0 };
	struct wanted wanted = { 0 };
	enum judged answer;
	size_t n = 0, more;
	struct limit limit;
	char why[300], unit[120];
	double *now = NULL, med;
	int ret = EXIT_BAD;

	if (nr < 2 || !opt_point) {
		err_say("judge: expected GOOD BAD [NOW].. --point BENCH/KEY=VALUE/..");
		return EXIT_BAD;
	}
	if (wanted_parse(&wanted, opt_point, why, sizeof(why))) {
		err_say("judge: %s", why);
		goto cleanup;
	}
	ret = ends(path, &good, &bad, &wanted, unit, sizeof(unit), &limit);
	if (ret)
		goto cleanup;
	if (nr == 2) {
		printf("need %zu\n", limit.need);
		if (good.nr < limit.need || bad.nr < limit.need)
			err_say("judge: GOOD has %zu repetitions, BAD %zu: the limit would be surer with %zu of each",
				good.nr, bad.nr, limit.need);
		goto cleanup;
	}
	/* What cannot be read of NOW says nothing about its kernel. */
	ret = JUDGED_SKIP;
	if (now_values(path + 2, nr - 2, &wanted, unit, &good, &now, &n))
		goto cleanup;
	if (!n) {
		err_say("judge: NOW has no repetition of %s that is ok",
			opt_point);
		goto cleanup;
	}
	answer = judge_now(&limit, now, n, opt_look, &more);
	stat_median(now, n, &med);
	printf("%s", word[answer]);
	if (answer == JUDGED_MORE)
		printf(" %zu", more);
	printf(" # %s: good %.6g, bad %.6g, limit %.6g, now %.6g (n=%zu)\n",
	       unit, exp(limit.good), exp(limit.bad), exp(limit.at), med, n);
	ret = answer;
cleanup:
	if (fflush(stdout))
		ret = JUDGED_SKIP;
	free(now);
	side_free(&good);
	side_free(&bad);
	wanted_free(&wanted);
	return ret;
}

/* --- the plan of a measurement ------------------------------------------- */

static void pairs(const struct kv *kv, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		printf("%s%s=%s", i ? " " : "", kv[i].key, kv[i].value);
	if (!nr)
		putchar('-');
}

int pick(char **path, int nr)
{
	struct side side = { 0 };
	struct wanted wanted = { 0 };
	const struct point *p;
	unsigned int limit = 60;
	int ret = EXIT_BAD;
	char why[1200];

	if (nr != 1 || !opt_point) {
		err_say("pick: expected GOOD --point BENCH/KEY=VALUE/..");
		return EXIT_BAD;
	}
	if (wanted_parse(&wanted, opt_point, why, sizeof(why)) ||
	    side_read(&side, path[0], &wanted, why, sizeof(why))) {
		err_say("pick: %s", why);
		goto cleanup;
	}
	p = side.point;
	if (!p->nr_rep) {
		err_say("pick: %s: %s has no repetition that is ok", path[0],
			opt_point);
		goto cleanup;
	}
	if (p->rep[0]->limit)
		limit = p->rep[0]->limit;
	printf("# forkpath-plan/1\n# question %s\n# title %s\n# config %s\n"
	       "# seed %s\n# suite %s\n# blocks %lu\n# command %s\n"
	       "# note one point, as in %.150s\n", side.run.question,
	       side.run.title ?: "", side.run.config ?: "-",
	       side.run.seed ?: "1", side.run.suite ?: "unknown", opt_repeat,
	       side.run.command ?: "-", path[0]);
	printf("line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\tconditions\tpoint\n");
	for (unsigned long i = 1; i <= opt_repeat; i++) {
		printf("%lu\t%lu\t%s\t%s\t%s\t%u\trun\t-\t", i, i, p->part,
		       p->bench, p->workload, limit);
		pairs(p->cond, p->nr_cond);
		putchar('\t');
		pairs(p->opt, p->nr_opt);
		putchar('\n');
	}
	ret = EXIT_OK;
cleanup:
	side_free(&side);
	wanted_free(&wanted);
	return ret;
}
