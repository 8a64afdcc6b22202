// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * format-ktap - the run as tests: what was measured, skipped, failed
 *
 * A part is a subtest, a point of it is a test, and so is every repetition
 * that failed, was void or malformed. That something is slow is no failure:
 * the numbers are diagnostic data.
 */
#include <string.h>

#include "report.h"

/* A description ends at '#'. */
static const char *name(const struct point *p, char *buf, size_t len)
{
	char raw[1000];

	out_ascii(buf, len, point_name(p, raw, sizeof(raw)));
	for (char *c = buf; *c; c++)
		if (*c == '#')
			*c = '_';
	return buf;
}

static void numbers(const struct point *p, FILE *to)
{
	char role[8][64];
	size_t nr = point_roles(p, role, 8);

	for (size_t i = 0; i < nr; i++) {
		const char *of = nr > 1 ? role[i] : "", *sep = nr > 1 ? "." : "";
		struct est e = point_p50(p, role[i]);
		double v;

		fprintf(to, " %s%sp50=%.0f%s", of, sep, e.med, point_unit(p));
		if (e.nr > 1)
			fprintf(to, " %s%s%s=%.0f..%.0f%s", of, sep,
				e.range ? "range" : "ci95", e.lo, e.hi,
				point_unit(p));
		if (pool_quantile(point_pool(p, role[i]), 0.99, &v))
			fprintf(to, " %s%sp99=%.0f%s", of, sep, v,
				point_unit(p));
	}
	fprintf(to, " n=%zu\n", p->nr_rep);
}

/* Refused, and not made good by a repeat. */
static bool is_lost(const struct rep *rep)
{
	return !rep->mended && (rep->verdict == REP_FAIL ||
		rep->verdict == REP_VOID || rep->verdict == REP_EXCLUDED);
}

static size_t nr_lost(const struct point *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nr_tried; i++)
		n += is_lost(p->tried[i]);
	return n;
}

/* Returns whether all is well. */
static bool point_tests(const struct point *p, size_t *nr, FILE *to)
{
	static const char *const word[NR_VERDICTS] = {
		[REP_FAIL] = "failed", [REP_VOID] = "void",
		[REP_EXCLUDED] = "malformed",
	};
	char what[1000], why[500];
	size_t lost = nr_lost(p);

	name(p, what, sizeof(what));
	if (p->nr_rep) {
		fprintf(to, "  ok %zu %s #", ++*nr, what);
		numbers(p, to);
	} else if (p->count[REP_SKIP]) {
		fprintf(to, "  ok %zu %s # SKIP %s\n", ++*nr, what,
			out_ascii(why, sizeof(why),
				  point_first(p, REP_SKIP)->reason));
	} else if (!lost) {
		fprintf(to, "  ok %zu %s # SKIP not done: the run was stopped before\n",
			++*nr, what);
	}
	for (size_t i = 0; i < p->nr_tried; i++) {
		const struct rep *rep = p->tried[i];

		if (!is_lost(rep))
			continue;
		fprintf(to, "  not ok %zu %s plan line %u # %s: %s\n", ++*nr,
			what, rep->line, word[rep->verdict],
			out_ascii(why, sizeof(why), rep->reason));
	}
	return !lost;
}

/* As many as point_tests() prints. */
static size_t nr_tests(const struct point *p)
{
	size_t lost = nr_lost(p);

	return lost + (p->nr_rep || p->count[REP_SKIP] || !lost);
}

int format_ktap(struct report *r, FILE *to)
{
	const struct points *all = &r->points;
	size_t parts = 0, part = 0;
	char buf[400], ascii[400];

	for (size_t i = 0; i < all->nr_point; i++)
		parts += !i || strcmp(all->point[i].part,
				      all->point[i - 1].part);
	fprintf(to, "KTAP version 1\n1..%zu\n", parts);
	fprintf(to, "# %s: kernel %s\n", r->run.question,
		out_ascii(ascii, sizeof(ascii),
			  cond_kernel(&r->run, buf, sizeof(buf))));
	fprintf(to, "# machine %s\n",
		out_ascii(ascii, sizeof(ascii),
			  cond_machine(&r->run, buf, sizeof(buf))));
	for (size_t i = 0; i < all->nr_point; ) {
		const char *of = all->point[i].part;
		size_t end = i, nr = 0, tests = 0, skipped = 0;
		bool well = true;

		for (; end < all->nr_point &&
		       !strcmp(all->point[end].part, of); end++) {
			tests += nr_tests(&all->point[end]);
			skipped += !all->point[end].nr_rep;
		}
		fprintf(to, "  KTAP version 1\n  1..%zu\n", tests);
		for (; i < end; i++) {
			well &= point_tests(&all->point[i], &nr, to);
			if (i + 1 == end)
				fprintf(to, "%sok %zu %s", well ? "" : "not ",
					++part, of);
		}
		fputs(well && skipped && skipped == tests ?
		      " # SKIP nothing of it was measured\n" : "\n", to);
	}
	return 0;
}
