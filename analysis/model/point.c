// SPDX-License-Identifier: GPL-2.0-or-later
/* point - repetitions grouped into points, points into tables */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lat.h"
#include "mem.h"
#include "point.h"
#include "settle.h"

int value_order(const char *a, const char *b)
{
	double x, y;

	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	if (kv_number(a, &x) && kv_number(b, &y))
		return (x > y) - (x < y);
	return strcmp(a, b);
}

/* LENGTHS: what says how long it was measured counts, too. */
static int kv_order(const struct kv *a, size_t nr_a, const struct kv *b,
		    size_t nr_b, bool lengths)
{
	if (nr_a != nr_b)
		return nr_a < nr_b ? -1 : 1;
	for (size_t i = 0; i < nr_a; i++) {
		int c = strcmp(a[i].key, b[i].key);

		if (!c && (lengths || !kv_is_length(a[i].key)))
			c = value_order(a[i].value, b[i].value);
		if (c)
			return c;
	}
	return 0;
}

/* 0: the same point. */
static int rep_order(const struct rep *a, const struct rep *b)
{
	int c = (a->part_nr > b->part_nr) - (a->part_nr < b->part_nr);

	if (!c)
		c = strcmp(a->part, b->part);
	if (!c)
		c = strcmp(a->bench, b->bench);
	if (!c)
		c = kv_order(a->point, a->nr_point, b->point, b->nr_point,
			     true);
	if (!c)
		c = strcmp(a->workload, b->workload);
	if (!c)
		c = kv_order(a->cond, a->nr_cond, b->cond, b->nr_cond, false);
	return c;
}

static int rep_sort(const void *pa, const void *pb)
{
	const struct rep *a = *(const struct rep *const *)pa;
	const struct rep *b = *(const struct rep *const *)pb;
	int c = rep_order(a, b);

	if (c)
		return c;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

/* --- distributions ------------------------------------------------------- */

const struct pool *point_pool(const struct point *p, const char *role)
{
	for (size_t i = 0; i < p->nr_pool; i++)
		if (!strcmp(p->pool[i].role, role))
			return &p->pool[i];
	return NULL;
}

static void pool_role(struct run *run, struct point *p, const struct rep *rep,
		      const struct dist_role *r)
{
	struct pool *pool = (struct pool *)point_pool(p, r->name);
	char unit[100];
	double ops;

	snprintf(unit, sizeof(unit), "%s-ops", r->name);
	if (!rep_value(rep, unit, &ops) || ops != (double)r->ops) {
		run_note(run, "%s: role %s has %" PRIu64 " operations, the sample another count; not in the pooled quantiles",
			 rep->lat, r->name, r->ops);
		return;
	}
	if (!pool) {
		pool = mem_more(&p->pool, &p->nr_pool, sizeof(*pool));
		pool->role = mem_text("%s", r->name);
	}
	if (r->has_hash)
		pool->hash = pool->nr_rep ? lat_hash(pool->hash, r->hash) :
			     r->hash;
	if (!pool_merge(pool, r))
		run_note(run, "%s: role %s has buckets of another kind; not in the pooled quantiles",
			 rep->lat, r->name);
}

/*
 * Of white noise MSER-5 says `not steady` 40 times in 100 at 20 values, 15 at
 * 40, 2 at 100 and 0.1 at 256: fewer than this tell nothing.
 */
#define SETTLE_MIN	100

/* Did more than half of the actors whose order was kept settle? */
static void settle(struct point *p, const struct dist_file *dist)
{
	unsigned int known = 0, never = 0;

	for (size_t i = 0; i < dist->nr_role; i++) {
		/* What is counted is not to settle: it is what it is. */
		if (dist->role[i].has_hash)
			continue;
		for (size_t k = 0; k < dist->role[i].nr_series; k++) {
			const struct series *s = &dist->role[i].series[k];
			scoped double *x = mem_get(s->nr_sum, sizeof(*x));
			struct settle w;

			for (size_t n = 0; n < s->nr_sum; n++)
				x[n] = s->sum[n];
			if (s->nr_sum >= SETTLE_MIN &&
			    !settle_mser5(x, s->nr_sum, &w)) {
				known++;
				never += !w.steady;
			}
		}
	}
	p->nr_settle += known > 0;
	p->nr_unsettled += 2 * never > known;
}

static void pool_rep(struct run *run, struct point *p, const struct rep *rep)
{
	struct dist_file dist;
	char why[200];

	if (!rep->lat)
		return;
	if (dist_read(run->dirfd, rep->lat, &dist, why, sizeof(why)))
		run_note(run, "%s: %s; not in the pooled quantiles", rep->lat,
			 why);
	else {
		for (size_t i = 0; i < dist.nr_role; i++)
			pool_role(run, p, rep, &dist.role[i]);
		settle(p, &dist);
	}
	dist_free(&dist);
}

/* --- points -------------------------------------------------------------- */

static void make(struct points *all, struct run *run, bool timed)
{
	scoped const struct rep **rep = mem_get(run->nr_rep, sizeof(*rep));
	struct point *p = NULL;
	size_t nr = 0;

	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < run->nr_rep; i++)
		if (rep_timed(&run->rep[i]) == timed)
			rep[nr++] = &run->rep[i];
	qsort(rep, nr, sizeof(*rep), rep_sort);

	for (size_t i = 0; i < nr; i++) {
		if (!i || rep_order(rep[i - 1], rep[i])) {
			p = mem_more(&all->point, &all->nr_point, sizeof(*p));
			p->part = rep[i]->part;
			p->bench = rep[i]->bench;
			p->workload = rep[i]->workload;
			p->opt = rep[i]->point;
			p->nr_opt = rep[i]->nr_point;
			p->cond = rep[i]->cond;
			p->nr_cond = rep[i]->nr_cond;
		}
		p->count[rep[i]->verdict]++;
		mem_push(&p->tried, &p->nr_tried, rep[i]);
		if (rep[i]->verdict != REP_OK)
			continue;
		mem_push(&p->rep, &p->nr_rep, rep[i]);
		pool_rep(run, p, rep[i]);
	}
}

void points_make(struct points *all, struct run *run)
{
	make(all, run, true);
}

void points_counted(struct points *all, struct run *run)
{
	make(all, run, false);
}

void points_free(struct points *all)
{
	for (size_t i = 0; i < all->nr_point; i++) {
		struct point *p = &all->point[i];

		for (size_t k = 0; k < p->nr_pool; k++) {
			free((char *)p->pool[k].role);
			pool_clear(&p->pool[k]);
		}
		free(p->pool);
		free(p->rep);
		free(p->tried);
	}
	free(all->point);
}

const struct rep *point_first(const struct point *p, enum verdict v)
{
	for (size_t i = 0; i < p->nr_tried; i++)
		if (p->tried[i]->verdict == v)
			return p->tried[i];
	return NULL;
}

const char *point_reason(const struct point *p)
{
	for (size_t i = 0; i < p->nr_tried; i++)
		if (p->tried[i]->reason)
			return p->tried[i]->reason;
	return NULL;
}

const char *point_get(const struct point *p, const char *key)
{
	const char *v = kv_get(p->opt, p->nr_opt, key);

	if (!v && !strcmp(key, "workload"))
		v = p->workload;
	return v ? v : kv_get(p->cond, p->nr_cond, key);
}

double point_number(const struct point *p, const char *key)
{
	const char *text = point_get(p, key);
	double v;

	return text && kv_number(text, &v) ? v : -1;
}

size_t point_values(const struct point *p, const char *unit, double *v,
		    unsigned int *block)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr_rep; i++) {
		if (!rep_value(p->rep[i], unit, &v[nr]))
			continue;
		if (block)
			block[nr] = p->rep[i]->block;
		nr++;
	}
	return nr;
}

size_t point_pairs(const struct point *a, const char *unit_a,
		   const struct point *b, const char *unit_b, double *x,
		   double *y)
{
	size_t n = 0;

	for (size_t i = 0, k = 0; i < a->nr_rep && k < b->nr_rep; ) {
		const struct rep *ra = a->rep[i], *rb = b->rep[k];

		if (!rep_value(ra, unit_a, &x[n]) || ra->block < rb->block) {
			i++;
		} else if (!rep_value(rb, unit_b, &y[n]) ||
			   ra->block > rb->block) {
			k++;
		} else {
			n++;
			i++;
			k++;
		}
	}
	return n;
}

/* Length of the role in "ROLE-p50-ns"; 0 if UNIT is none of these. */
static size_t role_len(const char *unit, const char *tail)
{
	size_t n = strlen(unit) - strlen(tail);

	return mem_ends(unit, tail) && n < 64 ? n : 0;
}

static const char exact_tail[] = "-p50-instructions";

const char *point_unit(const struct point *p)
{
	for (size_t i = 0; i < p->nr_rep; i++)
		for (size_t k = 0; k < p->rep[i]->nr_value; k++)
			if (role_len(p->rep[i]->value[k].unit, exact_tail))
				return "instructions";
	return "ns";
}

#define ROLES_MAX 8

/* Roles of P that are not among the first NR; how many there are then. */
static size_t more_roles(const struct point *p, char role[][64], size_t nr,
			 size_t max)
{
	size_t i, k;

	/* Any repetition will do, but the first may lack a role. */
	for (i = 0; i < p->nr_rep; i++) {
		for (k = 0; k < p->rep[i]->nr_value; k++) {
			const char *unit = p->rep[i]->value[k].unit;
			size_t n = role_len(unit, "-p50-ns"), j;

			if (!n)
				n = role_len(unit, exact_tail);
			if (!n)
				continue;
			for (j = 0; j < nr; j++)
				if (strlen(role[j]) == n &&
				    !memcmp(role[j], unit, n))
					break;
			if (j == nr && nr < max) {
				memcpy(role[nr], unit, n);
				role[nr++][n] = 0;
			}
		}
	}
	return nr;
}

size_t point_roles(const struct point *p, char role[][64], size_t max)
{
	return more_roles(p, role, 0, max);
}

size_t points_roles(const struct point *const *p, size_t nr, char role[][64],
		    size_t max)
{
	size_t nr_role = 0;

	for (size_t i = 0; i < nr; i++)
		nr_role = more_roles(p[i], role, nr_role, max);
	return nr_role;
}

size_t points_in_role(const struct point **to, const struct point *const *p,
		      size_t nr, const char *role)
{
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		char has[ROLES_MAX][64];
		size_t nr_role = point_roles(p[i], has, ROLES_MAX), k = 0;

		while (k < nr_role && strcmp(has[k], role))
			k++;
		if (k < nr_role || !nr_role)
			to[n++] = p[i];
	}
	return n;
}

size_t point_shares(const struct point *p, const char *part, const char *whole,
		    double *share)
{
	scoped double *k = mem_get(p->nr_rep, sizeof(*k));
	size_t nr = point_values(p, whole, share, NULL), n = 0;

	if (nr != point_values(p, part, k, NULL))
		nr = 0;
	for (size_t i = 0; i < nr; i++)
		if (share[i] > 0)
			share[n++] = k[i] / share[i];
	return n;
}

size_t points_table(const struct points *all, size_t *at,
		    const struct point **p)
{
	const struct point *first = &all->point[*at];
	size_t nr = 0;

	for (; *at < all->nr_point; (*at)++) {
		const struct point *one = &all->point[*at];

		if (strcmp(one->part, first->part) ||
		    strcmp(one->bench, first->bench))
			break;
		if (one->nr_rep)
			p[nr++] = one;
	}
	return nr;
}

double point_sum(const struct point *p, const char *unit)
{
	double sum = -1, v;

	for (size_t i = 0; i < p->nr_rep; i++)
		if (rep_value(p->rep[i], unit, &v))
			sum = sum < 0 ? v : sum + v;
	return sum;
}

double point_max(const struct point *p, const char *unit)
{
	double max = -1, v;

	for (size_t i = 0; i < p->nr_rep; i++)
		if (rep_value(p->rep[i], unit, &v) && v > max)
			max = v;
	return max;
}
