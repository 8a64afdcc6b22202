// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-batch - execute a command so that nothing it creates is overtaken
 *
 *   contention-batch CPU|all CGROUP_DIR COMMAND [ARG]...
 *
 * In a guest. The command is on that CPU, in a cgroup and a session of its
 * own, and SCHED_BATCH: a task of that policy that wakes up takes the CPU
 * from nobody, so a child that wakes its parent comes to its end first, and
 * all of it lies between the parent's marks (lib/mark.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpus.h"
#include "err.h"

static int enter(const char *cgroup)
{
	int dir, procs, ret = -1;

	if (mkdir(cgroup, 0755) && errno != EEXIST)
		return -1;
	dir = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	procs = dir < 0 ? -1 : openat(dir, "cgroup.procs",
				      O_WRONLY | O_CLOEXEC);
	if (procs >= 0)
		ret = write(procs, "0", 1) == 1 ? 0 : -1;
	if (procs >= 0)
		close(procs);
	if (dir >= 0)
		close(dir);
	return ret;
}

int main(int argc, char **argv)
{
	struct sched_param none = { 0 };
	unsigned int cpu = 0;
	bool all;
	int ret = 0;

	err_prog = "contention-batch";
	all = argc > 1 && !strcmp(argv[1], "all");
	if (argc < 4 || (!all && cpus_parse(argv[1], &cpu, 1) != 1)) {
		err_say("expected CPU|all CGROUP_DIR COMMAND [ARG]...");
		return 2;
	}
	if (enter(argv[2])) {
		err_say("%s: %s", argv[2], strerror(errno));
		return 1;
	}
	setsid();
	if (!all)
		ret = cpus_pin(cpu);
	if (ret || sched_setscheduler(0, SCHED_BATCH, &none)) {
		err_say("CPU %s, SCHED_BATCH: %s", argv[1],
			strerror(ret ? -ret : errno));
		return 1;
	}
	execv(argv[3], argv + 3);
	err_say("%s: %s", argv[3], strerror(errno));
	return 1;
}
