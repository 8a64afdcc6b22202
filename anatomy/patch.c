// SPDX-License-Identifier: GPL-2.0-or-later
/* patch - what of an operation's difference is code that changed? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

		f->own[s] += n->insns;
		f->calls[s] += n->calls;
		o->total[s] += n->insns;
		if (f->code != CODE_SAME)
			continue;
		below[i] += n->insns;
		if (n->parent < 2)
			continue;
		if (v->fn[fn[n->parent]].code == CODE_SAME) {
			below[n->parent] += below[i];
			continue;
		}
		e = edge_of(o, fn[n->parent], fn[i]);
		e->calls[s] += n->calls;
		e->below[s] += below[i];
	}
	free(below);
	free(fn);
}

/*
 * A call more costs what one of the side with more calls of it does on
 * average. With as many calls as before, what is below differs by its state.
 */
static void judge(struct verdict *v, struct op *o, size_t from, size_t to)
{
	for (size_t i = 0; i < v->nr_fn; i++)
		v->fn[i].own[0] = v->fn[i].own[1] =
			v->fn[i].calls[0] = v->fn[i].calls[1] = 0;
	free(o->edge);
	o->edge = NULL;
	o->nr_edge = 0;
	o->windows = o->total[0] = o->total[1] = o->changed = o->called = 0;
	for (size_t i = from; i < to; i++) {
		o->windows += o->pair[i].tree[0].windows;
		for (int s = 0; s < 2; s++)
			add_side(v, o, &o->pair[i].tree[s], s);
	}
	for (size_t i = 0; i < v->nr_fn; i++)
		if (v->fn[i].code != CODE_SAME)
			o->changed += v->fn[i].own[1] - v->fn[i].own[0];
	for (size_t i = 0; i < o->nr_edge; i++) {
		struct edge *e = &o->edge[i];
		int more = e->calls[1] > e->calls[0];

		if (e->calls[0] == e->calls[1])
			continue;
		e->called = (e->calls[1] - e->calls[0]) * e->below[more] /
			    e->calls[more];
		o->called += e->called;
	}
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
