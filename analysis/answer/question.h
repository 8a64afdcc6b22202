/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * question - what was asked, answered in sentences that are computed
 *
 * A question is an [answer] section of a config (ask.h): two arms or more of
 * one figure (arms.h), or a word of `compute` where an answer takes more than a
 * ratio. It is answered from whatever points a folder has, so any config gets
 * the sentences that its points allow, and one that has none of them is not
 * mentioned.
 *
 * A sentence never says more than its interval: `more` and `less` where the
 * 95 % interval of the ratio, paired by block, leaves out 1; `no difference
 * shown` where it does not; `too few` where no interval exists. Intervals
 * are not adjusted for multiple comparisons: one in twenty may miss.
 */
#ifndef FORKPATH_QUESTION_H
#define FORKPATH_QUESTION_H

#include "answer.h"
#include "sentence.h"

/* Every answer that the points of R allow. */
void question_make(const struct report *r, struct sentences *all);

/* The same as text; and, of so many that they fill no page, in short. */
enum { QUESTION_PAGE = 12 };
void question_answers(const struct sentences *all, struct doc *to);
void question_page(const struct sentences *all, struct doc *to);

/* The arms behind the sentences, side by side. */
void question_arms(const struct report *r, struct doc *to);

/* claims.c: published figures beside ours; nothing if that was not asked. */
void claims_make(const struct report *r, struct sentences *all);
bool claims_section(const struct report *r, struct doc *to);

/* The figure of P as text, and among those of the sentence to come. */
const char *question_figure(struct sentences *to, char *buf, size_t len,
			    const char *name, const struct point *p,
			    const char *unit);

/* question-own.c: sentences that take more than a ratio, by `compute`. */
void question_break_even(const struct report *r, const struct ask *q,
			 struct sentences *to);
void question_footprint(const struct report *r, const struct ask *q,
			struct sentences *to);
void question_knee(const struct report *r, const struct ask *q,
		   struct sentences *to);
void question_refused(const struct report *r, const struct ask *q,
		      struct sentences *to);
/* question-scaling.c */
void question_scaling(const struct report *r, const struct ask *q,
		      struct sentences *to);
void question_forecast(const struct report *r, const struct ask *q,
		       struct doc *to);
void question_size(const struct report *r, const struct ask *q,
		   struct sentences *to);
void question_slow_readers(const struct report *r, const struct ask *q,
			   struct sentences *to);
void question_window(const struct report *r, const struct ask *q,
		     struct sentences *to);

#endif
