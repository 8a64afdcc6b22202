// SPDX-License-Identifier: GPL-2.0-or-later
/* freeze-overcount - `freeze` as shipped, but it reports n+1 for n operations */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/freeze.c"
