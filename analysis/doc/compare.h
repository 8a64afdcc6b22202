/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare - two or more sets of results folders, one verdict per point
 */
#ifndef FORKPATH_COMPARE_H
#define FORKPATH_COMPARE_H


#include "doc.h"
#include "differ.h"
#include "even.h"
#include "family.h"
#include "plot.h"
#include "set.h"

struct report;

#define COMPARE_LIST	12	/* lines of one list; the rest is counted */

struct compare_opt {
	double		 smallest;	/* 0.01 */
	bool		 full;		/* all rows, not one screen */
	const char	*label;		/* which sets, in which order */
	const char	*aa;		/* folders of the control, by commas */
};

struct compare {
	struct compare_opt opt;
	struct sets	 sets, aa;
	struct family	*family;	/* sets 1.. with set 0 */
	struct differs	*differs;	/* the same */
	size_t		 nr_family;
	struct family	 control;
	bool		 has_control;
	enum { CONTROL_PARTS, CONTROL_LABELS, CONTROL_BOOTS } control_is;
	const char	*withheld;	/* why no verdict is given, or NULL */
	size_t		 nr_tests;
	bool		 exact;		/* exact.h: differences, no verdicts */
	struct plots	 plots;
	char		 error[1100];
};

/* Read and compute. Returns 0, or -1 with c->error. */
int compare_make(struct compare *c, char **arg, int nr,
		 const struct compare_opt *opt);
void compare_free(struct compare *c);

/* Differences between the sets besides the kernel. */
size_t compare_differing(const struct compare *c);

void compare_doc(const struct compare *c, struct doc *to);

/* The table of one family, whose arms have these names. */
void compare_table(const struct family *f, const char *const *name,
		   const char *withheld, bool full, struct doc *to);

/* forest.c: effects with intervals, and distributions before and after. */
void compare_plots(struct compare *c, int fd);

/*
 * between.c: what was asked of sets 0 and NR + 1, answered in sentences; and
 * all sets side by side. Not of exact mode.
 */
void between_section(const struct compare *c, size_t nr, struct doc *to);
void between_table(const struct compare *c, struct doc *to);

/* compare-more.c: p99, rates, cost per thread; what is counted exactly. */
void compare_exploratory(const struct family *f, struct doc *to);
void compare_counted(const struct family *f, const char *const *name,
		     bool all, struct doc *to);

/*
 * control.c: what the machine shows between equal things. 0, or -1 with
 * c->error; the lines about it; how long nothing takes in both sets.
 */
int control_make(struct compare *c);
void control_line(const struct compare *c, bool full, struct doc *to);
void control_null(const struct family *f, bool full, struct doc *to);

/* Parts "a" and "b" of one folder against each other; nothing if none. */
void control_section(const struct report *r, struct doc *to);

/* power.c: what a pilot can show, and what it takes. 0, or -1 with WHY. */
int power_doc(char **arg, int nr, double smallest, struct doc *to, char *why,
	       size_t len);

#endif
