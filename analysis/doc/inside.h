/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inside - what the kernel module measured: read locks, and arrays refused
 *
 * A try for an array is refused or not, and what decides is the state of the
 * memory. That is made anew for each repetition, so states are independent
 * of each other and tries in one are not: the interval of Clopper and Pearson
 * is over states, of a state there is its share of tries.
 * Predictions, which a program makes from what it can read without the
 * module, stand in the same table and are marked.
 */
#ifndef FORKPATH_INSIDE_H
#define FORKPATH_INSIDE_H


#include "report.h"

/* Sections of the report. Returns whether there was anything to say. */
bool inside_sections(const struct report *r, struct doc *to);

/* Share refused against size, one figure for each state of the memory. */
void inside_plots(struct report *r, int fd, bool text_only);

#endif
