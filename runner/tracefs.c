// SPDX-License-Identifier: GPL-2.0-or-later
/* tracefs - ids of tracepoints, also where nobody has mounted it */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "err.h"
#include "sys.h"
#include "tracefs.h"

#define PLACE		"/sys/kernel/tracing"
#define INSIDE		"inside-tracefs"
#define OUTSIDE		"outside-tracefs"

/* Of <linux/mount.h>, which does not go with <sys/mount.h> everywhere. */
#define CREATE		6	/* FSCONFIG_CMD_CREATE */
#define CLOEXEC		1	/* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */

static const char *mounted(void)
{
	static const char *const tops[] = { PLACE,
					    "/sys/kernel/debug/tracing" };

	for (int i = 0; i < 2; i++)
		if (sys_exists("%s/events", tops[i]))
			return tops[i];
	return NULL;
}

/* A mount without a place, open for as long as we live. Or -errno. */
static int nowhere(void)
{
	static int top;	/* 0: not tried yet */
	int fs;

	if (top)
		return top;
	fs = syscall(SYS_fsopen, "tracefs", CLOEXEC);
	if (fs < 0 || syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0) < 0)
		top = -errno;
	else
		top = syscall(SYS_fsmount, fs, CLOEXEC, 0);
	if (top == -1)
		top = -errno;
	if (fs >= 0)
		close(fs);
	return top;
}

static long read_id(int top, const char *subsystem, const char *event)
{
	char *path = xprintf("events/%s", subsystem), buf[32] = "";
	int dir, fd;
	long id = 0;

	dir = openat(top, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	if (dir < 0)
		return -1;
	path = xprintf("%s/id", event);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, buf, sizeof(buf) - 1) > 0)
		id = strtol(buf, NULL, 10);
	if (fd >= 0)
		close(fd);
	close(dir);
	free(path);
	return id;
}

long tracefs_id(const char *subsystem, const char *event)
{
	const char *top = mounted();
	int fd;

	if (top)
		return sys_exists("%s/events/%s", top, subsystem) ?
		       sys_number(0, "%s/events/%s/%s/id", top, subsystem,
				  event) : -1;
	fd = *sys_root ? -ENOENT : nowhere();
	if (fd >= 0)
		return read_id(fd, subsystem, event);
	errno = -fd;
	return -2;
}

static char *self(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	return xstrdup(path);
}

void tracefs_inside(struct strv *argv)
{
	if (mounted())
		return;
	strv_add(argv, self());
	strv_add(argv, xstrdup(INSIDE));
}

void tracefs_outside(struct strv *argv)
{
	if (mounted())
		return;
	strv_add(argv, self());
	strv_add(argv, xstrdup(OUTSIDE));
	strv_add(argv, xprintf("/proc/%ld/ns/mnt", (long)getpid()));
}

/* Without it perf says itself what it cannot do. */
static void enter(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ||
	    mount("tracefs", PLACE, "tracefs", 0, NULL))
		err_say("tracefs: %s", strerror(errno));
}

static int leave(const char *ns)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = open(ns, O_RDONLY | O_CLOEXEC);

	if (here < 0 || fd < 0 || setns(fd, CLONE_NEWNS) || fchdir(here)) {
		err_say("%s: %s", ns, strerror(errno));
		return -1;
	}
	return 0;
}

int tracefs_main(int argc, char **argv)
{
	char **command;

	if (argc > 2 && !strcmp(argv[1], INSIDE)) {
		command = argv + 2;
		enter();
	} else if (argc > 3 && !strcmp(argv[1], OUTSIDE)) {
		command = argv + 3;
		if (leave(argv[2]))
			return EXIT_FAIL;
	} else {
		return -1;
	}
	execvp(*command, command);
	err_say("%s: %s", *command, strerror(errno));
	return 127;
}
