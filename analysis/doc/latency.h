/* SPDX-License-Identifier: GPL-2.0-or-later */
/* latency - the tables of all points, one for each part, bench and role */
#ifndef FORKPATH_LATENCY_H
#define FORKPATH_LATENCY_H

#include "report.h"

void latency_tables(const struct report *r, struct doc *to);

/* Do the repetitions behind E contradict each other? */
bool latency_torn(const struct est *e);

#endif
