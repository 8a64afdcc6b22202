// SPDX-License-Identifier: GPL-2.0-or-later
/* throttle-unlimited - `throttle` as shipped, but there is no quota */
#define _GNU_SOURCE
#include "cg.h"

static int unwritten(const struct cg *cg, const char *file, const char *value)
{
	(void)cg;
	(void)file;
	(void)value;
	return 0;
}
#define cg_write unwritten
#define LIMIT_NS 300000000ull
#include "../../bench/throttle.c"
