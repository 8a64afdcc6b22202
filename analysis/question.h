/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * question - what was asked, answered in sentences that are computed
 *
 * A question is a row of the table in question.c: two arms or more of one
 * figure (arms.h), or a function of its own where an answer takes more than
 * a ratio. It is answered from whatever points a folder has, so any config
 * gets the sentences that its points allow, and one that has none of them
 * is not mentioned.
 *
 * A sentence never says more than its interval: `more` and `less` where the
 * 95 % interval of the ratio, paired by block, leaves out 1; `no difference
 * shown` where it does not; `too few` where no interval exists. Intervals
 * are each for itself: of twenty, one may miss.
 */
#ifndef FORKPATH_QUESTION_H
#define FORKPATH_QUESTION_H

#include "report.h"

/* Questions and answers, after an empty line if GAP; false if none. */
bool question_answers(const struct report *r, bool gap, FILE *to);

/* The arms behind the sentences, side by side. */
void question_arms(const struct report *r, FILE *to);

#endif
