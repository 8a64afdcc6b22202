/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workload - the load beside which a repetition measures
 *
 * One name, one of:
 *   workloads/NAME.c      our own program build/workloads/NAME (lib/load.h);
 *                         it prints the line "ready" when the load is on
 *   workloads/NAME.job    a stress-ng job file; ready when stress-ng says
 *                         "dispatching hogs"; every word of it is looked for
 *                         in stress-ng --help first
 *   idle                  nothing, unless there is a file of that name
 * A workload lives for one repetition: it is up before the process starts
 * and gone before the record is written, so that no repetition inherits the
 * state (caches, memory, tired hogs) of the one before it.
 */
#ifndef FORKPATH_WORKLOAD_H
#define FORKPATH_WORKLOAD_H

#include "proc.h"

enum workload_kind { WORKLOAD_NONE, WORKLOAD_OWN, WORKLOAD_JOB };

/*
 * What is NAME? Returns 0; -ENOENT: no such workload; -EOPNOTSUPP: known,
 * but cannot run here, the reason is in WHY.
 */
int workload_find(const char *name, enum workload_kind *kind, char *why,
		  size_t len);

/* What makes the load NAME: a program or a job file; to be freed. NULL: none. */
char *workload_file(const char *name);

/* What starting and stopping it takes, in seconds, for the budget. */
double workload_overhead(enum workload_kind kind);

/*
 * Start it and wait until it is ready, at most LIMIT seconds. 0, -EINTR
 * (stop signal), -EOPNOTSUPP (it cannot run here) or -EIO with the reason in
 * WHY; call workload_stop() anyway.
 */
int workload_start(struct proc *p, const char *name, double limit, char *why,
		   size_t len);

/*
 * SIGTERM, GRACE seconds, SIGKILL. Returns 0, or -ECHILD with the reason in WHY
 * if it had ended before. How much it did goes to RATES, " VALUE load-WHAT/s"
 * for each kind of work: stress-ng's bogo operations, or what its program
 * calls it.
 */
int workload_stop(struct proc *p, const char *name, double grace,
		  struct text *rates, char *why, size_t len);

/* The same out of what it printed. */
void workload_rates(const char *said, struct text *rates);

#endif
