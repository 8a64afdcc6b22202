// SPDX-License-Identifier: GPL-2.0-or-later
/* pingpong-overcount - `pingpong` as shipped, but it reports n+1 for n operations */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/pingpong.c"
