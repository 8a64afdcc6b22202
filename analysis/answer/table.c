// SPDX-License-Identifier: GPL-2.0-or-later
/* table - rows of cells that keep the numbers they show */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "point.h"
#include "table.h"

void table_start(struct table *t, size_t nr_col, size_t left)
{
	*t = (struct table){ .nr_col = nr_col, .left = left };
	table_row(t, NULL);
}

void table_head(struct table *t, size_t left, const char *first, ...)
{
	size_t nr_col = 0;
	const char *name;
	va_list ap;

	va_start(ap, first);
	for (name = first; name; name = va_arg(ap, const char *))
		nr_col++;
	va_end(ap);
	table_start(t, nr_col, left);
	nr_col = 0;
	va_start(ap, first);
	for (name = first; name; name = va_arg(ap, const char *), nr_col++)
		if (*name)
			table_cell(t, nr_col, "%s", name);
	va_end(ap);
}

void table_row(struct table *t, const char *above)
{
	size_t nr = ++t->nr_row * t->nr_col;

	t->cell = xrealloc(t->cell, nr, sizeof(*t->cell));
	for (size_t i = nr - t->nr_col; i < nr; i++)
		t->cell[i] = (struct cell){ .value = NAN, .low = NAN,
					    .high = NAN, .p = NAN };
	t->above = xrealloc(t->above, t->nr_row, sizeof(*t->above));
	t->above[t->nr_row - 1] = above ? mem_text("%s", above) : NULL;
}

void table_label(struct table *t, const char *label, size_t room)
{
	bool above = strlen(label) > room;

	table_row(t, above ? label : NULL);
	if (!above)
		table_cell(t, 0, "%s", label);
}

static struct cell *last(struct table *t, size_t col)
{
	return &t->cell[(t->nr_row - 1) * t->nr_col + col];
}

void table_keys(struct table *t, const char *const *key, size_t nr_key)
{
	for (size_t k = 0; k < nr_key; k++)
		table_cell(t, k, "%s", key[k]);
}

void table_point(struct table *t, const struct point *p,
		 const char *const *key, size_t nr_key)
{
	table_row(t, NULL);
	for (size_t k = 0; k < nr_key; k++)
		table_cell(t, k, "%s", point_get(p, key[k]) ?: "-");
}

void table_group(struct table *t, const char *label)
{
	const char *last = "";

	for (size_t r = 0; r < t->nr_row; r++)
		last = t->above[r] ?: last;
	table_row(t, *label && strcmp(label, last) ? label : NULL);
}

void table_cell(struct table *t, size_t col, const char *fmt, ...)
{
	struct cell *c = last(t, col);
	va_list ap;

	free(c->text);
	va_start(ap, fmt);
	c->text = out_plain(fmt, ap);
	va_end(ap);
}

void table_link(struct table *t, size_t col, const char *link)
{
	last(t, col)->link = mem_text("%s", link);
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

void table_share(struct table *t, size_t col, const struct est *e)
{
	if (e->nr)
		table_cell(t, col, "%.0f%%", 100 * e->med);
	else
		table_cell(t, col, "-");
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

void table_unshown(struct table *t, size_t col, const struct change *c)
{
	char buf[80];

	table_change(t, col, c);
	table_cell(t, col, "%s", out_unshown(buf, sizeof(buf), c));
}

size_t table_column(const struct table *t, size_t col)
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
	return !table_column(t, col);
}

size_t table_width(const struct table *t, size_t gap)
{
	size_t sum = 0, w;

	for (size_t c = 0; c < t->nr_col; c++) {
		w = table_column(t, c);
		sum += w ? w + (sum ? gap : 0) : 0;
	}
	return sum;
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->nr_row * t->nr_col; i++) {
		free(t->cell[i].text);
		free(t->cell[i].link);
	}
	for (size_t i = 0; i < t->nr_row; i++)
		free(t->above[i]);
	free(t->cell);
	free(t->above);
	*t = (struct table){ 0 };
}
