/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress - where a run stands, on stderr
 *
 *     [ 12/84] clone kind=thread  ok  8.1 us   1:03 left
 *
 * Of the point, the options that vary in this plan. On a terminal this line
 * is drawn over and over; in a log there is one a minute, of what begins then.
 * What failed or is void stays, with its reason; what is skipped is counted
 * by the caller, and the plan has the reasons. Never wider than 72 columns,
 * never a colour.
 */
#ifndef FORKPATH_PROGRESS_H
#define FORKPATH_PROGRESS_H

#include "plan.h"
#include "sample.h"

struct progress {
	const struct plan *plan;
	bool	tty;
	bool	open;		/* the terminal's line is not ended */
	double	next;		/* in a log: now() of the next line */
	/* What lines took beyond their measuring time, per benchmark. */
	struct strv names;
	double	*excess;
	unsigned int *nr;
};

void progress_init(struct progress *g, const struct plan *p);

/* Line L is about to be measured. */
void progress_begin(struct progress *g, const struct plan_line *l,
		    const unsigned char *done);

/* It took SECONDS; P50 ns, 0: none. REASON: all but ok. */
void progress_end(struct progress *g, const struct plan_line *l,
		  const unsigned char *done, enum verdict v, double seconds, double p50,
		  const char *reason);

/* Seconds that the lines not DONE will take. */
double progress_left(const struct progress *g, const unsigned char *done);

/* End the line before something else is said. */
void progress_break(struct progress *g);

void progress_free(struct progress *g);

/* 8123 -> "8.1 us", at most 8 columns. Returns BUF. */
const char *show_ns(double ns, char *buf, size_t len);

/* 63 -> "1:03", 3723 -> "1:02:03". Returns BUF. */
const char *show_clock(double seconds, char *buf, size_t len);

#endif
