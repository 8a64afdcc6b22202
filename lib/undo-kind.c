// SPDX-License-Identifier: GPL-2.0-or-later
/* undo-kind - what a journal can name, and how each is undone */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cg.h"
#include "clock.h"
#include "kill.h"
#include "undo.h"
#include "undo-own.h"

#define REMOVE_SECONDS	60

int undo_mount(const char *path, const char *name)
{
	char options[96];

	snprintf(options, sizeof(options), "none,name=%s", name);
	return mount("forkpath", path, "cgroup",
		     MS_NOSUID | MS_NODEV | MS_NOEXEC, options) ? -errno : 0;
}

/* In an environment. */
struct want {
	const char *text;
	size_t	 len;
};

static bool carries_it(pid_t pid, const void *arg)
{
	const struct want *want = arg;
	static char env[256 * 1024];
	char path[64];
	size_t len = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (len < sizeof(env) - 1) {
		ssize_t n = read(fd, env + len, sizeof(env) - 1 - len);

		if (n <= 0)
			break;
		len += n;
	}
	close(fd);
	env[len] = '\0';
	for (char *p = env; p < env + len; p += strlen(p) + 1)
		if (!strncmp(p, want->text, want->len) && !p[want->len])
			return true;
	return false;
}

#define PIDS	(4u << 20)	/* no number is as high */

/* Who was killed may still be there at the next look: is it the first one? */
static bool first_time(unsigned char *seen, pid_t pid)
{
	unsigned char bit = 1 << (pid & 7);

	if (!seen || (seen[pid / 8] & bit))
		return !seen;
	seen[pid / 8] |= bit;
	return true;
}

/* One look at all processes. How many were there, or -errno. */
static int kill_all(struct want *want, unsigned char *seen, int *total)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	int there = 0;

	if (!proc)
		return -errno;
	while ((d = readdir(proc))) {
		pid_t pid = atoi(d->d_name);

		if (pid <= 1 || pid >= (pid_t)PIDS || pid == getpid() ||
		    !carries_it(pid, want))
			continue;
		there++;
		if (!kill_sure(pid, SIGKILL, carries_it, want))
			*total += first_time(seen, pid);
		waitpid(pid, NULL, WNOHANG);
	}
	closedir(proc);
	return there;
}

int undo_kill_token(const char *word, double seconds)
{
	uint64_t deadline = clock_ns() + clock_from_s(seconds);
	char text[256];
	struct want want = { .text = text };
	unsigned char *seen;
	int total = 0, left;

	want.len = snprintf(text, sizeof(text), "FORKPATH_RUN=%s", word);
	if (want.len >= sizeof(text))
		return -EINVAL;
	seen = calloc(PIDS / 8, 1);	/* without it some count twice */
	do {
		left = kill_all(&want, seen, &total);
		if (left > 0 && clock_ns() > deadline)
			left = -ETIMEDOUT;
		if (left > 0)
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 },
				  NULL);
	} while (left > 0);
	free(seen);
	return left ? left : total;
}

/* A setting that a journal may name. */
static bool ours(const char *path)
{
	size_t root = strlen(undo_root);

	if (strncmp(path, undo_root, root) || strstr(path, "/../"))
		return false;
	path += root;
	return !strncmp(path, "/proc/sys/", 10) ||
	       !strncmp(path, "/proc/irq/", 10) || !strncmp(path, "/sys/", 5);
}

static int undo_one_setting(char *rest, FILE *say)
{
	char *path = strtok_r(rest, "\t", &rest);
	char *old = strtok_r(NULL, "\t", &rest);
	char *new_value = strtok_r(NULL, "\t", &rest), now[256];
	int ret;

	if (!path || !old || !new_value || !ours(path))
		return -EBADMSG;
	ret = undo_read_setting(path, now, sizeof(now));
	if (ret == -ENOENT)
		return 0;
	if (ret < 0)
		return ret;
	if (strcmp(now, new_value)) {
		if (say && strcmp(now, old))
			fprintf(say, "left    %s: reads %s, not what was set "
				"(%s)\n", path, now, new_value);
		return 0;
	}
	ret = undo_write(path, old);
	if (!ret && say)
		fprintf(say, "restored %s: %s\n", path, old);
	return ret ? ret : 1;
}

/* Does the kernel still have v1 hierarchy NAME? */
static bool has_hierarchy(const char *name)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 128], want[96];
	bool has = false;

	snprintf(want, sizeof(want), ":name=%s:", name);
	while (f && !has && fgets(line, sizeof(line), f))
		has = strstr(line, want);
	if (f)
		fclose(f);
	return has;
}

/*
 * A hierarchy that is unmounted while the last of its groups is still being
 * freed lives on, out of reach: mount it again and try once more.
 */
int undo_forget(const char *path, const char *name, FILE *say)
{
	uint64_t deadline = clock_ns() + clock_from_s(REMOVE_SECONDS);
	int done = 0;

	/* Never mounted, or no more: then it is but an empty directory. */
	if (!has_hierarchy(name) && (!rmdir(path) || errno == ENOENT))
		return 0;
	for (;;) {
		if (!umount2(path, UMOUNT_NOFOLLOW))
			done = 1;
		else if (errno != EINVAL && errno != ENOENT && errno != EBUSY)
			return -errno;
		else if (errno == EBUSY && clock_ns() > deadline)
			return -EBUSY;
		/* One that is dying takes a few grace periods. */
		for (int i = 0; i < 250 && has_hierarchy(name); i++)
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 },
				  NULL);
		if (!has_hierarchy(name))
			break;
		if (clock_ns() > deadline)
			return -EBUSY;
		undo_mount(path, name);
	}
	if (rmdir(path) && errno != ENOENT)
		return -errno;
	if (done && say)
		fprintf(say, "unmounted %s\n", path);
	return done;
}

static int undo_one_hierarchy(char *rest, FILE *say)
{
	char *path = strtok_r(rest, "\t", &rest);
	char *name = strtok_r(NULL, "\t", &rest), dir[PATH_MAX - 64];

	if (!path || !name || !undo_dir(dir, sizeof(dir)) ||
	    strncmp(path, dir, strlen(dir)) ||
	    strncmp(path + strlen(dir), "/hierarchy-", 11) ||
	    strchr(path + strlen(dir) + 1, '/') ||
	    strncmp(name, "forkpath-", 9))
		return -EBADMSG;
	return undo_forget(path, name, say);
}

static bool started_at(pid_t pid, const void *start)
{
	return undo_starttime(pid) == *(const unsigned long long *)start;
}

static int undo_one_process(char *rest, FILE *say)
{
	unsigned long long start;
	int pid, ret;

	if (sscanf(rest, "%d\t%llu", &pid, &start) != 2 || pid <= 1 || !start)
		return -EBADMSG;
	ret = kill_sure(pid, SIGKILL, started_at, &start);
	if (ret)
		return ret == -ESRCH ? 0 : ret;
	if (say)
		fprintf(say, "killed  process %d\n", pid);
	return 1;
}

static int undo_one_module(char *name, FILE *say)
{
	if (strcmp(name, UNDO_MODULE))
		return -EBADMSG;
	/* Not there, or a kernel without modules: then it was never loaded. */
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		return errno == ENOENT || errno == ENOSYS ? 0 : -errno;
	if (say)
		fprintf(say, "unloaded module %s\n", name);
	return 1;
}

static int undo_one_cgroup(char *path, FILE *say)
{
	int ret = cg_remove_path(path, REMOVE_SECONDS);

	if (ret > 0 && say)
		fprintf(say, "removed %s\n", path);
	return ret;
}

static int undo_one_token(char *word, FILE *say)
{
	int ret = undo_kill_token(word, REMOVE_SECONDS);

	if (ret > 0 && say)
		fprintf(say, "killed  %d process%s of run %s\n", ret,
			ret > 1 ? "es" : "", word);
	return ret > 0 ? 1 : ret;
}

static const struct kind {
	const char	*name;		/* the first field of a record */
	int		(*undo)(char *rest, FILE *say);
} kinds[] = {
	{ "setting", undo_one_setting },
	{ "cgroup", undo_one_cgroup },
	{ "hierarchy", undo_one_hierarchy },
	{ "process", undo_one_process },
	{ "module", undo_one_module },
	{ "token", undo_one_token },
};

int undo_record(const char *record, FILE *say)
{
	char line[PATH_MAX + 600], *rest;
	int ret = -EBADMSG;

	snprintf(line, sizeof(line), "%s", record);
	rest = strchr(line, '\t');
	if (!rest || !rest[1]) {
		if (say)
			fprintf(say, "ignored %s: no record of ours\n", line);
		return -EBADMSG;
	}
	*rest++ = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(line, kinds[i].name))
			ret = kinds[i].undo(rest, say);
	rest = strchr(record, '\t') + 1;	/* that one was cut */
	if (ret == -EBADMSG && say)
		fprintf(say, "ignored %s %s: no record of ours\n", line, rest);
	else if (ret < 0 && say)
		fprintf(say, "failed  %s %s: %s\n", line, rest,
			strerror(-ret));
	return ret;
}
