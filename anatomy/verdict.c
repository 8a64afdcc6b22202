// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict - is a difference that of code that changed, or of its state?
 *
 * Two kernels, a folder each for every layout: NAME.tree for every operation;
 * in the first two also symbols and image. patch.h has what is counted as what.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anatomy.h"
#include "doc-form.h"
#include "err.h"
#include "keys.h"
#include "mem.h"
#include "patch.h"

#define SMALL 0.0005	/* instructions: not shown */

static unsigned long opt_names;
static const char *opt_title, *opt_table;
static int opt_code;

const struct opt verdict_opts[] = {
	{ "names", OPT_UINT, &opt_names, "3", "1..1000",
	  "functions named in a row" },
	{ "code", OPT_FLAG, &opt_code, NULL, NULL,
	  "also list every function executed whose code differs" },
	{ "table", OPT_PATH, &opt_table, NULL, NULL,
	  "also write all that makes the verdicts to this file" },
	{ "title", OPT_TEXT, &opt_title, "BASE -> NEW", NULL,
	  "which kernels these are" },
	OPT_END
};

const char verdict_more[] =
	"BASE and NEW are folders with NAME.tree for each operation, the first\n"
	"two also with symbols and image, as `./run.sh lab --exact A B` makes\n"
	"them; one pair for each layout.\n"
	"Exit: 0, also where kernels differ.\n"
	"\nEXAMPLES\n"
	"  forkpath-anatomy verdict out/base-1 out/new-1\n";

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

static int load_op(struct op *o, char **dir, size_t pairs)
{
	int ret = 0;

	o->nr = pairs;
	for (size_t i = 0; i < 2 * pairs && !ret; i++) {
		struct pair *p = &o->pair[i / 2];
		char *path = xprintf("%s/%s.tree", dir[i], o->name);
		size_t len;

		p->text[i % 2] = anatomy_whole(path, &len);
		ret = p->text[i % 2] ? 0 : -1;
		if (!ret && (ret = tree_parse(&p->tree[i % 2], p->text[i % 2])))
			err_say("%s: not a tree of forkpath-anatomy fold",
				path);
		free(path);
	}
	return ret;
}

static void op_free(struct op *o)
{
	for (size_t i = 0; i < 2 * o->nr; i++) {
		tree_free(&o->pair[i / 2].tree[i % 2]);
		free(o->pair[i / 2].text[i % 2]);
	}
	free(o->edge);
}

/* One kernel may lack what an operation is made of, or refuse it. */
static bool in_all(const char *file, char **dir, size_t nr)
{
	bool there = true;

	for (size_t i = 0; i < nr && there; i++) {
		char *path = xprintf("%s/%s", dir[i], file);

		there = !access(path, F_OK);
		free(path);
	}
	return there;
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
	bool whole = fabs(m - rint(m)) < SMALL;

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

		if (fabs(f->changed) / o->windows < SMALL)
			continue;
		p[nr].by = f->changed;
		snprintf(p[nr++].name, sizeof(p->name), "%s", f->name);
	}
	for (size_t i = 0; i < o->nr_edge; i++) {
		const struct edge *e = &o->edge[i];

		if (fabs(e->called) / o->windows < SMALL)
			continue;
		p[nr].by = e->called;
		snprintf(p[nr++].name, sizeof(p->name), "%.50s < %.50s",
			 v->fn[e->to].name, v->fn[e->from].name);
	}
	qsort(p, nr, sizeof(*p), by_size);
	for (size_t i = 0; i < nr && i < opt_names; i++)
		text_printf(&t, "%s%s %s", i ? ", " : "", p[i].name,
			    mean(buf, p[i].by, o->windows, true));
	if (nr > opt_names)
		text_printf(&t, ", %zu more", nr - opt_names);
	free(p);
	return t.s ? t.s : xstrdup("");
}

/* The same for programs, with every function; instructions per operation. */
static void whole(FILE *to, const struct verdict *v, const struct op *o)
{
	fprintf(to, "%s\tbase\t-\t%.3f\n", o->name, o->total[0] / o->windows);
	for (size_t i = 0; i < v->nr_fn; i++)
		if (fabs(v->fn[i].changed) / o->windows >= SMALL)
			fprintf(to, "%s\tchanged\t%s\t%+.3f\n", o->name,
				v->fn[i].name, v->fn[i].changed / o->windows);
	for (size_t i = 0; i < o->nr_edge; i++)
		if (fabs(o->edge[i].called) / o->windows >= SMALL)
			fprintf(to, "%s\tcalled\t%s < %s\t%+.3f\n", o->name,
				v->fn[o->edge[i].to].name,
				v->fn[o->edge[i].from].name,
				o->edge[i].called / o->windows);
	fprintf(to, "%s\tstate\t-\t%+.3f\n", o->name, patch_state(o));
}

static void row(struct table *t, const struct op *o)
{
	char buf[32];

	table_row(t, NULL);
	table_cell(t, 0, "%.36s", o->name);
	table_cell(t, 1, "%.0f", o->total[0] / o->windows);
	table_cell(t, 2, "%s", mean(buf, o->changed + o->called, o->windows,
				    true));
	table_cell(t, 3, "%+.1f", patch_state(o));
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

/* Operations of which the same is to be said. */
struct note {
	char	*what, *names;
	size_t	 nr;
};

/* What is said of all operations. */
struct said {
	size_t		 pairs, same, even, nr, unlike, follow;
	unsigned long	 given_up;
	double		 all, nameless;	/* instructions */
	double		 state, of;	/* the largest difference of state */
	double		 self, self_of;	/* ... of a kernel from itself */
	bool		 fraction;
	struct table	 table, sleep;
	bool		 slept;
	struct note	*note;
	size_t		 nr_note;
	FILE		*whole;
};

static void note(struct said *s, char *what, const char *name)
{
	struct note *n = s->note;
	size_t i = 0;

	while (i < s->nr_note && strcmp(n[i].what, what))
		i++;
	if (i == s->nr_note) {
		n = mem_more(&s->note, &s->nr_note, sizeof(*n));
		n->what = what;
		n->names = xstrdup(name);
	} else {
		char *more = xprintf("%s; %s", n[i].names, name);

		free(what);
		free(n[i].names);
		n[i].names = more;
	}
	s->note[i].nr++;
}

/* Who slept, on both sides, in all layouts together. */
static void sleepers(struct said *s, const struct op *o)
{
	bool any = false;

	for (size_t i = 0; i < 2 * o->nr; i++)
		any |= o->pair[i / 2].tree[i % 2].slept > 0;
	if (!any)
		return;
	s->slept = true;
	table_row(&s->sleep, NULL);
	table_cell(&s->sleep, 0, "%.36s", o->name);
	for (int side = 0; side < 2; side++) {
		uint64_t windows = 0, slept = 0, asleep = 0;
		bool timed = true;

		for (size_t i = 0; i < o->nr; i++) {
			const struct tree *t = &o->pair[i].tree[side];

			timed &= t->timed;
			windows += t->windows;
			slept += t->slept;
			asleep += t->asleep;
		}
		if (!timed)
			continue;
		table_cell(&s->sleep, 1 + 2 * side, "%" PRIu64 " of %" PRIu64,
			   slept, windows);
		table_cell(&s->sleep, 2 + 2 * side, "%.1f", asleep / 1e6);
	}
}

static double instructions(const struct tree *t)
{
	double sum = 0;

	for (size_t i = 2; i < t->nr; i++)
		sum += t->node[i].insns;
	return sum / t->windows;
}

/* Those of functions that have no name count as nobody's. */
static void names(struct said *s, const struct tree *t)
{
	for (size_t i = 2; i < t->nr; i++) {
		const struct tree_node *n = &t->node[i];

		s->all += n->insns;
		if (!strcmp(n->fn, "[unknown]") || !strcmp(n->fn, "[user]"))
			s->nameless += n->insns;
	}
}

static void largest(double *most, double *of, double by, double base)
{
	if (fabs(by) <= *most)
		return;
	*most = fabs(by);
	*of = 100 * *most / fmax(base, 1);
}

/* Was anything executed whose code differs? */
static bool other_code(const struct verdict *v)
{
	for (size_t i = 0; i < v->nr_fn; i++)
		if (v->fn[i].code != CODE_SAME &&
		    (v->fn[i].own[0] > 0 || v->fn[i].own[1] > 0))
			return true;
	return false;
}

static bool other_ways(const struct verdict *v)
{
	for (size_t i = 0; i < v->nr_fn; i++)
		if (v->fn[i].flow && fabs(v->fn[i].changed) > 0)
			return true;
	return false;
}

static void say_op(const struct verdict *v, struct op *o, struct said *s)
{
	double base = o->total[0] / o->windows, range[2];
	char *parts = parts_of(v, o), buf[32];

	for (size_t i = 0; i < o->nr; i++) {
		largest(&s->state, &s->of, o->pair[i].state, base);
		if (i)
			largest(&s->self, &s->self_of,
				instructions(&o->pair[i].tree[0]) -
				instructions(&o->pair[i - 1].tree[0]), base);
	}
	s->nr++;
	if (s->whole)
		whole(s->whole, v, o);
	if (*parts) {
		double patch = patch_size(o);

		row(&s->table, o);
		s->fraction |= fabs(patch - rint(patch)) >= SMALL &&
			other_ways(v);
		note(s, xstrdup(parts), o->name);
	} else if (other_code(v)) {
		s->even++;
	} else {
		s->same++;
	}
	if (patch_follows(o, range)) {
		s->follow++;
		note(s, xprintf("state %s [%+.1f, %+.1f], of one sign in all %zu layouts: it follows the patch",
				mean(buf, patch_state(o), 1, true), range[0],
				range[1], o->nr), o->name);
	}
	free(parts);
}

/* One operation to its row. 0 or -1. */
static int one(struct verdict *v, const char *file, char **dir,
	       struct said *s)
{
	char *name = xstrndup(file, strlen(file) - 5);
	struct op o = { .name = name };
	int ret = load_op(&o, dir, s->pairs);
	bool unlike = false;

	/* Another number of operations, and sums say nothing. */
	for (size_t i = 0; i < 2 * s->pairs && !ret; i++) {
		const struct tree *t = &o.pair[i / 2].tree[i % 2];

		names(s, t);
		unlike |= t->windows != o.pair[0].tree[0].windows;
		s->given_up += t->given_up;
	}
	s->unlike += unlike;
	if (!ret && !unlike) {
		patch_all(v, &o);
		say_op(v, &o, s);
		sleepers(s, &o);
	}
	op_free(&o);
	free(name);
	return ret;
}

static void say_state(const struct said *s, struct doc *d)
{
	doc_note(d, "state: unchanged code that took another path, up to %.1f instructions (%.2g %%); noise of the laboratory, no part of `patch`",
		 s->state, s->of);
	if (s->pairs > 1)
		doc_note(d, "A/A: the base under one layout and the next differs from itself by up to %.1f (%.2g %%)",
			 s->self, s->self_of);
	if (s->pairs < FOLLOWS_LEAST)
		doc_note(d, "whether state follows the patch (a larger struct, another slab) takes --layouts %d or more",
			 FOLLOWS_LEAST);
	else if (!s->follow)
		doc_note(d, "state follows the patch in no operation: it has both signs in %zu layouts",
			 s->pairs);
}

static bool executed(const void *of, const char *fn)
{
	return patch_executed(of, fn);
}

/*
 * "cgroup_favor_dynmods: off -> on". A key that nobody asked has no part in
 * what was counted: some count what is left when the guest ends.
 */
static void say_keys(const struct verdict *v, struct doc *d)
{
	size_t nr;
	struct key *key = keys_differ(&v->side[0].code, &v->side[1].code, &nr);

	for (size_t i = 0; i < nr; i++) {
		if (!keys_asked(&v->side[0].code, &key[i], executed, v))
			continue;
		doc_note(d, "static key %s: %s -> %s; functions that ask it differ by that",
			 key[i].name, key[i].users[0] ? "on" : "off",
			 key[i].users[1] ? "on" : "off");
	}
	free(key);
}

static void say(const struct verdict *v, struct said *s)
{
	struct doc d = { 0 };

	doc_head(&d, "instructions that code changed adds to an operation: %s",
		 opt_title);
	if (s->same + s->even < s->nr)
		doc_table(&d, &s->table);
	for (size_t i = 0; i < s->nr_note; i++) {
		struct note *n = &s->note[i];

		if (n->nr > 1 && n->nr == s->nr - s->same - s->even)
			doc_note(&d, "each of them: %s", n->what);
		else
			doc_note(&d, "%s: %s", n->names, n->what);
		free(n->what);
		free(n->names);
	}
	free(s->note);
	doc_note(&d, "same code in %zu of %zu operations", s->same, s->nr);
	if (s->even)
		doc_note(&d, "other code, but as many instructions of it, in %zu",
			 s->even);
	if (s->fraction)
		doc_note(&d, "a fraction is state, too: inside of functions that changed the two cannot be told apart");
	say_keys(v, &d);
	if (s->slept)
		doc_table(&d, &s->sleep);
	if (s->unlike)
		doc_note(&d, "%zu operations not compared: boots did not record as many of them",
			 s->unlike);
	if (s->given_up)
		doc_note(&d, "%lu operations left out: another one began before they were through",
			 s->given_up);
	say_state(s, &d);
	doc_note(&d, "%.10g %% of the instructions are in functions with a name",
		 floor(1e4 * (1 - s->nameless / fmax(s->all, 1))) / 100);
	doc_text(&d, stdout);
	doc_free(&d);
	table_free(&s->table);
	table_free(&s->sleep);
}

static void heads(struct table *t, const char *const *head, size_t nr)
{
	table_start(t, nr, 1);
	for (size_t i = 0; i < nr; i++)
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
	static const char *const patches[] = {
		"operation", "base", "patch", "state",
	};
	static const char *const sleeps[] = {
		"asleep, no part of it", "base slept", "ms", "patch slept", "ms",
	};
	struct verdict v = { 0 };
	struct said s = { 0 };
	struct dirent **file = NULL;
	int ret = EXIT_BAD, files;
	bool cut;

	if (nr < 2 || nr % 2 || nr > 2 * PAIRS_MAX) {
		err_say("verdict: %d folders given; expected BASE NEW, up to "
			"%d times", nr, PAIRS_MAX);
		return EXIT_BAD;
	}
	s.pairs = nr / 2;
	files = scandir(arg[0], &file, is_tree, alphasort);
	if (files <= 0) {
		err_say("%s: no operations (*.tree); expected a folder of "
			"./run.sh lab --exact A B", arg[0]);
		return EXIT_BAD;
	}
	if (opt_table && !(s.whole = fopen(opt_table, "we")))
		err_say("%s: %s", opt_table, strerror(errno));
	if (s.whole)
		fputs("operation\tpart\tfunction\tinstructions\n", s.whole);
	heads(&s.table, patches, sizeof(patches) / sizeof(*patches));
	heads(&s.sleep, sleeps, sizeof(sleeps) / sizeof(*sleeps));
	if (opt_table && !s.whole)
		ret = EXIT_FAIL;
	else if (!load_side(&v.side[0], arg[0]) && !load_side(&v.side[1], arg[1]))
		ret = EXIT_OK;
	for (int i = 0; i < files; i++) {
		if (!in_all(file[i]->d_name, arg, nr))
			s.unlike++;
		else if (!ret && one(&v, file[i]->d_name, arg, &s))
			ret = EXIT_BAD;
		free(file[i]);
	}
	free(file);
	if (!ret)
		say(&v, &s);
	if (!ret && opt_code)
		code_list(&v);
	verdict_free(&v);
	cut = s.whole && ferror(s.whole);
	if (s.whole && (fclose(s.whole) || cut)) {
		err_say("%s: %s", opt_table, strerror(errno));
		ret = EXIT_FAIL;
	}
	if (!ret && fflush(stdout)) {
		err_say("stdout: %s", strerror(errno));
		ret = EXIT_FAIL;
	}
	return ret;
}
