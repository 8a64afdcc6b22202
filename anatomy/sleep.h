/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sleep - which operations slept, by the clock?
 *
 * A sample of the bench is the instructions of its window and a constant, the
 * reading of the clock. Where an operation sleeps and nobody else has anything
 * to do the clock jumps to the next timer, and the sample is longer by that.
 */
#ifndef FORKPATH_SLEEP_H
#define FORKPATH_SLEEP_H

#include "dist.h"
#include "fold.h"

/* From the role whose samples are the windows; F is not timed if none is. */
void sleep_find(struct fold *f, const struct dist_file *lat);

#endif
