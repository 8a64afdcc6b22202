// SPDX-License-Identifier: GPL-2.0-or-later
/* clone-in-plain - `clone-in` as shipped, but its groups get no controllers */
#define _GNU_SOURCE
#include "cg.h"

static int plain(const struct cg_hier *h, struct cg *base)
{
	struct cg_hier none = *h;

	none.controller[0] = '\0';
	return cg_base(&none, base);
}
#define cg_base plain
#include "../../bench/clone-in.c"
