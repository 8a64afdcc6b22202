/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gate - one shared word that tells every actor of a benchmark what is on
 *
 * The word only grows: READY < WARM < MEASURE < COOL < STOP < EXIT. Actors
 * (threads or processes) arrive and wait for a phase; the parent opens it
 * when all have arrived. A loop needs nothing but to compare the word. The
 * wait is level-triggered: whoever comes late finds the gate open, no
 * wake-up can be lost, and there is nothing to count twice.
 */
#ifndef FORKPATH_GATE_H
#define FORKPATH_GATE_H

#include <stdbool.h>
#include <stdint.h>

enum gate_phase {
	GATE_READY, GATE_WARM, GATE_MEASURE, GATE_COOL, GATE_STOP, GATE_EXIT,
};

struct gate {
	uint32_t phase __attribute__((aligned(256)));
	uint32_t arrived __attribute__((aligned(256)));
};

/* Actor: say that I am here, then wait until PHASE is reached. */
void gate_arrive(struct gate *g);
void gate_wait(const struct gate *g, enum gate_phase phase);

/* Parent: everybody on to PHASE. Never goes back. */
void gate_open(struct gate *g, enum gate_phase phase);

/* Parent: sleep until an actor arrives, a signal comes, or NS are over. */
void gate_sleep(const struct gate *g, uint32_t arrived, uint64_t ns);

/*
 * Loop: nothing to do until the clock reads DEADLINE (CLOCK_MONOTONIC, ns).
 * Returns false at once when *WORD is at least UNTIL.
 */
bool gate_think(const uint32_t *word, uint32_t until, uint64_t deadline);

#endif
