/* SPDX-License-Identifier: GPL-2.0-or-later */
/* figures - which figures a report has */
#ifndef FORKPATH_FIGURES_H
#define FORKPATH_FIGURES_H

#include "report.h"

/*
 * Write all figures of R into folder FD (-1: none can be kept, only the
 * texts for the report are made, in a folder of our own that goes again).
 */
void figures_make(struct report *r, int fd);

#endif
