/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load - the frame of a background load (workloads/NAME.c)
 *
 * A load says "ready" when it is on, works until SIGTERM, and then says how
 * much it did, "rate 1234.5 requests" (per second), so that a repetition
 * knows whether the load beside it was that of the others. What cannot be
 * done here ends with EXIT_SKIP and its reason before "ready".
 */
#ifndef FORKPATH_LOAD_H
#define FORKPATH_LOAD_H

#include <stdint.h>

struct load {
	const char	*name;
	const char	*summary;	/* one line */
	const char	*what;		/* is counted, in the plural; or NULL */
	/*
	 * Put the load on, and return when it is. EXIT_OK, or another exit
	 * code after err_say(). Threads inherit that SIGTERM is blocked.
	 */
	int		(*start)(void);
	uint64_t	(*done)(void);	/* how many so far; or NULL */
	void		(*stop)(void);	/* put back what outlives it; or NULL */
};

/* For main(): an exit code. A load has no options but --help and --version. */
int load_run(const struct load *load, int argc, char **argv);

/*
 * What went wrong that makes the load less than it says, in the words of
 * err_say(): the first of a program is said, once.
 */
void load_less(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A child gets back the signals that a load blocks, and ends with it. */
void load_child(void);

#endif
