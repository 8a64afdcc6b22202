// SPDX-License-Identifier: GPL-2.0-or-later
/* counts - what one operation executed, by function: a file to keep */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "mem.h"
#include "stat.h"

static int by_fn(const void *pa, const void *pb)
{
	const struct counts_row *a = pa, *b = pb;
	int d = strcmp(a->fn, b->fn);

	return a->part != b->part ? (int)a->part - (int)b->part : d;
}

static struct counts_total total_of(const struct fold *f, bool everything)
{
	struct counts_total t = { .min = INFINITY, .max = 0 };
	double *v = mem_get(f->nr_window, sizeof(*v));

	for (size_t i = 0; i < f->nr_window; i++) {
		const struct fold_window *w = &f->window[i];

		v[i] = everything ? w->all : w->part[FOLD_CALLER] +
					     w->part[FOLD_CHILD];
		t.mean += v[i] / f->nr_window;
		t.min = fmin(t.min, v[i]);
		t.max = fmax(t.max, v[i]);
	}
	stat_median(v, f->nr_window, &t.p50);
	free(v);
	return t;
}

void counts_of(struct counts *c, const struct fold *f)
{
	struct counts_row *sum = mem_get(f->nr_fn * FOLD_PARTS, sizeof(*sum));

	*c = (struct counts){
		.windows = f->nr_window, .mode_windows = f->nr_mode,
		.given_up = f->given_up, .mode = f->mode,
		.operation = total_of(f, false), .all = total_of(f, true),
	};
	for (size_t i = 2; i < f->nr_node; i++) {
		const struct fold_node *n = &f->node[i];

		for (int p = 0; p < FOLD_PARTS; p++) {
			struct counts_row *r = &sum[n->fn * FOLD_PARTS + p];

			r->fn = f->fn[n->fn];
			r->part = p;
			r->mode += (double)n->mode[p] / f->nr_mode;
			r->mean += (double)n->all[p] / f->nr_window;
			r->string += (double)n->string[p] / f->nr_mode;
			if (n->cgroup)
				r->cgroup += (double)n->mode[p] / f->nr_mode;
			if (n->lock)
				r->lock += (double)n->mode[p] / f->nr_mode;
		}
	}
	for (size_t i = 0; i < f->nr_fn * FOLD_PARTS; i++)
		if (sum[i].mean > 0)
			mem_push(&c->row, &c->nr_row, sum[i]);
	free(sum);
	qsort(c->row, c->nr_row, sizeof(*c->row), by_fn);
}

void counts_print(const struct counts *c, FILE *to)
{
	const struct counts_total *o = &c->operation, *a = &c->all;

	fprintf(to, COUNTS_FIRST "\n");
	for (size_t i = 0; i < c->nr_about; i++)
		fprintf(to, "# %s\n", c->about[i]);
	fprintf(to, "# windows %.0f mode %.0f given-up %.0f\n", c->windows,
		c->mode_windows, c->given_up);
	fprintf(to, "# samples %.0f more %.0f\n", c->confirmed, c->more);
	fprintf(to, "# operation mode %.0f p50 %.1f mean %.3f min %.0f max %.0f\n",
		c->mode, o->p50, o->mean, o->min, o->max);
	fprintf(to, "# all p50 %.1f mean %.3f min %.0f max %.0f\n", a->p50,
		a->mean, a->min, a->max);
	fprintf(to, "part\tfunction\tmode\tmean\tcgroup\tlock\tstring\n");
	for (size_t i = 0; i < c->nr_row; i++) {
		const struct counts_row *r = &c->row[i];

		fprintf(to, "%s\t%s\t%.10g\t%.10g\t%.10g\t%.10g\t%.10g\n",
			fold_part_name[r->part], r->fn, r->mode, r->mean,
			r->cgroup, r->lock, r->string);
	}
}

static bool number(const char *text, double *to)
{
	char *end;

	*to = strtod(text, &end);
	return *text >= '0' && *text <= '9' && !*end && isfinite(*to);
}

static bool row(struct counts *c, char *line)
{
	char *cell[2 + 5], *save = NULL;
	double v[5];
	struct counts_row *r;
	int p = 0;

	for (int i = 0; i < 7; i++) {
		cell[i] = strtok_r(i ? NULL : line, "\t", &save);
		if (!cell[i] || (i > 1 && !number(cell[i], &v[i - 2])))
			return false;
	}
	while (p < FOLD_PARTS && strcmp(cell[0], fold_part_name[p]))
		p++;
	if (p == FOLD_PARTS || strtok_r(NULL, "\t", &save))
		return false;
	r = mem_more(&c->row, &c->nr_row, sizeof(*r));
	*r = (struct counts_row){ p, cell[1], v[0], v[1], v[2], v[3], v[4] };
	return true;
}

/* "windows 500 mode 213 given-up 0" by its words; false: another line. */
static bool numbers(const char *line, const char *const *word, size_t nr,
		    double *const *to)
{
	for (size_t i = 0; i < nr; i++) {
		size_t len = strlen(word[i]);
		char *end;

		if (strncmp(line, word[i], len) || line[len] != ' ')
			return false;
		line += len + 1;
		if (!to[i])
			continue;
		*to[i] = strtod(line, &end);
		if (*line < '0' || *line > '9' || !isfinite(*to[i]) ||
		    *end != (i + 1 < nr ? ' ' : 0))
			return false;
		line = end + 1;
	}
	return true;
}

static void head(struct counts *c, const char *line)
{
	struct counts_total *o = &c->operation, *a = &c->all;
	static const char *const w[] = { "windows", "mode", "given-up" };
	static const char *const sw[] = { "samples", "more" };
	static const char *const ow[] = {
		"operation", "mode", "p50", "mean", "min", "max"
	};
	static const char *const aw[] = { "all", "p50", "mean", "min", "max" };
	double *const wt[] = { &c->windows, &c->mode_windows, &c->given_up };
	double *const st[] = { &c->confirmed, &c->more };
	double *const ot[] = {
		NULL, &c->mode, &o->p50, &o->mean, &o->min, &o->max
	};
	double *const at[] = { NULL, &a->p50, &a->mean, &a->min, &a->max };

	if (!numbers(line, w, 3, wt) && !numbers(line, sw, 2, st) &&
	    !numbers(line, ow, 6, ot) && !numbers(line, aw, 5, at))
		mem_push(&c->about, &c->nr_about, line);
}

int counts_parse(struct counts *c, char *text, size_t len, char *why,
		 size_t why_len)
{
	char *end = text + len;
	bool table = false;
	size_t nr = 0;

	*c = (struct counts){ .text = text };
	while (text < end) {
		char *nl = memchr(text, '\n', end - text), shown[41];
		bool good;

		nr++;
		if (!nl) {
			snprintf(why, why_len, "line %zu has no end: truncated",
				 nr);
			return -1;
		}
		*nl = 0;
		snprintf(shown, sizeof(shown), "%s", text);
		good = strlen(text) == (size_t)(nl - text);
		if (nr == 1)
			good &= !strcmp(text, COUNTS_FIRST);
		else if (!table && !strncmp(text, "# ", 2))
			head(c, text + 2);
		else if (!table)
			good &= table = !strncmp(text, "part\t", 5);
		else
			good = good && row(c, text);
		if (!good) {
			snprintf(why, why_len, "line %zu: '%s' is not of '%s'",
				 nr, shown, COUNTS_FIRST);
			return -1;
		}
		text = nl + 1;
	}
	if (!c->nr_row || !(c->windows > 0)) {
		snprintf(why, why_len, "no counts in it");
		return -1;
	}
	return 0;
}

void counts_free(struct counts *c)
{
	free(c->about);
	free(c->row);
	free(c->text);
	*c = (struct counts){ 0 };
}

const char *counts_about(const struct counts *c, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < c->nr_about; i++)
		if (!strncmp(c->about[i], key, len) && c->about[i][len] == ' ')
			return c->about[i] + len + 1;
	return "?";
}
