// SPDX-License-Identifier: GPL-2.0-or-later
/* churn-unmoved - `churn` as shipped, but the visitor never moves */
#include "cg.h"

static int unwritten(const struct cg *cg, const char *file, pid_t pid)
{
	(void)cg;
	(void)file;
	(void)pid;
	return 0;
}
#define cg_write_pid unwritten
#include "../../bench/churn.c"
