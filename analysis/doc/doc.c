// SPDX-License-Identifier: GPL-2.0-or-later
/* doc - what is to be read, as blocks: built here, laid out by doc-*.c */
#define _GNU_SOURCE
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "doc.h"
#include "js.h"
#include "mem.h"

/* --- blocks -------------------------------------------------------------- */

static char *plain(const char *fmt, va_list ap)
{
	char *raw, *text;
	size_t len;

	if (vasprintf(&raw, fmt, ap) < 0)
		mem_get((size_t)-1, 2);		/* says so and ends */
	len = strlen(raw) + 1;
	text = mem_get(len, 1);
	out_ascii(text, len, raw);
	free(raw);
	return text;
}

static struct doc_block *add(struct doc *d, enum doc_is is, const char *mark,
			 const char *fmt, va_list ap)
{
	struct doc_block *b = mem_more(&d->block, &d->nr, sizeof(*b));

	b->is = is;
	b->mark = mem_text("%s", mark);
	b->text = fmt ? plain(fmt, ap) : NULL;
	return b;
}

#define BUILDER(name, is, mark, warns, ...)				\
void name(struct doc *d, __VA_ARGS__ const char *fmt, ...)		\
{									\
	va_list ap;							\
									\
	va_start(ap, fmt);						\
	add(d, is, mark, fmt, ap)->warn = warns;			\
	va_end(ap);							\
}

BUILDER(doc_title, DOC_TITLE, "", false,)
BUILDER(doc_head, DOC_HEAD, "", false,)
BUILDER(doc_ask, DOC_ASK, "", false,)
BUILDER(doc_para, DOC_PARA, "", false,)
BUILDER(doc_line, DOC_LINE, "", false,)
BUILDER(doc_note, DOC_NOTE, "", false,)
BUILDER(doc_warn, DOC_NOTE, "!", true,)
BUILDER(doc_item, DOC_ITEM, "-", false,)
BUILDER(doc_warn_item, DOC_ITEM, "!", true,)
BUILDER(doc_key, DOC_KEY, key, false, const char *key,)
BUILDER(doc_beware, DOC_KEY, key, true, const char *key,)

void doc_table(struct doc *d, struct table *t)
{
	struct doc_block *b = mem_more(&d->block, &d->nr, sizeof(*b));

	b->is = DOC_TABLE;
	b->table = *t;
	*t = (struct table){ .nr_col = t->nr_col, .left = t->left };
}

static void figure(struct doc *d, const char *text, const char *svg,
		   const char *fmt, ...)
{
	struct doc_block *b;
	va_list ap;

	va_start(ap, fmt);
	b = add(d, DOC_FIGURE, "", fmt, ap);
	va_end(ap);
	free(b->mark);
	b->mark = text ? mem_text("%s", text) : NULL;
	b->svg = svg;
}

void doc_figure(struct doc *d, const char *title, const char *text,
		const char *svg)
{
	if (text || svg)
		figure(d, text, svg, "%s", title);
}

void doc_free(struct doc *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		table_free(&d->block[i].table);
		free(d->block[i].mark);
		free(d->block[i].text);
	}
	free(d->block);
	*d = (struct doc){ 0 };
}

/* --- tables -------------------------------------------------------------- */

void table_start(struct table *t, size_t nr_col, size_t left)
{
	*t = (struct table){ .nr_col = nr_col, .left = left };
}

void table_row(struct table *t, const char *above)
{
	size_t nr = ++t->nr_row * t->nr_col;

	t->cell = mem_grow(t->cell, nr, sizeof(*t->cell));
	for (size_t i = nr - t->nr_col; i < nr; i++)
		t->cell[i] = (struct cell){ .value = NAN, .low = NAN,
					    .high = NAN, .p = NAN };
	t->above = mem_grow(t->above, t->nr_row, sizeof(*t->above));
	t->above[t->nr_row - 1] = above ? mem_text("%s", above) : NULL;
}

static struct cell *last(struct table *t, size_t col)
{
	return &t->cell[(t->nr_row - 1) * t->nr_col + col];
}

void table_cell(struct table *t, size_t col, const char *fmt, ...)
{
	struct cell *c = last(t, col);
	va_list ap;

	free(c->text);
	va_start(ap, fmt);
	c->text = plain(fmt, ap);
	va_end(ap);
}

void table_count(struct table *t, size_t col, double n)
{
	char buf[40];

	table_cell(t, col, "%s", isnan(n) ? "-" :
		   out_count(buf, sizeof(buf), n));
	last(t, col)->is = CELL_COUNT;
	last(t, col)->value = n < 0 ? NAN : n;
}

void table_value(struct table *t, size_t col, double v, const char *unit)
{
	char buf[60];

	table_cell(t, col, "%s", out_value(buf, sizeof(buf), v, unit));
	last(t, col)->is = CELL_ESTIMATE;
	last(t, col)->value = v;
	last(t, col)->unit = unit;
}

static void typed(struct cell *c, const struct est *e, const char *unit)
{
	c->is = CELL_ESTIMATE;
	c->unit = unit;
	c->n = e->nr;
	if (!e->nr)
		return;
	c->value = e->med;
	if (e->nr > 1) {
		c->low = e->lo;
		c->high = e->hi;
		c->range = e->range;
	}
}

void table_typed(struct table *t, size_t col, const struct est *e,
		 const char *unit)
{
	typed(last(t, col), e, unit);
}

void table_est(struct table *t, size_t col, const struct est *e,
	       const char *unit)
{
	table_value(t, col, e->nr ? e->med : NAN, unit);
	typed(last(t, col), e, unit);
}

void table_interval(struct table *t, size_t col, const struct est *e,
		    const char *unit)
{
	char buf[80];

	table_cell(t, col, "%s", out_interval(buf, sizeof(buf), e, unit));
	typed(last(t, col), e, unit);
}

void table_change(struct table *t, size_t col, const struct change *c)
{
	struct cell *cell = last(t, col);
	char buf[100];

	table_cell(t, col, "%s", out_change(buf, sizeof(buf), c));
	cell->is = CELL_CHANGE;
	cell->value = c->ratio;
	cell->low = c->low;
	cell->high = c->high;
	cell->range = c->range;
	cell->n = c->n;
	cell->p = c->p;
	cell->unit = "ratio";
	cell->verdict = c->verdict;
}

static size_t col_width(const struct table *t, size_t col)
{
	size_t max = 0;

	for (size_t r = 0; r < t->nr_row; r++) {
		const char *c = t->cell[r * t->nr_col + col].text;

		if (c && strlen(c) > max)
			max = strlen(c);
	}
	return max;
}

bool table_empty(const struct table *t, size_t col)
{
	return !col_width(t, col);
}

size_t table_width(const struct table *t, size_t gap)
{
	size_t sum = 0, w;

	for (size_t c = 0; c < t->nr_col; c++) {
		w = col_width(t, c);
		sum += w ? w + (sum ? gap : 0) : 0;
	}
	return sum;
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->nr_row * t->nr_col; i++)
		free(t->cell[i].text);
	for (size_t i = 0; i < t->nr_row; i++)
		free(t->above[i]);
	free(t->cell);
	free(t->above);
	*t = (struct table){ 0 };
}

/* --- text ---------------------------------------------------------------- */

/* Broken between words; lines after the first begin INDENT to the right. */
static void wrap(FILE *to, const char *first, size_t indent, const char *at)
{
	size_t col = strlen(first);
	bool start = true;

	fputs(first, to);
	while (*at) {
		size_t n = strcspn(at, " ");

		/* "0.2 %" stays together. */
		if (at[n] == ' ' && at[n + 1] == '%')
			n += 1 + strcspn(at + n + 1, " ");
		if (!start && col + 1 + n > OUT_WIDTH) {
			fprintf(to, "\n%*s", (int)indent, "");
			col = indent;
			start = true;
		}
		/* A word that fits nowhere is cut, never over the edge. */
		if (start && n > OUT_WIDTH - indent)
			n = OUT_WIDTH - indent;
		col += fprintf(to, "%s%.*s", start ? "" : " ", (int)n, at);
		start = false;
		at += n;
		at += strspn(at, " ");
	}
	fputc('\n', to);
}

static void table_text(const struct table *t, FILE *to)
{
	/* Two blanks between columns if they fit, else one. */
	size_t gap = table_width(t, 2) + 2 <= OUT_WIDTH ? 2 : 1;
	size_t *width = mem_get(t->nr_col, sizeof(*width)), c, r;

	for (c = 0; c < t->nr_col; c++)
		width[c] = col_width(t, c);
	for (r = 0; r < t->nr_row; r++) {
		char line[1024];
		size_t at;

		if (t->above[r])
			fprintf(to, "  %s\n", t->above[r]);
		at = sprintf(line, "  ");
		for (c = 0; c < t->nr_col; c++) {
			const char *cell = t->cell[r * t->nr_col + c].text;

			if (!width[c] || at + width[c] + 3 > sizeof(line))
				continue;
			at += snprintf(line + at, sizeof(line) - at, "%*s%*s",
				       at == 2 ? 0 : (int)gap, "",
				       c < t->left ? -(int)width[c] :
				       (int)width[c], cell ? cell : "");
		}
		while (at && line[at - 1] == ' ')
			at--;
		fprintf(to, "%.*s\n", (int)at, line);
	}
	free(width);
}

/* The widest key of those that stand together. */
static size_t key_width(const struct doc *d, size_t i)
{
	size_t max = 0;

	while (i && d->block[i - 1].is == DOC_KEY)
		i--;
	for (; i < d->nr && d->block[i].is == DOC_KEY; i++)
		if (strlen(d->block[i].mark) > max)
			max = strlen(d->block[i].mark);
	return max + 2;
}

static bool blank_before(const struct doc *d, size_t i)
{
	enum doc_is is = d->block[i].is, was = i ? d->block[i - 1].is : is;

	if (!i)
		return false;
	if (is == DOC_KEY || was == DOC_KEY || was == DOC_TITLE)
		return is != was;
	if (is == DOC_ASK)
		return was != DOC_NOTE && was != DOC_HEAD;
	if (is == DOC_LINE)
		return was != DOC_LINE;
	return is == DOC_HEAD || is == DOC_FIGURE || was == DOC_FIGURE ||
		(is == DOC_PARA && was != DOC_HEAD) ||
		(was == DOC_PARA && is != DOC_PARA && is != DOC_NOTE);
}

void doc_text(const struct doc *d, FILE *to)
{
	for (size_t i = 0; i < d->nr; i++) {
		const struct doc_block *b = &d->block[i];
		char first[80];

		if (blank_before(d, i))
			fputc('\n', to);
		switch (b->is) {
		case DOC_TABLE:
			table_text(&b->table, to);
			continue;
		case DOC_FIGURE:
			if (!b->mark)	/* nothing to see here */
				continue;
			wrap(to, "", 0, b->text);
			fputs(b->mark, to);
			continue;
		case DOC_KEY:
			snprintf(first, sizeof(first), "%-*s",
				 (int)key_width(d, i), b->mark);
			break;
		case DOC_NOTE:
		case DOC_ITEM:
			snprintf(first, sizeof(first), "  %s%s", b->mark,
				 *b->mark ? " " : "");
			break;
		default:
			*first = 0;
		}
		wrap(to, first, strlen(first), b->text);
	}
}

/* --- data ---------------------------------------------------------------- */

static json_t *cell_json(const struct cell *c)
{
	static const char *const is[] = { "text", "count", "estimate",
					  "change" };
	json_t *v = json_object();

	js_set(v, "is", js_text(is[c->is]));
	js_set(v, "text", js_text(c->text ?: ""));
	if (c->is == CELL_TEXT)
		return v;
	js_set(v, "value", js_number(c->value));
	if (c->is == CELL_COUNT)
		return v;
	js_set(v, "unit", js_text(c->unit));
	if (!isnan(c->low)) {
		js_set(v, "low", js_number(c->low));
		js_set(v, "high", js_number(c->high));
		js_set(v, "interval", js_text(c->range ? "range" : "95%"));
	}
	if (c->n)
		js_set(v, "n", js_number(c->n));
	if (!isnan(c->p))
		js_set(v, "p", js_number(c->p));
	if (c->verdict)
		js_set(v, "verdict", js_text(c->verdict));
	return v;
}

static json_t *table_json(const struct table *t)
{
	json_t *rows = json_array();

	for (size_t r = 0; r < t->nr_row; r++) {
		json_t *row = json_array();

		if (t->above[r]) {
			js_add(row, js_text(t->above[r]));
			js_add(rows, row);
			row = json_array();
		}
		for (size_t c = 0; c < t->nr_col; c++) {
			const struct cell *cell = &t->cell[r * t->nr_col + c];

			if (!table_empty(t, c))
				js_add(row, r ? cell_json(cell) :
				       js_text(cell->text ?: ""));
		}
		js_add(rows, row);
	}
	return rows;
}

json_t *doc_json(const struct doc *d)
{
	static const char *const is[] = { "title", "heading", "question",
		"paragraph", "paragraph", "note", "item", "key", "table", "figure" };
	json_t *all = json_array();

	for (size_t i = 0; i < d->nr; i++) {
		const struct doc_block *b = &d->block[i];
		json_t *v = json_object();

		js_set(v, "is", js_text(is[b->is]));
		if (b->text)
			js_set(v, "text", js_text(b->text));
		if (b->is == DOC_KEY)
			js_set(v, "key", js_text(b->mark));
		if (b->is == DOC_TABLE)
			js_set(v, "rows", table_json(&b->table));
		if (b->warn)
			js_set(v, "beware", json_true());
		js_add(all, v);
	}
	return all;
}
