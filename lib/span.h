/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span - when operations began and ended, to see which were beside others
 *
 * That two actors work at the same time does not mean that what they do
 * overlaps: an attacher that thinks moves for a small part of the time. Both
 * keep the stamps of their last operations, and after the end they are laid
 * over each other. Nothing of it is inside a sample.
 *
 * Kept are the measured operations of those who are watched, and of the
 * others all, so that warm-up and cool-down beside a measurement count.
 */
#ifndef FORKPATH_SPAN_H
#define FORKPATH_SPAN_H

#include <stdint.h>

#define SPANS 4096

struct span {
	uint64_t	begin, end;
};

/* The last SPANS of one actor, in shared memory. */
struct spans {
	uint64_t	nr;		/* ever added */
	struct span	at[SPANS];
};

/* Each begins after the last one has ended. */
static inline void span_add(struct spans *s, uint64_t begin, uint64_t end)
{
	s->at[s->nr++ % SPANS] = (struct span){ begin, end };
}

/*
 * Of the operations of NR_OF actors the share that one of NR_OTHER others
 * overlaps, as far back as all are kept. NAN: none is, or no memory.
 */
double span_share(const struct spans *of, unsigned int nr_of,
		  const struct spans *other, unsigned int nr_other);

#endif
