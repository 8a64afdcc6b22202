// SPDX-License-Identifier: GPL-2.0-or-later
/* headline - task creation while a group is moved, by hierarchy and size */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "costs.h"
#include "headline.h"
#include "mem.h"

/* Creation while a group of THREADS is moved in HIERARCHY. */
struct moved {
	const char	   *hierarchy, *threads;
	const struct point *p[2][2];	/* [has a pause][in the moved group] */
};

/* One cloner and one attacher, nothing else, closed loop. */
static bool is_plain(const struct point *p, const char *kind)
{
	const char *rcu = point_get(p, "rcu");

	return p->nr_rep && !strcmp(p->bench, "clone-attach") &&
		!value_order(point_get(p, "kind"), kind) &&
		!value_order(point_get(p, "workload"), "idle") &&
		!(rcu && strcmp(rcu, "as-is")) &&
		point_number(p, "cloners") == 1 &&
		point_number(p, "attachers") == 1 &&
		point_number(p, "period") == 0;
}

static int moved_order(const struct moved *a, const struct moved *b)
{
	int c = value_order(a->hierarchy, b->hierarchy);

	return c ? c : value_order(a->threads, b->threads);
}

/* The row of P, made if it is missing. */
static struct moved *row_of(struct headline *h, const struct point *p)
{
	struct moved one = { .hierarchy = point_get(p, "hierarchy"),
			     .threads = point_get(p, "threads") };
	size_t i = 0;

	while (i < h->nr && moved_order(&one, &h->row[i]) > 0)
		i++;
	if (i < h->nr && !moved_order(&one, &h->row[i]))
		return &h->row[i];
	mem_more(&h->row, &h->nr, sizeof(*h->row));
	memmove(h->row + i + 1, h->row + i, (h->nr - 1 - i) * sizeof(*h->row));
	h->row[i] = one;
	return &h->row[i];
}

bool headline_make(struct headline *h, const struct report *r,
		   const struct costs *c)
{
	*h = (struct headline){ .base = costs_base(c) };
	for (size_t i = 0; h->base && i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i], **at;
		const char *victims = point_get(p, "victims");

		if (!is_plain(p, point_get(h->base, "kind")))
			continue;
		at = &row_of(h, p)->p[point_number(p, "think") > 0]
			[victims && !strcmp(victims, "inside")];
		if (!*at || point_number(p, "think") > point_number(*at, "think"))
			*at = p;
	}
	if (h->nr && value_order(h->row[0].hierarchy,
				 h->row[h->nr - 1].hierarchy))
		return true;
	headline_free(h);
	return false;
}

void headline_free(struct headline *h)
{
	free(h->row);
	h->row = NULL;
	h->nr = 0;
}

static const char *row_name(const struct moved *m, char *buf, size_t len)
{
	char name[40];

	snprintf(buf, len, "%s, %s thread%s",
		 costs_hierarchy(m->hierarchy, name, sizeof(name)), m->threads,
		 strcmp(m->threads, "1") ? "s" : "");
	return buf;
}

void headline_table(const struct headline *h, bool paused, struct doc *to)
{
	const struct point *any = NULL;
	size_t least = SIZE_MAX, most = 0;
	char text[80], n[40];
	bool unshown = false;
	struct table t;

	table_head(&t, 1, "moved group", COSTS_OTHER, COSTS_MOVED, NULL);
	for (size_t i = 0; i < h->nr; i++) {
		const struct moved *m = &h->row[i];

		if (!m->p[paused][0] && !m->p[paused][1])
			continue;
		table_row(&t, NULL);
		table_cell(&t, 0, "%s", row_name(m, text, sizeof(text)));
		for (int in = 0; in < 2; in++) {
			const struct point *p = m->p[paused][in];
			struct change change;

			if (!p || !costs_slowed(h->base, p, &change))
				continue;
			any = p;
			unshown |= costs_change(&t, 1 + in, &change);
			least = change.n < least ? change.n : least;
			most = change.n > most ? change.n : most;
		}
	}
	if (any) {
		doc_head(to, "Creating a %s, group moved %s: median vs no moves (%s)",
			 point_get(any, "kind"),
			 costs_pace(any, text, sizeof(text)),
			 costs_n(least, most, n, sizeof(n)));
		doc_table(to, &t);
		costs_legend(unshown, to);
	}
	table_free(&t);
}

void headline_short(const struct headline *h, struct doc *to)
{
	struct change change, most = { .low = 1 };
	const struct point *any = NULL;
	const struct moved *m = NULL;
	char pace[40], by[80], name[80];
	size_t nr = 0;

	for (size_t i = 0; i < h->nr; i++) {
		const struct point *p = h->row[i].p[1][0];

		if (!p || !costs_slowed(h->base, p, &change) || change.range)
			continue;
		any = p;
		nr++;
		if (change.low > 1 && change.ratio > most.ratio) {
			most = change;
			m = &h->row[i];
		}
	}
	if (!any)
		return;
	costs_pace(any, pace, sizeof(pace));
	if (m)
		doc_note(to, "Moves %s raise the median " COSTS_OTHER " by up to %s (%s); stalls: see max in report.txt.",
			 pace, costs_by(&most, by, sizeof(by)),
			 row_name(m, name, sizeof(name)));
	else
		doc_note(to, "Moves %s are not shown to change the median " COSTS_OTHER " (%zu comparison%s).",
			 pace, nr, nr == 1 ? "" : "s");
}
