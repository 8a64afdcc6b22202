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
#include "opt.h"

static const struct opt no_option[] = { OPT_END };
static const struct opt_prog prog = {
	.name = "contention-batch", .tables = { no_option, NULL },
	.summary = "execute a command so that nothing it creates is overtaken",
	.usage = "CPU|all CGROUP_DIR COMMAND [ARG]...",
};

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
	int first, ret = 0;
	bool all;

	err_prog = prog.name;
	first = opt_parse(&prog, argc, argv);
	if (first < 0)
		return EXIT_BAD;
	argc -= first;
	argv += first;
	all = argc && !strcmp(argv[0], "all");
	if (argc < 3 || (!all && cpus_parse(argv[0], &cpu, 1) != 1)) {
		err_say("expected %s", prog.usage);
		return EXIT_BAD;
	}
	if (enter(argv[1])) {
		err_say("%s: %s", argv[1], strerror(errno));
		return EXIT_FAIL;
	}
	setsid();
	if (!all)
		ret = cpus_pin(cpu);
	if (ret || sched_setscheduler(0, SCHED_BATCH, &none)) {
		err_say("CPU %s, SCHED_BATCH: %s", argv[0],
			strerror(ret ? -ret : errno));
		return EXIT_FAIL;
	}
	execv(argv[2], argv + 2);
	err_say("%s: %s", argv[2], strerror(errno));
	return EXIT_FAIL;
}
