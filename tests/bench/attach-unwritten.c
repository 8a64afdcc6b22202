// SPDX-License-Identifier: GPL-2.0-or-later
/* attach-unwritten - `attach` as shipped, but two writes are never made */
#define _GNU_SOURCE
#include "mover.h"

static unsigned int dropped;

static inline uint64_t unwritten(const struct mover *m, unsigned int side,
				 int *ret)
{
	if (dropped < 2) {
		dropped++;
		*ret = 0;
		return 1000;
	}
	return mover_write(m, side, ret);
}
#define mover_write unwritten
#include "../../bench/attach.c"
