// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach-one-thread - `attach` as shipped, but it writes to v1 `tasks`,
 * which moves one thread and says it went well
 */
#define _GNU_SOURCE
#include "mover.h"

static int make_tasks(struct mover *m, const struct cg_hier *h,
		      const struct cg *base, unsigned int nr, const char *file)
{
	(void)file;
	return mover_make(m, h, base, nr, "tasks");
}
#define mover_make make_tasks
#include "../../bench/attach.c"
