// SPDX-License-Identifier: GPL-2.0-or-later
/* question-scaling - where a rate stops growing with the number of actors */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "cond.h"
#include "mem.h"
#include "question.h"
#include "usl.h"

#define RESAMPLES 2000

/* The rates of one series: those of arm a are those of n[a] actors. */
struct rates {
	struct boot_arm	*arm;
	double		*n, *v;
	size_t		 nr, values;
	double		*xs, *ys;	/* room for what is drawn */
	double		(*term)(const struct usl *law);
};

static double contention(const struct usl *law)
{
	return law->contention;
}

static double coherence(const struct usl *law)
{
	return law->coherence;
}

static int law_of(const struct boot_arm *arm, const struct rates *r,
		  struct usl *law)
{
	size_t nr = 0;

	for (size_t a = 0; a < r->nr; a++) {
		for (size_t b = 0; b < arm[a].nr; b++) {
			r->xs[nr] = r->n[a];
			r->ys[nr++] = arm[a].x[b];
		}
	}
	return usl_fit(r->xs, r->ys, nr, law);
}

static double term_of(const struct boot_arm *arm, void *arg)
{
	struct rates *r = arg;
	struct usl law;

	return law_of(arm, r, &law) ? NAN : r->term(&law);
}

static void rates_read(struct rates *r, const struct arms *s,
		       const struct ask *q)
{
	size_t room = 0;

	for (size_t a = 0; a < s->nr; a++)
		room += s->point[a] ? s->point[a]->nr_rep : 0;
	*r = (struct rates){
		.arm = mem_get(s->nr, sizeof(*r->arm)),
		.n = mem_get(s->nr, sizeof(*r->n)),
		.v = mem_get(room, sizeof(*r->v)),
		.xs = mem_get(room, sizeof(*r->xs)),
		.ys = mem_get(room, sizeof(*r->ys)),
	};
	for (size_t a = 0; a < s->nr; a++) {
		double *to = r->v + r->values;
		size_t nr = s->point[a] ? point_values(s->point[a], q->figure,
						       to, NULL) : 0;

		if (!nr)
			continue;
		r->n[r->nr] = point_number(s->point[a], q->by);
		r->arm[r->nr++] = (struct boot_arm){ .nr = nr, .x = to };
		r->values += nr;
	}
}

static void rates_free(struct rates *r)
{
	free(r->arm);
	free(r->n);
	free(r->v);
	free(r->xs);
	free(r->ys);
}

/* "0.034 [0.031, 0.038]" */
static const char *term(struct rates *r, double (*of)(const struct usl *),
			const struct usl *law, const char *name,
			struct sentences *to, char *buf, size_t len)
{
	const struct boot_opt opt = {
		.level = 0.95, .resamples = RESAMPLES, .seed = 1,
	};
	struct est e = { .med = of(law), .lo = NAN, .hi = NAN,
			 .nr = r->values };
	char est[30], lo[30], hi[30];
	struct boot_ci ci;

	r->term = of;
	if (!boot_ci(r->arm, r->nr, term_of, r, &opt, &ci)) {
		e.lo = ci.lo;
		e.hi = ci.hi;
	}
	say_figure(to, name, "share", &e, NULL);
	out_number(est, sizeof(est), e.med);
	if (isnan(e.lo))
		snprintf(buf, len, "%s", est);
	else
		snprintf(buf, len, "%s [%s, %s]", est,
			 out_number(lo, sizeof(lo), e.lo),
			 out_number(hi, sizeof(hi), e.hi));
	return buf;
}

/* "; by the law of .., the most at 68" */
static const char *law_text(const struct arms *s, const struct ask *q,
			    struct sentences *to, char *buf, size_t len)
{
	char a[100], b[100], peak[60] = "no most";
	struct rates r;
	struct usl law;

	rates_read(&r, s, q);
	if (law_of(r.arm, &r, &law)) {
		snprintf(buf, len, "no terms of %zu numbers (%d are needed)",
			 r.nr, USL_SIZES);
	} else {
		term(&r, contention, &law, "contention", to, a, sizeof(a));
		term(&r, coherence, &law, "coherence", to, b, sizeof(b));
		if (isfinite(law.peak))
			snprintf(peak, sizeof(peak), "the most at %.0f%s",
				 law.peak, law.peak > r.n[r.nr - 1] ?
				 ", which is beyond" : "");
		snprintf(buf, len, "contention %s, coherence %s, %s (USL)", a,
			 b, peak);
	}
	rates_free(&r);
	return buf;
}

/* "cloner-ops/s" -> "cloner-p50-ns" */
static char *latency_of(const char *figure)
{
	const char *tail = strstr(figure, "-ops/s");

	return tail ? xprintf("%.*s-p50-ns", (int)(tail - figure), figure) :
		NULL;
}

/* Of those measured the one with the largest rate; 0: none but the base. */
static size_t most_of(const struct arms *s, const struct ask *q, size_t *last)
{
	size_t most = 0;
	double best = 0;

	*last = 0;
	for (size_t a = 0; a < s->nr; a++) {
		struct est e = { .nr = 0 };

		if (s->point[a])
			e = point_est(s->point[a], q->figure);
		if (!e.nr)
			continue;
		*last = a;
		if (e.med > best) {
			best = e.med;
			most = a;
		}
	}
	return most;
}

/* What was forecast for arm A of S; NULL: nothing. */
static const struct forecast *forecast_for(const struct report *r,
					   const struct arms *s, size_t a,
					   const struct ask *q)
{
	char lock[60];

	if (!r->forecasts.nr || !s->point[a] ||
	    !point_est(s->point[a], q->figure).nr)
		return NULL;
	if (!cond_text(&r->run, "lock_mode", lock, sizeof(lock)))
		snprintf(lock, sizeof(lock), "default");
	return forecast_of(&r->forecasts, s->point[a], q->by,
			   run_release(&r->run), lock);
}

/* The speed-up of arm A that was measured, over the one that was forecast. */
static struct est over_forecast(const struct arms *s, size_t a,
				const struct ask *q, double up)
{
	struct arms_ratio r = arms_ratio(s->point[0], s->point[a], q->figure);

	return (struct est){ .med = r.est / up, .lo = r.lo / up,
			     .hi = r.hi / up, .nr = r.nr,
			     .range = r.verdict == ARMS_FEW };
}

/* "1.06 [1.02, 1.11]" */
static const char *over_text(const struct est *e, char *buf, size_t len)
{
	snprintf(buf, len, e->range ? "%.2f (%.2f to %.2f)" :
		 "%.2f [%.2f, %.2f]", e->med, e->lo, e->hi);
	return buf;
}

/* "a line takes 125 ns, an instruction 0.3 ns; 6.12.118" */
static const char *assumed(const struct forecast *f, char *buf, size_t len)
{
	int near = strcspn(f->transfer, ":");

	if (f->nodes == 1)
		snprintf(buf, len, "a line takes %.*s ns, an instruction %g ns; kernel %s in the lab",
			 near, f->transfer, f->instruction_ps / 1000,
			 f->kernel);
	else
		snprintf(buf, len, "a line takes %s ns by distance, an instruction %g ns, %g nodes; kernel %s in the lab",
			 f->transfer, f->instruction_ps / 1000, f->nodes,
			 f->kernel);
	return buf;
}

/* The largest number for which there is both. */
static void say_forecast(const struct report *r, const struct arms_sets *all,
			 const struct arms *s, const struct ask *q,
			 struct sentences *to)
{
	const struct forecast *one = forecast_for(r, s, 0, q), *f = NULL;
	char where[300], how[300], over[80], up[30];
	size_t arm = s->nr;
	struct est e;

	while (one && !f && --arm)
		f = forecast_for(r, s, arm, q);
	if (!f)
		return;
	e = over_forecast(s, arm, q, f->rate / one->rate);
	say_figure(to, point_get(s->point[arm], q->by), "measured/forecast",
		   &e, s->point[arm]);
	arms_where(all, s, where, sizeof(where));
	say(to, "%s%s%s=%s, compared with %s: %s x was forecast; measured over forecast: %s (assumed: %s).",
	    where, *where ? ": " : "", q->by,
	    point_get(s->point[arm], q->by), point_get(s->point[0], q->by),
	    out_number(up, sizeof(up), f->rate / one->rate),
	    over_text(&e, over, sizeof(over)),
	    assumed(f, how, sizeof(how)));
}

/* All numbers of one series, below each other. */
static void forecast_rows(const struct report *r, const struct arms_sets *all,
			  const struct arms *s, const struct ask *q,
			  struct table *t)
{
	const struct forecast *one = forecast_for(r, s, 0, q), *f;
	char where[300], buf[300];

	for (size_t a = 0; one && a < s->nr; a++) {
		struct est rate, e;

		f = forecast_for(r, s, a, q);
		if (!f)
			continue;
		arms_where(all, s, where, sizeof(where));
		table_row(t, a || !*where ? NULL : where);
		table_cell(t, 0, "%s", arms_name(all, s, a, buf, sizeof(buf)));
		rate = point_est(s->point[a], q->figure);
		table_value(t, 1, rate.med, "/s");
		table_value(t, 2, f->rate, "/s");
		if (!a)
			continue;
		e = over_forecast(s, a, q, f->rate / one->rate);
		table_cell(t, 3, "%s", out_number(buf, sizeof(buf),
				e.med * f->rate / one->rate));
		table_cell(t, 4, "%s", out_number(buf, sizeof(buf),
				f->rate / one->rate));
		table_cell(t, 5, "%s", over_text(&e, buf, sizeof(buf)));
	}
}

void question_forecast(const struct report *r, const struct ask *q,
		       struct doc *to)
{
	struct arms_sets all;
	const struct forecast *f = NULL;
	char how[300];
	struct table t;

	if (!r->forecasts.nr || run_timeless(&r->run))
		return;
	arms_find(&all, &r->points, q);
	table_head(&t, 1, "", "measured", "forecast", "speed-up", "forecast",
		   "ratio", NULL);
	for (size_t i = 0; i < all.nr; i++) {
		forecast_rows(r, &all, &all.set[i], q, &t);
		f = forecast_for(r, &all.set[i], 0, q) ?: f;
	}
	if (t.nr_row > 1) {
		doc_head(to, "Measured beside forecast: %s", q->figure);
		doc_table(to, &t);
		doc_note(to, "ratio: of the speed-up measured over the one that was forecast. Assumed: %s",
			 assumed(f, how, sizeof(how)));
	} else {
		table_free(&t);
	}
	arms_free(&all);
}

static void one_series(const struct arms_sets *all, const struct arms *s,
		       const struct ask *q, struct sentences *to)
{
	scoped char *latency = latency_of(q->figure);
	size_t last, most = most_of(s, q, &last);
	char where[300], law[400], up[80], wait[120] = "", end[140];
	const struct point *base = s->point[0], *p;
	struct arms_ratio r;

	arms_where(all, s, where, sizeof(where));
	if (!base || !last || !point_est(base, q->figure).nr) {
		say(to, "%s: not answered: fewer than two numbers of %s were measured.",
		    *where ? where : q->base.bench, q->by);
		return;
	}
	p = s->point[most ? most : last];
	r = arms_ratio(base, p, q->figure);
	say_ratio(to, point_get(p, q->by), q->figure, &r, p, base);
	arms_ratio_text(up, sizeof(up), &r);
	if (latency) {
		struct arms_ratio l = arms_ratio(base, p, latency);
		char text[80];

		if (l.verdict != ARMS_NONE) {
			say_ratio(to, point_get(p, q->by), latency, &l, p,
				  base);
			snprintf(wait, sizeof(wait), " (p50 of each %s)",
				 arms_ratio_text(text, sizeof(text), &l));
		}
	}
	if (!most)
		snprintf(end, sizeof(end), "; none had more than %s",
			 point_get(base, q->by));
	else if (most == last)
		snprintf(end, sizeof(end), ", the most that were tried");
	else
		snprintf(end, sizeof(end), "; %s had less than that",
			 point_get(s->point[last], q->by));
	say(to, "%s%s%s=%s, compared with %s: %s%s%s; %s; n=%zu.", where,
	    *where ? ": " : "", q->by, point_get(p, q->by),
	    point_get(base, q->by), up, wait, end,
	    law_text(s, q, to, law, sizeof(law)), r.nr);
}

void question_scaling(const struct report *r, const struct ask *q,
		      struct sentences *to)
{
	const char *timeless = run_timeless(&r->run);
	struct arms_sets all;

	arms_find(&all, &r->points, q);
	if (all.nr && timeless)
		say(to, "Not answered: %s: virtual CPUs take turns, none waits for a line.",
		    timeless);
	for (size_t i = 0; i < all.nr && !timeless; i++) {
		one_series(&all, &all.set[i], q, to);
		say_forecast(r, &all, &all.set[i], q, to);
	}
	arms_free(&all);
}
