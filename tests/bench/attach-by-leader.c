// SPDX-License-Identifier: GPL-2.0-or-later
/* attach-by-leader - `attach` as shipped, but the member it writes leads */
#define _GNU_SOURCE
#include "tg.h"

static long the_leader(pid_t pid, pid_t *id, long max)
{
	*id = pid;
	return max;
}
#define tg_members the_leader
#include "../../bench/attach.c"
