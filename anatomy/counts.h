/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts - what one operation executed, by function: a file to keep
 *
 * Written by the verb `fold` from a trace, read by the verb `anatomy`;
 * docs/formats.md has the format. All numbers are instructions per window.
 */
#ifndef FORKPATH_COUNTS_H
#define FORKPATH_COUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fold.h"

#define COUNTS_FIRST "# forkpath-anatomy/1"

struct counts_row {
	enum fold_part	 part;
	const char	*fn;
	double		 mode, mean;	/* over windows of the mode; over all */
	double		 cgroup;	/* of mode: in or below the cgroup code */
	double		 lock;		/* of cgroup: in or below its locks */
	double		 string;	/* of mode: iterations of rep */
};

/* Of a total over windows. */
struct counts_total {
	double	p50, mean, min, max;
};

struct counts {
	const char		**about;	/* "key value": kernel, op, ... */
	size_t			 nr_about;
	struct counts_row	*row;
	size_t			 nr_row;
	double			 windows, mode_windows, given_up, mode;
	double			 confirmed;	/* windows: their sample is ... */
	double			 more;		/* ... so many more */
	struct counts_total	 operation;	/* caller + child */
	struct counts_total	 all;		/* every part */
	char			*text;		/* what names point into */
};

/* Names point into F; ABOUT is for the caller to fill. */
void counts_of(struct counts *c, const struct fold *f);
void counts_print(const struct counts *c, FILE *to);

/*
 * Cuts TEXT, LEN bytes and a NUL, to pieces. 0, or -1 with the reason in
 * WHY. counts_free() frees TEXT, in both cases.
 */
int counts_parse(struct counts *c, char *text, size_t len, char *why,
		 size_t why_len);
void counts_free(struct counts *c);

/* The value of KEY; "?" if nothing is said of it. */
const char *counts_about(const struct counts *c, const char *key);

#endif
