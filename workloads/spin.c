// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spin - one busy thread per CPU that never enters the kernel
 *
 * Models a machine whose CPUs are all taken by computation: whatever is
 * measured shares its CPU with one runnable thread, and every wake-up has
 * to win it from that thread. Nothing is forked, no lock is taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "cpus.h"
#include "err.h"

static unsigned int running, failed;

static void *spin(void *arg)
{
	volatile unsigned long turns = 0;

	if (cpus_pin((unsigned long)arg))
		__atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&running, 1, __ATOMIC_RELEASE);
	for (;;)
		turns = turns + 1;
	return NULL;
}

int main(void)
{
	unsigned int cpu[CPUS_MAX];
	int nr = cpus_allowed(cpu, CPUS_MAX), sig;
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t stop;

	err_prog = "spin";
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (int i = 0; i < nr; i++) {
		int ret = pthread_create(&thread, &attr, spin,
					 (void *)(unsigned long)cpu[i]);

		if (ret) {
			err_say("thread %d: %s", i, strerror(ret));
			return EXIT_FAIL;
		}
	}
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) < (unsigned int)nr)
		sched_yield();
	if (nr < 1 || failed) {
		err_say("pinning one thread to each CPU failed");
		return EXIT_FAIL;
	}
	puts("ready");
	fflush(stdout);
	sigwait(&stop, &sig);
	return 0;
}
