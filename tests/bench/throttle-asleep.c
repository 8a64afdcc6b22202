// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * throttle-asleep - `throttle` as shipped, but the threads that stand still
 * do so because they sleep
 */
#define _GNU_SOURCE
#include "tg.h"

static void sleep_on(struct tg_call *c, unsigned long nr)
{
	c->busy = 0;
	tg_call(c, nr);
}
#define tg_call(c, nr) sleep_on(c, nr)
#define LIMIT_NS 300000000ull
#include "../../bench/throttle.c"
