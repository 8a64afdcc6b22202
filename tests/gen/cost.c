// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cost - run a command: what it took, as one line on stderr
 *
 * Usage: cost NAME COMMAND...; its output goes to /dev/null, its exit code
 * is ours. Memory is the largest of the command and of all it waited for.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(const struct timeval *t)
{
	return t->tv_sec + t->tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct timespec a, b;
	struct rusage used;
	int status, fd;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "cost: NAME COMMAND... is right\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	pid = fork();
	if (!pid) {
		fd = open("/dev/null", O_WRONLY);
		dup2(fd, STDOUT_FILENO);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
		perror("cost");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	fprintf(stderr, "%-34s %7.2f s  %7.2f s CPU  %6.1f MB\n", argv[1],
		b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9,
		seconds(&used.ru_utime) + seconds(&used.ru_stime),
		used.ru_maxrss / 1024.0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
