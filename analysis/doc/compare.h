/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare - two or more sets of results folders, one verdict per point
 */
#ifndef FORKPATH_COMPARE_H
#define FORKPATH_COMPARE_H

#include <stdio.h>

#include "differ.h"
#include "even.h"
#include "family.h"
#include "plot.h"
#include "set.h"

struct report;

struct compare_opt {
	double		 smallest;	/* 0.01 */
	bool		 all;		/* all exploratory rows */
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
	bool		 control_repetitions;
	const char	*control_how;	/* what stood against what */
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

void compare_text(const struct compare *c, FILE *to);

/* The table of one family, and what the control says in one paragraph. */
void compare_table(const struct family *f, double smallest,
		   const char *withheld, bool all, FILE *to);

/* forest.c: effects with intervals, and distributions before and after. */
void compare_plots(struct compare *c, int fd);

/*
 * between.c: what was asked of sets 0 and NR + 1, answered in sentences; and
 * all sets side by side. Not of exact mode.
 */
void between_section(const struct compare *c, size_t nr, FILE *to);
void between_table(const struct compare *c, FILE *to);

/* Parts "a" and "b" of one folder against each other; nothing if none. */
void control_section(const struct report *r, FILE *to);

/* power.c: what a pilot can show, and what it takes. 0, or -1 with WHY. */
int power_text(char **arg, int nr, double smallest, FILE *to, char *why,
	       size_t len);

/* "+3.1%", "-56%", "x2.4" of a ratio; "[-57.4,-54.6]" of two. */
const char *percent_text(char *buf, size_t len, double ratio);
const char *percent_range(char *buf, size_t len, double lo, double hi);

#endif
