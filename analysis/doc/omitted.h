/* SPDX-License-Identifier: GPL-2.0-or-later */
/* omitted - what did not become a number, and why */
#ifndef FORKPATH_OMITTED_H
#define FORKPATH_OMITTED_H

#include "report.h"

void omitted_section(const struct report *r, struct doc *to);

/* MSER-5 found no steady state in these; they are in the numbers. */
void omitted_unsettled(const struct report *r, struct doc *to);

/* "1 failed, 2 void" of what the NR runs were to measure; "" if nothing. */
const char *omitted_lost(const struct run *const *run, size_t nr, char *buf,
			 size_t len);

#endif
