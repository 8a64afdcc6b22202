// SPDX-License-Identifier: GPL-2.0-or-later
/* family-more - metrics that are shown and not judged, cost per thread */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "family.h"
#include "fit.h"
#include "mem.h"
#include "size.h"
#include "stat.h"

#define RESAMPLES	2000
#define SEED		1

static double ratio_of(const struct boot_arm *arm, void *arg)
{
	double *m = arg, v[2];

	for (int a = 0; a < 2; a++) {
		const double *x = arm[a].x;

		for (size_t b = 0; b < arm[a].nr; b++) {
			size_t len = arm[a].len ? arm[a].len[b] : 1;

			if (stat_median(x, len, &m[b]))
				return NAN;
			x += len;
		}
		if (stat_median(m, arm[a].nr, &v[a]))
			return NAN;
	}
	return v[0] > 0 && v[1] > 0 ? log(v[1] / v[0]) : NAN;
}

/* Repetitions by boot; a boot of its own each if there is but one. */
static struct boot_arm arm_of(const struct family *f,
			      const struct family_row *row, const char *unit,
			      unsigned int arm, double *v, size_t *len)
{
	size_t n = 0, nr = 0, last = SIZE_MAX;

	for (size_t i = row->first; i < row->first + row->nr; i++) {
		const struct family_entry *e = &f->entry[i];
		size_t got;

		if (e->arm != arm)
			continue;
		got = point_values(e->p, unit, v + n, NULL);
		n += got;
		if (got && e->boot != last)
			len[nr++] = 0;
		if (got)
			len[nr - 1] += got;
		last = got ? e->boot : last;
	}
	return (struct boot_arm){ .nr = f->repetitions ? n : nr, .x = v,
				  .len = f->repetitions ? NULL : len };
}

static void bootstrap(const struct family *f, struct family_more *m)
{
	const struct boot_opt opt = {
		.level = EFFECT_LEVEL, .resamples = RESAMPLES, .seed = SEED,
	};
	size_t room = family_room(f, m->row) + 1;
	scoped double *v = mem_get(3 * room, sizeof(*v));
	scoped size_t *len = mem_get(2 * room, sizeof(*len));
	const struct boot_arm arm[2] = {
		arm_of(f, m->row, m->unit, 0, v, len),
		arm_of(f, m->row, m->unit, 1, v + room, len + room),
	};
	struct boot_ci ci;

	if (!boot_ci(arm, 2, ratio_of, v + 2 * room, &opt, &ci)) {
		m->lo = exp(ci.lo);
		m->hi = exp(ci.hi);
	}
}

static bool is_exact(const struct run *run, const char *unit)
{
	for (size_t i = 0; i < run->nr_unit; i++)
		if (!strcmp(run->unit[i].name, unit))
			return run->unit[i].exact;
	return false;
}

static bool one_value(const struct family *f, const struct family_row *row,
		      const char *unit, unsigned int arm)
{
	double first = NAN, v;

	for (size_t i = row->first; i < row->first + row->nr; i++) {
		const struct point *p = f->entry[i].p;

		for (size_t k = 0; f->entry[i].arm == arm && k < p->nr_rep; k++) {
			if (!rep_value(p->rep[k], unit, &v))
				continue;
			if (isnan(first))
				first = v;
			else if (v != first)
				return false;
		}
	}
	return true;
}

static void more_row(struct family *f, const struct family_row *row,
		     const char *unit, bool exact)
{
	struct family_more m = { .row = row, .unit = unit, .exact = exact,
				 .ratio = NAN, .lo = NAN, .hi = NAN };
	struct family_values x, y;
	bool both;

	family_values(f, row, unit, 0, &x);
	family_values(f, row, unit, 1, &y);
	both = x.nr && y.nr && !stat_median(x.v, x.nr, &m.a) &&
	       !stat_median(y.v, y.nr, &m.b);
	family_values_free(&x);
	family_values_free(&y);
	if (!both)
		return;
	if (m.a > 0 && m.b > 0)
		m.ratio = m.b / m.a;
	if (exact) {
		m.varies = !one_value(f, row, unit, 0) ||
			   !one_value(f, row, unit, 1);
	} else {
		bootstrap(f, &m);
	}
	m.label = mem_text("%s", row->label);
	mem_push(&f->more, &f->nr_more, m);
}

static bool said(const struct family *f, const struct point *p,
		 const char *unit)
{
	for (size_t i = 0; i < f->nr_more; i++)
		if (f->more[i].row->a == p && !strcmp(f->more[i].unit, unit))
			return true;
	return false;
}

/* --- cost per thread ----------------------------------------------------- */

/* What a row shares with those that differ from it in `threads` only. */
static char *series_key(const struct family_row *row)
{
	struct point p = *row->a;
	scoped struct kv *opt = mem_get(p.nr_opt, sizeof(*opt));
	scoped char *key = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p.nr_opt; i++)
		if (strcmp(p.opt[i].key, "threads"))
			opt[n++] = p.opt[i];
	p.opt = opt;
	p.nr_opt = n;
	key = point_key(&p, p.part);
	return mem_text("%s\t%s", key, row->role);
}

/* A slope for each unit of ARM that has SIZE_MIN sizes; returns how many. */
static size_t slopes_of(const struct family *f,
			const struct family_row *const *row, size_t nr,
			unsigned int arm, double *slope)
{
	scoped struct family_values *v = mem_get(nr, sizeof(*v));
	scoped double *x = mem_get(nr, sizeof(*x));
	scoped double *y = mem_get(nr, sizeof(*y));
	struct fit_line line;
	size_t nr_slope = 0;

	for (size_t i = 0; i < nr; i++)
		family_values(f, row[i], row[i]->unit, arm, &v[i]);
	/* The first size leads; a unit without it has no slope. */
	for (size_t u = 0; u < v[0].nr; u++) {
		size_t n = 0;

		for (size_t i = 0; i < nr; i++)
			for (size_t k = 0; k < v[i].nr; k++) {
				if (v[i].id[k] != v[0].id[u])
					continue;
				x[n] = point_number(row[i]->a, "threads");
				y[n++] = v[i].v[k];
				break;
			}
		if (n >= SIZE_MIN &&
		    !fit_theil_sen(x, y, n, EFFECT_LEVEL, &line))
			slope[nr_slope++] = line.slope;
	}
	for (size_t i = 0; i < nr; i++)
		family_values_free(&v[i]);
	return nr_slope;
}

static void slope_row(struct family *f, const struct family_row *const *row,
		      size_t nr)
{
	size_t room = family_room(f, row[0]), n, m, nr_key, k = 0;
	scoped double *a = mem_get(room, sizeof(*a));
	scoped double *b = mem_get(room, sizeof(*b));
	struct family_more more = { .row = row[0], .unit = "ns/thread" };
	const char *key[FAMILY_KEYS];
	struct effect e;
	bool parts;

	n = slopes_of(f, row, nr, 0, a);
	m = slopes_of(f, row, nr, 1, b);
	effect_make(&e, a, n, b, m, false);
	if (e.verdict == EFFECT_NONE)
		return;
	nr_key = family_keys(f, row[0]->a->bench, key, &parts);
	for (size_t i = 0; i < nr_key; i++)
		if (strcmp(key[i], "threads"))
			key[k++] = key[i];
	more.label = family_label(row[0]->a, key, k, NULL);
	more.a = e.a;
	more.b = e.b;
	more.ratio = e.ratio;
	more.lo = e.interval ? e.lo : NAN;
	more.hi = e.interval ? e.hi : NAN;
	mem_push(&f->more, &f->nr_more, more);
}

static void slopes(struct family *f)
{
	scoped const struct family_row **row = mem_get(f->nr_row, sizeof(*row));
	scoped char **key = mem_get(f->nr_row, sizeof(*key));

	for (size_t i = 0; i < f->nr_row; i++)
		if (!strcmp(f->row[i].a->bench, "attach") &&
		    point_number(f->row[i].a, "threads") >= 0)
			key[i] = series_key(&f->row[i]);
	for (size_t i = 0; i < f->nr_row; i++) {
		size_t nr = 0;

		for (size_t k = f->nr_row; key[i] && k-- > i; ) {
			if (!key[k] || strcmp(key[k], key[i]))
				continue;
			row[nr++] = &f->row[k];
			if (k == i)
				continue;
			free(key[k]);
			key[k] = NULL;
		}
		if (nr >= SIZE_MIN)
			slope_row(f, row, nr);
	}
	for (size_t i = 0; i < f->nr_row; i++)
		free(key[i]);
}

void family_more(struct family *f)
{
	for (size_t i = 0; i < f->nr_row; i++) {
		const struct family_row *row = &f->row[i];
		const struct rep *rep = row->a->rep[0];
		const struct run *run = NULL;
		size_t role = strlen(row->role);

		for (size_t k = row->first; k < row->first + row->nr; k++)
			if (f->entry[k].p == row->a)
				run = f->entry[k].run;
		for (size_t k = 0; k < rep->nr_value; k++) {
			const char *unit = rep->value[k].unit;
			bool mine = !strncmp(unit, row->role, role) &&
				    unit[role] == '-';
			bool exact = is_exact(run, unit);

			/* A counter belongs to the point: said once. */
			if (exact && !said(f, row->a, unit))
				more_row(f, row, unit, true);
			else if (mine && !exact && (mem_ends(unit, "-p99-ns") ||
						    mem_ends(unit, "-ops/s")))
				more_row(f, row, unit, false);
		}
	}
	slopes(f);
}
