// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * idle - no load: a process that sleeps until it is told to stop
 *
 * Models a machine that does nothing else. It exists so that every
 * repetition goes through the same steps, whatever its workload.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

int main(void)
{
	sigset_t stop;
	int sig;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	puts("ready");
	fflush(stdout);
	sigwait(&stop, &sig);
	return 0;
}
