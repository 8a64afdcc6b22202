/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * count - kernel and hardware events of the actors (perf_event_open)
 *
 * What is to be counted comes as plain numbers, encoded by somebody who
 * knows the hardware (forkpath-runner events):
 *
 *     NAME=TYPE:CONFIG:CONFIG1:CONFIG2:EXCLUDE,...
 *
 * The numbers are those of struct perf_event_attr, in hexadecimal; EXCLUDE
 * adds up 1 user, 2 kernel, 4 hypervisor, 8 idle, 10 host, 20 guest.
 *
 * An event is counted on the CPUs of the actors, whoever runs there: the
 * children, the interrupts, and what is none of ours. NAME:actor counts in
 * the actors' own threads alone. Events are never inherited, since that
 * would put work into the fork path.
 *
 * Counting begins when all actors stand at the gate and ends when all stand
 * still: every operation of every phase is in it, nothing is begun outside.
 * Counts are as read, never scaled; one whose event did not run all the time
 * (it shared a counter with others) says so by its times.
 */
#ifndef FORKPATH_COUNT_H
#define FORKPATH_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT_MAX	16	/* events at a time */

struct count_event {
	char		name[96];
	uint64_t	type, config, config1, config2, exclude;
	bool		actor;	/* NAME:actor: threads, not CPUs */
};

/* Sums over the CPUs or threads of one role. */
struct count {
	uint64_t	value, enabled, running;	/* events, ns, ns */
};

/*
 * LIST into EVENT. Returns how many, or -EINVAL with the reason in WHY.
 */
int count_parse(const char *list, struct count_event *event, char *why,
		size_t len);

/*
 * Open E, standing still, on CPU (TID -1), or for thread TID (CPU -1).
 * Returns a descriptor, or -errno with the reason in WHY.
 */
int count_open(const struct count_event *e, pid_t tid, int cpu, char *why,
	       size_t len);

/* 0 or -errno. */
int count_start(int fd);
int count_stop(int fd);

/* Add what FD counted to C. 0 or -errno. */
int count_add(int fd, struct count *c);

/* Did it run (nearly) all the time that it was to? */
bool count_whole(const struct count *c);

#endif
