/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ktap-run - one call of `stress`, among its files */
#ifndef FORKPATH_KTAP_RUN_H
#define FORKPATH_KTAP_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "desc.h"
#include "folder.h"
#include "kmsg.h"
#include "ktap.h"
#include "mem.h"
#include "proc.h"

/* One test on one hierarchy. */
struct subtest {
	const struct desc *desc;
	char		*hierarchy;
	char		*skip;		/* why it cannot run here, or NULL */
	double		 overhead;	/* seconds of set-up, tear-down */
};

struct ktap_run {
	const struct ktap_args *args;
	uint64_t	 seed;
	double		 end, last;	/* of the budget, and of all; now() */
	bool		 stop;		/* what is still to come is skipped */
	struct subtest	*sub;
	unsigned int	 nr_sub, nr_left;	/* that are still to run */
	struct kmsg	 kmsg;
	struct folder	 folder;	/* made by the first failure */
	struct text	 log;		/* all that was printed */
	struct text	 failed;	/* a line for each subtest not ok */
	unsigned int	 nr_ok, nr_skip, nr_fail;
	double		 forks, moves, overlaps;
};

/* To stdout and to the log. */
__attribute__((format(printf, 2, 3)))
void ktap_say(struct ktap_run *r, const char *fmt, ...);

/* Fills r->sub with what is asked for. Returns an exit code. */
int ktap_plan(struct ktap_run *r);

/* The figures of the line of a SAMPLE that took so long. */
void ktap_say_counts(struct ktap_run *r, const char *sample, double seconds);

/* All lines, or all but the last LESS. */
void ktap_say_lines(struct ktap_run *r, const char *text, unsigned int less);

/* Seed, plan, log, kernel log, and the command that repeats it. */
void ktap_keep(struct ktap_run *r, const struct subtest *s,
	       const struct proc *p, const char *reason,
	       const struct text *kernel, double seconds);

#endif
