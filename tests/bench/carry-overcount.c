// SPDX-License-Identifier: GPL-2.0-or-later
/* carry-overcount - `carry` as shipped, but it reports n+1 for n operations */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/carry.c"
