// SPDX-License-Identifier: GPL-2.0-or-later
/* footprint-half - `footprint` as shipped, but it makes half as many threads */
#include "tg.h"

static int half(struct tg *tg, unsigned long nr)
{
	return tg_create(tg, nr / 2);
}
#define tg_create half
#include "../../bench/footprint.c"
