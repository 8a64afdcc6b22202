// SPDX-License-Identifier: GPL-2.0-or-later
/* family - the same points in two arms, all that is tested together */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "family.h"
#include "fit.h"
#include "mem.h"
#include "size.h"
#include "stat.h"

#define KEYS_MAX	32
#define ROLES_MAX	8
#define RESAMPLES	2000
#define SEED		1

/* --- arms ---------------------------------------------------------------- */

void family_add(struct family *f, const struct run *run,
		const struct points *all, const char *part, unsigned int arm,
		size_t boot, size_t pair)
{
	for (size_t i = 0; i < all->nr_point; i++) {
		const struct point *p = &all->point[i];
		struct family_entry *e;

		/* "a" and "b" of a control are one point, else parts differ. */
		if (part && strcmp(p->part, part))
			continue;
		e = mem_more(&f->entry, &f->nr_entry, sizeof(*e));
		e->key = point_key(p, part ? NULL : p->part);
		e->p = p;
		e->run = run;
		e->arm = arm;
		e->boot = boot;
		e->pair = pair;
		e->order = i;
	}
	if (boot >= f->nr_boot[arm])
		f->nr_boot[arm] = boot + 1;
}

/* A and B and A and B, or B and A: every block of two has one of each. */
static bool alternate(const struct set *a, const struct set *b)
{
	if (a->nr_boot != b->nr_boot)
		return false;
	for (size_t i = 0; i < a->nr_boot; i++) {
		const char *ta = a->boot[i].utc, *tb = b->boot[i].utc;

		if (!*ta || !*tb || !strcmp(ta, tb))
			return false;
		if (i + 1 == a->nr_boot)
			break;
		if (strcmp(ta, b->boot[i + 1].utc) >= 0 ||
		    strcmp(tb, a->boot[i + 1].utc) >= 0)
			return false;
	}
	return true;
}

static size_t same_boot(const struct set *set, const char *id)
{
	for (size_t i = 0; *id && i < set->nr_boot; i++)
		if (!strcmp(set->boot[i].id, id))
			return i;
	return SIZE_MAX;
}

void family_sets(struct family *f, const struct set *a, const struct set *b)
{
	const struct set *set[2] = { a, b };
	size_t shared = 0;

	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < b->nr_boot; i++)
		shared += same_boot(a, b->boot[i].id) != SIZE_MAX;
	if (shared && shared == a->nr_boot && shared == b->nr_boot)
		f->pairing = FAMILY_BY_BOOT;
	else if (!shared && alternate(a, b))
		f->pairing = FAMILY_BY_TIME;
	for (unsigned int arm = 0; arm < 2; arm++) {
		for (size_t i = 0; i < set[arm]->nr_boot; i++) {
			const struct set_boot *boot = &set[arm]->boot[i];
			size_t pair = i;

			if (arm && f->pairing == FAMILY_BY_BOOT)
				pair = same_boot(a, boot->id);
			for (size_t k = 0; k < boot->nr_folder; k++)
				family_add(f, &boot->folder[k]->run,
					   &boot->folder[k]->points, NULL, arm,
					   i, pair);
		}
	}
	/* One boot is no block of boots, and repetitions are not paired. */
	f->repetitions = a->nr_boot < 2 || b->nr_boot < 2;
	if (f->repetitions)
		f->pairing = FAMILY_UNPAIRED;
}

bool family_parts(struct family *f, const struct set *set)
{
	static const char *const part[2] = { "a", "b" };
	size_t nr[2];

	memset(f, 0, sizeof(*f));
	for (unsigned int arm = 0; arm < 2; arm++) {
		size_t before = f->nr_entry;

		for (size_t i = 0; i < set->nr_boot; i++)
			for (size_t k = 0; k < set->boot[i].nr_folder; k++)
				family_add(f, &set->boot[i].folder[k]->run,
					   &set->boot[i].folder[k]->points,
					   part[arm], arm, i,
					   set->nr_boot < 2 ? k : i);
		nr[arm] = f->nr_entry - before;
	}
	f->repetitions = set->nr_boot < 2;
	f->pairing = f->repetitions ? FAMILY_BY_BLOCK : FAMILY_BY_BOOT;
	return nr[0] && nr[1];
}

/* --- values -------------------------------------------------------------- */

struct values {
	double		*v;
	size_t		*id;	/* which belong together */
	size_t		 nr;
};

static void values_free(struct values *x)
{
	free(x->v);
	free(x->id);
}

static size_t room_of(const struct family *f, const struct family_row *row)
{
	size_t room = 0;

	for (size_t i = row->first; i < row->first + row->nr; i++)
		room += f->entry[i].p->nr_rep;
	return room;
}

/* One value per unit of ARM: a boot's median, or each repetition. */
static void values_of(const struct family *f, const struct family_row *row,
		      const char *unit, unsigned int arm, struct values *x)
{
	size_t room = room_of(f, row), n = 0, start;
	unsigned int *block = mem_get(room, sizeof(*block));
	double *rep = mem_get(room, sizeof(*rep));

	x->v = mem_get(room, sizeof(*x->v));
	x->id = mem_get(room, sizeof(*x->id));
	x->nr = 0;
	for (size_t i = row->first; i < row->first + row->nr; i++) {
		const struct family_entry *e = &f->entry[i];

		if (e->arm != arm)
			continue;
		start = n;
		n += point_values(e->p, unit, rep + n, block + n);
		if (f->repetitions) {
			for (size_t k = start; k < n; k++) {
				x->v[x->nr] = rep[k];
				x->id[x->nr++] = (e->pair << 32) | block[k];
			}
			continue;
		}
		/* The last folder of its boot? */
		if (i + 1 < row->first + row->nr &&
		    f->entry[i + 1].arm == arm &&
		    f->entry[i + 1].boot == e->boot)
			continue;
		if (n && !stat_median(rep, n, &x->v[x->nr]))
			x->id[x->nr++] = e->pair;
		n = 0;
	}
	free(block);
	free(rep);
}

/* Keep what both have, in the same order. */
static void align(struct values *x, struct values *y)
{
	size_t n = 0;

	for (size_t i = 0; i < x->nr; i++) {
		for (size_t k = n; k < y->nr; k++) {
			double v = y->v[k];
			size_t id = y->id[k];

			if (id != x->id[i])
				continue;
			y->v[k] = y->v[n];
			y->id[k] = y->id[n];
			y->v[n] = v;
			y->id[n] = id;
			x->v[n] = x->v[i];
			x->id[n++] = id;
			break;
		}
	}
	x->nr = y->nr = n;
}

/* --- rows ---------------------------------------------------------------- */

static int entry_order(const void *pa, const void *pb)
{
	const struct family_entry *a = pa, *b = pb;
	int c = strcmp(a->key, b->key);

	if (c)
		return c;
	if (a->arm != b->arm)
		return a->arm < b->arm ? -1 : 1;
	if (a->boot != b->boot)
		return a->boot < b->boot ? -1 : 1;
	return (a->pair > b->pair) - (a->pair < b->pair);
}

char *family_label(const struct point *p, const char *const *key,
		   size_t nr_key, const char *role)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		mem_get((size_t)-1, 2);		/* says so and ends */
	fputs(p->bench, to);
	for (size_t i = 0; i < nr_key; i++)
		fprintf(to, "/%s", point_get(p, key[i]) ?: "-");
	if (role)
		fprintf(to, ":%s", role);
	fclose(to);
	return text;
}

/* What varies between the points of a bench, but for lengths; its parts. */
static size_t keys_of(const struct family *f, const char *bench,
		      const char **key, bool *parts)
{
	const struct point **p = mem_get(f->nr_entry, sizeof(*p));
	size_t nr = 0, nr_key, n = 0;

	*parts = false;
	for (size_t i = 0; i < f->nr_entry; i++) {
		const struct family_entry *e = &f->entry[i];

		if (strcmp(e->p->bench, bench) ||
		    (i && !strcmp(e->key, e[-1].key)))
			continue;
		p[nr++] = e->p;
		*parts |= strcmp(e->p->part, p[0]->part) != 0;
	}
	nr_key = point_varying(p, nr, key, KEYS_MAX);
	for (size_t i = 0; i < nr_key; i++)
		if (!key_is_length(key[i]))
			key[n++] = key[i];
	free(p);
	return n;
}

/* A point of ARM with a repetition that counts, else any. */
static const struct point *sample(const struct family *f, size_t first,
				  size_t nr, unsigned int arm)
{
	const struct point *p = NULL;

	for (size_t i = first; i < first + nr; i++) {
		if (f->entry[i].arm != arm)
			continue;
		if (!p || !p->nr_rep)
			p = f->entry[i].p;
	}
	return p;
}

static const char *why_not(const struct point *p)
{
	if (!p)
		return "not in the plan";
	return p->count[REP_SKIP] ? "skipped" : p->count[REP_FAIL] ? "failed" :
	       p->count[REP_VOID] ? "void" :
	       p->count[REP_EXCLUDED] ? "malformed" : "not done";
}

static void plan_key(struct family *f, size_t first, size_t nr)
{
	const struct point *a = sample(f, first, nr, 0);
	const struct point *b = sample(f, first, nr, 1);
	bool has_a = a && a->nr_rep, has_b = b && b->nr_rep, parts;
	const char *key[KEYS_MAX];
	char role[ROLES_MAX][64];
	size_t nr_role, nr_key;

	if (!has_a && !has_b)
		return;
	nr_key = keys_of(f, (has_a ? a : b)->bench, key, &parts);
	if (!has_a || !has_b) {
		char *label = family_label(has_a ? a : b, key, nr_key, NULL);

		*(char **)mem_more(&f->once, &f->nr_once, sizeof(char *)) =
			mem_text("%s: %s in %c only (%s: %s)",
				 (has_a ? a : b)->part, label, has_a ? 'A' : 'B',
				 has_a ? "B" : "A", why_not(has_a ? b : a));
		free(label);
		return;
	}
	nr_role = point_roles(a, role, ROLES_MAX);
	for (size_t r = 0; r < nr_role; r++) {
		bool null = !strcmp(a->bench, "null");
		struct family_row *row = null ?
			mem_more(&f->control, &f->nr_control, sizeof(*row)) :
			mem_more(&f->row, &f->nr_row, sizeof(*row));
		char *label = family_label(a, key, nr_key,
					   nr_role > 1 ? role[r] : NULL);

		row->a = a;
		row->b = b;
		row->first = first;
		row->nr = nr;
		row->label = parts && strcmp(a->part, b->part) == 0 ?
			mem_text("%s:%s", a->part, label) :
			mem_text("%s", label);
		free(label);
		memcpy(row->role, role[r], sizeof(row->role));
		snprintf(row->unit, sizeof(row->unit), "%.63s-p50-%s", role[r],
			 point_unit(a));
	}
}

size_t family_plan(struct family *f)
{
	if (f->nr_entry)
		qsort(f->entry, f->nr_entry, sizeof(*f->entry), entry_order);
	for (size_t i = 0, k; i < f->nr_entry; i = k) {
		for (k = i; k < f->nr_entry &&
			    !strcmp(f->entry[k].key, f->entry[i].key); k++)
			;
		plan_key(f, i, k - i);
	}
	return f->nr_row;
}

static void make_row(struct family *f, struct family_row *row)
{
	struct values x, y;

	values_of(f, row, row->unit, 0, &x);
	values_of(f, row, row->unit, 1, &y);
	if (f->paired)
		align(&x, &y);
	effect_make(&row->e, x.v, x.nr, y.v, y.nr, f->paired);
	if (x.nr > f->nr_unit[0])
		f->nr_unit[0] = x.nr;
	if (y.nr > f->nr_unit[1])
		f->nr_unit[1] = y.nr;
	for (size_t i = row->first; i < row->first + row->nr; i++) {
		size_t n = f->entry[i].p->nr_rep;

		if (n > f->rep_max)
			f->rep_max = n;
		if (n && (!f->rep_min || n < f->rep_min))
			f->rep_min = n;
	}
	values_free(&x);
	values_free(&y);
}

/* Pairs, if all went well: boots, or repetitions of the fullest point. */
static size_t nr_pairs(const struct family *f)
{
	size_t most = 0;

	if (!f->repetitions)
		return f->nr_boot[0];
	for (size_t i = 0; i < f->nr_row; i++) {
		size_t n = 0;

		for (size_t k = f->row[i].first;
		     k < f->row[i].first + f->row[i].nr; k++)
			if (!f->entry[k].arm)
				n += f->entry[k].p->nr_rep;
		most = n > most ? n : most;
	}
	return most;
}

void family_make(struct family *f, size_t nr_tests)
{
	f->paired = f->pairing != FAMILY_UNPAIRED &&
		    effect_pairs(nr_pairs(f), nr_tests);
	for (size_t i = 0; i < f->nr_row; i++)
		make_row(f, &f->row[i]);
	for (size_t i = 0; i < f->nr_control; i++)
		make_row(f, &f->control[i]);
}

/* --- other metrics ------------------------------------------------------- */

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
	size_t room = room_of(f, m->row) + 1;
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

static bool ends(const char *text, const char *tail)
{
	size_t n = strlen(text), k = strlen(tail);

	return n > k && !strcmp(text + n - k, tail);
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
	struct values x, y;
	bool both;

	values_of(f, row, unit, 0, &x);
	values_of(f, row, unit, 1, &y);
	both = x.nr && y.nr && !stat_median(x.v, x.nr, &m.a) &&
	       !stat_median(y.v, y.nr, &m.b);
	values_free(&x);
	values_free(&y);
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
	*(struct family_more *)mem_more(&f->more, &f->nr_more, sizeof(m)) = m;
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
	struct kv *opt = mem_get(p.nr_opt, sizeof(*opt));
	char *key, *text;
	size_t n = 0;

	for (size_t i = 0; i < p.nr_opt; i++)
		if (strcmp(p.opt[i].key, "threads"))
			opt[n++] = p.opt[i];
	p.opt = opt;
	p.nr_opt = n;
	key = point_key(&p, p.part);
	text = mem_text("%s\t%s", key, row->role);
	free(key);
	free(opt);
	return text;
}

/* A slope for each unit of ARM that has SIZE_MIN sizes; returns how many. */
static size_t slopes_of(const struct family *f,
			const struct family_row *const *row, size_t nr,
			unsigned int arm, double *slope)
{
	struct values *v = mem_get(nr, sizeof(*v));
	double *x = mem_get(nr, sizeof(*x)), *y = mem_get(nr, sizeof(*y));
	struct fit_line line;
	size_t nr_slope = 0;

	for (size_t i = 0; i < nr; i++)
		values_of(f, row[i], row[i]->unit, arm, &v[i]);
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
		values_free(&v[i]);
	free(v);
	free(x);
	free(y);
	return nr_slope;
}

static void slope_row(struct family *f, const struct family_row *const *row,
		      size_t nr)
{
	size_t room = room_of(f, row[0]), n, m, nr_key, k = 0;
	double *a = mem_get(room, sizeof(*a)), *b = mem_get(room, sizeof(*b));
	struct family_more more = { .row = row[0], .unit = "ns/thread" };
	const char *key[KEYS_MAX];
	struct effect e;
	bool parts;

	n = slopes_of(f, row, nr, 0, a);
	m = slopes_of(f, row, nr, 1, b);
	effect_make(&e, a, n, b, m, false);
	free(a);
	free(b);
	if (e.verdict == EFFECT_NONE)
		return;
	nr_key = keys_of(f, row[0]->a->bench, key, &parts);
	for (size_t i = 0; i < nr_key; i++)
		if (strcmp(key[i], "threads"))
			key[k++] = key[i];
	more.label = family_label(row[0]->a, key, k, NULL);
	more.a = e.a;
	more.b = e.b;
	more.ratio = e.ratio;
	more.lo = e.interval ? e.lo : NAN;
	more.hi = e.interval ? e.hi : NAN;
	*(struct family_more *)mem_more(&f->more, &f->nr_more, sizeof(more)) =
		more;
}

static void slopes(struct family *f)
{
	const struct family_row **row = mem_get(f->nr_row, sizeof(*row));
	char **key = mem_get(f->nr_row, sizeof(*key));

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
	free(key);
	free(row);
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
			else if (mine && !exact && (ends(unit, "-p99-ns") ||
						    ends(unit, "-ops/s")))
				more_row(f, row, unit, false);
		}
	}
	slopes(f);
}

/* --- verdicts ------------------------------------------------------------ */

double effect_size(const struct effect *e)
{
	return isnan(e->ratio) ? -1 : fabs(log(e->ratio));
}

static int by_size(const void *pa, const void *pb)
{
	const struct family_row *a = pa, *b = pb;
	double x = effect_size(&a->e), y = effect_size(&b->e);

	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(a->label, b->label);
}

void families_judge(struct family *f, size_t nr, double smallest)
{
	size_t n = 0, room = 0, fired = 0;
	struct effect **e;

	for (size_t i = 0; i < nr; i++) {
		room += f[i].nr_row;
		if (f[i].nr_row && !f[i].nr_more)
			qsort(f[i].row, f[i].nr_row, sizeof(*f[i].row), by_size);
	}
	e = mem_get(room, sizeof(*e));
	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < f[i].nr_row; k++)
			e[n++] = &f[i].row[k].e;
	effect_family(e, n, smallest);
	free(e);
	for (size_t i = 0; i < nr; i++) {
		fired = 0;
		f[i].widest = 0;
		for (size_t k = 0; k < f[i].nr_row; k++) {
			const struct effect *one = &f[i].row[k].e;

			fired += one->holm <= EFFECT_ALPHA;
			if (one->hi / one->lo > f[i].widest)
				f[i].widest = one->hi / one->lo;
		}
		f[i].fired = fired;
		for (size_t k = 0; k < f[i].nr_control; k++) {
			struct effect *one = &f[i].control[k].e;

			effect_family(&one, 1, smallest);
		}
	}
}

void family_free(struct family *f)
{
	for (size_t i = 0; i < f->nr_entry; i++)
		free(f->entry[i].key);
	for (size_t i = 0; i < f->nr_row; i++)
		free(f->row[i].label);
	for (size_t i = 0; i < f->nr_control; i++)
		free(f->control[i].label);
	for (size_t i = 0; i < f->nr_more; i++)
		free(f->more[i].label);
	for (size_t i = 0; i < f->nr_once; i++)
		free(f->once[i]);
	free(f->entry);
	free(f->row);
	free(f->control);
	free(f->more);
	free(f->once);
}
