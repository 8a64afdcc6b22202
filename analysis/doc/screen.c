// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * screen - the answer of one folder, as much of it as one screen holds
 *
 * What does not fit is counted, and stands in report.txt.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "costs.h"
#include "doc-form.h"
#include "exact.h"
#include "headline.h"
#include "mem.h"
#include "question.h"
#include "report.h"

#define LINES_MAX	60
#define QUICK_LINES	40	/* of the first look, which nobody asked for more */

static void where(const struct report *r, struct doc *to)
{
	const struct run *run = &r->run;
	size_t points = 0, skipped = 0;
	const char *why = NULL;
	bool several = false;
	char n[40];

	if (r->nr_max == 1 && !r->exact)
		doc_line(to, "One boot, one repetition: nothing shows that it repeats, even here.");
	else if (r->nr_max && !r->exact)
		doc_line(to, "One boot, %s repetitions: no claim about another boot or kernel.%s",
			 costs_n(r->nr_min, r->nr_max, n, sizeof(n)) + 2,
			 r->has_range ? " (low to high): the whole range, where fewer than 6 repetitions have no interval." : "");
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];

		points++;
		skipped += p->count[REP_SKIP] > 0;
	}
	for (size_t i = 0; i < run->nr_rep; i++) {
		if (run->rep[i].verdict != REP_SKIP)
			continue;
		several |= why && strcmp(why, run->rep[i].reason);
		why = why ?: run->rep[i].reason;
	}
	if (skipped)
		doc_line(to, "%zu of %zu points could not run (%s%s).", skipped,
			 points, several ? "the first: " : "", why ?: "");
	doc_line(to, "All tables: %s/report.txt (figures: plots/)", run->path);
	if (run->command && *run->command)
		doc_line(to, "Again: %s", run->command);
}

/* Lines of blocks FROM up to END as text. */
static size_t height(const struct doc *d, size_t from, size_t end)
{
	struct doc part = { .block = d->block + from, .nr = end - from };
	char *text;
	size_t len, lines = 0;
	FILE *to = mem_stream(&text, &len);

	doc_text(&part, to);
	fclose(to);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	free(text);
	return lines;
}

static void cut_table(struct table *t, size_t rows)
{
	for (size_t r = rows; r < t->nr_row; r++) {
		for (size_t c = 0; c < t->nr_col; c++)
			free(t->cell[r * t->nr_col + c].text);
		free(t->above[r]);
	}
	t->nr_row = rows;
}

/*
 * D shortened to MAX lines: whole blocks go from its end, a heading with
 * what it heads. Returns how many headings, answers and tables went.
 */
static size_t fit(struct doc *d, size_t max)
{
	struct doc rest = { 0 };
	size_t nr = d->nr, gone = 0, lost = 0;

	while (nr && height(d, 0, nr) > max)
		nr--;
	/* A part of a table is more than none. */
	if (nr < d->nr && d->block[nr].is == DOC_TABLE) {
		struct table *t = &d->block[nr].table;
		size_t rows = t->nr_row;

		while (rows > 2 && height(d, 0, nr + 1) > max) {
			cut_table(t, --rows);
			lost++;
		}
		if (height(d, 0, nr + 1) <= max)
			nr++;
		else
			lost = 0;
	}
	while (nr && (d->block[nr - 1].is == DOC_HEAD ||
		      d->block[nr - 1].is == DOC_ASK))
		nr--;
	for (size_t i = nr; i < d->nr; i++)
		gone += d->block[i].is == DOC_HEAD ||
			d->block[i].is == DOC_ASK || d->block[i].is == DOC_NOTE;
	rest.block = mem_get(d->nr - nr + 1, sizeof(*rest.block));
	memcpy(rest.block, d->block + nr, (d->nr - nr) * sizeof(*rest.block));
	rest.nr = d->nr - nr;
	d->nr = nr;
	doc_free(&rest);
	return gone + (lost > 0);
}

static void append(struct doc *to, struct doc *from)
{
	for (size_t i = 0; i < from->nr; i++)
		mem_push(&to->block, &to->nr, from->block[i]);
	free(from->block);
}

void screen_doc(struct report *r, struct doc *to)
{
	struct doc body = { 0 }, end = { 0 };
	struct sentences all = { 0 };
	size_t max = strcmp(r->run.question, "quick") ? LINES_MAX : QUICK_LINES;
	struct headline h;
	struct costs c;
	size_t used, gone;
	bool several;

	report_head(r, to);
	if (!r->nr_max) {
		omitted_section(r, to);
		where(r, to);
		return;
	}
	inside_sections(r, &body);
	if (r->exact) {
		exact_tables(r, false, &body);
	} else {
		control_section(r, &body);
		claims_section(r, &body);
		costs_make(&c, r);
		several = headline_make(&h, r, &c);
		costs_tables(&c, !several, &body);
		headline_table(&h, false, &body);
		question_make(r, &all);
		if (max == LINES_MAX) {
			question_page(&all, &body);
		} else {
			doc_head(&body, "In short");
			costs_short(&c, !several, &body);
			headline_short(&h, &body);
		}
		sentences_free(&all);
		headline_free(&h);
	}
	where(r, &end);
	used = height(to, 0, to->nr) + height(&end, 0, end.nr) + 2;
	/* To say that something is left out takes a line, too. */
	if (height(&body, 0, body.nr) + used > max)
		used++;
	gone = fit(&body, max > used ? max - used : 0);
	append(to, &body);
	if (gone)
		doc_line(to, "No room for %zu more part%s of the answer: see the full report.",
			 gone, out_s(gone));
	append(to, &end);
}
