// SPDX-License-Identifier: GPL-2.0-or-later
/* clone-stays - `clone` as shipped, but one of its threads never ends */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "../../lib/tg.h"

static int stay(void *arg)
{
	for (;;)
		pause();
	return arg != 0;
}

static int park_more_than_asked(unsigned long nr)
{
	static char stack[16384] __attribute__((aligned(64)));

	if (clone(stay, stack + sizeof(stack), CLONE_VM | CLONE_FS |
		  CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0) < 0)
		return -errno;
	return tg_park(nr);
}

#define tg_park(nr) park_more_than_asked(nr)
#include "../../bench/clone.c"
