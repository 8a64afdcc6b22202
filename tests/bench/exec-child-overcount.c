// SPDX-License-Identifier: GPL-2.0-or-later
/* exec-child-overcount - `exec` as shipped, but its cloners report n+1 for n */
#define _GNU_SOURCE
#include "overcount.h"
#define vfork_body	child_vfork_body
#include "../../lib/child.c"
#undef vfork_body
#undef lat_add
#include "../../bench/exec.c"
