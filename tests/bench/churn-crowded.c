// SPDX-License-Identifier: GPL-2.0-or-later
/* churn-crowded - `churn` as shipped, but it finds seven tasks everywhere */
#include "cg.h"

#define cg_threads(cg)	((void)(cg), 7l)
#include "../../bench/churn.c"
