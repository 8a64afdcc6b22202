/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmsg - did the kernel complain while we measured?
 *
 * A number from a kernel that has just printed BUG, WARNING, Oops, a
 * lockdep report, a hung task, an RCU stall or a lockup is no number.
 */
#ifndef FORKPATH_KMSG_H
#define FORKPATH_KMSG_H

#include "mem.h"

struct kmsg {
	int		 fd;		/* -1: cannot be read */
	const char	*spare;		/* lines with this in it, if anything, */
	unsigned int	 nr_spared;	/* are counted here, no complaint */
	unsigned long long next;	/* sequence number; 0: not known */
	/* Set by kmsg_check(): what is missing in what it returned. */
	unsigned long	 nr_lost;	/* records overwritten before we came */
	bool		 endless;	/* gave up, there were ever more */
	bool		 cut;		/* LOG lacks the end */
};

/* Open PATH (NULL: /dev/kmsg) at its end, fill in all of K. 0 or -errno. */
int kmsg_open(struct kmsg *k, const char *path, const char *spare);

/*
 * Read what is new. If there is a complaint, returns its line (the caller
 * frees it) and appends to LOG everything from there on; else NULL.
 */
char *kmsg_check(struct kmsg *k, struct text *log);

/*
 * What kmsg_check() could not read, in words to be freed; NULL: it has read
 * all. A complaint may be in there: nobody can say that there was none.
 */
char *kmsg_missing(const struct kmsg *k);

/* Is this line a complaint? */
bool kmsg_bad(const char *line);

void kmsg_close(struct kmsg *k);

#endif
