/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard - one run at a time, and nothing left of those before */
#ifndef FORKPATH_GUARD_H
#define FORKPATH_GUARD_H

#include <stdio.h>

/*
 * Take the lock, waiting up to SECONDS for another run, and undo what killed
 * runs left; each thing undone is said on SAY. Returns how many, or -errno
 * (-EBUSY: this run must not begin, another is in progress or there is no
 * journal) after one line on stderr.
 *
 * Every process of a run holds its lock, so a run that was killed has it
 * until the last of its processes is gone. Where the wait is over and the
 * runner that took it is dead, those are killed: they are leftovers.
 */
int guard_take(double seconds, FILE *say);

/* Journal that this run starts processes. An exit code, after one line. */
int guard_processes(void);

#endif
