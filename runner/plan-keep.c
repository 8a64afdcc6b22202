// SPDX-License-Identifier: GPL-2.0-or-later
/* plan-keep - a budget is kept by what the run itself shows */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "plan-point.h"
#include "rng.h"

#define OVERRUN 0.01	/* of the budget, by which one more block may exceed it */

enum pass { TIMED, COUNTED, PROFILE };

/* What is known of one point. */
struct row {
	unsigned int line;	/* a line of it, 0: none that is run */
	bool	to_come;	/* in the blocks that are planned anew */
	double	weight, time;	/* seconds: of the config, to be measured */
	double	beyond, before;	/* seconds that it does not measure, last two */
};

static enum pass pass_of(const struct plan_line *l)
{
	return strstr(l->conditions, "profile=perf") ? PROFILE :
	       strstr(l->conditions, "events=") ? COUNTED : TIMED;
}

static double time_of(const struct plan_line *l)
{
	return plan_number(l->conditions, "time", 0);
}

static double beyond(const struct row *r)
{
	return (r->beyond + r->before) / 2;
}

/* What took, where that is known: before, what it was planned to take. */
static struct row *learn(const struct plan *p, unsigned int done)
{
	struct row *row = xzalloc((p->rows + 1) * sizeof(*row));

	for (unsigned int i = 0; i < p->nr; i++) {
		const struct plan_line *l = &p->line[i];
		struct row *r = &row[l->row];
		bool first = !r->line;
		double took;

		if (l->skip || l->of || (i >= done && !first))
			continue;
		r->line = l->nr;
		r->weight = l->weight;
		if (i >= done || !l->took) {
			if (first)
				r->beyond = r->before = l->beyond;
			continue;
		}
		took = fmax(l->took - time_of(l), 1e-6);
		r->before = first ? took : r->beyond;
		r->beyond = took;
	}
	return row;
}

static void set_time(struct plan_line *l, double t)
{
	char *fresh = plan_retime(l->conditions, t);

	if (t > time_of(l))
		l->limit += ceil(5 * (t - time_of(l)));
	free(l->conditions);
	l->conditions = fresh;
}

/* One more repetition of line NR, in BLOCK. */
static void repeat(struct plan *p, unsigned int nr, unsigned int block)
{
	struct plan_line *l = plan_more(p), *of = &p->line[nr - 1];

	*l = *of;
	l->nr = p->nr;
	l->block = block;
	l->took = 0;
	l->part = xstrdup(of->part);
	l->bench = xstrdup(of->bench);
	l->workload = xstrdup(of->workload);
	l->reason = xstrdup(of->reason);
	l->conditions = xstrdup(of->conditions);
	l->point = xstrdup(of->point);
}

/*
 * COUNT timed blocks behind the first DONE lines, the last of which are block
 * BLOCK. Block k has the order of block k in any plan of this seed.
 */
static void set_blocks(struct plan *p, unsigned int done, unsigned int block,
		       unsigned int count, const struct row *row)
{
	unsigned int *order = xzalloc((p->rows + 1) * sizeof(*order));
	struct rng rng = { .state = p->seed };
	unsigned int rest = done, nr, was = p->blocks;
	struct plan_line *tail;

	while (rest < p->nr && pass_of(&p->line[rest]) == TIMED)
		plan_free_line(&p->line[rest++]);
	nr = p->nr - rest;
	tail = xzalloc((nr + 1) * sizeof(*tail));
	memcpy(tail, p->line + rest, nr * sizeof(*tail));
	p->nr = done;
	p->blocks = block + count;
	for (unsigned int i = 0; i < p->rows; i++)
		order[i] = i;
	for (unsigned int b = 1; b <= p->blocks; b++) {
		rng_shuffle(&rng, order, p->rows);
		for (unsigned int i = 0; b > block && i < p->rows; i++)
			if (row[order[i]].line)
				repeat(p, row[order[i]].line, b);
	}
	for (unsigned int i = 0; i < nr; i++) {
		struct plan_line *l = plan_more(p);

		*l = tail[i];
		l->nr = p->nr;
		l->block = l->block + p->blocks - was;
	}
	free(tail);
	free(order);
}

/* The note that said WAS, which is freed, says what holds now. */
static void renote(struct plan *p, char *was)
{
	char *is = plan_fewer(p);
	struct strv fresh = { 0 };

	for (unsigned int i = 0; i < p->notes.nr; i++)
		if (!was || strcmp(p->notes.v[i], was))
			strv_add(&fresh, xstrdup(p->notes.v[i]));
	if (is)
		strv_add(&fresh, is);
	strv_free(&p->notes);
	p->notes = fresh;
	free(was);
}

/* The time of each row in BLOCKS blocks within LEFT seconds; how many fit. */
static unsigned int share(struct row *row, unsigned int rows, double left,
			  double over, double max, unsigned int blocks)
{
	double *w = xzalloc((rows + 1) * sizeof(*w));
	double *f = xzalloc((rows + 1) * sizeof(*f));
	double *t = xzalloc((rows + 1) * sizeof(*t)), least = 0;
	unsigned int n = 0;

	for (unsigned int i = 0; i < rows; i++) {
		if (!row[i].to_come)
			continue;
		w[n] = row[i].weight;
		f[n++] = beyond(&row[i]);
		least += f[n - 1] + PLAN_TIME_FLOOR;
	}
	if (!n || least > left + over)
		blocks = 0;
	if (blocks)
		plan_budget(fmax(left, least), &blocks, n, w, f, max, t);
	n = 0;
	for (unsigned int i = 0; blocks && i < rows; i++)
		if (row[i].to_come)
			row[i].time = t[n++];
	free(w);
	free(f);
	free(t);
	return blocks;
}

/* So many timed blocks may still come, by what is asked for and PLAN_MAX. */
static unsigned int most(const struct plan *p, unsigned int block)
{
	unsigned int counted = p->line[p->nr - 1].block - p->blocks;
	unsigned int all = PLAN_MAX / p->rows;

	all = all > counted ? all - counted : 0;
	if (all > p->want)
		all = p->want;
	return all > block ? all - block : 0;
}

/*
 * The blocks of PASS behind the first DONE lines, in LEFT seconds. Returns how
 * many there are. What is to be counted is counted, as short as need be.
 */
static unsigned int replan(struct plan *p, unsigned int done, double left,
			   enum pass pass)
{
	unsigned int block = p->line[done - 1].block, blocks, passes = 0;
	struct row *row = learn(p, done);
	double max = INFINITY;

	for (unsigned int i = 0; i < p->nr; i++) {
		const struct plan_line *l = &p->line[i];
		struct row *r = &row[l->row];

		if (l->skip || l->of)
			continue;
		max = fmin(max, l->max);
		if (i >= done && pass_of(l) != pass)
			left -= time_of(l) + beyond(r);
		else if (i >= done)
			passes += l->block != p->line[i - 1].block;
		r->to_come |= pass_of(l) == pass;
	}
	if (pass == TIMED) {
		char *was = plan_fewer(p);

		blocks = share(row, p->rows, left, OVERRUN * p->budget, max,
			       most(p, block));
		set_blocks(p, done, block, blocks, row);
		renote(p, was);
	} else {
		blocks = share(row, p->rows, left, INFINITY, max, passes);
	}
	for (unsigned int i = done; i < p->nr && blocks; i++)
		if (pass_of(&p->line[i]) == pass)
			set_time(&p->line[i], row[p->line[i].row].time);
	free(row);
	return blocks;
}

bool plan_keep(struct plan *p, unsigned int done, double spent)
{
	const struct plan_line *l = done ? &p->line[done - 1] : NULL;
	bool last = done == p->nr;

	if (!p->budget || !p->rows || !l || l->skip || l->of ||
	    (!last && (l[1].block == l->block || l[1].of)))
		return false;
	if (pass_of(l) == TIMED && replan(p, done, p->budget - spent, TIMED))
		return true;
	if (done < p->nr && pass_of(&p->line[done]) == COUNTED)
		replan(p, done, p->budget - spent, COUNTED);
	return true;
}
