/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench - what a benchmark is, and the harness that runs it
 *
 * SUMMARY
 * A benchmark is one file that declares, at its end, `const struct bench
 * bench`. main() is in lib/. The benchmark owns the timed loop and nothing
 * else; the harness owns clock, processes, pinning, gate, warm-up, stop,
 * time limits, clean-up and output. One process is one repetition.
 *
 * LIFE CYCLE, in this order, exactly once each but for loop():
 *   missing()                 can this point run here? (also --check)
 *   setup()                   in the parent, before any actor exists
 *   enter(nr)                 in each actor, pinned, before the gate
 *   loop(nr, lat)             in each actor: warm-up, measure, cool-down
 *   verify()                  in the parent; all actors stand still, alive
 *   cleanup()                 in the parent, always, also after a failure
 *
 * DETAILS
 * Warm-up and measurement run into each other: no actor pauses between
 * them. An actor that has finished measuring goes on under the same load
 * (cool-down) until the last one has finished. An operation counts if it
 * began while measuring. A loop that returns an error voids nothing
 * silently: the repetition fails with that error. What missing() did not
 * foresee, and setup() or enter() are not permitted to do, cannot be done
 * here: that is a skip.
 */
#ifndef FORKPATH_BENCH_H
#define FORKPATH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "gate.h"
#include "lat.h"
#include "opt.h"

/*
 * A kind of actor. nr: how many (NULL: one; a role of none is silent).
 * shared(): true if all of them are threads of one process, else each is a
 * process of its own. enter() runs once per process if shared, with nr 0.
 * Both may be NULL. A loop returns 0, or -errno after bench_why().
 */
struct role {
	const char		*name;
	const unsigned long	*nr;
	bool			(*shared)(void);
	int			(*enter)(unsigned int nr);
	int			(*loop)(unsigned int nr, struct lat *lat);
};

struct counter {
	const char	*name, *unit, *better;	/* "higher", "lower" */
	double		(*value)(void);		/* after verify(); NAN: none */
};

struct needs {
	bool		root, module;		/* module: lib/kmod.h */
	const char	*(*missing)(void);	/* NULL, or why it cannot run */
	double		(*overhead)(void);	/* seconds of set-up, tear-down */
	double		(*pace)(void);		/* seconds one operation takes
						   at least, by its options */
};

struct bench {
	const char		*name, *summary;
	const struct opt	*opts;
	const struct role	*roles;		/* ends with name NULL */
	const struct counter	*counters;	/* or NULL */
	struct needs		 needs;
	/* Options that contradict each other: NULL, or what is wrong. */
	const char		*(*bad)(void);
	/* 0, -errno, or EXIT_SKIP (err.h) after bench_why(). */
	int			(*setup)(void);
	/*
	 * NULL, or asked by the parent once the time is over: has it been done
	 * whole, what is only worth anything as such? Till then all go on.
	 */
	bool			(*enough)(void);
	/* 0, or a non-zero value after bench_why(): the repetition is void. */
	int			(*verify)(void);
	void			(*cleanup)(void);
};

extern const struct bench bench;

/* Say why, once, for the last line on stderr. Works in actors, too. */
void bench_why(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For setup(): tg_room(), and bench_why() if there is none. */
int bench_room(unsigned long nr);

/*
 * In verify(): WHAT cannot be looked at here, because of WHY. Said on stderr,
 * and among the conditions of the sample, `verified=no:WHAT`, a word.
 */
void bench_unverified(const char *what, const char *why);

/* The same, and it is no failure: it cannot be done here, or decided. */
void bench_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Memory that parent and actors share, zeroed. NULL: none left. */
void *bench_shared(size_t bytes);

/* Operations that actor NR of ROLE has done in all phases. */
uint64_t bench_done(const char *role, unsigned int nr);
/* Measured operations and seconds of ROLE: intended against achieved. */
const struct lat *bench_lat(const char *role);
double bench_seconds(const char *role);

/* Process that actor NR of ROLE lives in. */
pid_t bench_pid(const char *role, unsigned int nr);

/* In a loop: false if it is time to stop before NS have passed. */
bool bench_think(const struct lat *lat, uint64_t ns);
/* The same until the clock reads DEADLINE; spins the last 50 us. */
bool bench_until(const struct lat *lat, uint64_t deadline);

#endif
