// SPDX-License-Identifier: GPL-2.0-or-later
/* doc-json - a document as data, for programs */
#include <math.h>

#include "doc-form.h"
#include "js.h"

static json_t *cell_json(const struct cell *c)
{
	static const char *const is[] = { "text", "count", "estimate",
					  "change" };
	json_t *v = json_object();

	js_texts(v, "is", is[c->is], "text", c->text ?: "", NULL);
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
