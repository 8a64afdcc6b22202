// SPDX-License-Identifier: GPL-2.0-or-later
/* carry-left - `carry` as shipped, but nothing is asked to go along */
#define _GNU_SOURCE
#include <string.h>

#include "cg.h"

static int unless(const struct cg *cg, const char *file, const char *value)
{
	if (!strcmp(file, "cpuset.memory_migrate") ||
	    !strcmp(file, "memory.move_charge_at_immigrate"))
		return 0;
	return cg_write(cg, file, value);
}
#define cg_write unless
#include "../../bench/carry.c"
