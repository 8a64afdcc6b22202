/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run - from a plan to samples
 *
 * Line by line: workload up, one process, workload down, whole process
 * tree gone, kernel log read, record written and synced. Every record is
 * on disk before the next repetition starts; lines that have a record,
 * whatever its verdict, are done and not repeated by --resume.
 */
#ifndef FORKPATH_RUN_H
#define FORKPATH_RUN_H

#include "plan.h"

struct run_args {
	const char	*question;	/* name or file; NULL */
	const char	*plan_file;
	const char	*out, *resume, *label;
	struct plan_args plan;
	bool		 fix;		/* settings, for the time of the run */
	/* For tests: */
	const char	*kmsg;		/* instead of /dev/kmsg */
	double		 grace;		/* SIGTERM to SIGKILL */
	double		 lock;		/* wait for another run */
	double		 settle;	/* wait for a quiet machine */
	unsigned long	 limit;		/* seconds per line; 0: as planned */
};

/* Returns an exit code, 128 + signal when stopped by one. */
int run(const struct run_args *args);

#endif
