// SPDX-License-Identifier: GPL-2.0-or-later
/* anatomy - in which functions is one operation? */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anatomy.h"
#include "counts.h"
#include "err.h"
#include "file.h"
#include "mem.h"
#include "doc-form.h"
#include "plot.h"

#define COLUMNS_MAX 26
#define BLOCK 3			/* columns side by side of more than two */
#define NAME_WIDTH 30		/* of a function, with two kernels beside it */
#define FEW 10			/* windows of a mode that is none */
#define BARS 14			/* of the figure */
#define LAYERS 8

static const char *opt_out;
static int opt_value;
static unsigned long opt_rows;

enum { VALUE_MODE, VALUE_MEAN };

const struct opt anatomy_opts[] = {
	{ "value", OPT_CHOICE, &opt_value, "mode", "mode mean",
	  "of the windows of the most frequent total, or the mean of all" },
	{ "rows", OPT_UINT, &opt_rows, "24", "1..10000",
	  "functions shown" },
	{ "out", OPT_PATH, &opt_out, NULL, NULL,
	  "folder for the figure and the whole table, anatomy.tsv" },
	OPT_END
};

const char anatomy_more[] =
	"One table: functions, and COUNTS files of the verb fold as columns.\n"
	"\nEXAMPLES\n"
	"  forkpath-anatomy table 6.12.anatomy 6.18.anatomy\n"
	"  forkpath-anatomy table 6.12.anatomy --value mean --rows 100\n";

char *anatomy_whole(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t room = 1 << 16;

	*len = 0;
	if (!f) {
		err_say("%s: %s", path, strerror(errno));
		return NULL;
	}
	do {
		room *= 2;
		text = xrealloc(text, room, 1);
		*len += fread(text + *len, 1, room - 1 - *len, f);
	} while (*len == room - 1);
	if (ferror(f)) {
		err_say("%s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	} else {
		text[*len] = 0;
	}
	fclose(f);
	return text;
}

int anatomy_lines(const char *path, char *text, const char *head,
		  const char *expected,
		  bool (*read)(void *of, const char *line, bool *ended),
		  void *of)
{
	bool ended = false;
	size_t nr = 0;
	char *save;

	for (char *at = strtok_r(text, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save), nr++) {
		if (nr ? !ended && read(of, at, &ended) : !strcmp(at, head))
			continue;
		err_say("%s: line %zu: '%.60s'; expected %s", path, nr + 1, at,
			expected);
		return EXIT_BAD;
	}
	if (ended)
		return EXIT_OK;
	err_say("%s: it ends after %zu lines; expected 'end': truncated", path,
		nr);
	return EXIT_BAD;
}

struct line {
	const char	*fn;
	double		 v[COLUMNS_MAX];	/* caller + child */
	double		 cgroup[COLUMNS_MAX];
	double		 rank;
};

struct table_of {
	struct counts	 c[COLUMNS_MAX];
	char		 label[COLUMNS_MAX][16];
	size_t		 nr;
	struct line	*line;
	size_t		 nr_line;
	double		 sum[COLUMNS_MAX], part[COLUMNS_MAX][FOLD_PARTS];
	double		 string[COLUMNS_MAX], unknown[COLUMNS_MAX];
	double		 lock[COLUMNS_MAX];
	bool		 any_cgroup;
	struct plots	 plots;
};

/* Are its functions those of the median and not of the mode? */
static bool of_median(const struct counts *c)
{
	return !strcmp(counts_about(c, "of"), "p50");
}

static double value_of(const struct counts_row *r)
{
	return opt_value == VALUE_MODE ? r->mode : r->mean;
}

static struct line *line_of(struct table_of *t, const char *fn)
{
	struct line *l;

	for (size_t i = 0; i < t->nr_line; i++)
		if (!strcmp(t->line[i].fn, fn))
			return &t->line[i];
	l = mem_more(&t->line, &t->nr_line, sizeof(*l));
	l->fn = fn;
	return l;
}

static void add(struct table_of *t, size_t col)
{
	const struct counts *c = &t->c[col];

	for (size_t i = 0; i < c->nr_row; i++) {
		const struct counts_row *r = &c->row[i];
		struct line *l;

		if (r->part == FOLD_INTERRUPT || r->part == FOLD_OTHER) {
			t->part[col][r->part] += r->mean;
			continue;
		}
		l = line_of(t, r->fn);
		l->v[col] += value_of(r);
		l->cgroup[col] += r->cgroup;
		t->any_cgroup |= r->cgroup > 0;
		t->part[col][r->part] += value_of(r);
		t->sum[col] += value_of(r);
		t->string[col] += r->string;
		t->lock[col] += r->lock;
		if (!strcmp(r->fn, "[unknown]") || !strcmp(r->fn, "[user]"))
			t->unknown[col] += value_of(r);
	}
}

/* How much a line says: the largest difference, or what there is. */
static double rank_of(const double *v, size_t nr)
{
	double most = nr == 1 ? v[0] : 0;

	for (size_t i = 1; i < nr; i++)
		most = fmax(most, fabs(v[i] - v[0]));
	return most;
}

static int by_rank(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return a->v[0] != b->v[0] ? (a->v[0] > b->v[0] ? -1 : 1) :
		strcmp(a->fn, b->fn);
}

static void sort(struct table_of *t, bool cgroup)
{
	for (size_t i = 0; i < t->nr_line; i++)
		t->line[i].rank = rank_of(cgroup ? t->line[i].cgroup :
					  t->line[i].v, t->nr);
	qsort(t->line, t->nr_line, sizeof(*t->line), by_rank);
}

/* A count, without the zero behind its point. */
static const char *count(char *buf, size_t len, double v, bool sign)
{
	double r = round(v * 10) / 10;

	snprintf(buf, len, sign && r ? "%+.*f" : "%.*f", r != rint(r),
		 r ? r : 0);
	return buf;
}

/*
 * Of many files a table has a block of columns, FROM to TO; of two it has
 * both, and the difference.
 */
struct block {
	const struct table_of	*t;
	size_t			 from, to;
	struct table		 table;
};

static void cells(struct block *b, const char *name, const double *v)
{
	struct table *to = &b->table;
	char buf[32];

	table_row(to, NULL);
	table_cell(to, 0, "%.*s", NAME_WIDTH, name);
	for (size_t i = b->from; i < b->to; i++)
		table_cell(to, 1 + i - b->from, "%s",
			   count(buf, sizeof(buf), v[i], false));
	if (b->t->nr == 2)
		table_cell(to, 3, "%s", count(buf, sizeof(buf), v[1] - v[0],
					      true));
}

static void labels(struct block *b, const char *what)
{
	table_start(&b->table, 1 + b->to - b->from + (b->t->nr == 2), 1);
	table_cell(&b->table, 0, "%s", what);
	for (size_t i = b->from; i < b->to; i++)
		table_cell(&b->table, 1 + i - b->from, "%s", b->t->label[i]);
	if (b->t->nr == 2)
		table_cell(&b->table, 3, "more");
}

static void finish(struct block *b, struct doc *out)
{
	doc_table(out, &b->table);
}

static void totals(struct block *b, struct doc *out)
{
	const struct table_of *t = b->t;
	double v[COLUMNS_MAX];

	labels(b, "one operation");
#define ROW(name, expr) do { \
		for (size_t i = 0; i < t->nr; i++) { \
			const struct counts *c = &t->c[i]; \
			(void)c; \
			v[i] = (expr); \
		} \
		cells(b, name, v); \
	} while (0)
	ROW(opt_value == VALUE_MEAN ? "operation, mean" :
	    of_median(&t->c[0]) ? "operation, median" : "operation, mode",
	    t->sum[i]);
	ROW("  caller", t->part[i][FOLD_CALLER]);
	ROW("  child", t->part[i][FOLD_CHILD]);
	ROW("  rep iterations in it", t->string[i]);
	ROW("operation, p50", c->operation.p50);
	ROW("interrupts, mean", t->part[i][FOLD_INTERRUPT]);
	ROW("kernel threads, idle, mean", t->part[i][FOLD_OTHER]);
	ROW("all of it, p50", c->all.p50);
	ROW("all of it, mean", c->all.mean);
	ROW("windows", c->windows);
	ROW("  that are their sample", c->confirmed);
	ROW(of_median(&t->c[0]) ? "windows of the median" :
	    "windows of the mode", c->mode_windows);
	ROW("% in functions with a name",
	    100 * (1 - t->unknown[i] / fmax(t->sum[i], 1)));
#undef ROW
	finish(b, out);
}

/* Of functions, those that make the difference; the rest in one row. */
static void functions(struct block *b, struct doc *out)
{
	const struct table_of *t = b->t;
	double rest[COLUMNS_MAX] = { 0 };
	size_t nr = 0, left = 0;
	char name[60];

	labels(b, t->nr > 1 ? "function, largest difference first" :
	       "function");
	for (size_t i = 0; i < t->nr_line; i++) {
		const struct line *l = &t->line[i];

		if (nr < opt_rows && l->rank >= 0.05) {
			cells(b, l->fn, l->v);
			nr++;
			continue;
		}
		left++;
		for (size_t k = 0; k < t->nr; k++)
			rest[k] += l->v[k];
	}
	snprintf(name, sizeof(name), "%zu others", left);
	cells(b, name, rest);
	cells(b, "sum", t->sum);
	finish(b, out);
}

static void reader_tax(struct block *b, struct doc *out)
{
	const struct table_of *t = b->t;
	double sum[COLUMNS_MAX] = { 0 };

	labels(b, "reader tax: the cgroup code");
	for (size_t i = 0; i < t->nr_line; i++) {
		const struct line *l = &t->line[i];
		bool any = false;

		for (size_t k = 0; k < t->nr; k++) {
			sum[k] += l->cgroup[k];
			any |= l->cgroup[k] > 0;
		}
		if (any)
			cells(b, l->fn, l->cgroup);
	}
	cells(b, "sum", sum);
	cells(b, "  of it in its locks", t->lock);
	finish(b, out);
}

/* The same of every block of columns. */
static void each(struct table_of *t, void (*print)(struct block *b, struct doc *out),
		 struct doc *out)
{
	size_t wide = t->nr > 2 ? BLOCK : t->nr;

	for (size_t i = 0; i < t->nr; i += wide) {
		struct block b = {
			.t = t, .from = i,
			.to = i + wide < t->nr ? i + wide : t->nr,
		};

		print(&b, out);
	}
}

static void head(const struct table_of *t, struct doc *out)
{
	const struct counts *c = &t->c[0];

	doc_head(out, "anatomy of %s: instructions per operation",
		counts_about(c, "op"));
	for (size_t i = 0; i < t->nr; i++)
		doc_key(out, t->label[i], "%s, lock %s",
			counts_about(&t->c[i], "kernel"),
			counts_about(&t->c[i], "lock"));
	doc_para(out, "Counted by %s, cpu %s, one virtual CPU. Counts, no time: no caches, no contention.",
		counts_about(c, "qemu"), counts_about(c, "cpu"));
}

/* The largest differences, or the largest functions of one kernel. */
static void figure_two(struct table_of *t, int fd)
{
	const char *what = t->nr == 1 ? "instructions" : "more instructions";
	struct figure g;
	struct plot *plot = plot_new(&t->plots, "anatomy");
	size_t nr = t->nr_line < BARS ? t->nr_line : BARS;
	char text[200];

	snprintf(plot->title, sizeof(plot->title), t->nr == 1 ? "%s, %.40s" :
		 "%.60s: %s more than %s", counts_about(&t->c[0], "op"),
		 t->label[t->nr - 1], t->label[0]);
	plot_start(&g, plot);
	fprintf(g.dat, "# row instructions function\n");
	for (size_t i = 0; i < nr; i++)
		fprintf(g.dat, "%zu %.10g \"%s\"\n", nr - i, t->nr == 1 ?
			t->line[i].v[0] : t->line[i].v[1] - t->line[i].v[0],
			t->line[i].fn);
	fprintf(g.gp, "if (!text) { set title '%s' }\nset xlabel '%s'\n"
		"unset key\nset yrange [0.3:%zu.7]\nset lmargin 32\n"
		"set ytics ()\nset style fill solid\n"
		"set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lc rgb '#888888'\n"
		"plot '%s.dat' using ($2/2.):1:(abs($2)/2.):(0.35):yticlabels(3) with boxxyerror lc rgb '#0072b2' notitle\n",
		plot_quoted(text, sizeof(text), plot->title), what, nr,
		plot->name);
	plot_end(&g, &t->plots, plot, fd, false);
}

/* A bar per kernel: the functions that differ most, and the rest. */
static void figure_many(struct table_of *t, int fd)
{
	static const char *const colour[LAYERS + 1] = {
		"0072b2", "e69f00", "009e73", "cc79a7", "56b4e9", "d55e00",
		"f0e442", "000000", "cccccc",
	};
	struct figure g;
	struct plot *plot = plot_new(&t->plots, "anatomy");
	size_t nr = t->nr_line < LAYERS ? t->nr_line : LAYERS;
	char text[200];

	snprintf(plot->title, sizeof(plot->title), "instructions of %.80s",
		 counts_about(&t->c[0], "op"));
	plot_start(&g, plot);
	fprintf(g.dat, "kernel");
	for (size_t i = 0; i < nr; i++)
		fprintf(g.dat, " \"%s\"", t->line[i].fn);
	fprintf(g.dat, " others\n");
	for (size_t k = 0; k < t->nr; k++) {
		double rest = t->sum[k];

		fprintf(g.dat, "\"%s\"", t->label[k]);
		for (size_t i = 0; i < nr; i++) {
			fprintf(g.dat, " %.10g", t->line[i].v[k]);
			rest -= t->line[i].v[k];
		}
		fprintf(g.dat, " %.10g\n", rest);
	}
	fprintf(g.gp, "if (!text) { set title '%s' }\nset ylabel 'instructions'\n"
		"set style data histograms\nset style histogram rowstacked\n"
		"set style fill solid noborder\nset boxwidth 0.7\nset yrange [0:*]\n"
		"set xtics rotate by -40\nset rmargin 30\n"
		"set key outside right reverse Left invert\nplot ",
		plot_quoted(text, sizeof(text), plot->title));
	fprintf(g.gp, "'%s.dat' using %zu:xtic(1) title columnheader lc rgb '#%s'",
		plot->name, nr + 2, colour[LAYERS]);
	for (size_t i = 0; i < nr; i++)
		fprintf(g.gp, ", \\\n '' using %zu title columnheader lc rgb '#%s'",
			i + 2, colour[i]);
	fputc('\n', g.gp);
	plot_end(&g, &t->plots, plot, fd, false);
}

/* Every function and column, for other programs. */
static int all_of_it(const struct table_of *t, int fd)
{
	size_t len;
	char *text;
	FILE *to = open_memstream(&text, &len);
	int ret;

	if (!to)
		return -ENOMEM;
	fprintf(to, "# anatomy of %s\n", counts_about(&t->c[0], "op"));
	for (size_t i = 0; i < t->nr; i++)
		fprintf(to, "# %s: %s, lock %s, %s, cpu %s\n", t->label[i],
			counts_about(&t->c[i], "kernel"),
			counts_about(&t->c[i], "lock"),
			counts_about(&t->c[i], "qemu"),
			counts_about(&t->c[i], "cpu"));
	for (int cgroup = 0; cgroup < 2; cgroup++) {
		fprintf(to, cgroup ? "cgroup" : "function");
		for (size_t i = 0; i < t->nr; i++)
			fprintf(to, "\t%s", t->label[i]);
		fputc('\n', to);
		for (size_t i = 0; i < t->nr_line; i++) {
			const double *v = cgroup ? t->line[i].cgroup :
						   t->line[i].v;
			bool any = false;

			for (size_t k = 0; k < t->nr; k++)
				any |= v[k] > 0;
			if (!any)
				continue;
			fprintf(to, "%s", t->line[i].fn);
			for (size_t k = 0; k < t->nr; k++)
				fprintf(to, "\t%.7g", v[k]);
			fputc('\n', to);
		}
	}
	fclose(to);
	ret = file_put(fd, "anatomy.tsv", text, len);
	free(text);
	return ret;
}

static int keep(struct table_of *t)
{
	int fd = file_folder(AT_FDCWD, opt_out), ret;

	if (fd < 0) {
		err_say("%s: %s", opt_out, strerror(-fd));
		return EXIT_FAIL;
	}
	sort(t, false);
	ret = all_of_it(t, fd);
	if (t->nr > 2)
		figure_many(t, fd);
	else
		figure_two(t, fd);
	close(fd);
	if (ret)
		err_say("%s/anatomy.tsv: %s", opt_out, strerror(-ret));
	if (*t->plots.problem)
		err_say("plots: %s", t->plots.problem);
	return ret || *t->plots.problem ? EXIT_FAIL : EXIT_OK;
}

static void warn(const struct table_of *t, struct doc *out)
{
	for (size_t i = 0; i < t->nr; i++) {
		const struct counts *c = &t->c[i];

		if (of_median(c) != of_median(&t->c[0]))
			doc_warn(out, "%s: one is of the median, the other of the mode.",
				t->label[i]);
		if (opt_value == VALUE_MODE && !of_median(c) &&
		    c->mode_windows < FEW)
			doc_warn(out, "%s: only %.0f of %.0f operations have the same total; --value mean tells more.",
				t->label[i], c->mode_windows, c->windows);
		if (c->given_up > 0)
			doc_warn(out, "%s: %.0f windows given up: a begin without an end.",
				t->label[i], c->given_up);
		if (strcmp(counts_about(c, "op"),
			   counts_about(&t->c[0], "op")))
			doc_warn(out, "%s: another operation, %s.",
				t->label[i], counts_about(c, "op"));
		if (strcmp(counts_about(c, "cpu"),
			   counts_about(&t->c[0], "cpu")))
			doc_warn(out, "%s: another CPU model, %s.",
				t->label[i], counts_about(c, "cpu"));
	}
}

int anatomy_verb(char **arg, int nr)
{
	struct table_of t = { 0 };
	struct doc d = { 0 };
	int ret = EXIT_OK;
	char why[200];

	if (nr < 1 || nr > COLUMNS_MAX) {
		err_say("anatomy: %d files given; expected 1 to %d COUNTS files "
			"of the verb fold", nr, COLUMNS_MAX);
		return EXIT_BAD;
	}
	for (; t.nr < (size_t)nr; t.nr++) {
		struct counts *c = &t.c[t.nr];
		char *text;
		size_t len;

		text = anatomy_whole(arg[t.nr], &len);
		if (!text) {
			ret = EXIT_BAD;
			goto cleanup;
		}
		if (counts_parse(c, text, len, why, sizeof(why))) {
			err_say("%s: %s", arg[t.nr], why);
			counts_free(c);
			ret = EXIT_BAD;
			goto cleanup;
		}
		snprintf(t.label[t.nr], sizeof(t.label[0]), "%s",
			 counts_about(c, "label"));
		add(&t, t.nr);
	}
	head(&t, &d);
	each(&t, totals, &d);
	sort(&t, false);
	each(&t, functions, &d);
	sort(&t, true);
	if (t.any_cgroup) {
		each(&t, reader_tax, &d);
		doc_note(&d, "In, or below, the functions by which fork and exit visit the cgroup code, and locks taken for it; what the compiler put into their callers is with the callers (docs/anatomy.md). Windows of the %s.",
			of_median(&t.c[0]) ? "median" : "mode");
	}
	warn(&t, &d);
	doc_text(&d, stdout);
	doc_free(&d);
	if (opt_out)
		ret = keep(&t);
cleanup:
	for (size_t i = 0; i < t.nr; i++)
		counts_free(&t.c[i]);
	plots_free(&t.plots);
	free(t.line);
	return ret;
}
