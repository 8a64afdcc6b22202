/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-own - what the files of the harness share; no benchmark needs it
 *
 * The lowest first: bench-opts has the options, bench the actors and what a
 * benchmark calls, bench-count their events, bench-phase leads them from
 * phase to phase, bench-print says what came of it, bench-main is main().
 */
#ifndef FORKPATH_BENCH_OWN_H
#define FORKPATH_BENCH_OWN_H

#include <signal.h>

#include "bench.h"
#include "count.h"

#define MAX_ROLES	4
/* Exact mode: of the samples of an actor the warm-up is a part. */
#define EXACT_WARM(ops)	((ops) / 4 + 1)
#define BENCH_COMMON	(9 + MAX_ROLES)	/* options, with one for each role */
#define BENCH_DOUBTS	80

/* All that parent and actors share. */
struct actor {
	const struct role *role;
	unsigned int	nr, cpu;
	pid_t		pid, tid;
	int		err;
	uint32_t	measured;	/* its measurement is complete */
	uint64_t	begin, end;	/* of the measurement */
	const void	*stack;		/* a page that it has written to */
	struct lat	lat;		/* measured */
	struct lat	other;		/* warm-up and cool-down */
	uint64_t	*each;		/* exact mode: room for bench_set.ops */
};

struct bench_ctl {
	struct gate	gate;
	uint32_t	failed;
	uint32_t	said, skip;
	char		why[400];
};

extern struct bench_ctl *bench_ctl;
extern struct actor *bench_actors;
extern unsigned int bench_nr_actors;

/* ---- bench-opts: what was asked for ----------------------------------- */

extern struct bench_set {
	double		 time, warmup;
	unsigned long	 ops, min_ops;
	const char	*lat, *events, *cpus[MAX_ROLES];
	const char	*place, *memory;
	bool		 exact, describe, check;
} bench_set;

extern struct opt bench_common[BENCH_COMMON];
extern const struct opt bench_axes[], bench_hidden[];

/* ---- bench ------------------------------------------------------------ */

/* What could not be verified, by commas. */
extern char bench_doubts[BENCH_DOUBTS];

/* A machine that does not let us, which is not one that fails. */
bool bench_not_permitted(int err);

/* Who runs where; nobody runs yet. 0 or -errno. */
int bench_place(void);
int bench_start(void);

/* ---- bench-count ------------------------------------------------------ */

extern struct count_event bench_event[COUNT_MAX];
extern int bench_nr_events;

/* Why events cannot be counted here, or not told apart; else NULL. */
const char *bench_uncountable(void);
const char *bench_shared_cpu(void);

int bench_count_start(void);
int bench_count_stop(void);
void bench_print_counts(const struct role *r);

/* ---- bench-phase ------------------------------------------------------ */

/* The signal that asked to stop. */
extern volatile sig_atomic_t bench_stopped;

/* 0 or -errno; what is wrong is said by bench_why(). */
int bench_watch(void);
int bench_phases(void);

/* All have ended afterwards; in the middle of what they do, if not KINDLY. */
void bench_end(bool kindly);

/* What was touched is where it was to be: 0; else 1, and why. */
int bench_check_memory(void);

/* ---- bench-print ------------------------------------------------------ */

/* A role that has no actors at this point leaves nothing but its units. */
bool bench_played(const struct role *r);

int bench_print(void);
int bench_describe(void);

#endif
