// SPDX-License-Identifier: GPL-2.0-or-later
/* exit-one-thread - `exit` as shipped, but what exits has one thread */
#include "tg.h"

static int one_thread(struct tg *tg, unsigned long nr, const struct cg *in)
{
	(void)nr;
	return tg_create_in(tg, 1, in);
}
#define tg_create_in one_thread
#include "../../bench/exit.c"
