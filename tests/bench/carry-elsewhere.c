// SPDX-License-Identifier: GPL-2.0-or-later
/* carry-elsewhere - `carry` as shipped, but its memory is touched elsewhere */
#define _GNU_SOURCE
#include "tg.h"

static int elsewhere(struct tg *tg, unsigned long nr, const struct cg *in,
		     struct tg_more *more);
#define tg_create_more elsewhere
#include "../../bench/carry.c"
#undef tg_create_more

static int elsewhere(struct tg *made, unsigned long nr, const struct cg *in,
		     struct tg_more *more)
{
	int ret = tg_create_more(made, nr, NULL, more);

	return ret ? ret : cg_write_pid(in, "cgroup.procs", made->pid);
}
