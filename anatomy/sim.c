// SPDX-License-Identifier: GPL-2.0-or-later
/* sim - CPUs that do recorded operations, and wait for each other's lines */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lat.h"
#include "mem.h"
#include "rng.h"
#include "sim.h"

struct line {
	uint32_t	 version;	/* grows with each write */
	unsigned int	 sharers;	/* CPUs that have this version */
	unsigned int	 last;		/* who got it last */
	unsigned int	 owner;		/* who wrote it last */
	double		 free, busy;
};

struct cpu {
	double		 at;		/* when it takes its next step */
	double		 began;
	const struct sim_op *op;
	size_t		 step;
	uint64_t	 done;
};

struct world {
	const struct sim *s;
	struct rng	 rng;
	struct line	*line;
	struct cpu	*cpu;
	uint32_t	*has;		/* version, by CPU and line */
	unsigned int	*heap;		/* CPUs, who is next on top */
	struct lat	 lat;
	uint64_t	 ops, warm;	/* operations that have ended */
	double		 from, until;	/* of those that count */
};

unsigned int sim_distance(const struct sim *s, unsigned int a, unsigned int b)
{
	unsigned int x = (uint64_t)a * s->nodes / s->cpus;
	unsigned int y = (uint64_t)b * s->nodes / s->cpus;
	unsigned int d = x > y ? x - y : y - x;

	if (d > s->nodes - d)
		d = s->nodes - d;
	return d < SIM_DISTANCES ? d : SIM_DISTANCES - 1;
}

/* Uniform in (0, 1]. */
static double uniform(struct rng *r)
{
	return ((rng_next(r) >> 11) + 1) * 0x1p-53;
}

static double time_of(struct world *w, double mean)
{
	return w->s->random ? -mean * log(uniform(&w->rng)) : mean;
}

/* When CPU NR has the line of STEP, for which it asks at T. */
static double fetch(struct world *w, unsigned int nr,
		    const struct sim_step *step, double t)
{
	struct line *line = &w->line[step->line];
	uint32_t *has = &w->has[(size_t)nr * w->s->lines + step->line];
	bool write = step->write;
	bool mine = *has == line->version;
	unsigned int from;
	double took;

	if (mine && (!write || line->sharers == 1))
		goto got;
	if (line->version) {
		from = line->owner == nr ? line->last : line->owner;
		took = time_of(w, w->s->transfer[sim_distance(w->s, from, nr)]);
		if (line->free > t)
			t = line->free;
		t += took;
		line->free = t;
		line->busy += took;
	}
	line->last = nr;
got:
	if (step->hold > 0) {
		double hold = time_of(w, step->hold);

		line->free = fmax(line->free, t + hold);
		line->busy += hold;
	}
	if (write) {
		line->owner = nr;
		line->sharers = 1;
		*has = ++line->version;
	} else if (!mine) {
		if (!line->version)
			line->version = 1;
		*has = line->version;
		line->sharers++;
	}
	return t;
}

static void next_op(struct world *w, struct cpu *c, double t)
{
	const struct sim *s = w->s;

	c->op = &s->op[s->nr_op > 1 ? rng_below(&w->rng, s->nr_op) : 0];
	c->step = 0;
	c->began = t;
	c->at = t + time_of(w, c->op->step[0].work);
}

static void ended(struct world *w, struct cpu *c, double t)
{
	w->ops++;
	if (w->ops == w->warm) {
		w->from = t;
		lat_clear(&w->lat);
		for (unsigned int l = 0; l < w->s->lines; l++)
			w->line[l].busy = 0;
	} else if (w->ops > w->warm) {
		lat_add(&w->lat, llrint(t - c->began));
		w->until = t;
	}
	next_op(w, c, t);
}

static void step(struct world *w, unsigned int nr)
{
	struct cpu *c = &w->cpu[nr];
	const struct sim_step *s = &c->op->step[c->step];
	double t = fetch(w, nr, s, c->at);

	if (++c->step < c->op->nr)
		c->at = t + time_of(w, s[1].work);
	else
		ended(w, c, t + time_of(w, c->op->work));
}

/* The one on top has got later: down to where it belongs. */
static void sink(struct world *w, unsigned int at)
{
	unsigned int nr = w->s->cpus, top = w->heap[at], child;
	double t = w->cpu[top].at;

	while ((child = 2 * at + 1) < nr) {
		if (child + 1 < nr && w->cpu[w->heap[child + 1]].at <
				      w->cpu[w->heap[child]].at)
			child++;
		if (w->cpu[w->heap[child]].at >= t)
			break;
		w->heap[at] = w->heap[child];
		at = child;
	}
	w->heap[at] = top;
}

static bool possible(const struct sim *s)
{
	if (!s->cpus || !s->nodes || !s->lines || !s->nr_op || !s->ops)
		return false;
	for (size_t i = 0; i < s->nr_op; i++) {
		if (!s->op[i].nr)
			return false;
		for (size_t k = 0; k < s->op[i].nr; k++)
			if (s->op[i].step[k].line >= s->lines)
				return false;
	}
	return true;
}

/* Not all at a time: each somewhere in its first operation. */
static void begin(struct world *w)
{
	for (unsigned int i = 0; i < w->s->cpus; i++) {
		struct cpu *c = &w->cpu[i];

		next_op(w, c, 0);
		c->at *= uniform(&w->rng);
		c->began = c->at;
		w->heap[i] = i;
	}
	for (unsigned int i = w->s->cpus / 2; i--; )
		sink(w, i);
}

static void result(const struct world *w, struct sim_result *to)
{
	uint64_t p50 = 0, p99 = 0;

	*to = (struct sim_result){ .busy = 0 };
	lat_quantile(&w->lat, 0.5, &p50);
	if (!lat_quantile(&w->lat, 0.99, &p99))
		p99 = w->lat.max;
	to->p50 = p50;
	to->p99 = p99;
	to->rate = (w->ops - w->warm) / (w->until - w->from) * 1e9;
	for (unsigned int l = 0; l < w->s->lines; l++) {
		double busy = w->line[l].busy / (w->until - w->from);

		if (busy > to->busy) {
			to->busy = busy;
			to->busiest = l;
		}
	}
}

int sim_run(const struct sim *s, struct sim_result *to)
{
	struct world *w;
	uint64_t ops;

	if (!possible(s))
		return -EINVAL;
	w = xzalloc(sizeof(*w));
	ops = s->ops * s->cpus;
	w->s = s;
	w->rng.state = s->seed;
	w->warm = ops / 10 + 1;
	w->line = mem_get(s->lines, sizeof(*w->line));
	w->cpu = mem_get(s->cpus, sizeof(*w->cpu));
	w->has = mem_get((size_t)s->cpus * s->lines, sizeof(*w->has));
	w->heap = mem_get(s->cpus, sizeof(*w->heap));
	memset(w->has, 0xff, (size_t)s->cpus * s->lines * sizeof(*w->has));
	lat_clear(&w->lat);
	begin(w);
	while (w->ops < w->warm + ops) {
		step(w, w->heap[0]);
		sink(w, 0);
	}
	result(w, to);
	free(w->line);
	free(w->cpu);
	free(w->has);
	free(w->heap);
	free(w);
	return 0;
}
