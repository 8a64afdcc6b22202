/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpus - CPU lists and pinning
 *
 * A CPU list is what the kernel prints: "0,2-5". Numbers are the kernel's
 * (P#). Errors: -EINVAL (not a list), -ERANGE (CPU beyond CPUS_MAX),
 * -ENOENT (nothing left), or what sched_setaffinity(2) says.
 */
#ifndef FORKPATH_CPUS_H
#define FORKPATH_CPUS_H

#include <stddef.h>

#define CPUS_MAX 8192	/* NR_CPUS of the largest distribution kernel */

int cpus_check(const char *list);

/* CPUs of LIST into CPU, ascending as given, at most MAX. Returns how many. */
int cpus_parse(const char *list, unsigned int *cpu, unsigned int max);

/* The CPUs this process may use, ascending. Returns how many, or -errno. */
int cpus_allowed(unsigned int *cpu, unsigned int max);

/* N CPUs as a list "0-3,8". Returns BUF, or NULL if it does not fit. */
const char *cpus_show(const unsigned int *cpu, unsigned int n, char *buf,
		      size_t len);

/*
 * Pin the calling thread to CPU and see that it runs there: reads back the
 * mask and the CPU. Returns 0 or -errno (-EINVAL: not a CPU of ours).
 */
int cpus_pin(unsigned int cpu);

#endif
