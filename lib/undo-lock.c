// SPDX-License-Identifier: GPL-2.0-or-later
/* undo-lock - one run at a time */
#define _GNU_SOURCE
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "undo.h"
#include "undo-own.h"

/*
 * Two locks. That of the journal's directory is a file: it keeps two runs of
 * one user from each other's journals. Users cannot share a file without
 * trusting each other with it, so for the whole machine it is a name that
 * only one socket can have: nothing is there to be planted, removed or
 * followed, and the kernel knows whose it is. It reaches as far as the
 * network namespace does.
 */
#define LOCK_NAME "forkpath-run"

static char holder[200];

/* As /etc/passwd has it: a static program asks nobody else. */
static void user_name(long uid, char *buf, size_t len)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;

	snprintf(buf, len, " of user %ld", uid);
	while (f && (pw = fgetpwent(f))) {
		if ((long)pw->pw_uid != uid)
			continue;
		snprintf(buf, len, " of %.50s", pw->pw_name);
		break;
	}
	if (f)
		fclose(f);
}

/* PID 0: it is not known here. */
static void say_holder(pid_t pid, long uid)
{
	unsigned long long start = pid > 0 ? undo_starttime(pid) : 0;
	char when[40] = "", user[64];
	struct timespec up;

	user_name(uid, user, sizeof(user));
	if (start && !clock_gettime(CLOCK_BOOTTIME, &up)) {
		time_t at = time(NULL) - up.tv_sec +
			    start / sysconf(_SC_CLK_TCK);
		struct tm tm;

		gmtime_r(&at, &tm);
		strftime(when, sizeof(when), ", since %F %T UTC", &tm);
	}
	if (start)
		snprintf(holder, sizeof(holder), "another run is in progress on "
			 "this machine: process %d%s%s", pid, user, when);
	else if (pid > 0)
		snprintf(holder, sizeof(holder), "another run is in progress on "
			 "this machine: what process %d%s started; that one is "
			 "gone", pid, user);
	else
		snprintf(holder, sizeof(holder), "another run is in progress on "
			 "this machine%s", user);
}

const char *undo_lock_holder(void)
{
	return *holder ? holder : "another run is in progress on this machine";
}

static socklen_t lock_name(struct sockaddr_un *name)
{
	*name = (struct sockaddr_un){ .sun_family = AF_UNIX,
				      .sun_path = "\0" LOCK_NAME };
	return offsetof(struct sockaddr_un, sun_path) + sizeof(LOCK_NAME);
}

/* The name, or -EBUSY, or another -errno: there are no such sockets here. */
static int lock_machine(void)
{
	struct sockaddr_un name;
	socklen_t len = lock_name(&name);
	/* Inherited on purpose, as is the file. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), ret;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&name, len) && !listen(fd, SOMAXCONN))
		return fd;
	ret = errno == EADDRINUSE ? -EBUSY : -errno;
	close(fd);
	return ret;
}

/* Whoever listens is who the kernel says he is. */
static void ask_machine(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct ucred who = { .pid = 0 };
	struct sockaddr_un name;
	socklen_t len = lock_name(&name), size = sizeof(who);

	if (fd < 0)
		return;
	if (!connect(fd, (struct sockaddr *)&name, len) &&
	    !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size))
		say_holder(who.pid, who.uid);
	close(fd);
}

/* The file of the directory: its descriptor, or -errno. */
static int lock_dir(void)
{
	int dir = undo_open_dir(true), fd;
	char text[32];
	ssize_t n;

	if (dir < 0)
		return dir;
	/* Inherited on purpose: held until the last of the run is gone. */
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (fd < 0)
		fd = -errno;
	close(dir);
	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		int error = errno;

		n = pread(fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		close(fd);
		if (error != EWOULDBLOCK)
			return -error;
		say_holder(strtol(text, NULL, 10), geteuid());
		return -EBUSY;
	}
	/* For people only. */
	n = snprintf(text, sizeof(text), "%d\n", getpid());
	if (ftruncate(fd, 0) || pwrite(fd, text, n, 0) != n)
		errno = 0;
	return fd;
}

static int lock_once(void)
{
	int file, machine;

	*holder = '\0';
	file = lock_dir();
	if (file == -EBUSY || undo_asked_for())
		return file;
	machine = lock_machine();
	if (machine == -EBUSY && file >= 0)
		close(file);
	/* Without a place for the file (no XDG_RUNTIME_DIR) the name is all. */
	return machine == -EBUSY || file < 0 ? machine : file;
}

int undo_lock(double seconds)
{
	uint64_t deadline = clock_ns() + clock_from_s(seconds);
	int ret;

	while ((ret = lock_once()) == -EBUSY && clock_ns() < deadline)
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	if (ret == -EBUSY && !*holder)
		ask_machine();
	return ret;
}
