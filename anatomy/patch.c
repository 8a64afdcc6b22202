// SPDX-License-Identifier: GPL-2.0-or-later
/* patch - what of an operation's difference is code that changed? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "align.h"
#include "mem.h"
#include "patch.h"

static size_t place(const struct verdict *v, const char *name)
{
	uint64_t h = 14695981039346656037ull;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211ull;
	for (h &= v->room - 1; v->hash[h]; h = (h + 1) & (v->room - 1))
		if (!strcmp(v->fn[v->hash[h] - 1].name, name))
			break;
	return h;
}

static void rehash(struct verdict *v)
{
	free(v->hash);
	v->room = v->room ? 2 * v->room : 1 << 12;
	v->hash = mem_get(v->room, sizeof(*v->hash));
	for (size_t i = 0; i < v->nr_fn; i++)
		v->hash[place(v, v->fn[i].name)] = i + 1;
}

/* User space is the same program in both; what has no name has no code. */
static size_t fn_of(struct verdict *v, const char *name)
{
	struct fn *f;
	size_t at;

	if (2 * v->nr_fn >= v->room)
		rehash(v);
	at = place(v, name);
	if (v->hash[at])
		return v->hash[at] - 1;
	f = mem_more(&v->fn, &v->nr_fn, sizeof(*f));
	f->name = xstrdup(name);
	f->code = *name == '[' ? CODE_SAME :
		code_compare(&v->side[0].code, &v->side[1].code, name);
	v->hash[at] = v->nr_fn;
	return v->nr_fn - 1;
}

bool patch_executed(const struct verdict *v, const char *name)
{
	return v->room && v->hash[place(v, name)];
}

static struct edge *edge_of(struct op *o, size_t from, size_t to)
{
	struct edge *e;

	for (size_t i = 0; i < o->nr_edge; i++)
		if (o->edge[i].from == from && o->edge[i].to == to)
			return &o->edge[i];
	e = mem_more(&o->edge, &o->nr_edge, sizeof(*e));
	e->from = from;
	e->to = to;
	return e;
}

/* One side of an operation: what functions and edges have of it. */
static void add_side(struct verdict *v, struct op *o, const struct tree *t,
		     int s)
{
	double *below = mem_get(t->nr, sizeof(*below));
	size_t *fn = mem_get(t->nr, sizeof(*fn));

	for (size_t i = 2; i < t->nr; i++)
		fn[i] = fn_of(v, t->node[i].fn);
	for (size_t i = t->nr - 1; i > 1; i--) {
		const struct tree_node *n = &t->node[i];
		struct fn *f = &v->fn[fn[i]];
		struct edge *e;
		size_t up;

		f->own[s] += n->insns;
		f->calls[s] += n->calls;
		o->total[s] += n->insns;
		up = n->parent;
		if (f->code == CODE_SAME) {
			below[i] += n->insns;
			if (up > 1 && v->fn[fn[up]].code == CODE_SAME) {
				below[up] += below[i];
				continue;
			}
		}
		/* What changed is called by what changed, whoever is between. */
		while (up > 1 && v->fn[fn[up]].code == CODE_SAME)
			up = t->node[up].parent;
		if (up < 2)
			continue;
		e = edge_of(o, fn[up], fn[i]);
		e->calls[s] += n->calls;
		e->below[s] += below[i];
	}
	free(below);
	free(fn);
}

static void forget(struct verdict *v, struct op *o)
{
	for (size_t i = 0; i < v->nr_fn; i++)
		v->fn[i] = (struct fn){
			.name = v->fn[i].name, .code = v->fn[i].code,
		};
	free(o->edge);
	o->edge = NULL;
	o->nr_edge = 0;
	o->windows = o->total[0] = o->total[1] = o->changed = o->called = 0;
}

/* What is new in F, executed in the pairs FROM to TO. */
static struct align fresh(const struct verdict *v, const struct op *o,
			  size_t from, size_t to, const struct fn *f)
{
	struct align_list l[2] = { { 0 } };
	struct align r;

	for (int s = 0; s < 2; s++) {
		l[s].code = &v->side[s].code;
		for (size_t i = from; i < to; i++)
			align_add(&l[s], &o->pair[i].tree[s], f->name);
	}
	r = align_fn(&l[0], &l[1], f->name);
	align_free(&l[0]);
	align_free(&l[1]);
	return r;
}

/* How much of what the new one has of F is there without a change of state. */
static double share(const struct fn *f)
{
	return f->calls[1] ? f->wanted / f->calls[1] : 1;
}

/*
 * A function is called as often as on the base, and more often only by those
 * that changed. One that is in one kernel only is that kernel's.
 */
static void wanted(struct verdict *v, const struct op *o)
{
	for (size_t i = 0; i < v->nr_fn; i++)
		v->fn[i].wanted = v->fn[i].code == CODE_ONLY_B ?
			v->fn[i].calls[1] : v->fn[i].calls[0];
	for (size_t i = 0; i < o->nr_edge; i++) {
		const struct edge *e = &o->edge[i];

		if (v->fn[e->from].flow && v->fn[e->to].code == CODE_CHANGED)
			v->fn[e->to].wanted += e->calls[1] - e->calls[0];
	}
	for (size_t i = 0; i < v->nr_fn; i++)
		if (v->fn[i].code == CODE_ONLY_A || v->fn[i].wanted < 0)
			v->fn[i].wanted = 0;
}

/*
 * A call more costs what one of the side with more calls of it does on
 * average. With as many calls as before, what is below differs by its state.
 */
static double called(const struct verdict *v, const struct edge *e)
{
	const struct fn *f = &v->fn[e->from];
	double calls = share(f) * e->calls[1];
	int more;

	if (v->fn[e->to].code != CODE_SAME)
		return 0;
	/* The same ways: only what is called more often itself calls more. */
	if (!f->flow)
		calls = e->calls[0] + (share(f) - (f->calls[1] ? f->calls[0] /
				       f->calls[1] : 1)) * e->calls[1];
	more = calls > e->calls[0];
	if (!e->calls[more] || fabs(calls - e->calls[0]) < 1e-6)
		return 0;
	return (calls - e->calls[0]) * e->below[more] / e->calls[more];
}

/* What of a function that changed is new, and does it go other ways? */
static void look(struct verdict *v, const struct op *o, size_t from, size_t to)
{
	for (size_t i = 0; i < v->nr_fn; i++) {
		struct fn *f = &v->fn[i];
		struct align a;

		if (f->code == CODE_SAME || (!f->own[0] && !f->own[1]))
			continue;
		a = fresh(v, o, from, to, f);
		f->flow = a.flow;
		memcpy(f->fresh, a.flow ? f->own : a.fresh, sizeof(f->fresh));
	}
}

static double changed(const struct fn *f)
{
	double by = share(f) * f->fresh[1] - f->fresh[0];

	/* Not called there, by its state: what it would be is not known. */
	if (f->wanted > 0 && !f->calls[1])
		return 0;
	if (f->calls[1])
		by += (f->wanted - f->calls[0]) / f->calls[1] *
		      (f->flow ? 0 : f->own[1] - f->fresh[1]);
	return by;
}

static void judge(struct verdict *v, struct op *o, size_t from, size_t to)
{
	forget(v, o);
	for (size_t i = from; i < to; i++) {
		o->windows += o->pair[i].tree[0].windows;
		for (int s = 0; s < 2; s++)
			add_side(v, o, &o->pair[i].tree[s], s);
	}
	look(v, o, from, to);
	wanted(v, o);
	for (size_t i = 0; i < v->nr_fn; i++)
		if (v->fn[i].code != CODE_SAME)
			o->changed += v->fn[i].changed = changed(&v->fn[i]);
	for (size_t i = 0; i < o->nr_edge; i++)
		o->called += o->edge[i].called = called(v, &o->edge[i]);
}

double patch_size(const struct op *o)
{
	return (o->changed + o->called) / o->windows;
}

double patch_state(const struct op *o)
{
	return (o->total[1] - o->total[0]) / o->windows - patch_size(o);
}

void patch_all(struct verdict *v, struct op *o)
{
	for (size_t i = 0; i < o->nr; i++) {
		judge(v, o, i, i + 1);
		o->pair[i].patch = patch_size(o);
		o->pair[i].state = patch_state(o);
	}
	judge(v, o, 0, o->nr);
}

bool patch_follows(const struct op *o, double range[2])
{
	range[0] = range[1] = o->pair[0].state;
	for (size_t i = 1; i < o->nr; i++) {
		range[0] = fmin(range[0], o->pair[i].state);
		range[1] = fmax(range[1], o->pair[i].state);
	}
	return o->nr >= FOLLOWS_LEAST && (range[0] > 0 || range[1] < 0);
}
