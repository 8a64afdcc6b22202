// SPDX-License-Identifier: GPL-2.0-or-later
/* container-overcount - `container` as shipped, but it reports n+1 for n operations */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/container.c"
