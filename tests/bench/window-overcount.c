// SPDX-License-Identifier: GPL-2.0-or-later
/* window-overcount - `window` as shipped, but it reports n+1 for n children */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/window.c"
