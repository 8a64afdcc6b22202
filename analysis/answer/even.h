/* SPDX-License-Identifier: GPL-2.0-or-later */
/* even - from how many writes per second on one set is the better one */
#ifndef FORKPATH_EVEN_H
#define FORKPATH_EVEN_H

#include "ask.h"
#include "doc.h"
#include "set.h"

/*
 * Where one set is dearer always and spares others at each write, the rate
 * of writes from which on it pays; nothing where ASK is NULL or that was not
 * measured.
 */
void even_section(const struct ask *ask, const struct set *a,
		  const struct set *b, const char *name_a, const char *name_b,
		  struct doc *to);

#endif
