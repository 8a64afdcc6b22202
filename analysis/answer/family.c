// SPDX-License-Identifier: GPL-2.0-or-later
/* family - the same points in two arms, all that is tested together */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"
#include "mem.h"
#include "stat.h"

#define ROLES_MAX	8

/* --- arms ---------------------------------------------------------------- */

/*
 * All points of ALL (of PART only, unless NULL) to ARM. PAIR tells which
 * boots of the arms belong together.
 */
static void add(struct family *f, const struct run *run,
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
				add(f, &boot->folder[k]->run,
				    &boot->folder[k]->points, NULL, arm, i,
				    pair);
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
				add(f, &set->boot[i].folder[k]->run,
				    &set->boot[i].folder[k]->points, part[arm],
				    arm, i, set->nr_boot < 2 ? k : i);
		nr[arm] = f->nr_entry - before;
	}
	f->repetitions = set->nr_boot < 2;
	f->pairing = f->repetitions ? FAMILY_BY_BLOCK : FAMILY_BY_BOOT;
	return nr[0] && nr[1];
}

/* --- values -------------------------------------------------------------- */

void family_values_free(struct family_values *x)
{
	free(x->v);
	free(x->id);
}

size_t family_room(const struct family *f, const struct family_row *row)
{
	size_t room = 0;

	for (size_t i = row->first; i < row->first + row->nr; i++)
		room += f->entry[i].p->nr_rep;
	return room;
}

void family_values(const struct family *f, const struct family_row *row,
		   const char *unit, unsigned int arm, struct family_values *x)
{
	size_t room = family_room(f, row), n = 0, start;
	scoped unsigned int *block = mem_get(room, sizeof(*block));
	scoped double *rep = mem_get(room, sizeof(*rep));

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
}

bool family_pool(const struct family *f, const struct family_row *row,
		 unsigned int arm, struct pool *all)
{
	uint64_t hash = 0;
	bool same = true;

	memset(all, 0, sizeof(*all));
	for (size_t i = row->first; i < row->first + row->nr; i++) {
		const struct pool *one = f->entry[i].arm == arm ?
			point_pool(f->entry[i].p, row->role) : NULL;

		if (!one)
			continue;
		same &= !all->nr_rep || hash == one->hash;
		hash = one->hash;
		pool_add(all, one);
	}
	all->hash = hash;
	return same;
}

/* Keep what both have, in the same order. */
static void align(struct family_values *x, struct family_values *y)
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
	struct text t = { 0 };

	text_printf(&t, "%s", p->bench);
	for (size_t i = 0; i < nr_key; i++)
		text_printf(&t, "/%s", point_get(p, key[i]) ?: "-");
	if (role)
		text_printf(&t, ":%s", role);
	return t.s;
}

size_t family_keys(const struct family *f, const char *bench,
		   const char **key, bool *parts)
{
	scoped const struct point **p = mem_get(f->nr_entry, sizeof(*p));
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
	nr_key = point_varying(p, nr, key, FAMILY_KEYS);
	for (size_t i = 0; i < nr_key; i++)
		if (!kv_is_length(key[i]))
			key[n++] = key[i];
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
	const char *key[FAMILY_KEYS];
	char role[ROLES_MAX][64];
	size_t nr_role, nr_key;

	if (!has_a && !has_b)
		return;
	nr_key = family_keys(f, (has_a ? a : b)->bench, key, &parts);
	if (!has_a || !has_b) {
		char *label = family_label(has_a ? a : b, key, nr_key, NULL);

		mem_push(&f->once, &f->nr_once,
			 mem_text("%s:%s in the %s set only (the other: %s)",
				  (has_a ? a : b)->part, label,
				  has_a ? "first" : "second",
				  why_not(has_a ? b : a)));
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
	struct family_values x, y;

	family_values(f, row, row->unit, 0, &x);
	family_values(f, row, row->unit, 1, &y);
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
	family_values_free(&x);
	family_values_free(&y);
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

/* --- verdicts ------------------------------------------------------------ */

/* Largest effect first; those without one at the end. */
static double size_of(const struct effect *e)
{
	return isnan(e->ratio) ? -1 : fabs(log(e->ratio));
}

static int by_size(const void *pa, const void *pb)
{
	const struct family_row *a = pa, *b = pb;
	double x = size_of(&a->e), y = size_of(&b->e);

	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(a->label, b->label);
}

void family_judge(struct family *f, size_t nr, double smallest)
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

bool family_control(struct family *f, const struct run *run,
		    const struct points *all)
{
	*f = (struct family){ .repetitions = true, .pairing = FAMILY_BY_BLOCK };
	add(f, run, all, "a", 0, 0, 0);
	add(f, run, all, "b", 1, 0, 0);
	if (!f->nr_entry || f->entry[0].arm == f->entry[f->nr_entry - 1].arm ||
	    !family_plan(f))
		return false;
	family_make(f, f->nr_row);
	family_judge(f, 1, 0.01);
	return true;
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
