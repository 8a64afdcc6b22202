// SPDX-License-Identifier: GPL-2.0-or-later
/* churn-unmoved - `churn` as shipped, but the visitor never moves */
#include "mover.h"

static uint64_t unwritten(const struct mover *m, unsigned int side, int *ret)
{
	(void)m;
	(void)side;
	*ret = 0;
	return 1000;
}
#define mover_write unwritten
#include "../../bench/churn.c"
