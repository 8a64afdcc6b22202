/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sleeper - a child that sleeps until it gets a signal, or its parent ends */
#ifndef FORKPATH_TESTS_SLEEPER_H
#define FORKPATH_TESTS_SLEEPER_H

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static inline pid_t sleeper(void)
{
	pid_t parent = getpid(), pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			pause();
		_exit(0);
	}
	return pid;
}

#endif
