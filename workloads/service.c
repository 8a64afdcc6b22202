// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * service - a server with a pool of threads, and clients that ask it
 *
 * Models a threaded daemon (an application server, a database) under load:
 * four threads per CPU wait for requests, touch some memory, compute for
 * about 20 us, one in eight waits as for a disk, and answer; four clients per
 * CPU ask, and think for about a millisecond. As such pools do, a thread
 * ends after a while (every 100 requests) and another is created for it, so
 * the load takes the read side of the fork path, in a group of many threads,
 * at a rate that follows the load.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "cpus.h"
#include "err.h"
#include "load.h"

#define PER_CPU		4	/* threads, clients */
#define LIFE		100	/* requests that a thread answers */
#define WORK_NS		20000
#define MEMORY		(64u << 10)

static uint64_t answers;
static int (*line)[2];		/* of each client: its end, the server's */
static int nr_lines;
static int queue[2];		/* numbers of clients that have asked */

static void nap(long ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
}

static void answer(unsigned int *x, char *memory)
{
	uint64_t until = clock_ns() + WORK_NS;

	do {
		*x = *x * 1664525 + 1013904223;
		memory[*x % MEMORY]++;
	} while (clock_ns() < until);
	if (!(*x >> 29))
		nap(200000);
}

static void *thread(void *arg);

static int hire(void)
{
	pthread_attr_t attr;
	pthread_t t;
	int ret;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ret = pthread_create(&t, &attr, thread, NULL);
	pthread_attr_destroy(&attr);
	return ret;
}

static void *thread(void *arg)
{
	char *memory = malloc(MEMORY);
	unsigned int x = clock_ns();
	int client, ret;

	if (!memory)
		load_less("no memory for a thread: %s", strerror(errno));
	for (int i = 0; memory && i < LIFE; i++) {
		if (read(queue[0], &client, sizeof(client)) != sizeof(client))
			break;
		answer(&x, memory);
		if (write(line[client][1], "", 1) == 1)
			__atomic_add_fetch(&answers, 1, __ATOMIC_RELAXED);
	}
	if (!memory)
		nap(10000000);
	free(memory);
	while ((ret = hire())) {
		load_less("a thread cannot be replaced: %s", strerror(ret));
		nap(10000000);
	}
	return arg;
}

/* A process: asks, waits for the answer, thinks. */
static void client(int nr)
{
	unsigned int x = nr + 1;
	char byte;

	load_child();
	for (;;) {
		if (write(queue[1], &nr, sizeof(nr)) != sizeof(nr) ||
		    read(line[nr][0], &byte, 1) != 1)
			_exit(1);
		x = x * 1664525 + 1013904223;
		nap(500000 + x % 1000000);
	}
}

static int start(void)
{
	static unsigned int cpu[CPUS_MAX];
	int nr = cpus_allowed(cpu, CPUS_MAX);

	nr_lines = nr * PER_CPU;
	line = calloc(nr_lines, sizeof(*line));
	/* Packets: a request is read whole, by one thread. */
	if (!line || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, queue)) {
		err_say("queue: %s", strerror(errno));
		return EXIT_FAIL;
	}
	for (int i = 0; i < nr_lines; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, line[i])) {
			err_say("client %d: %s", i, strerror(errno));
			return EXIT_FAIL;
		}
	}
	for (int i = 0; i < nr_lines; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			err_say("client %d: %s", i, strerror(errno));
			return EXIT_FAIL;
		}
		if (!pid)
			client(i);
	}
	for (int i = 0; i < nr_lines; i++) {
		int ret = hire();

		if (ret) {
			err_say("thread %d: %s", i, strerror(ret));
			return EXIT_FAIL;
		}
	}
	return EXIT_OK;
}

static uint64_t done(void)
{
	return __atomic_load_n(&answers, __ATOMIC_RELAXED);
}

int main(int argc, char **argv)
{
	static const struct load load = {
		.name = "service",
		.summary = "a server with a pool of threads, and clients that ask it",
		.what = "answers", .start = start, .done = done,
	};

	return load_run(&load, argc, argv);
}
