// SPDX-License-Identifier: GPL-2.0-or-later
/* report - one results folder as something to read */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "costs.h"
#include "exact.h"
#include "headline.h"
#include "knee.h"
#include "mem.h"
#include "profile.h"
#include "question.h"
#include "report.h"
#include "set.h"

#define ROLES_MAX	8

/* On what, and what may spoil all of it. */
void report_head(const struct report *r, struct doc *to)
{
	const struct run *run = &r->run;
	char buf[400], machine[300];
	size_t n;

	doc_title(to, "%s: %s", run->question, run->title ?: "");
	n = snprintf(buf, sizeof(buf), "%s; %s",
		     run_release(run) ?: "kernel unknown",
		     cond_where(run, machine, sizeof(machine)));
	if (n < sizeof(buf) && cond_text(run, "label", machine,
						 sizeof(machine)))
		snprintf(buf + n, sizeof(buf) - n, "; label %.60s", machine);
	doc_para(to, "%s", buf);
	if (cond_died(run, buf, sizeof(buf)))
		doc_beware(to, "BEWARE", "%s", buf);
	if (cond_beware(run, buf, sizeof(buf)))
		doc_beware(to, "BEWARE", "%s", buf);
	if (*omitted_lost(&run, 1, buf, sizeof(buf)))
		doc_beware(to, "BEWARE", "%s of %zu repetition%s; the full report says why", buf,
			   run->nr_rep, out_s(run->nr_rep));
	if (!r->nr_max)
		doc_para(to, "No repetition was measured.");
	else if (r->exact)
		exact_head(run, to);
}

/* What the intervals of the tables are. */
static void numbers(const struct report *r, struct doc *to)
{
	if (!r->nr_max || r->exact)
		return;
	doc_para(to, "Each number is a median over the repetitions of one boot. The repetitions are not independent boots, so nothing here tells whether another kernel would differ.%s%s%s",
		 r->nr_max >= 6 ? " [low, high]: 95 % interval of that median." : "",
		 r->has_range ? " (low to high): fewer than 6 repetitions, for which no such interval exists; the whole range." : "",
		 r->has_torn ? " An interval that reaches half the median or more says that repetitions disagree; p90 and up weigh by operations there." : "");
}

/* Those that answer, or the others: behind the tables they belong to. */
static void figures(const struct report *r, struct doc *to, bool answer)
{
	for (size_t i = 0; i < r->plots->nr_plot; i++) {
		const struct plot *p = &r->plots->plot[i];

		if (p->in_report == answer)
			doc_figure(to, p->title, p->text, p->svg);
	}
	if (answer && *r->plots->problem)
		doc_key(to, "plots", "%s", r->plots->problem);
}

static void repeat(const struct report *r, struct doc *to)
{
	const struct run *run = &r->run;

	doc_key(to, "repeat", "%s",
		run->command && *run->command ? run->command : "(command not recorded)");
	doc_key(to, "", "seed %s, suite %s, %zu repetition%s planned",
		run->seed ?: "?", run->sample_suite ?: run->suite ?: "?",
		run->nr_rep, out_s(run->nr_rep));
}

static void answers(struct report *r, bool inside, struct doc *to)
{
	struct sentences all = { 0 };
	struct headline h;
	struct costs c;
	size_t nr;

	costs_make(&c, r);
	control_section(r, to);
	claims_section(r, to);
	nr = to->nr;
	costs_tables(&c, true, to);
	if (headline_make(&h, r, &c)) {
		headline_table(&h, false, to);
		headline_table(&h, true, to);
		headline_free(&h);
	}
	question_make(r, &all);
	if (sentences_asked(&all) > QUESTION_PAGE)
		question_page(&all, to);
	question_answers(&all, to);
	if (nr == to->nr && !inside)
		doc_para(to, "Nothing measured here answers a question that the report knows; see the tables.");
	sentences_free(&all);
}

void report_doc(struct report *r, struct doc *to)
{
	bool inside;

	report_head(r, to);
	numbers(r, to);
	inside = inside_sections(r, to);
	if (r->exact) {
		figures(r, to, true);
		exact_tables(r, true, to);
	} else {
		answers(r, inside, to);
		sizes_section(r, to);
		knee_section(&r->points, to);
		question_arms(r, to);
		figures(r, to, true);
		latency_tables(r, to);
		figures(r, to, false);
		counted_section(r, to);
		profile_section(r, to);
	}
	omitted_section(r, to);
	omitted_unsettled(r, to);
	cond_print(&r->run, to);
	repeat(r, to);
}

static void noise_floor(struct report *r)
{
	const struct points *all = &r->points;
	scoped double *v = mem_get(r->run.nr_rep, sizeof(*v));
	size_t nr = 0;

	r->null_p99 = -1;
	for (size_t i = 0; i < all->nr_point; i++) {
		const struct point *p = &all->point[i];

		nr += point_values(p, "clock-ns", v + nr, NULL);
		if (strcmp(p->bench, "null") || !p->nr_rep ||
		    strcmp(p->workload, "idle") || r->null_p50.nr)
			continue;
		r->null = p;
		r->null_p50 = point_est(p, "null-p50-ns");
		if (!pool_quantile(point_pool(p, "null"), 0.99, &r->null_p99)) {
			struct est e = point_est(p, "null-p99-ns");

			r->null_p99 = e.nr ? e.med : -1;
		}
	}
	r->clock = est_make(v, nr);
}

int report_make(struct report *r, const char *path)
{
	memset(r, 0, sizeof(*r));
	r->plots = mem_get(1, sizeof(*r->plots));
	if (run_read(&r->run, path))
		return -1;
	asked_of(&r->run, &r->asks);
	points_make(&r->points, &r->run);
	r->exact = exact_run(&r->run);
	points_counted(&r->counted, &r->run);
	size_make(&r->sizes, &r->points);
	noise_floor(r);
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		char role[ROLES_MAX][64];
		size_t n = p->nr_rep, nr_role;

		if (!n)
			continue;
		nr_role = point_roles(p, role, ROLES_MAX);
		for (size_t k = 0; k < nr_role; k++) {
			struct est e = point_p50(p, role[k]);

			r->has_torn |= !r->exact && latency_torn(&e);
		}
		if (n > r->nr_max)
			r->nr_max = n;
		if (!r->nr_min || n < r->nr_min)
			r->nr_min = n;
		r->has_range |= n < 6;
	}
	return 0;
}

void report_free(struct report *r)
{
	forecasts_free(&r->forecasts);
	plots_free(r->plots);
	free(r->plots);
	size_free(&r->sizes);
	points_free(&r->points);
	points_free(&r->counted);
	ask_free(&r->asks);
	run_free(&r->run);
}
