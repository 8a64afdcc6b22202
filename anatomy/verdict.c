// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict - is a difference that of code that changed, or of its state?
 *
 * Two kernels, a folder each: NAME.tree for every operation, symbols, image.
 * What an operation executes more is of three kinds:
 *
 *   changed  in functions whose own code differs, or is in one kernel only
 *   called   in unchanged functions that changed ones call more or less
 *            often, with all they call in turn that is unchanged
 *   state    the rest: unchanged code that took another path
 *
 * The verdict is changed + called. All are sums over all operations recorded.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anatomy.h"
#include "code.h"
#include "doc-form.h"
#include "err.h"
#include "mem.h"
#include "tree.h"

static unsigned long opt_names;
static int opt_code;

const struct opt verdict_opts[] = {
	{ "names", OPT_UINT, &opt_names, "3", "1..1000",
	  "functions named in a row" },
	{ "code", OPT_FLAG, &opt_code, NULL, NULL,
	  "also list every function executed whose code differs" },
	OPT_END
};

const char verdict_more[] =
	"BASE and NEW are folders with symbols, image and NAME.tree for each\n"
	"operation, as `./run.sh exact` makes them.\n"
	"Exit: 0, also where kernels differ.\n"
	"\nEXAMPLES\n"
	"  forkpath-anatomy verdict out/base out/patched\n";

struct side {
	char		*symbols, *image;
	struct code	 code;
};

struct fn {
	const char		*name;
	enum code_verdict	 code;
	double			 own[2], calls[2];	/* of this operation */
};

/* FROM, changed, calls TO, which is not. */
struct edge {
	size_t	from, to;
	double	calls[2], below[2];
	double	called;			/* of the difference, by the calls */
};

struct op {
	const char	*name;
	struct tree	 tree[2];
	char		*text[2];
	double		 total[2], changed, called;
	struct edge	*edge;
	size_t		 nr_edge;
};

struct verdict {
	struct side	 side[2];
	struct fn	*fn;		/* of all operations, by first use */
	size_t		 nr_fn;
	size_t		*hash, room;
};

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
	size_t at = place(v, name);
	struct fn *f;

	if (v->hash[at])
		return v->hash[at] - 1;
	f = mem_more(&v->fn, &v->nr_fn, sizeof(*f));
	f->name = xstrdup(name);
	f->code = *name == '[' ? CODE_SAME :
		code_compare(&v->side[0].code, &v->side[1].code, name);
	v->hash[at] = v->nr_fn;
	if (2 * v->nr_fn > v->room)
		rehash(v);
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
static void add_side(struct verdict *v, struct op *o, int s)
{
	const struct tree *t = &o->tree[s];
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
static void judge(struct verdict *v, struct op *o)
{
	for (size_t i = 0; i < v->nr_fn; i++)
		v->fn[i].own[0] = v->fn[i].own[1] =
			v->fn[i].calls[0] = v->fn[i].calls[1] = 0;
	for (int s = 0; s < 2; s++)
		add_side(v, o, s);
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

/* --- input --------------------------------------------------------------- */

static int load_side(struct side *s, const char *dir)
{
	char *symbols = xprintf("%s/symbols", dir), why[200];
	char *image = xprintf("%s/image", dir);
	size_t len, image_len;
	int ret = -1;

	s->symbols = anatomy_whole(symbols, &len);
	s->image = s->symbols ? anatomy_whole(image, &image_len) : NULL;
	if (s->image) {
		ret = code_parse(&s->code, s->symbols, s->image, image_len,
				 why, sizeof(why));
		if (ret)
			err_say("%s: %s", dir, why);
	}
	free(symbols);
	free(image);
	return ret;
}

static int load_op(struct op *o, char **dir)
{
	for (int s = 0; s < 2; s++) {
		char *path = xprintf("%s/%s.tree", dir[s], o->name);
		size_t len;
		int ret = -1;

		o->text[s] = anatomy_whole(path, &len);
		if (o->text[s] && (ret = tree_parse(&o->tree[s], o->text[s])))
			err_say("%s: not a tree of forkpath-anatomy fold",
				path);
		free(path);
		if (ret)
			return ret;
	}
	return 0;
}

static void op_free(struct op *o)
{
	for (int s = 0; s < 2; s++) {
		tree_free(&o->tree[s]);
		free(o->text[s]);
	}
	free(o->edge);
}

static int is_tree(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && !strcmp(d->d_name + n - 5, ".tree");
}

/* --- output -------------------------------------------------------------- */

/* A mean of whole numbers: with a fraction only if it has one. */
static const char *mean(char buf[32], double sum, double windows, bool sign)
{
	double m = sum / windows;
	bool whole = m == rint(m);

	snprintf(buf, 32, sign ? "%+.*f" : "%.*f", whole ? 0 : 3, m);
	return buf;
}

struct part {
	char	name[120];
	double	by;
};

static int by_size(const void *pa, const void *pb)
{
	const struct part *a = pa, *b = pb;
	double d = fabs(b->by) - fabs(a->by);

	return d > 0 ? 1 : d < 0 ? -1 : strcmp(a->name, b->name);
}

/* "cgroup_post_fork +10, down_read +44 (called)": what makes a verdict. */
static char *parts_of(const struct verdict *v, const struct op *o)
{
	struct part *p = mem_get(v->nr_fn + o->nr_edge + 1, sizeof(*p));
	struct text t = { 0 };
	size_t nr = 0;
	char buf[32];

	for (size_t i = 0; i < v->nr_fn; i++) {
		const struct fn *f = &v->fn[i];

		if (f->code == CODE_SAME || f->own[0] == f->own[1])
			continue;
		p[nr].by = f->own[1] - f->own[0];
		snprintf(p[nr++].name, sizeof(p->name), "%s", f->name);
	}
	for (size_t i = 0; i < o->nr_edge; i++) {
		const struct edge *e = &o->edge[i];

		if (!e->called)
			continue;
		p[nr].by = e->called;
		snprintf(p[nr++].name, sizeof(p->name), "%.50s < %.50s",
			 v->fn[e->to].name, v->fn[e->from].name);
	}
	qsort(p, nr, sizeof(*p), by_size);
	for (size_t i = 0; i < nr && i < opt_names; i++)
		text_printf(&t, "%s%s %s", i ? ", " : "", p[i].name,
			    mean(buf, p[i].by, o->tree[0].windows, true));
	if (nr > opt_names)
		text_printf(&t, ", %zu more", nr - opt_names);
	free(p);
	return t.s ? t.s : xstrdup("");
}

static void row(struct table *t, const struct op *o)
{
	double n = o->tree[0].windows;
	double verdict = o->changed + o->called;
	double state = o->total[1] - o->total[0] - verdict;
	char buf[32];

	table_row(t, NULL);
	table_cell(t, 0, "%.30s", o->name);
	table_cell(t, 1, "%.0f", o->total[0] / n);
	table_cell(t, 2, "%s", mean(buf, verdict, n, true));
	table_cell(t, 3, "%s", mean(buf, o->changed, n, true));
	table_cell(t, 4, "%s", mean(buf, o->called, n, true));
	table_cell(t, 5, "%+.1f", state / n);
}

static void code_list(const struct verdict *v)
{
	static const char *const word[] = {
		"same", "changed", "only in the first", "only in the second",
	};

	for (size_t i = 0; i < v->nr_fn; i++)
		if (v->fn[i].code != CODE_SAME)
			printf("code\t%s\t%s\n", v->fn[i].name,
			       word[v->fn[i].code]);
}

/* What is said of all operations. */
struct said {
	size_t		 same, nr, unlike;
	unsigned long	 given_up;
	double		 state, of;	/* the largest difference of state */
	struct table	 table;
	char		*note[200];	/* which functions, row by row */
	size_t		 nr_note;
};

/* One operation to its row. 0 or -1. */
static int one(struct verdict *v, const char *file, char **dir,
	       struct said *s)
{
	char *name = xstrndup(file, strlen(file) - 5), *parts;
	struct op o = { .name = name };
	int ret = load_op(&o, dir);
	double state;

	/* Another number of operations, and sums say nothing. */
	if (!ret && o.tree[0].windows != o.tree[1].windows) {
		s->unlike++;
	} else if (!ret) {
		s->given_up += o.tree[0].given_up + o.tree[1].given_up;
		judge(v, &o);
		state = fabs(o.total[1] - o.total[0] - o.changed - o.called) /
			o.tree[0].windows;
		if (state > s->state) {
			s->state = state;
			s->of = 100 * state * o.tree[0].windows /
				fmax(o.total[0], 1);
		}
		s->nr++;
		parts = parts_of(v, &o);
		if (*parts)
			row(&s->table, &o);
		else
			s->same++;
		if (*parts && s->nr_note < 200)
			s->note[s->nr_note++] = xprintf("%s: %s", name, parts);
		free(parts);
	}
	op_free(&o);
	free(name);
	return ret;
}

static void say(struct said *s, char **dir)
{
	struct doc d = { 0 };

	doc_head(&d, "instructions per operation: %s -> %s", dir[0], dir[1]);
	if (s->same < s->nr)
		doc_table(&d, &s->table);
	for (size_t i = 0; i < s->nr_note; i++) {
		doc_note(&d, "%s", s->note[i]);
		free(s->note[i]);
	}
	if (s->same)
		doc_note(&d, "same code in %zu of %zu operations", s->same,
			 s->nr);
	if (s->unlike)
		doc_note(&d, "%zu operations not measured: the kernels did not record as many of them",
			 s->unlike);
	if (s->given_up)
		doc_note(&d, "%lu operations left out: another one began before they were through",
			 s->given_up);
	doc_note(&d, "state: unchanged code that took another path, %.1f instructions (%.2g %%) at most; no part of the verdict",
		 s->state, s->of);
	doc_text(&d, stdout);
	doc_free(&d);
}

static void heads(struct table *t)
{
	static const char *const head[] = {
		"operation", "base", "verdict", "changed", "called", "state",
	};

	table_start(t, 6, 1);
	table_row(t, NULL);
	for (size_t i = 0; i < 6; i++)
		table_cell(t, i, "%s", head[i]);
}

static void verdict_free(struct verdict *v)
{
	for (size_t i = 0; i < v->nr_fn; i++)
		free((char *)v->fn[i].name);
	for (int s = 0; s < 2; s++) {
		code_free(&v->side[s].code);
		free(v->side[s].symbols);
		free(v->side[s].image);
	}
	free(v->fn);
	free(v->hash);
}

int verdict_verb(char **arg, int nr)
{
	struct verdict v = { 0 };
	struct said s = { 0 };
	struct dirent **file = NULL;
	int ret = EXIT_BAD, files;

	if (nr != 2) {
		err_say("verdict: %d folders given; expected BASE NEW", nr);
		return EXIT_BAD;
	}
	files = scandir(arg[0], &file, is_tree, alphasort);
	if (files <= 0) {
		err_say("%s: no operations (*.tree); expected a folder of "
			"./run.sh exact", arg[0]);
		return EXIT_BAD;
	}
	rehash(&v);
	heads(&s.table);
	if (!load_side(&v.side[0], arg[0]) && !load_side(&v.side[1], arg[1]))
		ret = EXIT_OK;
	for (int i = 0; i < files; i++) {
		if (!ret && one(&v, file[i]->d_name, arg, &s))
			ret = EXIT_BAD;
		free(file[i]);
	}
	free(file);
	if (!ret)
		say(&s, arg);
	if (!ret && opt_code)
		code_list(&v);
	verdict_free(&v);
	if (!ret && fflush(stdout)) {
		err_say("stdout: %s", strerror(errno));
		ret = EXIT_FAIL;
	}
	return ret;
}
