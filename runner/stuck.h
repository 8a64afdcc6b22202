/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stuck - what holds up a process that does not come to its end
 *
 * Asked before it is killed: afterwards nobody can tell. Two looks at /proc,
 * a quarter of a second apart. Which threads of ours wait where nothing
 * interrupts them (state D, and the function of /proc/PID/wchan), and, if
 * there is one, which tasks of the machine were runnable all that time and
 * got no CPU (/proc/PID/schedstat): one of those may hold what is waited for.
 * docs/starved.md has the case that it was made for.
 */
#ifndef FORKPATH_STUCK_H
#define FORKPATH_STUCK_H

/*
 * Part of a sentence: "attacher waits in cgroup_kn_lock_live; kworker/1:2
 * got nothing of CPU 1". NULL: no thread of the processes below this one
 * waits so in both looks. The caller frees it.
 */
char *stuck_why(void);

#endif
