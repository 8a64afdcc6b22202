// SPDX-License-Identifier: GPL-2.0-or-later
/* format-json - everything that the text says, as data (docs/formats.md) */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "doc-form.h"
#include "exact.h"
#include "family.h"
#include "js.h"
#include "knee.h"
#include "question.h"
#include "rank.h"
#include "report.h"

#define ANSWERS_MAX	200

static const char *const verdicts[NR_VERDICTS] = {
	[REP_PLANNED] = "not-done", [REP_OK] = "ok", [REP_SKIP] = "skip",
	[REP_FAIL] = "fail", [REP_VOID] = "void",
	[REP_EXCLUDED] = "malformed",
};

/* Its number, from 1: what costs, fits and omissions refer to. */
static json_t *id_of(const struct report *r, const struct point *p)
{
	return p ? json_integer(p - r->points.point + 1) : json_null();
}

static json_t *unit_json(const struct report *r, const struct point *p,
			 const char *name)
{
	json_t *each = json_array(), *block = json_array(), *v;
	struct est e = point_est(p, name);
	const struct unit *unit = NULL;
	double value;

	for (size_t i = 0; i < p->nr_rep; i++) {
		if (!rep_value(p->rep[i], name, &value))
			continue;
		js_add(each, js_number(value));
		js_add(block, json_integer(p->rep[i]->block));
	}
	for (size_t i = 0; i < r->run.nr_unit; i++)
		if (!strcmp(r->run.unit[i].name, name))
			unit = &r->run.unit[i];
	v = js_est(&e);
	js_set(v, "values", each);
	js_set(v, "blocks", block);
	if (unit) {
		js_set(v, "better", js_text(unit->higher ? "higher" : "lower"));
		js_set(v, "exact", json_boolean(unit->exact));
	}
	return v;
}

static json_t *pool_json(const struct pool *pool, bool exact, const char *unit)
{
	static const struct { const char *name; double q; } quantile[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 },
		{ "p99.9", 0.999 },
	};
	json_t *v = json_object();
	char key[40];
	double ns;

	for (size_t i = 0; i < sizeof(quantile) / sizeof(*quantile); i++) {
		bool known = exact ? exact_pool(pool, quantile[i].q, &ns) :
				     pool_quantile(pool, quantile[i].q, &ns);

		snprintf(key, sizeof(key), "%s-%s", quantile[i].name, unit);
		js_set(v, key, known ? js_number(ns) : json_null());
	}
	js_set(v, "ops", js_number(pool->ops));
	snprintf(key, sizeof(key), "max-%s", unit);
	js_set(v, key, js_number(pool->max));
	js_set(v, "repetitions", js_number(pool->nr_rep));
	return v;
}

static json_t *count_json(const unsigned int *count)
{
	json_t *v = json_object();

	for (int i = 0; i < NR_VERDICTS; i++)
		js_set(v, verdicts[i], json_integer(count[i]));
	return v;
}

static json_t *point_json(const struct report *r, const struct point *p)
{
	json_t *v = json_object(), *values = json_object();
	json_t *pooled = json_object();
	char name[1000];

	js_set(v, "id", id_of(r, p));
	js_texts(v, "name", point_name(p, name, sizeof(name)), "part", p->part,
		 "bench", p->bench, "workload", p->workload, NULL);
	js_set(v, "options", js_options(p));
	js_set(v, "conditions", js_conditions(p));
	js_set(v, "repetitions", count_json(p->count));
	for (size_t i = 0; i < p->nr_rep; i++)
		for (size_t k = 0; k < p->rep[i]->nr_value; k++) {
			const char *unit = p->rep[i]->value[k].unit;

			if (!json_object_get(values, unit))
				js_set(values, unit, unit_json(r, p, unit));
		}
	js_set(v, "values", values);
	/* Of how many the order is known, and how many never settled. */
	js_set(v, "warm-up-known", json_integer(p->nr_settle));
	js_set(v, "unsettled", json_integer(p->nr_unsettled));
	for (size_t i = 0; i < p->nr_pool; i++)
		js_set(pooled, p->pool[i].role,
		       pool_json(&p->pool[i], r->exact, point_unit(p)));
	js_set(v, "pooled", pooled);
	return v;
}

static json_t *three(double est, double low, double high)
{
	json_t *v = json_object();

	js_set(v, "estimate", js_number(est));
	js_set(v, "low", js_number(low));
	js_set(v, "high", js_number(high));
	return v;
}

static json_t *fit_json(const struct report *r, const struct size_fit *f)
{
	json_t *v = json_object(), *points = json_array(), *ols = json_object();

	for (size_t i = 0; i < f->nr_point; i++)
		js_add(points, id_of(r, f->point[i]));
	js_set(v, "points", points);
	js_texts(v, "part", f->point[0]->part, "role", f->role, NULL);
	js_set(v, "n", js_number(f->nr_rep));
	js_set(v, "fixed-ns", three(f->ts.intercept, f->fixed_lo, f->fixed_hi));
	js_set(v, "per-thread-ns", three(f->ts.slope, f->ts.slope_lo,
					 f->ts.slope_hi));
	js_set(v, "even-at-threads", three(f->even, f->even_lo, f->even_hi));
	js_set(ols, "fixed-ns", three(f->ols.intercept, f->ols.intercept_lo,
				      f->ols.intercept_hi));
	js_set(ols, "per-thread-ns", three(f->ols.slope, f->ols.slope_lo,
					   f->ols.slope_hi));
	js_set(ols, "r2", js_number(f->ols.r2));
	js_set(v, "ols", ols);
	return v;
}

/* Where the cost of a write jumps, by the pause before it. */
static json_t *knees_json(const struct report *r)
{
	json_t *all = json_array();
	struct knees knees;

	knee_make(&knees, &r->points);
	for (size_t i = 0; i < knees.nr_knee; i++) {
		const struct knee *k = &knees.knee[i];
		json_t *v = three(k->ratio, k->lo, k->hi);
		json_t *points = json_array();

		for (size_t n = 0; n < k->nr; n++)
			js_add(points, id_of(r, k->point[n]));
		js_set(v, "points", points);
		js_set(v, "after", id_of(r, k->point[k->at]));
		js_set(v, "before", id_of(r, k->point[k->at + 1]));
		js_set(v, "support", js_number(k->support));
		js_set(v, "jump", json_boolean(k->jump));
		js_add(all, v);
	}
	knee_free(&knees);
	return all;
}

/* The same thing twice, as parts a and b of one plan; null: it is not. */
static json_t *control_json(const struct report *r)
{
	json_t *v = json_null();
	struct family f;

	if (family_control(&f, &r->run, &r->points)) {
		v = json_object();
		js_set(v, "compared", js_number(f.nr_row));
		js_set(v, "differ-after-holm", js_number(f.fired));
		js_set(v, "widest-interval-ratio",
		       js_number(f.widest ? f.widest : NAN));
	}
	family_free(&f);
	return v;
}

static json_t *costs_json(const struct report *r)
{
	struct answer row[ANSWERS_MAX];
	size_t nr = answer_rows(r, row, ANSWERS_MAX);
	json_t *all = json_array();

	for (size_t i = 0; i < nr && i < ANSWERS_MAX; i++) {
		json_t *v = json_object();
		struct rank_shift s;
		size_t pairs;
		int ret;

		js_texts(v, "cost", row[i].cost, "label", row[i].label, NULL);
		js_set(v, "point", id_of(r, row[i].point));
		if (row[i].fit)
			js_set(v, "fit", json_integer(row[i].fit -
						      r->sizes.fit + 1));
		if (row[i].beside) {
			js_set(v, "beside-writer", id_of(r, row[i].beside));
			ret = point_ratio(row[i].point, row[i].beside,
					   "cloner-p50-ns", &s, &pairs);
			if (!ret || ret == -ENODATA) {
				json_t *ratio = three(s.est, s.lo, s.hi);

				js_set(ratio, "pairs", js_number(pairs));
				js_set(ratio, "interval", js_text(
				       ret ? "range" : "95%"));
				js_set(v, "ratio", ratio);
			}
		}
		js_add(all, v);
	}
	return all;
}

static json_t *said_json(const struct report *r,
			 const struct sentence_figure *f)
{
	json_t *v = js_est(&f->est);

	js_texts(v, "name", f->name, "unit", f->unit, NULL);
	js_set(v, "point", id_of(r, f->point));
	if (!f->of)
		return v;
	js_texts(v, "of", f->of, "verdict", f->verdict, NULL);
	js_set(v, "base", id_of(r, f->base));
	return v;
}

/* Sentences as the text has them, each with its figures; takes ALL. */
static json_t *sentences_json(const struct report *r, struct sentences *all,
			      const char *asks)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->nr; i++) {
		const struct sentence *s = &all->one[i];
		json_t *v = json_object(), *figures = json_array();

		for (size_t k = 0; k < s->nr_figure; k++)
			js_add(figures, said_json(r, &s->figure[k]));
		js_texts(v, asks, s->asks, "sentence", s->text, NULL);
		js_set(v, "figures", figures);
		if (s->verdict)
			js_set(v, "verdict", js_text(s->verdict));
		js_add(list, v);
	}
	sentences_free(all);
	return list;
}

static json_t *answers_json(const struct report *r)
{
	struct sentences all = { 0 };

	if (!r->exact)
		question_make(r, &all);
	return sentences_json(r, &all, "question");
}

static json_t *claims_json(const struct report *r)
{
	struct sentences all = { 0 };

	if (!r->exact)
		claims_make(r, &all);
	return sentences_json(r, &all, "claim");
}

static json_t *omitted_json(const struct report *r)
{
	const struct run *run = &r->run;
	json_t *all = json_array();

	for (size_t i = 0; i < run->nr_rep; i++) {
		const struct rep *rep = &run->rep[i];
		json_t *v;

		if (rep->verdict == REP_OK)
			continue;
		v = json_object();
		js_set(v, "line", json_integer(rep->line));
		js_set(v, "block", json_integer(rep->block));
		js_texts(v, "part", rep->part, "bench", rep->bench, "verdict",
			 verdicts[rep->verdict], "reason", rep->reason, NULL);
		js_set(v, "made-good", json_boolean(rep->mended));
		js_add(all, v);
	}
	return all;
}

static json_t *texts(char *const *text, size_t nr)
{
	json_t *all = json_array();

	for (size_t i = 0; i < nr; i++)
		js_add(all, js_text(text[i]));
	return all;
}

/* Where and how it was measured. */
static void head_json(const struct run *run, json_t *v)
{
	unsigned int count[NR_VERDICTS] = { 0 };
	json_t *beware = json_array();
	char buf[400];

	js_texts(v, "schema", "forkpath-report/1", "question", run->question,
		 "title", run->title, "config", run->config, "seed", run->seed,
		 "suite", run->sample_suite ?: run->suite,
		 "command", run->command, NULL);
	js_set(v, "kernel", js_text(cond_kernel(run, buf, sizeof(buf))));
	js_set(v, "lock", js_text(cond_lock(run, buf, sizeof(buf))));
	js_set(v, "machine", js_text(cond_machine(run, buf, sizeof(buf))));
	js_set(v, "label", js_text(cond_text(run, "label", buf, sizeof(buf))));
	if (cond_died(run, buf, sizeof(buf)))
		js_add(beware, js_text(buf));
	if (cond_beware(run, buf, sizeof(buf)))
		js_add(beware, js_text(buf));
	js_set(v, "beware", beware);
	js_set(v, "conditions", json_deep_copy(run->meta));

	for (size_t i = 0; i < run->nr_rep; i++)
		count[run->rep[i].verdict]++;
	js_set(v, "repetitions", count_json(count));
}

int format_json(struct report *r, FILE *to)
{
	const struct run *run = &r->run;
	json_t *v = json_object(), *floor = json_object();
	json_t *points = json_array(), *fits = json_array();
	json_t *counted = json_array();
	struct doc d = { 0 };

	head_json(run, v);
	/* One boot: its repetitions are no sample of boots. */
	js_set(v, "boots", json_integer(1));
	js_set(floor, "null-p50-ns", js_est(&r->null_p50));
	js_set(floor, "null-p99-ns", js_number(r->null_p99 < 0 ? NAN :
					       r->null_p99));
	js_set(floor, "clock-ns", js_est(&r->clock));
	js_set(v, "noise-floor", floor);
	js_set(v, "costs", costs_json(r));
	js_set(v, "answers", answers_json(r));
	js_set(v, "claims", claims_json(r));
	for (size_t i = 0; i < r->points.nr_point; i++)
		js_add(points, point_json(r, &r->points.point[i]));
	js_set(v, "points", points);
	for (size_t i = 0; i < r->counted.nr_point; i++) {
		json_t *one;

		if (!point_get(&r->counted.point[i], "events"))
			continue;
		one = point_json(r, &r->counted.point[i]);
		json_object_del(one, "id");
		js_add(counted, one);
	}
	js_set(v, "counted", counted);
	js_set(v, "events", texts((char *const *)run->event, run->nr_event));
	/* A series without a line keeps its place: costs count them. */
	for (size_t i = 0; i < r->sizes.nr_fit; i++)
		js_add(fits, r->sizes.fit[i].fitted ?
		       fit_json(r, &r->sizes.fit[i]) : json_null());
	js_set(v, "fits", fits);
	js_set(v, "knees", knees_json(r));
	js_set(v, "a-a", control_json(r));
	js_set(v, "omitted", omitted_json(r));
	js_set(v, "excluded", texts(run->note, run->nr_note));
	js_set(v, "plan-notes", texts((char *const *)run->plan_note,
				      run->nr_plan_note));
	report_doc(r, &d);
	js_set(v, "document", doc_json(&d));
	doc_free(&d);
	js_print(v, to);
	return 0;
}
