/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cg-own - what the files of cg share */
#ifndef FORKPATH_CG_OWN_H
#define FORKPATH_CG_OWN_H

#include <stdbool.h>

#define CG_TOP "forkpath"	/* the one directory of ours per hierarchy */
#define CG_ALL "all"		/* the controllers of v2-all */
#define CG_OWN "own"		/* the controller of v1-own, as it were */

struct cg;
struct cg_hier;

bool cg_is_own(const struct cg_hier *h);

/* Also one in zeroed memory that nobody opened: 0 is not its descriptor. */
bool cg_is_none(const struct cg *cg);

#endif
