// SPDX-License-Identifier: GPL-2.0-or-later
/* undo - a journal of what must be put back, also after kill -9 */
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

#define NR_RECORDS	4096
#define REMOVE_SECONDS	60
#define MODULE		"forkpath"	/* the only one that is ours */
#define END		"."		/* the last field of a whole record */

static struct {
	pid_t	 owner;		/* a forked child has no part in this */
	int	 fd;		/* journal, -1: none */
	int	 error;		/* why there is none */
	bool	 torn;		/* what was written last is only a part */
	char	 path[PATH_MAX];
	char	*record[NR_RECORDS];
	unsigned int nr;
} mine = { .fd = -1 };

const char *undo_root = "";

static const char *asked_for(void)
{
	const char *dir = getenv("FORKPATH_JOURNAL_DIR");

	return dir && *dir ? dir : NULL;
}

const char *undo_dir(char *buf, size_t len)
{
	const char *home = getenv("XDG_RUNTIME_DIR");
	size_t n;

	if (asked_for())
		n = snprintf(buf, len, "%s", asked_for());
	else if (!geteuid())
		n = snprintf(buf, len, "/run/forkpath");
	else
		n = home && *home ? snprintf(buf, len, "%s/forkpath", home) : 0;
	errno = n ? ENAMETOOLONG : ENOENT;
	return n && n < len ? buf : NULL;
}

/* The directory, made if missing; only ours, only a directory. */
static int open_dir(bool make)
{
	char path[PATH_MAX - 64];
	struct stat st;
	int fd;

	if (!undo_dir(path, sizeof(path)))
		return -errno;
	if (make && mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_uid != geteuid() || st.st_mode & 022) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

static int read_small(int dir, const char *path, char *buf, size_t len)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, len - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	while (n && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
		n--;
	buf[n] = '\0';
	return n;
}

static int write_small(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;
	int ret = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != strlen(value))
		ret = -EIO;
	close(fd);
	return ret;
}

/* What a setting reads: of "always [madvise] never" the chosen word. */
static int read_setting(const char *path, char *buf, size_t len)
{
	int n = read_small(AT_FDCWD, path, buf, len);
	char *open = n > 0 ? strchr(buf, '[') : NULL;
	char *close = open ? strchr(open, ']') : NULL;

	if (!close)
		return n;
	*close = '\0';
	memmove(buf, open + 1, close - open);
	return close - open - 1;
}

unsigned long long undo_starttime(pid_t pid)
{
	unsigned long long start = 0;
	char path[64], buf[1024], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (read_small(AT_FDCWD, path, buf, sizeof(buf)) <= 0)
		return 0;
	/* Field 22; the name in field 2 may hold anything, so from its end. */
	p = strrchr(buf, ')');
	if (!p || sscanf(p + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			 " %*s %*s %*s %*s %*s %*s %*s %*s %llu", &start) != 1)
		return 0;
	return start;
}

static int boot_id(char *buf, size_t len)
{
	return read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", buf, len);
}

/*
 * One line, whole by its last field. Where a disk was full, a part of one may
 * be in the way: the next one begins a line of its own.
 */
static int append(const char *record)
{
	char line[PATH_MAX + 700];
	ssize_t n;
	int len;

	if (mine.fd < 0)
		return 0;
	len = snprintf(line, sizeof(line), "%s%s\t" END "\n",
		       mine.torn ? "\n" : "", record);
	if (len >= (int)sizeof(line))
		return -ENAMETOOLONG;
	n = write(mine.fd, line, len);
	mine.torn |= n > 0;
	if (n < 0)
		return -errno;
	if (n != len)		/* what is in the way of the rest? */
		return write(mine.fd, line + n, len - n) < 0 ? -errno : -ENOSPC;
	mine.torn = false;
	return fdatasync(mine.fd) && errno != EINVAL ? -errno : 0;
}

int undo_open(void)
{
	char name[64], boot[64], line[96];
	int dir, ret;

	if (mine.owner == getpid())
		return mine.error;
	mine.owner = getpid();
	mine.nr = 0;
	mine.fd = -1;
	mine.error = 0;
	mine.torn = false;

	dir = open_dir(true);
	if (dir < 0)
		return mine.error = dir;
	snprintf(name, sizeof(name), "%d-%llu", getpid(),
		 undo_starttime(getpid()));
	undo_dir(mine.path, sizeof(mine.path) - sizeof(name) - 1);
	strcat(strcat(mine.path, "/"), name);
	mine.fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND |
			 O_CLOEXEC | O_NOFOLLOW, 0600);
	/* What could not be undone has kept this process's own: it goes on. */
	if (mine.fd < 0 && errno == EEXIST) {
		mine.fd = openat(dir, name, O_WRONLY | O_APPEND | O_CLOEXEC |
				 O_NOFOLLOW);
		mine.torn = true;
	}
	if (mine.fd < 0)
		mine.error = -errno;
	close(dir);
	if (mine.fd >= 0 && boot_id(boot, sizeof(boot)) > 0) {
		snprintf(line, sizeof(line), "boot\t%s", boot);
		ret = append(line);
		if (ret)
			mine.error = ret;
	}
	return mine.error;
}

/* Is it wrong to go on where the journal cannot be opened, for RET? */
static bool needed(int ret)
{
	/* Who is not root changes nothing that he does not own. */
	return ret && !geteuid() && (ret != -ENOENT || asked_for());
}

const char *undo_missing(void)
{
	static char why[PATH_MAX + 200];
	char path[PATH_MAX - 64];
	int dir = open_dir(true), ret = dir < 0 ? dir : 0;

	if (!ret && faccessat(dir, ".", W_OK, 0))
		ret = -errno;
	if (dir >= 0)
		close(dir);
	if (!needed(ret))
		return NULL;
	snprintf(why, sizeof(why), "journal directory %s: %s; what is changed "
		 "could not be put back after a kill (FORKPATH_JOURNAL_DIR "
		 "names another)", undo_dir(path, sizeof(path)) ? path : "",
		 ret == -EPERM ? "not a directory of this user's alone" :
		 strerror(-ret));
	return why;
}

static int remember(const char *record)
{
	int ret = undo_open();

	if (needed(ret))
		return ret;
	if (mine.nr == NR_RECORDS)
		return -ENOSPC;
	ret = append(record);
	if (ret)
		return ret;
	mine.record[mine.nr] = strdup(record);
	if (!mine.record[mine.nr])
		return -ENOMEM;
	mine.nr++;
	return 0;
}

static int remember_setting(const char *path, const char *old,
			    const char *new_value)
{
	char record[PATH_MAX + 600];

	if (snprintf(record, sizeof(record), "setting\t%s\t%s\t%s", path, old,
		     new_value) >= (int)sizeof(record))
		return -ENAMETOOLONG;
	return remember(record);
}

int undo_setting(const char *path, const char *new_value)
{
	char old[256], now[256];
	int ret;

	ret = read_setting(path, old, sizeof(old));
	if (ret < 0)
		return ret;
	if (!strcmp(old, new_value))
		return 0;
	if (strpbrk(old, "\t\n") || strpbrk(new_value, "\t\n"))
		return -EINVAL;
	ret = remember_setting(path, old, new_value);
	if (!ret)
		ret = write_small(path, new_value);
	if (ret || read_setting(path, now, sizeof(now)) < 0)
		return ret;
	/* A kernel that ignores it has not changed it; others may, meanwhile. */
	if (!strcmp(now, old))
		return -EIO;
	/* Only what reads as it was set is put back: say how that is. */
	return strcmp(now, new_value) ? remember_setting(path, old, now) : 0;
}

int undo_cgroup(const char *path)
{
	char record[PATH_MAX + 16];

	if (strpbrk(path, "\t\n"))
		return -EINVAL;
	if (snprintf(record, sizeof(record), "cgroup\t%s", path) >=
	    (int)sizeof(record))
		return -ENAMETOOLONG;
	return remember(record);
}

int undo_module(const char *name)
{
	char record[96];

	if (strcmp(name, MODULE))
		return -EINVAL;
	snprintf(record, sizeof(record), "module\t%s", name);
	return remember(record);
}

const char *undo_hierarchy_path(unsigned int nr, char *buf, size_t len)
{
	char dir[PATH_MAX - 64];

	if (!undo_dir(dir, sizeof(dir)) ||
	    snprintf(buf, len, "%s/hierarchy-%d-%u", dir, getpid(), nr) >=
	    (int)len)
		return NULL;
	return buf;
}

static int mount_hierarchy(const char *path, const char *name)
{
	char options[96];

	snprintf(options, sizeof(options), "none,name=%s", name);
	return mount("forkpath", path, "cgroup",
		     MS_NOSUID | MS_NODEV | MS_NOEXEC, options) ? -errno : 0;
}

int undo_hierarchy(unsigned int nr)
{
	char path[PATH_MAX], name[48], record[PATH_MAX + 128];
	int ret = undo_open();

	/* Without a journal directory there is no place for it either. */
	if (ret || !undo_hierarchy_path(nr, path, sizeof(path)))
		return ret ? ret : -ENOENT;
	snprintf(name, sizeof(name), "forkpath-%d-%u", getpid(), nr);
	snprintf(record, sizeof(record), "hierarchy\t%s\t%s", path, name);
	ret = remember(record);
	if (!ret && mkdir(path, 0700))
		ret = -errno;
	if (ret)
		return ret;
	ret = mount_hierarchy(path, name);
	/* Who may not mount may not unmount either, and asks no more. */
	if (ret)
		rmdir(path);
	return ret;
}

int undo_process(pid_t pid)
{
	char record[96];

	snprintf(record, sizeof(record), "process\t%d\t%llu", pid,
		 undo_starttime(pid));
	return remember(record);
}

int undo_token(const char *word)
{
	char record[256];

	if (strpbrk(word, "\t\n") || strlen(word) > 200 || strlen(word) < 8)
		return -EINVAL;
	snprintf(record, sizeof(record), "token\t%s", word);
	return remember(record);
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

int undo_kill_token(const char *word, double seconds)
{
	uint64_t deadline = clock_ns() + clock_from_s(seconds);
	char text[256];
	struct want want = { .text = text };
	int total = 0;

	want.len = snprintf(text, sizeof(text), "FORKPATH_RUN=%s", word);
	if (want.len >= sizeof(text))
		return -EINVAL;
	for (;;) {
		DIR *proc = opendir("/proc");
		struct dirent *d;
		int left = 0;

		if (!proc)
			return -errno;
		while ((d = readdir(proc))) {
			pid_t pid = atoi(d->d_name);

			if (pid <= 1 || pid == getpid() ||
			    !carries_it(pid, &want))
				continue;
			left++;
			if (!kill_sure(pid, SIGKILL, carries_it, &want))
				total++;
			waitpid(pid, NULL, WNOHANG);
		}
		closedir(proc);
		if (!left)
			return total;
		if (clock_ns() > deadline)
			return -ETIMEDOUT;
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
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
	ret = read_setting(path, now, sizeof(now));
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
	ret = write_small(path, old);
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
static int forget_hierarchy(const char *path, const char *name, FILE *say)
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
		mount_hierarchy(path, name);
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
	return forget_hierarchy(path, name, say);
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

static int undo_one_module(const char *name, FILE *say)
{
	if (strcmp(name, MODULE))
		return -EBADMSG;
	/* Not there, or a kernel without modules: then it was never loaded. */
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		return errno == ENOENT || errno == ENOSYS ? 0 : -errno;
	if (say)
		fprintf(say, "unloaded module %s\n", name);
	return 1;
}

/* 1: undone, 0: nothing left to undo, negative errno: could not. */
static int undo_record(const char *record, FILE *say)
{
	char line[PATH_MAX + 600], *rest;
	int ret;

	snprintf(line, sizeof(line), "%s", record);
	rest = strchr(line, '\t');
	if (!rest || !rest[1]) {
		if (say)
			fprintf(say, "ignored %s: no record of ours\n", line);
		return -EBADMSG;
	}
	*rest++ = '\0';

	if (!strcmp(line, "setting")) {
		ret = undo_one_setting(rest, say);
	} else if (!strcmp(line, "cgroup")) {
		ret = cg_remove_path(rest, REMOVE_SECONDS);
		if (ret > 0 && say)
			fprintf(say, "removed %s\n", rest);
	} else if (!strcmp(line, "hierarchy")) {
		ret = undo_one_hierarchy(rest, say);
	} else if (!strcmp(line, "process")) {
		ret = undo_one_process(rest, say);
	} else if (!strcmp(line, "module")) {
		ret = undo_one_module(rest, say);
	} else if (!strcmp(line, "token")) {
		ret = undo_kill_token(rest, REMOVE_SECONDS);
		if (ret > 0 && say)
			fprintf(say, "killed  %d process%s of run %s\n", ret,
				ret > 1 ? "es" : "", rest);
		ret = ret > 0 ? 1 : ret;
	} else {
		ret = -EBADMSG;
	}
	if (ret == -EBADMSG && say)
		fprintf(say, "ignored %s %s: no record of ours\n", line,
			record + strlen(line) + 1);
	else if (ret < 0 && say)
		fprintf(say, "failed  %s %s: %s\n", line, record +
			strlen(line) + 1, strerror(-ret));
	return ret;
}

int undo_all(void)
{
	int first = 0;

	if (mine.owner != getpid())
		return 0;
	while (mine.nr) {
		int ret = undo_record(mine.record[--mine.nr], NULL);

		free(mine.record[mine.nr]);
		if (ret < 0 && !first)
			first = ret;
	}
	if (mine.fd >= 0) {
		close(mine.fd);
		if (!first)
			unlink(mine.path);
	}
	mine.fd = -1;
	mine.owner = 0;
	return first;
}

/*
 * Can the process that wrote journal NAME still act? One that has lost its
 * memory cannot, though a large one is listed for long after kill -9, and
 * as a zombie until somebody reaps it.
 */
static int alive(const char *name)
{
	unsigned long long start;
	char path[64], pages[64];
	int pid, end;

	if (sscanf(name, "%d-%llu%n", &pid, &start, &end) != 2 || name[end])
		return -EINVAL;
	if (undo_starttime(pid) != start)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	return read_small(AT_FDCWD, path, pages, sizeof(pages)) > 0 &&
	       strncmp(pages, "0 ", 2);
}

/* Is LINE a whole record? Then it is one without its end. */
static bool whole(char *line)
{
	static const char end[] = "\t" END "\n";
	size_t len = strlen(line), tail = sizeof(end) - 1;

	if (len < tail || strcmp(line + len - tail, end))
		return false;
	line[len - tail] = '\0';
	return true;
}

static int replay(int dir, const char *name, FILE *say)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int done = 0, first = 0;
	char boot[64], line[PATH_MAX + 600];
	unsigned int nr = 0;
	char **record = NULL;
	bool ours = true;
	FILE *f;

	if (fd < 0)
		return -errno;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	boot_id(boot, sizeof(boot));
	while (fgets(line, sizeof(line), f)) {
		char **more;

		/* Torn by a crash: the change after it was never made. */
		if (!whole(line))
			continue;
		if (!strncmp(line, "boot\t", 5)) {
			ours = !strcmp(line + 5, boot);
			continue;
		}
		more = realloc(record, (nr + 1) * sizeof(*record));
		if (!more || !(more[nr] = strdup(line))) {
			record = more ? more : record;
			first = -ENOMEM;
			break;
		}
		record = more;
		nr++;
	}
	fclose(f);
	while (nr) {
		int ret = ours && !first ? undo_record(record[nr - 1], say) : 0;

		if (ret > 0)
			done++;
		/* A line that is no record of ours will not get better. */
		else if (ret < 0 && ret != -EBADMSG && !first)
			first = ret;
		free(record[--nr]);
	}
	free(record);
	if (first)
		return first;
	if (unlinkat(dir, name, 0))
		return -errno;
	return done;
}

/* Has process number PID, alive or dead, a journal in DIR? */
static bool has_journal(DIR *dir, int pid)
{
	struct dirent *d;
	int of, end;

	rewinddir(dir);
	while ((d = readdir(dir)))
		if (sscanf(d->d_name, "%d-%*u%n", &of, &end) == 1 &&
		    !d->d_name[end] && of == pid)
			return true;
	return false;
}

/*
 * A directory hierarchy-PID-NR is made after the journal that says so and
 * goes before it: without one, nobody will ever ask for it. Returns how many
 * went, or -errno.
 */
static int clean_hierarchies(DIR *dir, FILE *say)
{
	char top[PATH_MAX - 64], path[PATH_MAX], name[48];
	struct { int pid; unsigned int nr; } found[64];
	int nr_found = 0, done = 0, first = 0, ret, end;
	struct dirent *d;

	undo_dir(top, sizeof(top));
	rewinddir(dir);
	while (nr_found < 64 && (d = readdir(dir)))
		if (sscanf(d->d_name, "hierarchy-%d-%u%n", &found[nr_found].pid,
			   &found[nr_found].nr, &end) == 2 && !d->d_name[end])
			nr_found++;
	for (int i = 0; i < nr_found; i++) {
		if (has_journal(dir, found[i].pid))
			continue;
		snprintf(path, sizeof(path), "%s/hierarchy-%d-%u", top,
			 found[i].pid, found[i].nr);
		snprintf(name, sizeof(name), "forkpath-%d-%u", found[i].pid,
			 found[i].nr);
		ret = forget_hierarchy(path, name, say);
		if (ret < 0 && !first)
			first = ret;
		if (ret < 0 && say)
			fprintf(say, "failed  hierarchy %s: %s\n", path,
				strerror(-ret));
		if (!ret && say)
			fprintf(say, "removed %s\n", path);
		done += ret >= 0;
	}
	return first ? first : done;
}

int undo_clean(FILE *say, unsigned int *live)
{
	int dir = open_dir(false), first = 0, done = 0, stale;
	struct dirent *d;
	DIR *list;

	if (live)
		*live = 0;
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	list = fdopendir(dir);
	if (!list) {
		close(dir);
		return -ENOMEM;
	}
	while ((d = readdir(list))) {
		int is = alive(d->d_name), ret;

		if (is < 0)
			continue;
		if (is) {
			if (live && strtol(d->d_name, NULL, 10) != getpid())
				++*live;
			continue;
		}
		ret = replay(dir, d->d_name, say);
		if (ret > 0)
			done += ret;
		else if (ret < 0 && ret != -ENOENT && !first)
			first = ret;
	}
	stale = clean_hierarchies(list, say);
	closedir(list);
	if (first || stale < 0)
		return first ? first : stale;
	return done + stale;
}

/* ---- one run at a time ------------------------------------------------- */

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
	int dir = open_dir(true), fd;
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
	if (file == -EBUSY || asked_for())
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
