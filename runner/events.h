/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events - names of events, and the numbers that the kernel wants
 *
 * A bench program knows nothing of hardware: it gets struct perf_event_attr
 * as plain numbers (lib/count.h). Here names become numbers:
 *
 *   cycles:k page-faults     what libpfm4 knows, generic or of this CPU;
 *   UNHALTED_CORE_CYCLES:k   LIBPFM_FORCE_PMU shows it another CPU
 *   r01c4:k                  raw, as the CPU's manual has it
 *   sched:sched_process_fork a tracepoint, by its id in tracefs
 *
 * :k is in the kernel, :u in user space, neither is both; :actor behind a
 * name counts in the actors' threads, not on their CPUs.
 */
#ifndef FORKPATH_EVENTS_H
#define FORKPATH_EVENTS_H

#include "mem.h"

#define EVENTS_AT_ONCE	4	/* hardware events in one repetition */

/* What is worth counting on this machine, by vendor. */
const char *events_default(void);

/*
 * LIST as a bench program takes it, to TO. 0, or with the reason, which begins
 * with the name, in WHY: -EINVAL, also where an event is there twice, if by
 * another name; -ENOTSUP if it may well be an event, but tracefs cannot be
 * read here.
 */
int events_encode(const char *list, struct text *to, char *why, size_t len);

/* One event of a plan. */
struct event {
	char	*name;
	char	*why;		/* not available: why; NULL: it is */
	bool	 hardware;	/* takes one of the few counters of a CPU */
};

/*
 * Look at every event of LIST and try it here. Returns how many there are;
 * -EINVAL with the reason in WHY if one is no name of an event at all.
 */
int events_try(const char *list, struct event **event, char *why, size_t len);
void events_free(struct event *event, int nr);

#endif
