/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stress - the stress tests in guests: one test per kernel, as KTAP
 *
 * What a guest prints is nested below the test of its kernel; the folder of
 * what fails there is brought to here.
 */
#ifndef FORKPATH_LAB_STRESS_H
#define FORKPATH_LAB_STRESS_H

#include "guest.h"
#include "kernel.h"
#include "mem.h"

struct stress {
	const char	*undecided;	/* why there is no verdict, or NULL */
	const char	*out;		/* as asked for, or NULL */
	char		*options;	/* of the lab, for what repeats it */
	struct strv	 argv;		/* the command in the guest */
	bool		 module;	/* a test may want it */
	double		 limit;		/* seconds of one boot */
	unsigned int	 watchdog;	/* and half of those of a lockup */

	/* Private: */
	char		*dir;		/* where the folders are kept */
	struct strv	 made;		/* directories, ours to remove */
	const struct kernel *kernel;	/* that is booted now */
	char		*kept;		/* its folder */
	struct text	 line;		/* not yet whole */
	struct strv	 places;	/* of the kernel, in what it said */
	char		*test;		/* that has begun */
	unsigned long	 seed;		/* as its guest says */
};

/* Where a guest has the folders that are brought to here. */
#define STRESS_KEPT	"/run/kept"

/*
 * The tests and their options; ARGV[0] is none of them. An exit code. ARGV is
 * put into another order, and has to stay.
 */
int stress_parse(struct stress *s, int argc, char **argv);

/* The NR words that are options of the lab; --out is not repeated. */
void stress_options(struct stress *s, char *const *word, int nr);

/* Programs for the guest: FILE:GUEST_PATH each. */
void stress_programs(struct strv *add);

/* A folder for folders, and the head of NR tests. An exit code. */
int stress_begin(struct stress *s, unsigned int nr);

/* Test NR is of kernel K. The folder to bring its own to; NULL: bad input. */
const char *stress_next(struct stress *s, unsigned int nr,
			const struct kernel *k);

/* For guest.say: what the tests in there print. */
void stress_hear(struct guest *g, char type, const char *text, size_t len);

/* The guest G ended before its tests: in which, with which words. */
void stress_died(struct stress *s, const struct guest *g);

/* Test NR of kernel SPEC ended with exit code CODE. */
void stress_result(struct stress *s, unsigned int nr, const char *spec,
		   int code);

void stress_end(struct stress *s);

#endif
