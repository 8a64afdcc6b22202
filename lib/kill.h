/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill - a signal to a process that was looked at, and to no other
 *
 * Between a look into /proc and kill(2) a process may end and its number may
 * be given away. A pidfd holds on to the process: it is opened first, looked
 * at second. Before 5.3, and where a filter forbids it, the look comes
 * immediately before the kill, and that much is left to chance.
 */
#ifndef FORKPATH_KILL_H
#define FORKPATH_KILL_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * SIG to process PID if IS(PID, ARG) holds. 0, -ESRCH (it is another one, or
 * none), or another -errno.
 */
int kill_sure(pid_t pid, int sig, bool (*is)(pid_t pid, const void *arg),
	      const void *arg);

#endif
