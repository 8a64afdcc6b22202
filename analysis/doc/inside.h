/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inside - what the kernel module measured: read locks, and arrays refused
 *
 * A try for an array is refused or not: its share has the interval of
 * Clopper and Pearson, over all tries of all repetitions of a point.
 * Predictions, which a program makes from what it can read without the
 * module, stand in the same table and are marked.
 */
#ifndef FORKPATH_INSIDE_H
#define FORKPATH_INSIDE_H

#include <stdio.h>

#include "report.h"

/* Sections of the report. Returns whether there was anything to say. */
bool inside_sections(const struct report *r, FILE *to);

/* Share refused against size, one figure for each state of the memory. */
void inside_plots(struct report *r, int fd, bool text_only);

#endif
