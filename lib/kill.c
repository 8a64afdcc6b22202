// SPDX-License-Identifier: GPL-2.0-or-later
/* kill - a signal to a process that was looked at, and to no other */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kill.h"

int kill_sure(pid_t pid, int sig, bool (*is)(pid_t pid, const void *arg),
	      const void *arg)
{
	int fd = syscall(SYS_pidfd_open, pid, 0), ret;

	if (fd < 0 && errno == ESRCH)
		return -ESRCH;
	if (!is(pid, arg))
		ret = -ESRCH;
	else if (fd < 0)
		ret = kill(pid, sig) ? -errno : 0;
	else
		ret = syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) ?
		      -errno : 0;
	if (fd >= 0)
		close(fd);
	return ret;
}
