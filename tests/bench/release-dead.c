// SPDX-License-Identifier: GPL-2.0-or-later
/* release-dead - `release` as shipped, but its processes die before it ends them */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "tg.h"

static int dead_at_once(struct tg *tg, unsigned long nr, const struct cg *in)
{
	int ret = tg_create_in(tg, nr, in);

	if (!ret) {
		kill(tg->pid, SIGKILL);
		waitid(P_PID, tg->pid, NULL, WEXITED | WNOWAIT);
	}
	return ret;
}
#define tg_create_in dead_at_once
#include "../../bench/release.c"
