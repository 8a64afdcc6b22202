/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rcu - how long grace periods take, as an option
 *
 * The kernel's switches are for the whole machine: journalled, put back by
 * undo_all(). `expedited` ends every grace period as fast as it can, with an
 * interrupt to every CPU that is busy; `normal` never does, not even where
 * the kernel asks for it.
 */
#ifndef FORKPATH_RCU_H
#define FORKPATH_RCU_H

enum rcu { RCU_AS_IS, RCU_EXPEDITED, RCU_NORMAL };
#define RCU_WORDS "as-is expedited normal"
#define RCU_HELP "grace periods: as the machine is set, expedited, or normal"

/* NULL, or why this cannot be had here. */
const char *rcu_missing(enum rcu rcu);

/* 0, or -errno after bench_why(). */
int rcu_set(enum rcu rcu);

#endif
