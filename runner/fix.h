/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fix - settings that make numbers quieter, for the time of a run
 *
 * What doctor bewares of and what can be put back: frequency governor and
 * turbo, autogroup, NUMA balancing, NMI watchdog (it takes a hardware
 * counter), huge pages behind the back, KSM, and interrupts, which go to the
 * CPU that is measured on last. Each is journalled before it is changed
 * (lib/undo.h) and put back by undo_all(), or by the next run or `clean`
 * if this one is killed. Nothing of what is being measured is touched: RCU,
 * mitigations, the scheduler's knobs; of cgroups one thing, without which
 * points are skipped: the controllers of v2 that its root does not pass on.
 */
#ifndef FORKPATH_FIX_H
#define FORKPATH_FIX_H

#include <stdio.h>

#include "mem.h"

/* Change what is not so; say it, line by line. Returns how many were. */
int fix_apply(FILE *say);

/* "PATH OLD NEW" of what was changed. */
const struct strv *fix_done(void);

#endif
