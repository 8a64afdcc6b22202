// SPDX-License-Identifier: GPL-2.0-or-later
/* history - many results folders in order: one table and figure per point */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cond.h"
#include "history.h"
#include "mem.h"
#include "out.h"
#include "point-est.h"
#include "series.h"

#define ROLES_MAX	8
#define CHANGES_MAX	40
#define POLISH		10	/* of what is left each takes half away */

/* What could not be read, or has no history: one line. */
__attribute__((format(printf, 2, 3)))
static void bad(struct history *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mem_push(&h->bad, &h->nr_bad, out_plain(fmt, ap));
	va_end(ap);
}

bool history_open(struct history *h, const char *path, struct run *run,
		  struct points *points)
{
	if (folder_points(run, points, path)) {
		bad(h, "%s", run->error);
	} else if (run_timeless(run)) {
		bad(h, "%s: %s has no history", path, run_timeless(run));
		points_free(points);
	} else {
		return true;
	}
	run_free(run);
	return false;
}

static int by_name(const void *pa, const void *pb)
{
	const struct track *a = pa, *b = pb;

	return strcmp(a->name, b->name) ?: strcmp(a->unit, b->unit) ?:
		strcmp(a->series, b->series);
}

void history_value(struct history *h, size_t past, const char *name,
		   const char *unit, const struct est *est)
{
	const struct track key = { .series = h->past[past].series,
				   .name = (char *)name, .unit = (char *)unit };
	struct track **found = tfind(&key, &h->tree, by_name), *t;
	struct track_at *e;

	if (found) {
		t = *found;
	} else {
		t = mem_push(&h->track, &h->nr_track, mem_get(1, sizeof(*t)));
		t->series = key.series;
		t->name = mem_text("%s", name);
		t->unit = mem_text("%s", unit);
		tsearch(t, &h->tree, by_name);
	}
	e = mem_more(&t->at, &t->nr, sizeof(*e));
	e->past = past;
	e->est = *est;
}

static bool point_add(struct history *h, size_t past, const struct point *p)
{
	char role[ROLES_MAX][64], unit[100], *name = point_identity(p);
	size_t nr = h->metric ? 1 : point_roles(p, role, ROLES_MAX);
	bool any = false;

	for (size_t i = 0; i < nr; i++) {
		struct est e;

		if (h->metric)
			snprintf(unit, sizeof(unit), "%s", h->metric);
		else
			snprintf(unit, sizeof(unit), "%.63s-p50-%s", role[i],
				 point_unit(p));
		e = point_est(p, unit);
		if (!e.nr)
			continue;
		history_value(h, past, name, unit, &e);
		any = true;
	}
	free(name);
	return any;
}

size_t history_boot(struct history *h, const char *path, const char *release,
		    const char *utc, const char *host, const char *series)
{
	struct past *past = mem_more(&h->past, &h->nr_past, sizeof(*past));

	*past = (struct past){
		.path = mem_text("%s", path), .release = mem_text("%s", release),
		.utc = mem_text("%s", utc), .host = mem_text("%s", host),
		.series = mem_text("%s", series),
	};
	return h->nr_past - 1;
}

void history_add(struct history *h, const struct run *run,
		 const struct points *points)
{
	const char *host = run_meta(run, "host");
	char machine[400];
	scoped char *series = NULL;
	bool any = false;
	size_t past;

	cond_where(run, machine, sizeof(machine));
	/* Of one host all but the lock is the same by itself. */
	series = h->together ? mem_text("%s", machine) :
		mem_text("%s%s", host, strstr(machine, "; lock ") ?: "");
	h->nr_note += run->nr_note;
	past = history_boot(h, run->path, run_release(run) ?: "unknown",
			    run_meta(run, "utc"), host, series);
	for (size_t i = 0; i < points->nr_point; i++) {
		const struct point *p = &points->point[i];

		if (p->nr_rep && (!h->wanted || wanted_match(h->wanted, p)))
			any |= point_add(h, past, p);
	}
	h->nr_other += !any;
}

static const struct history *sorting;

static int past_order(const void *pa, const void *pb)
{
	const struct past *a = *(const struct past *const *)pa;
	const struct past *b = *(const struct past *const *)pb;
	int c = 0;

	if (!sorting->by_date)
		c = release_order(a->release, b->release);
	if (!c)
		c = strcmp(a->utc, b->utc);
	return c ? c : release_order(a->path, b->path);
}

static int entry_order(const void *pa, const void *pb)
{
	size_t a = sorting->past[((const struct track_at *)pa)->past].place;
	size_t b = sorting->past[((const struct track_at *)pb)->past].place;

	return a < b ? -1 : a > b;
}

static void sort(struct history *h)
{
	scoped struct past **at = mem_get(h->nr_past, sizeof(*at));
	size_t i;

	sorting = h;
	for (i = 0; i < h->nr_past; i++)
		at[i] = &h->past[i];
	qsort(at, h->nr_past, sizeof(*at), past_order);
	for (i = 0; i < h->nr_past; i++)
		at[i]->place = i;
	for (i = 0; i < h->nr_track; i++)
		qsort(h->track[i]->at, h->track[i]->nr, sizeof(struct track_at),
		      entry_order);
}

/* --- one track ----------------------------------------------------------- */

/* Entries to rows: runs of one release, or each on its own. */
static void rows_make(const struct history *h, struct track *t)
{
	size_t i, k;

	for (i = 0; i < t->nr; i = k) {
		struct row *r = mem_more(&t->row, &t->nr_row, sizeof(*r));

		for (k = i + 1; k < t->nr && !h->by_date &&
		     !strcmp(h->past[t->at[k].past].release,
			     h->past[t->at[i].past].release); k++)
			;
		r->first = i;
		r->nr = k - i;
		r->p = NAN;
	}
}

/* Median of NR entries from BEGIN on. */
static struct est est_of(const struct track *t, size_t begin, size_t nr)
{
	scoped double *v = mem_get(nr, sizeof(*v));

	for (size_t i = 0; i < nr; i++)
		v[i] = t->at[begin + i].est.med;
	return est_make(v, nr);
}

static void rows_value(struct track *t)
{
	for (size_t i = 0; i < t->nr_row; i++) {
		struct row *r = &t->row[i];

		r->est = r->nr > 1 ? est_of(t, r->first, r->nr) :
			t->at[r->first].est;
	}
}

/* What an entry is above its row, of which host. */
struct above {
	const char	*host;
	double		 by;
	struct est	*est;
};

static int above_order(const void *a, const void *b)
{
	const struct above *x = a, *y = b;

	return strcmp(x->host, y->host) ?: x->by < y->by ? -1 : x->by > y->by;
}

static void scale(struct est *e, double by)
{
	e->med *= by;
	e->lo *= by;
	e->hi *= by;
}

/*
 * Hosts are not equal, and not each ran every kernel: what a host is slower
 * by than the others on the same kernels is taken out of its entries, again
 * and again, since the rows change by that (median polish). In the end a
 * difference between two rows is one within the hosts that ran both, if any.
 * The median of all stays as it was.
 */
static void hosts_level(const struct history *h, struct track *t)
{
	scoped struct above *above = mem_get(t->nr, sizeof(*above));
	double was = est_of(t, 0, t->nr).med;
	size_t i, k;

	for (int pass = 0; pass < POLISH; pass++) {
		for (i = 0; i < t->nr_row; i++)
			for (k = t->row[i].first;
			     k < t->row[i].first + t->row[i].nr; k++)
				above[k] = (struct above){
					h->past[t->at[k].past].host,
					t->at[k].est.med / t->row[i].est.med,
					&t->at[k].est };
		qsort(above, t->nr, sizeof(*above), above_order);
		if (!strcmp(above[0].host, above[t->nr - 1].host))
			return;		/* one host */
		for (i = 0; i < t->nr; i = k) {
			double by;

			for (k = i + 1; k < t->nr && !strcmp(above[k].host,
							     above[i].host); k++)
				;
			by = (above[i + (k - i) / 2].by +
			      above[i + (k - i - 1) / 2].by) / 2;
			for (size_t j = i; j < k && by > 0 && isfinite(by); j++)
				scale(above[j].est, 1 / by);
		}
		rows_value(t);
	}
	was /= est_of(t, 0, t->nr).med;
	for (i = 0; i < t->nr && isfinite(was); i++)
		scale(&t->at[i].est, was);
	rows_value(t);
}

bool history_exact(const struct track *t)
{
	return mem_ends(t->unit, "-instructions");
}

/* Equal input gives equal numbers: what differs is a step. How many. */
static int steps_counted(struct track *t)
{
	int nr = 0;

	for (size_t i = 1; i < t->nr_row; i++) {
		t->row[i].step = t->row[i].est.med != t->row[i - 1].est.med;
		nr += t->row[i].step;
	}
	return nr;
}

size_t history_per_value(const struct track *t)
{
	return (t->nr + HISTORY_SEARCH_MAX - 1) / HISTORY_SEARCH_MAX;
}

/* The values X that are searched, and the row that each is of. How many. */
static size_t values(const struct track *t, double *x, size_t *row)
{
	size_t nr = 0, each = history_per_value(t);

	for (size_t i = 0; i < t->nr_row; i++)
		for (size_t k = 0; k < t->row[i].nr; k += each) {
			row[nr] = i;
			x[nr++] = est_of(t, t->row[i].first + k,
				t->row[i].nr - k < each ? t->row[i].nr - k :
				each).med;
		}
	return nr;
}

/* A change between two boots of one release is seen there. */
static int steps_found(const struct history *h, struct track *t)
{
	const struct series_opt opt = {
		.min_len = 2, .permutations = HISTORY_PERMUTATIONS,
		.alpha = HISTORY_ALPHA, .seed = h->seed,
	};
	scoped double *x = mem_get(t->nr, sizeof(*x));
	scoped size_t *row = mem_get(t->nr, sizeof(*row));
	struct series_change change[CHANGES_MAX];
	size_t nr = values(t, x, row);
	int found = t->nr_row > HISTORY_SEARCH_MAX ? -E2BIG :
		nr < 4 ? -ENODATA : 0;

	for (size_t i = 0; i < nr && !found; i++) {
		if (x[i] <= 0)
			found = -EDOM;
		x[i] = log(x[i]);
	}
	if (!found)
		found = series_edivisive(x, nr, &opt, change, CHANGES_MAX);
	for (int c = 0; c < found; c++) {
		t->row[row[change[c].at]].step = true;
		t->row[row[change[c].at]].p = change[c].p;
	}
	return found;
}

/* Each row's level: the median of all entries from its step to the next. */
static void levels(struct track *t)
{
	size_t i, k;

	for (i = 0; i < t->nr_row; i = k) {
		size_t begin = t->row[i].first;
		double level;

		for (k = i + 1; k < t->nr_row && !t->row[k].step; k++)
			;
		level = est_of(t, begin, (k < t->nr_row ? t->row[k].first :
					  t->nr) - begin).med;
		t->nr_step += t->row[i].step && i;
		for (; i < k; i++)
			t->row[i].level = level;
	}
}

void history_make(struct history *h)
{
	h->exact = h->nr_track;
	sort(h);
	for (size_t i = 0; i < h->nr_track; i++) {
		struct track *t = h->track[i];

		rows_make(h, t);
		rows_value(t);
		if (h->together && !history_exact(t))
			hosts_level(h, t);
		h->exact &= history_exact(t);
		t->found = history_exact(t) ? steps_counted(t) :
			steps_found(h, t);
		levels(t);
	}
}

static void track_free(void *track)
{
	struct track *t = track;

	free(t->name);
	free(t->unit);
	free(t->at);
	free(t->row);
	free(t);
}

void history_free(struct history *h)
{
	tdestroy(h->tree, track_free);
	free(h->track);
	for (size_t i = 0; i < h->nr_past; i++) {
		free(h->past[i].path);
		free(h->past[i].release);
		free(h->past[i].utc);
		free(h->past[i].host);
		free(h->past[i].series);
	}
	free(h->past);
	for (size_t i = 0; i < h->nr_bad; i++)
		free(h->bad[i]);
	free(h->bad);
	plots_free(&h->plots);
}
