// SPDX-License-Identifier: GPL-2.0-or-later
/* compare-more - what two sets show besides: shown, not judged */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "mem.h"

static int more_order(const void *pa, const void *pb)
{
	const struct family_more *a = *(const struct family_more *const *)pa;
	const struct family_more *b = *(const struct family_more *const *)pb;
	double x = isnan(a->ratio) ? -1 : fabs(log(a->ratio));
	double y = isnan(b->ratio) ? -1 : fabs(log(b->ratio));
	bool sa = !strcmp(a->unit, "ns/thread");

	/* Slopes are few, and what one looks for first. */
	if (sa != !strcmp(b->unit, "ns/thread"))
		return sa ? -1 : 1;
	return x != y ? (x > y ? -1 : 1) : strcmp(a->label, b->label);
}

void compare_exploratory(const struct family *f, struct doc *to)
{
	scoped const struct family_more **m = mem_get(f->nr_more, sizeof(*m));
	size_t nr = 0;
	struct table t;

	for (size_t i = 0; i < f->nr_more; i++)
		if (!f->more[i].exact)
			m[nr++] = &f->more[i];
	qsort(m, nr, sizeof(*m), more_order);
	table_head(&t, 2, "", "figure", "A", "B", "change", NULL);
	for (size_t i = 0; i < nr; i++) {
		bool time = mem_ends(m[i]->unit, "-ns");

		table_label(&t, m[i]->label, 18);
		table_cell(&t, 1, "%s", time ? "p99" :
			   strcmp(m[i]->unit, "ns/thread") ? "ops/s" :
			   m[i]->unit);
		table_value(&t, 2, m[i]->a, time ? "ns" : "");
		table_value(&t, 3, m[i]->b, time ? "ns" : "");
		table_change(&t, 4, &(struct change){ .ratio = m[i]->ratio,
			.low = m[i]->lo, .high = m[i]->hi, .p = NAN });
	}
	if (nr) {
		doc_head(to, "p99, rates and cost per thread: not tested, no verdict");
		doc_table(to, &t);
		doc_note(to, "95 %% intervals by bootstrap over %s, too narrow where these are few; of ns/thread by ranks",
			 f->repetitions ? "repetitions" :
			 "boots and repetitions");
	}
	table_free(&t);
}

void compare_counted(const struct family *f, const char *const *name,
		    bool all, struct doc *to)
{
	size_t nr = 0, same = 0, varies = 0, shown = 0;
	struct table t;

	for (size_t i = 0; i < f->nr_more; i++) {
		const struct family_more *m = &f->more[i];

		nr += m->exact;
		same += m->exact && m->a == m->b && !m->varies;
	}
	if (!nr)
		return;
	if (same == nr) {
		doc_para(to, "Exact counters: %zu compared, none differs.", nr);
		return;
	}
	doc_head(to, "Exact counters: %zu of %zu differ", nr - same, nr);
	table_head(&t, 2, "", "", "", "", "change", "", NULL);
	table_cell(&t, 2, "%.20s", name[0]);
	table_cell(&t, 3, "%.20s", name[1]);
	for (size_t i = 0; i < f->nr_more; i++) {
		const struct family_more *m = &f->more[i];

		if (!m->exact || (m->a == m->b && !m->varies))
			continue;
		if (shown++ >= COMPARE_LIST && !all)
			continue;
		table_row(&t, m->label);
		table_cell(&t, 1, "  %s", m->unit);
		table_cell(&t, 2, "%.15g", m->a);
		table_cell(&t, 3, "%.15g", m->b);
		table_cell(&t, 4, "%+.15g", m->b - m->a);
		table_cell(&t, 5, "%s", m->varies ? "!" : "");
		varies += m->varies;
	}
	doc_table(to, &t);
	if (varies)
		doc_warn(to, "not one value within an arm: medians; as an exact metric it is broken");
	if (shown > COMPARE_LIST && !all)
		doc_note(to, "and %zu more (--full)", shown - COMPARE_LIST);
}
