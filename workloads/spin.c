// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spin - one busy thread per CPU that never enters the kernel
 *
 * Models a machine whose CPUs are all taken by computation: whatever is
 * measured shares its CPU with one runnable thread, and every wake-up has
 * to win it from that thread. Nothing is forked, no lock is taken.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "err.h"
#include "load.h"

static struct spinner {
	unsigned int	cpu;
	uint64_t	turns;
} __attribute__((aligned(128))) *spinner;

static int nr;
static unsigned int running, failed;

static void *spin(void *arg)
{
	struct spinner *s = arg;

	if (cpus_pin(s->cpu))
		__atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&running, 1, __ATOMIC_RELEASE);
	for (;;)
		__atomic_store_n(&s->turns, s->turns + 1, __ATOMIC_RELAXED);
	return NULL;
}

static int start(void)
{
	static unsigned int cpu[CPUS_MAX];
	pthread_attr_t attr;
	pthread_t thread;

	nr = cpus_allowed(cpu, CPUS_MAX);
	spinner = nr > 0 ? aligned_alloc(128, nr * sizeof(*spinner)) : NULL;
	if (!spinner) {
		err_say("no CPU, or no memory");
		return EXIT_FAIL;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (int i = 0; i < nr; i++) {
		int ret;

		spinner[i] = (struct spinner){ .cpu = cpu[i] };
		ret = pthread_create(&thread, &attr, spin, &spinner[i]);
		if (ret) {
			err_say("thread %d: %s", i, strerror(ret));
			return EXIT_FAIL;
		}
	}
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) < (unsigned int)nr)
		sched_yield();
	if (failed) {
		err_say("pinning one thread to each CPU failed");
		return EXIT_FAIL;
	}
	return EXIT_OK;
}

static uint64_t done(void)
{
	uint64_t turns = 0;

	for (int i = 0; i < nr; i++)
		turns += __atomic_load_n(&spinner[i].turns, __ATOMIC_RELAXED);
	return turns;
}

int main(int argc, char **argv)
{
	static const struct load load = {
		.name = "spin",
		.summary = "one busy thread per CPU that never enters the kernel",
		.what = "turns", .start = start, .done = done,
	};

	return load_run(&load, argc, argv);
}
