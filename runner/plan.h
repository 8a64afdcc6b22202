/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan - every axis expanded, in the order in which it will be measured
 *
 * SUMMARY
 * A plan is made from a config (plan_make), written to and read from
 * plan.tsv (docs/formats.md). One line is one repetition is one process.
 *
 * DETAILS
 * Points: the product of the axes of each section, the last key fastest.
 * Every option of the benchmark is in the point, also those the config
 * leaves at their default. What an earlier section of the same part has
 * already is planned once. Each distinct point is shown to the program with
 * --check: it is planned, or it is skipped with the reason.
 * Order: skipped points first, once, in block 1; then block by block one
 * repetition of every point, shuffled. The shuffle covers skipped points,
 * too, so that two machines that skip different points still agree on the
 * order of the rest.
 * Counted: what has been asked of counters (events.h) comes in repetitions
 * of its own, with the condition events=, in blocks behind all that are
 * timed. The order of those is the same with and without. Last, if asked
 * for, one repetition of each under perf, with the condition profile=perf.
 * Budget: see plan_budget() for the plan, plan_keep() for the run.
 * Repeats: what was refused when it was measured is appended, with the block
 * of the line that it repeats; see plan_again().
 * Exact: equal input gives equal numbers, so there is one block, no budget,
 * a seed that is not drawn, and nothing that is said in seconds.
 */
#ifndef FORKPATH_PLAN_H
#define FORKPATH_PLAN_H

#include <stdbool.h>
#include <stdio.h>

#include "conf.h"
#include "mem.h"

#define PLAN_SCHEMA	"forkpath-plan/1"
#define PLAN_MAX	20000	/* points, and repetitions in all */

/* What one repetition costs the runner: fork, exec, kernel log, fsync. */
#define PLAN_LINE_SECONDS	0.01
/* Counted repetitions of each point; counts vary less than times. */
#define PLAN_COUNTED	3
/* Percent of a plan that may be measured again. */
#define PLAN_AGAIN		5
/* No repetition is made to measure for less. */
#define PLAN_TIME_FLOOR		0.05

struct plan_line {
	unsigned int	 nr, block, limit;
	unsigned int	 of;		/* repeats this line, refused; 0: none */
	bool		 skip;
	char		*part, *bench, *workload, *reason;
	char		*conditions, *point;	/* "k=v k=v" */
	/* Of a plan that has just been made; 0 where one was read. */
	unsigned int	 row;		/* which point, in the order of the config */
	double		 weight, max;	/* seconds of the config; at most */
	double		 beyond;	/* seconds that it does not measure */
	double		 took;		/* seconds, once it is done */
};

struct plan {
	char		*question, *title, *config, *suite, *command;
	unsigned long	 seed;
	double		 budget;	/* 0: none */
	unsigned int	 blocks;
	unsigned int	 want, rows;	/* blocks asked for; points. 0: was read */
	struct strv	 parts;		/* in the order of the config */
	struct strv	 notes;		/* what had to be decided, for people */
	struct strv	 events;	/* "NAME", or "NAME not available: WHY" */
	struct plan_line *line;
	unsigned int	 nr;
};

struct plan_args {
	unsigned long	 seed;		/* 0: draw one */
	double		 time;		/* 0: as the config says */
	unsigned long	 repeat;	/* 0: as the config says */
	bool		 exact;		/* instructions: by count, once */
	/* To be counted, by commas; "none"; "default" or NULL. */
	const char	*events;
	bool		 perf;		/* a profile of every point, too */
};

/*
 * Read the config that QUESTION names: a word is configs/QUESTION.conf, what
 * has a '/' or ends in ".conf" is a file. 0, or -EINVAL after one line.
 */
int plan_conf(struct conf *c, const char *question);

/*
 * Make a plan. Returns an exit code: 0; EXIT_BAD after one line that says
 * what is wrong with the config; EXIT_FAIL when a program could not be asked.
 */
int plan_make(struct plan *p, const struct conf *c,
	      const struct plan_args *args);

void plan_write(const struct plan *p, FILE *to);

/* Read FROM, called FILE. 0, or EXIT_BAD after "FILE:LINE: what". */
int plan_read(struct plan *p, const char *file, FILE *from);

void plan_free(struct plan *p);

/* The value of KEY in "k=v k=v"; the caller frees it. NULL: not there. */
char *plan_value(const char *pairs, const char *key);

/* The same as a number, or NONE. */
double plan_number(const char *pairs, const char *key, double none);

/* Is it of exact mode? */
bool plan_exact(const struct plan *p);

/* How many lines are to be run, repeats not counted? */
unsigned int plan_nr_run(const struct plan *p);

/* So many of them are repeated at most: PLAN_AGAIN of a hundred, but one. */
unsigned int plan_again_max(const struct plan *p);

/* Line NR once more, at the end. */
void plan_again(struct plan *p, unsigned int nr);

/* What was to be repeated when the plan was run is no part of the plan. */
void plan_forget_again(struct plan *p);

/*
 * The first DONE lines are measured, the last of them ends a block, and the
 * run has taken SPENT seconds. From what lines took (their `took`) the blocks
 * still to come get other measuring times, and there are more or fewer of
 * them, never more than were asked for, so that the budget is kept. Within a
 * block all is as it was: one repetition of each point, in the order that the
 * seed gives, measured for times of the same proportions. Returns true if the
 * plan has changed; lines beyond DONE may have moved. A plan that was read is
 * kept as it is: whoever gives one wants that one.
 */
bool plan_keep(struct plan *p, unsigned int done, double spent);

/*
 * The budget arithmetic. N lines per block, line i of weight w[i] seconds
 * and fixed cost f[i] seconds; *BLOCKS blocks in BUDGET seconds. Sets t[i],
 * the measuring time of each line: all weights times one factor, nowhere
 * below PLAN_TIME_FLOOR nor above MAX, so that the sum over all blocks of
 * t + f is at most BUDGET. Where even the floor does not fit, *BLOCKS is
 * made smaller, never below 1. Returns false if even one block does not fit.
 */
bool plan_budget(double budget, unsigned int *blocks, unsigned int n,
		 const double *w, const double *f, double max, double *t);

#endif
