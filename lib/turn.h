/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turn - has everybody on this machine had a turn?
 *
 * What must happen in the end cannot be called overdue by a clock: a machine
 * that has other work, or is an emulated one, takes any time for it. It can by
 * what the machine has done meanwhile. A round is that this thread ran on each
 * CPU that it may use, and that RCU had a grace period, in which each of them
 * has scheduled. Something is overdue after some seconds AND some rounds, if
 * nobody is left who could run and gets no CPU.
 */
#ifndef FORKPATH_TURN_H
#define FORKPATH_TURN_H

#include <stdbool.h>
#include <stdint.h>

struct turn {
	uint64_t	since, due;	/* clock_ns(); 0: not begun */
	unsigned int	rounds;
};

/*
 * Begun by the first call with a zeroed T. False: go on waiting, a moment
 * has passed. True: SECONDS and ROUNDS have, and nobody starves.
 */
bool turn_overdue(struct turn *t, double seconds, unsigned int rounds);

/* One round. */
void turn_round(void);

/* Does somebody who is not nice wait for a CPU, and get nothing of it? */
bool turn_starves(void);

/*
 * Are ROUNDS done within SECONDS, and does nobody starve? If not, this machine
 * is too slow, or too busy, for a verdict by the clock. They are made by a
 * process of their own: of a kernel that hangs they may not come back.
 */
bool turn_quick(double seconds, unsigned int rounds);

#endif
