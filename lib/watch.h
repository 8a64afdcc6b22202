/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch - have these children ended? Asked without disturbing the subject
 *
 * wait(2) and its kin take tasklist_lock, which every fork and exit takes
 * too: who asks them every now and then is in the measurement. A pidfd is
 * polled under RCU alone. Where the kernel has none (before 5.3, or a filter
 * forbids it), the signal of a child that ends is the answer.
 *
 * Start it once the children exist, so that they inherit none of it.
 */
#ifndef FORKPATH_WATCH_H
#define FORKPATH_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

/* Watch the NR children PID; those that are 0 are none. One watch at a time. */
void watch_start(const pid_t *pid, unsigned int nr);

/*
 * May one of them have ended since the start? True is a reason to ask wait(2)
 * once; false is sure.
 */
bool watch_stirs(void);

void watch_end(void);

#endif
