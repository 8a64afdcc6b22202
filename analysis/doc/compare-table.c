// SPDX-License-Identifier: GPL-2.0-or-later
/* compare-table - a row per point of two arms, with its verdict */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "mem.h"

#define ROWS_UNDECIDED	6	/* rows that are neither faster nor slower */
#define ROWS_DECIDED	16

static const char *p_text(char *buf, size_t len, double p)
{
	if (isnan(p))
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, p < 0.001 ? "<0.001" : "%.3f", p);
	return buf;
}

static bool decided(const struct effect *e)
{
	return e->verdict == EFFECT_SLOWER || e->verdict == EFFECT_FASTER;
}

/* The change; only its interval where none is shown. */
static void change_cell(struct table *t, const struct effect *e)
{
	struct change c = effect_change(e);

	(decided(e) || e->verdict == EFFECT_NONE ?
	 table_change : table_unshown)(t, 3, &c);
}

/* What was decided first, each by name: the reader looks for a point. */
static int row_order(const void *pa, const void *pb)
{
	const struct family_row *a = *(const struct family_row *const *)pa;
	const struct family_row *b = *(const struct family_row *const *)pb;

	if (decided(&a->e) != decided(&b->e))
		return decided(&a->e) ? -1 : 1;
	return strverscmp(a->label, b->label);
}

/*
 * Rows to show, largest effect first in F: decided ones, and of the others
 * enough for a mail. REST of those that are not in ROW, by verdict.
 */
static size_t rows_shown(const struct family *f, bool full,
			 const struct family_row **row, size_t *rest)
{
	size_t nr = 0;

	for (size_t i = 0; i < f->nr_row; i++) {
		const struct effect *e = &f->row[i].e;

		if (!full && nr >= (decided(e) ? ROWS_DECIDED : ROWS_UNDECIDED))
			rest[e->verdict]++;
		else
			row[nr++] = &f->row[i];
	}
	qsort(row, nr, sizeof(*row), row_order);
	return nr;
}

/* Labels no longer than ROOM stand in the row, the others above it. */
static void effect_row(struct table *t, const struct family_row *row,
		       size_t room, const char *withheld, bool repetitions)
{
	const struct effect *e = &row->e;
	char buf[40];

	table_label(t, row->label, room);
	table_value(t, 1, e->a, "ns");
	table_value(t, 2, e->b, "ns");
	change_cell(t, e);
	table_cell(t, 4, "%s", p_text(buf, sizeof(buf), e->holm));
	if (!withheld)
		table_cell(t, 5, repetitions ? "(%s)" : "%s", effect_word(e->verdict));
}

/* What a label is made of: "attach/threads, clone/kind". To be freed. */
static char *label_form(const struct family *f)
{
	struct text form = { 0 };
	const char *key[FAMILY_KEYS];
	bool parts;

	for (size_t i = 0; i < f->nr_row; i++) {
		const char *bench = f->row[i].a->bench;
		size_t k = 0, nr_key;

		while (strcmp(f->row[k].a->bench, bench))
			k++;
		if (k < i)
			continue;
		nr_key = family_keys(f, bench, key, &parts);
		text_printf(&form, "%s%s%s", form.len ? ", " : "",
			    parts ? "part:" : "", bench);
		for (k = 0; k < nr_key; k++)
			text_printf(&form, "/%s", key[k]);
	}
	return form.s;
}

/* What the columns are. */
static void columns(const struct family *f, bool unshown, struct doc *to)
{
	const char *unit = f->repetitions ? "repetitions" : "boots";
	scoped char *form = label_form(f);

	if (!f->nr_row)
		return;
	doc_note(to, "point: %s; times: medians over %s; %s%s [95 %% interval]%s; p: adjusted by Holm over all points%s", form, unit,
		 f->paired ? "paired change: over pairs of " : "change: over all pairs of ",
		 unit, f->paired ? ", not the ratio of these medians" : ", one of each arm",
		 unshown ? "; ~: not shown to differ" : "");
}

void compare_table(const struct family *f, const char *const *name,
		   const char *withheld, bool full, struct doc *to)
{
	scoped const struct family_row **row = mem_get(f->nr_row, sizeof(*row));
	size_t count[NR_EFFECTS] = { 0 }, rest[NR_EFFECTS] = { 0 };
	size_t nr = rows_shown(f, full, row, rest), room = 0;
	bool range = false, unshown = false;
	char sum[200];
	struct table t;

	for (size_t i = 0; i < f->nr_row; i++)
		count[f->row[i].e.verdict]++;
	for (size_t pass = 0; pass < 2; pass++) {
		table_head(&t, 1, "point", "", "", f->paired ?
			   "paired change" : "change", "p", "", NULL);
		table_cell(&t, 1, "%.20s", name[0]);
		table_cell(&t, 2, "%.20s", name[1]);
		for (size_t i = 0; i < nr; i++) {
			const struct effect *e = &row[i]->e;
			bool none = e->verdict == EFFECT_NONE;

			range |= !e->interval && !none;
			unshown |= !decided(e) && !none;
			effect_row(&t, row[i], pass ? room : 6, withheld,
				   f->repetitions);
		}
		if (pass)
			break;
		room = OUT_WIDTH - 4 - table_width(&t, 2);
		room = room > OUT_WIDTH ? 8 : room + 6;
		table_free(&t);
	}
	doc_table(to, &t);
	columns(f, unshown, to);
	if (nr < f->nr_row)
		doc_note(to, "%zu more: %s (--full)", f->nr_row - nr,
			 withheld ? "see all" : effect_tally(rest, false, sum, sizeof(sum)));
	if (withheld)
		doc_beware(to, "NO VERDICT", "%s", withheld);
	else if (f->nr_row)
		doc_para(to, "%zu point%s: %s%s.", f->nr_row, out_s(f->nr_row),
			 effect_tally(count, false, sum, sizeof(sum)), f->repetitions ?
			 "; in parentheses: of these boots, not of kernels" : "");
	if (range)
		doc_note(to, "(low to high): too few values for a 95 %% interval; the whole range");
}
