/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ktap - run the stress tests, print KTAP
 *
 * A test is build/bench/stress/NAME, its subtests are the words of its
 * option `hierarchy`. Each subtest is one process with a time limit, the
 * kernel log is looked at after it, and what fails leaves a folder below
 * results/stress with all that is needed to repeat it.
 */
#ifndef FORKPATH_KTAP_H
#define FORKPATH_KTAP_H

#include <stdint.h>

struct ktap_args {
	char		**names;	/* TEST or TEST/HIERARCHY; ends NULL */
	double		  seconds;	/* for all; 0: ten minutes */
	uint64_t	  seed;		/* 0: draw one */
	const char	 *mutate;	/* break the tests this way, or NULL */
	const char	 *out;		/* folder of failures, or NULL */
	const char	 *kmsg;
	double		  grace, lock;
	unsigned long	  limit;	/* seconds per subtest, 0: reckoned */
};

/* Returns an exit code: 0 only if nothing failed, 4 if nothing could run. */
int ktap(const struct ktap_args *args);

#endif
