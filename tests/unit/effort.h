/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_EFFORT_H
#define TEST_EFFORT_H

#include <stdlib.h>

/*
 * How many rounds of FULL: TEST_EFFORT percent of them, all if it is not set.
 * Valgrind slows every round down by 50 and learns nothing from the next one
 * of the same; what is asserted about rates allows for fewer.
 */
static inline int effort(int full)
{
	const char *percent = getenv("TEST_EFFORT");
	long n = percent ? full * atol(percent) / 100 : full;

	return n > 0 && n < full ? n : full;
}

#endif
