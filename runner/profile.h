/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile - where the time of a repetition goes, by perf(1)
 *
 * perf record runs the program, samples all CPUs, and records when its
 * actors (by the name of their process, which their children inherit) leave
 * and take a CPU, and begin and end to wait for a lock. What is kept is
 * folded, for symbols mean something on this machine only:
 *
 *   perf/NNNN.folded   first "# lost N%", what is in no stack; "# samples
 *                      READ of ALL, N records lost", by perf's own count;
 *                      "# clock EVENT", what was sampled; then
 *                      KIND;ROLE;FRAME;... WEIGHT, outermost frame first
 *       cpu    samples while running
 *       wait   microseconds off the CPU asleep (not preempted, not dead)
 *       lock   microseconds from lock:contention_begin to _end, after ROLE
 *              the flags of the lock, "READ|PERCPU"
 *   perf/NNNN.lock     what perf lock contention says, for people
 */
#ifndef FORKPATH_PROFILE_H
#define FORKPATH_PROFILE_H

#include <stddef.h>

#include "folder.h"
#include "mem.h"

#define PROFILE_SECONDS	0.5	/* a repetition measures no longer */

/* NULL, or why there can be no profile here. */
const char *profile_missing(void);

/* The command that goes before that of a program with ROLES. */
void profile_argv(struct strv *argv, const struct strv *roles);

/*
 * What was recorded in folder F becomes the files of plan line NR. 0, or
 * -errno with the reason in WHY. profile_drop() removes the recording.
 */
int profile_keep(const struct folder *f, unsigned int nr,
		 const struct strv *roles, char *why, size_t len);
void profile_drop(const struct folder *f);

/* What was seen of a recording. */
struct profile_count {
	unsigned long	read;	/* samples that were understood */
	unsigned long	lost;	/* records that perf could not write in time */
};

/* What perf script said, folded. For profile_keep(), and tests. */
void profile_fold(const char *script, const struct strv *roles,
		  struct text *to, struct profile_count *count);

/* Of what `perf report --stats` said: all samples; 0: it does not say. */
unsigned long profile_stats(const char *said);

/* Percent of the samples that are in no stack; ALL as above. */
double profile_lost(const struct profile_count *c, unsigned long all);

#endif
