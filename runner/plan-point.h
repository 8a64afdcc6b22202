/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan-point - what a plan is made of, between its files
 *
 * plan-expand makes points of a config, plan-budget gives each its time,
 * plan-make asks the programs and puts all in order, plan-keep gives other times
 * while the plan is run.
 */
#ifndef FORKPATH_PLAN_POINT_H
#define FORKPATH_PLAN_POINT_H

#include "plan.h"

struct desc;

/* One distinct point, before it is repeated. */
struct point {
	const struct desc	*desc;
	const struct conf_section *section;
	char	*workload, *point, *conditions, *reason;
	double	 time, warmup, overhead, max;
	double	 weight;	/* time as the config has it */
};

/* How one combination of axis values is being put together. */
struct maker {
	struct plan		*plan;
	const struct conf	*conf;
	struct point		*points;
	unsigned int		 nr;
	struct strv		 counted;	/* "events=..." of each pass */
	bool			 exact;
};

/* "CONFIG:LINE: what"; EXIT_BAD. */
int plan_refuse(const struct conf *c, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What had to be decided, for people. */
void plan_note(struct plan *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* One more line at the end of P. */
struct plan_line *plan_more(struct plan *p);

/* The points of section SEC. An exit code. */
int plan_expand(struct maker *m, const struct conf_section *sec);
void plan_free_point(struct point *pt);

/* The budget for the lines that run; rewrites time= in their conditions. */
void plan_spread(struct maker *m, double budget);

void plan_free_line(struct plan_line *l);

/* Said where fewer blocks fit than were asked for, or NULL; to be freed. */
char *plan_fewer(const struct plan *p);

/* CONDITIONS with the time T; the caller frees it. */
char *plan_retime(const char *conditions, double t);

#endif
