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

#include "clock.h"
#include "undo.h"
#include "undo-own.h"

#define NR_RECORDS	4096
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

static int boot_id(char *buf, size_t len)
{
	return undo_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", buf, len);
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

	dir = undo_open_dir(true);
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
	return ret && !geteuid() && (ret != -ENOENT || undo_asked_for());
}

const char *undo_missing(void)
{
	static char why[PATH_MAX + 200];
	char path[PATH_MAX - 64];
	int dir = undo_open_dir(true), ret = dir < 0 ? dir : 0;

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

	ret = undo_read_setting(path, old, sizeof(old));
	if (ret < 0)
		return ret;
	if (!strcmp(old, new_value))
		return 0;
	if (strpbrk(old, "\t\n") || strpbrk(new_value, "\t\n"))
		return -EINVAL;
	ret = remember_setting(path, old, new_value);
	if (!ret)
		ret = undo_write(path, new_value);
	if (ret || undo_read_setting(path, now, sizeof(now)) < 0)
		return ret;
	/* A kernel that ignores it has not changed it; others may, meanwhile. */
	if (!strcmp(now, old))
		return -EIO;
	/* Only what reads as it was set is put back: say how that is. */
	return strcmp(now, new_value) ? remember_setting(path, old, now) : 0;
}

int undo_setting_as(const char *path, const char *value, const char *reads,
		    const char *back)
{
	int ret = strpbrk(reads, "\t\n") || strpbrk(back, "\t\n") ? -EINVAL :
		remember_setting(path, back, reads);

	return ret ? ret : undo_write(path, value);
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

	if (strcmp(name, UNDO_MODULE))
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
	ret = undo_mount(path, name);
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
	return undo_read(AT_FDCWD, path, pages, sizeof(pages)) > 0 &&
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
		ret = undo_forget(path, name, say);
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
	int dir = undo_open_dir(false), first = 0, done = 0, stale;
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
