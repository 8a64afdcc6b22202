/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask-all - questions, one after the other, and the report of each
 *
 * Each is measured by a runner of its own, and reported by forkpath-analysis.
 */
#ifndef FORKPATH_ASK_ALL_H
#define FORKPATH_ASK_ALL_H

#include <stdbool.h>

struct ask_args {
	char *const	*words;		/* options from [1] on, up to NULL */
	char *const	*questions;	/* up to NULL; none: quick */
	double		 time;		/* for all of them; 0: as they say */
	bool		 plan;		/* only print the plans */
	const char	*resume;
};

/* Returns an exit code, the worst of all. */
int ask_all(const struct ask_args *args);

#endif
