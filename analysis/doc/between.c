// SPDX-License-Identifier: GPL-2.0-or-later
/* between - what was asked of two sets, answered in sentences */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "mem.h"
#include "report.h"

#define ROWS_MAX	24	/* points side by side; the rest: --full */

/* Is ASK a heading that ROW stands below: of its bench and role? */
static bool is_below(const struct ask *ask, const struct family_row *row)
{
	size_t role = strlen(row->role);

	return ask->compute && !strcmp(ask->compute, "between") &&
	       !strcmp(ask->base.bench, row->a->bench) &&
	       !strncmp(ask->figure, row->role, role) &&
	       ask->figure[role] == '-';
}

/* The first heading of ROW; asks->nr: none, it is among the others. */
static size_t number_of(const struct asks *asks, const struct family_row *row)
{
	size_t i = 0;

	while (i < asks->nr && !is_below(&asks->ask[i], row))
		i++;
	return i;
}

/* One figure of one point in both sets. */
struct moved {
	const char	*label;
	double		 a, b;
	struct change	 change;
};

/* All points of one question. */
struct changes {
	size_t		 nr, nr_of[NR_EFFECTS];
	struct moved	 least, most;
};

static void add(struct changes *all, const struct moved *c,
		enum effect_verdict v)
{
	all->nr_of[v]++;
	if (isnan(c->change.ratio))
		return;
	if (!all->nr || c->change.ratio < all->least.change.ratio)
		all->least = *c;
	if (!all->nr || c->change.ratio > all->most.change.ratio)
		all->most = *c;
	all->nr++;
}

/* "-99.8 % [-99.9, -99.7] (attach/0.05: 8.04 ms -> 19.8 us)" */
static const char *change_text(char *buf, size_t len, const struct moved *c,
			       bool time, bool label)
{
	const char *unit = time ? "ns" : "/s";
	char a[40], b[40], change[120];

	out_value(a, sizeof(a), c->a, unit);
	out_value(b, sizeof(b), c->b, unit);
	out_change(change, sizeof(change), &c->change);
	/* "74.2 us -> 74.2 us" is one value. */
	snprintf(buf, len, "%s (%.80s%s%s%s%s)", change,
		 label ? c->label : "", label ? ": " : "", a,
		 strcmp(a, b) ? " -> " : " in both", strcmp(a, b) ? b : "");
	return buf;
}

static void tell(const struct changes *all, const char *figure, bool time,
		 const char *verdict, struct doc *to)
{
	char lo[300], hi[300];

	if (!all->nr)
		return;
	change_text(lo, sizeof(lo), &all->least, time, all->nr > 1);
	change_text(hi, sizeof(hi), &all->most, time, all->nr > 1);
	/* From X to X is X. */
	if (all->nr == 1 || all->least.change.ratio == all->most.change.ratio)
		doc_note(to, "%s%s%s: %s.", figure, *verdict ? ": " : "",
			verdict, lo);
	else
		doc_note(to, "%s%s%s: from %s to %s.", figure,
			*verdict ? ": " : "", verdict, lo, hi);
}

/* The headline of question NR of ASKS; how many points it has. */
static size_t tell_p50(const struct family *f, const struct asks *asks,
		       size_t nr, bool withheld, struct doc *to)
{
	struct changes all = { .nr = 0 };
	char text[200] = "";
	size_t rows = 0;

	for (size_t i = 0; i < f->nr_row; i++) {
		const struct family_row *row = &f->row[i];
		const struct effect *e = &row->e;

		if (number_of(asks, row) != nr)
			continue;
		if (!rows++)
			doc_head(to, "%s", nr < asks->nr ?
				 asks->ask[nr].asks : "Other points");
		add(&all, &(struct moved){ row->label, e->a, e->b,
					   effect_change(e) }, e->verdict);
	}
	if (!withheld)
		effect_tally(all.nr_of, true, text, sizeof(text));
	tell(&all, "median", true, text, to);
	return rows;
}

static void tell_more(const struct family *f, const struct asks *asks,
		      size_t nr, const char *tail, const char *figure,
		      struct doc *to)
{
	struct changes all = { .nr = 0 };

	for (size_t i = 0; i < f->nr_more; i++) {
		const struct family_more *m = &f->more[i];

		if (!m->row || m->exact || number_of(asks, m->row) != nr ||
		    !mem_ends(m->unit, tail))
			continue;
		add(&all, &(struct moved){ m->label, m->a, m->b, {
			.ratio = m->ratio, .low = m->lo, .high = m->hi } },
		    EFFECT_UNCLEAR);
	}
	tell(&all, figure, strcmp(tail, "-ops/s") != 0, "", to);
}

/* Lock modes where that is what tells the sets apart, else their names. */
static void arms(const struct set *a, const struct set *b, char *x, char *y,
		 size_t len)
{
	const struct run *ra = &a->folder[0]->run;
	const struct run *rb = &b->folder[0]->run;
	char ka[100], kb[100];

	if (cond_text(ra, "kernel.release", ka, sizeof(ka)) &&
	    cond_text(rb, "kernel.release", kb, sizeof(kb)) &&
	    !strcmp(ka, kb) && cond_text(ra, "lock_mode", x, len) &&
	    cond_text(rb, "lock_mode", y, len) && strcmp(x, y))
		return;
	snprintf(x, len, "%.60s", a->name);
	snprintf(y, len, "%.60s", b->name);
}

void between_section(const struct compare *c, size_t nr, struct doc *to)
{
	const struct family *f = &c->family[nr];
	char a[64], b[64];
	struct asks asks;

	if (!f->nr_row)
		return;
	asked_of(&c->sets.set[0].folder[0]->run, &asks);
	arms(&c->sets.set[0], &c->sets.set[nr + 1], a, b, sizeof(a));
	doc_head(to, "Question by question: %s -> %s, n=%zu and %zu %ss%s%s", a, b,
		f->nr_unit[0], f->nr_unit[1],
		f->repetitions ? "repetition" : "boot",
		c->withheld ? "; no verdict: " : "", c->withheld ?: "");
	for (size_t i = 0; i <= asks.nr; i++) {
		if (!tell_p50(f, &asks, i, c->withheld, to))
			continue;
		tell_more(f, &asks, i, "-p99-ns", "p99 (not tested)", to);
		tell_more(f, &asks, i, "-ops/s", "rate (not tested)", to);
	}
	if (!c->withheld)
		even_section(ask_for(&asks, "break-even"), &c->sets.set[0],
			     &c->sets.set[nr + 1], a, b, to);
	ask_free(&asks);
}

static int by_label(const void *pa, const void *pb)
{
	const struct family_row *a = *(const struct family_row *const *)pa;
	const struct family_row *b = *(const struct family_row *const *)pb;

	return value_order(a->label, b->label);
}

/* The row of F that LABEL has; NULL: not measured there. */
static const struct family_row *labelled(const struct family *f,
					 const char *label)
{
	for (size_t i = 0; i < f->nr_row; i++)
		if (!strcmp(f->row[i].label, label))
			return &f->row[i];
	return NULL;
}

/* All sets, where there are more than two: what pairs of them do not show. */
void between_table(const struct compare *c, struct doc *to)
{
	const struct family *f = c->family;
	scoped const struct family_row **row = mem_get(f->nr_row, sizeof(*row));
	size_t nr = f->nr_row;
	struct table t;

	for (size_t i = 0; i < nr; i++)
		row[i] = &f->row[i];
	qsort(row, nr, sizeof(*row), by_label);
	table_start(&t, c->nr_family + 2, 1);
	for (size_t i = 0; i <= c->nr_family; i++)
		table_cell(&t, i + 1, "%c", (char)('A' + (i < 26 ? i : 25)));
	for (size_t i = 0; i < nr && (c->opt.full || i < ROWS_MAX); i++) {
		table_label(&t, row[i]->label, 24);
		table_value(&t, 1, row[i]->e.a, "ns");
		for (size_t k = 0; k < c->nr_family; k++) {
			const struct family_row *one =
				labelled(&c->family[k], row[i]->label);

			table_value(&t, k + 2, one ? one->e.b : NAN, "ns");
		}
	}
	doc_head(to, "Side by side: medians, each set in its own boots%s%s",
		c->withheld ? "; no verdict: " : "", c->withheld ?: "");
	for (size_t i = 0; i < c->sets.nr_set; i++) {
		char first[16];

		snprintf(first, sizeof(first), "%c",
			 (char)('A' + (i < 26 ? i : 25)));
		doc_key(to, first, "%s", c->sets.set[i].name);
	}
	doc_table(to, &t);
	if (!c->opt.full && nr > ROWS_MAX)
		doc_note(to, "and %zu more (--full)", nr - ROWS_MAX);
}
