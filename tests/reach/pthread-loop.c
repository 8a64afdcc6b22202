// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pthread-loop - the peer: pthread_create and pthread_join, without pause
 *
 * Usage: pthread-loop CPU SECONDS. Prints threads per second. What a
 * benchmark of thread creation is when it is written with the library;
 * will-it-scale's threadspawn1 is such a loop. Dynamic, as that is.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *body(void *arg)
{
	return arg;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	unsigned long threads = 0;
	double begin, end;
	pthread_t thread;
	cpu_set_t set;

	if (argc != 3)
		return 2;
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[1]), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return 1;
	begin = now();
	do {
		for (int i = 0; i < 16; i++, threads++)
			if (pthread_create(&thread, NULL, body, NULL) ||
			    pthread_join(thread, NULL))
				return 1;
		end = now();
	} while (end - begin < atof(argv[2]));
	printf("%.1f\n", threads / (end - begin));
	return 0;
}
