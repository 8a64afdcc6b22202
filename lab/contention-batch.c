// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-batch - execute a command so that nothing it creates is overtaken
 *
 *   contention-batch CPU CGROUP_DIR COMMAND [ARG]...
 *
 * In a guest. The command is on CPU alone, in a cgroup and a session of its
 * own, and SCHED_BATCH: a task of that policy that wakes up takes the CPU
 * from nobody, so a child that wakes its parent comes to its end first, and
 * all of it lies between the parent's marks (lib/mark.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
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
	unsigned int cpu;
	int ret;

	err_prog = "contention-batch";
	if (argc < 4 || cpus_parse(argv[1], &cpu, 1) != 1) {
		err_say("expected CPU CGROUP_DIR COMMAND [ARG]...");
		return 2;
	}
	if (enter(argv[2])) {
		err_say("%s: %s", argv[2], strerror(errno));
		return 1;
	}
	setsid();
	ret = cpus_pin(cpu);
	if (ret || sched_setscheduler(0, SCHED_BATCH, &none)) {
		err_say("CPU %u, SCHED_BATCH: %s", cpu,
			strerror(ret ? -ret : errno));
		return 1;
	}
	execv(argv[3], argv + 3);
	err_say("%s: %s", argv[3], strerror(errno));
	return 1;
}
