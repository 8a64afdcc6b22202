/* SPDX-License-Identifier: GPL-2.0-or-later */
/* costs - the three tables of costs, and what they say in short */
#ifndef FORKPATH_COSTS_H
#define FORKPATH_COSTS_H

#include "report.h"

#define COSTS_MAX	64	/* rows of the three tables together */

struct costs {
	struct answer	 row[COSTS_MAX];
	size_t		 nr;
};

void costs_make(struct costs *c, const struct report *r);

/* STALLS: of one hierarchy; where there are several, see headline.h. */
void costs_tables(const struct costs *c, bool stalls, struct doc *to);
void costs_short(const struct costs *c, bool stalls, struct doc *to);

/* Without moves, what COST is held against; NULL if that was not measured. */
const struct point *costs_base(const struct costs *c);

/* "n=9", "n=5 to 6" */
const char *costs_n(size_t least, size_t most, char *buf, size_t len);
/* "every 20 ms", "without a pause" */
const char *costs_pace(const struct point *p, char *buf, size_t len);
/* "v1 cpuset" */
const char *costs_hierarchy(const char *hierarchy, char *buf, size_t len);
/* "1.3 % [0.3, 2.5]", "a factor of 5.5 [5.3, 5.7]"; of what is more. */
const char *costs_by(const struct change *c, char *buf, size_t len);

/* Creation in P against that in BASE, in the same block. Is there any? */
bool costs_slowed(const struct point *base, const struct point *p,
		  struct change *c);
/* A change; true if it is none that is shown, for which there is a legend. */
bool costs_change(struct table *t, size_t col, const struct change *c);
void costs_legend(bool unshown, struct doc *to);

/* Where tasks are created, as the tables and sentences call it. */
#define COSTS_OTHER	"outside the moved group"
#define COSTS_MOVED	"in the moved group"

#endif
