// SPDX-License-Identifier: GPL-2.0-or-later
/* classify-overcount - `classify` as shipped, but it reports n+1 for n children */
#define _GNU_SOURCE
#include "overcount.h"
#include "../../bench/classify.c"
