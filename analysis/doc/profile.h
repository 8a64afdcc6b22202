/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile - folded stacks of perf repetitions: symbols, waits, flame graphs
 *
 * A line of perf/NNNN.folded is KIND;ROLE;FRAME;... WEIGHT, outermost frame
 * first (runner/profile.h). The stacks of one bench in one part are added
 * up, over all its points.
 */
#ifndef FORKPATH_PROFILE_H
#define FORKPATH_PROFILE_H


#include "report.h"

struct fold_stack {
	char		*text;		/* "cpu;cloner;a;b" */
	double		 weight;
};

struct folds {
	struct fold_stack *stack;	/* by text, each once, once sorted */
	size_t		 nr;
	double		 lost;		/* per cent, the worst file */
	bool		 timer;		/* samples of a timer, not of cycles */
	char		*problem;	/* what could not be read, or NULL */
};

/* Lines of TEXT (modified) added to ALL; false if one is malformed. */
bool folds_add(struct folds *all, char *text);
void folds_sort(struct folds *all);
void folds_free(struct folds *all);

/* What runs ("cpu"), sleeps ("wait"), waits for a lock ("lock"): the tops. */
void folds_print(const struct folds *all, const char *role, struct doc *to);

/* A flame graph of KIND;ROLE as SVG; NULL if there is nothing. To be freed. */
char *folds_flame(const struct folds *all, const char *kind, const char *role);

/* The section of the report; its flame graphs to FD and to R's figures. */
void profile_section(const struct report *r, struct doc *to);
void profile_plots(struct report *r, int fd);

#endif
