/* SPDX-License-Identifier: GPL-2.0-or-later */
/* costs - the three tables of costs, and what they say in short */
#ifndef FORKPATH_COSTS_H
#define FORKPATH_COSTS_H

#include "report.h"

void costs_tables(const struct report *r, struct doc *to);
void costs_short(const struct report *r, struct doc *to);

/* "n=9", "n=5 to 6" */
const char *costs_n(size_t least, size_t most, char *buf, size_t len);

#endif
