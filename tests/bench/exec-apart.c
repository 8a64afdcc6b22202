// SPDX-License-Identifier: GPL-2.0-or-later
/* exec-apart - `exec` as shipped, but its actors take turns */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "lat.h"

static uint32_t *turn;		/* who has it: a process, 0: nobody */

static void __attribute__((constructor)) begin(void)
{
	turn = mmap(NULL, sizeof(*turn), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Each turn of a loop holds it, from one look to the next. */
static inline bool more_by_turns(const struct lat *l)
{
	uint32_t me = getpid(), nobody = me;

	if (__atomic_compare_exchange_n(turn, &nobody, 0, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		usleep(20);
	if (!loop_more(l))
		return false;
	for (nobody = 0; !__atomic_compare_exchange_n(turn, &nobody, me, false,
						      __ATOMIC_ACQUIRE,
						      __ATOMIC_RELAXED);
	     nobody = 0)
		usleep(20);
	return true;
}
#define loop_more more_by_turns
#include "../../lib/mover.c"
#include "../../bench/exec.c"
