// SPDX-License-Identifier: GPL-2.0-or-later
/* gate - one shared word that tells every actor of a benchmark what is on */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "gate.h"

/* Shared between processes: never FUTEX_PRIVATE. Deadline is absolute. */
static int futex_wait(const uint32_t *word, uint32_t seen, uint64_t deadline)
{
	struct timespec ts = clock_kernel(deadline);

	return syscall(SYS_futex, word, FUTEX_WAIT_BITSET, seen,
		       deadline ? &ts : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void gate_arrive(struct gate *g)
{
	__atomic_add_fetch(&g->arrived, 1, __ATOMIC_RELEASE);
	futex_wake(&g->arrived);
}

void gate_wait(const struct gate *g, enum gate_phase phase)
{
	for (;;) {
		uint32_t now = __atomic_load_n(&g->phase, __ATOMIC_ACQUIRE);

		if (now >= phase)
			return;
		futex_wait(&g->phase, now, 0);
	}
}

void gate_open(struct gate *g, enum gate_phase phase)
{
	if (__atomic_load_n(&g->phase, __ATOMIC_RELAXED) >= phase)
		return;
	__atomic_store_n(&g->phase, phase, __ATOMIC_RELEASE);
	futex_wake(&g->phase);
}

void gate_sleep(const struct gate *g, uint32_t arrived, uint64_t ns)
{
	futex_wait(&g->arrived, arrived, clock_ns() + ns);
}

bool gate_think(const uint32_t *word, uint32_t until, uint64_t deadline)
{
	for (;;) {
		uint32_t now = __atomic_load_n(word, __ATOMIC_RELAXED);

		if (now >= until)
			return false;
		if (clock_ns() >= deadline)
			return true;
		futex_wait(word, now, deadline);
	}
}
