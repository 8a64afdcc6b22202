// SPDX-License-Identifier: GPL-2.0-or-later
/* cg - cgroup verbs, v1, v2 and hybrid */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cg.h"
#include "clock.h"
#include "kill.h"
#include "undo.h"

#define TOP "forkpath"		/* the one directory of ours per hierarchy */
#define OWN "own"		/* the controller of v1-own, as it were */

/* The kernel writes blank, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 |
				(s[3] - '0');
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

int cg_mount_next(FILE *mountinfo, struct cg_mount *m)
{
	char line[3 * PATH_MAX];

	while (fgets(line, sizeof(line), mountinfo)) {
		char type[16], *tail = strstr(line, " - "), how[512];

		/* ID PARENT DEV ROOT PATH OPTIONS [FIELD]... - TYPE SRC SUPER */
		if (!tail ||
		    sscanf(line, "%d %*s %*s %4095s %4095s %511s", &m->id,
			   m->root, m->path, how) != 4 ||
		    sscanf(tail, " - %15s %*s %511s", type, m->options) != 2)
			continue;
		if (!strcmp(type, "cgroup2"))
			m->version = 2;
		else if (!strcmp(type, "cgroup"))
			m->version = 1;
		else
			continue;
		unescape(m->root);
		unescape(m->path);
		m->ro = cg_option(how, "ro");
		return 1;
	}
	return 0;
}

bool cg_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == len && !strncmp(p, word, len))
			return true;
	return false;
}

const char *cg_below(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (len == 1)			/* the top, which is "/" */
		len = 0;
	if (strncmp(root, path, len))
		return NULL;
	path += len;
	return *path == '/' ? path : *path ? NULL : "/";
}

/* Is it this mount that its path leads to, and may we write there? */
static int usable(const struct cg_mount *m)
{
	int fd = open(m->path, O_PATH | O_DIRECTORY | O_CLOEXEC), id = -1;
	char file[64], line[128];
	FILE *f;

	if (fd < 0)
		return -ESTALE;
	snprintf(file, sizeof(file), "/proc/self/fdinfo/%d", fd);
	f = fopen(file, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "mnt_id: %d", &id) == 1)
			break;
	if (f)
		fclose(f);
	close(fd);
	if (id != m->id)
		return -ESTALE;
	return faccessat(AT_FDCWD, m->path, W_OK, AT_EACCESS) ? -errno : 0;
}

int cg_mount_find(int version, const char *controller, const char *mountinfo,
		  struct cg_mount *m)
{
	FILE *f = fopen(mountinfo ? mountinfo : "/proc/self/mountinfo", "re");
	struct cg_mount next;
	int ret = -ENOENT;

	if (!f)
		return -errno;
	while (ret && cg_mount_next(f, &next)) {
		int is;

		if (next.version != version ||
		    (version == 1 && !cg_option(next.options, controller)))
			continue;
		/* Of what a journal cannot name nothing could be undone. */
		is = strpbrk(next.path, "\t\n") ? -EILSEQ :
		     !mountinfo ? usable(&next) : next.ro ? -EROFS : 0;
		/* One that can be read is better than one that is not seen. */
		if (is && ret != -ENOENT && (is == -ESTALE || ret != -ESTALE))
			continue;
		ret = is;
		*m = next;
	}
	fclose(f);
	return ret;
}

int cg_hier_check(const char *name)
{
	if (!strcmp(name, "v2"))
		return 0;
	if (strncmp(name, "v1-", 3) && strncmp(name, "v2-", 3))
		return -EINVAL;
	return name[3] && strlen(name) < 64 && !strpbrk(name, "/ ,\t\n") ?
	       0 : -EINVAL;
}

/* Is WORD in the blank-separated list that FILE of the directory holds? */
static int listed(const char *dir, const char *file, const char *word)
{
	char path[PATH_MAX + 64], list[1024], *save = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	if (!fgets(list, sizeof(list), f))
		list[0] = '\0';
	fclose(f);
	for (char *w = strtok_r(list, " \n", &save); w;
	     w = strtok_r(NULL, " \n", &save))
		if (!strcmp(w, word))
			return 1;
	return 0;
}

/* Does this kernel know file system NAME? */
static bool has_filesystem(const char *name)
{
	FILE *f = fopen("/proc/filesystems", "re");
	char line[128], type[64];
	bool has = false;

	while (f && !has && fgets(line, sizeof(line), f))
		has = sscanf(line, "nodev %63s", type) == 1 &&
		      !strcmp(type, name);
	if (f)
		fclose(f);
	return has;
}

static bool is_own(const struct cg_hier *h)
{
	return h->version == 1 && !strcmp(h->controller, OWN);
}

/*
 * May this process mount a hierarchy that nobody has? Asked with a file system
 * that does not exist, which changes nothing. A new hierarchy is for the
 * first user and cgroup namespace alone, whose numbers are fixed.
 */
static bool may_mount(void)
{
	static const struct { const char *file; ino_t first; } ns[] = {
		{ "/proc/self/ns/user", 0xeffffffd },
		{ "/proc/self/ns/cgroup", 0xeffffffb },
	};
	struct stat st;

	for (int i = 0; i < 2; i++)
		if (!stat(ns[i].file, &st) && st.st_ino != ns[i].first)
			return false;
	return !mount("none", "/", "forkpath-none", 0, NULL) ||
	       errno == ENODEV;
}

int cg_hier_find(const char *name, const char *mountinfo, struct cg_hier *h)
{
	int ret = cg_hier_check(name);
	struct cg_mount m;

	if (ret)
		return ret;
	memset(h, 0, sizeof(*h));
	h->version = name[1] - '0';
	if (name[2])
		snprintf(h->controller, sizeof(h->controller), "%s", name + 3);
	strcpy(h->root, "/");
	if (is_own(h))
		return !has_filesystem("cgroup") ||
		       !undo_hierarchy_path(0, h->mount, sizeof(h->mount)) ?
		       -ENOENT : may_mount() ? 0 : -EPERM;
	ret = cg_mount_find(h->version, h->controller, mountinfo, &m);
	if (ret != -ENOENT) {
		snprintf(h->mount, sizeof(h->mount), "%s", m.path);
		snprintf(h->root, sizeof(h->root), "%s", m.root);
	}
	if (!ret && h->version == 2 && *h->controller &&
	    listed(h->mount, "cgroup.subtree_control", h->controller) != 1)
		ret = -ENODEV;
	return ret;
}

const char *cg_hier_bad(const char *name)
{
	static char why[160];

	if (!cg_hier_check(name))
		return NULL;
	snprintf(why, sizeof(why), "--hierarchy: '%s' is not v2, "
		 "v2-CONTROLLER, v1-CONTROLLER or v1-name=NAME", name);
	return why;
}

const char *cg_hier_missing(const char *name, struct cg_hier *h)
{
	static char why[400];
	int ret = cg_hier_find(name, NULL, h);
	bool where = ret == -EROFS || ret == -EACCES || ret == -ESTALE ||
		     ret == -EILSEQ;
	const char *what = NULL;

	switch (ret) {
	case 0:
		return NULL;
	case -ENODEV:
		what = ": the controller is not enabled at the top of v2";
		break;
	case -EPERM:
		what = ": needs CAP_SYS_ADMIN, outside of user and cgroup "
		       "namespaces, for a mount";
		break;
	case -EROFS:
		what = " is mounted read-only";
		break;
	case -EILSEQ:
		what = " is mounted where no journal can say it, a tab or a "
		       "newline in the name";
		break;
	case -EACCES:
		what = " is not writable for this process, as in a user namespace";
		break;
	case -ESTALE:
		what = " is covered by another mount";
		break;
	default:
		what = strcmp(name, "v1-" OWN) ? " is not mounted here" :
		       ": this kernel has no v1, or there is no place for a "
		       "mount";
	}
	snprintf(why, sizeof(why), "hierarchy %s%s%s%.200s", name, what,
		 where ? ": " : "", where ? h->mount : "");
	return why;
}

const char *cg_agent_missing(void)
{
	char self[PATH_MAX - 16], path[PATH_MAX], name[32] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct stat there, here;
	FILE *f = fopen("/proc/2/comm", "re");

	if (f && !fgets(name, sizeof(name), f))
		name[0] = '\0';
	if (f)
		fclose(f);
	self[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof(path), "/proc/2/root%s", self);
	if (n > 0 && !strcmp(name, "kthreadd\n") &&
	    !stat("/proc/self/exe", &here) && !stat(path, &there) &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev)
		return NULL;
	return "the kernel cannot start this program as an agent: it is not "
	       "where the kernel looks (a chroot, a container, a pid "
	       "namespace)";
}

int cg_write(const struct cg *cg, const char *file, const char *value)
{
	int fd = openat(cg->dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t len = strlen(value);
	ssize_t n;
	int ret = 0;

	if (fd < 0)
		return -errno;
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != len)
		ret = -EIO;
	close(fd);
	return ret;
}

int cg_write_pid(const struct cg *cg, const char *file, pid_t pid)
{
	char value[16];

	snprintf(value, sizeof(value), "%d", pid);
	return cg_write(cg, file, value);
}

int cg_open(const struct cg *cg, const char *file, int flags)
{
	int fd = openat(cg->dir, file, flags | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int cg_read(const struct cg *cg, const char *file, char *buf, size_t len)
{
	int fd = cg_open(cg, file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, buf, len - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return strlen(buf);
}

long cg_count(const struct cg *cg, const char *file)
{
	int fd = cg_open(cg, file, O_RDONLY);
	static char buf[1 << 16];
	long lines = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += buf[i] == '\n';
	if (n < 0)
		lines = -errno;
	close(fd);
	return lines;
}

const char *cg_threads_file(const struct cg *cg)
{
	return cg->version == 1 ? "tasks" : "cgroup.threads";
}

/* Also one in zeroed memory that nobody opened: 0 is not its descriptor. */
static bool is_none(const struct cg *cg)
{
	return cg->dir < 0 || (!cg->dir && !*cg->path);
}

void cg_close(struct cg *cg)
{
	if (!is_none(cg))
		close(cg->dir);
	cg->dir = -1;
}

static int open_group(struct cg *cg)
{
	cg->dir = open(cg->path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return cg->dir < 0 ? -errno : 0;
}

/* A fresh v1 cpuset has no CPUs and no nodes: take those of the parent. */
static int fill_cpuset(const struct cg *parent, const struct cg *cg)
{
	static const char *const files[] = {
		"cpuset.cpus", "cpuset.mems", "cpus", "mems",
	};
	char value[4096];

	for (unsigned int i = 0; i < 4; i++) {
		int ret = cg_read(cg, files[i], value, sizeof(value));

		if (ret == -ENOENT || ret > 0)
			continue;
		if (!ret)
			ret = cg_read(parent, files[i], value, sizeof(value));
		if (ret > 0)
			ret = cg_write(cg, files[i], value);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int make(const struct cg_hier *h, const struct cg *parent,
		const char *name, struct cg *cg)
{
	int ret;

	cg->version = h->version;
	cg->dir = -1;
	if (snprintf(cg->path, sizeof(cg->path), "%s/%s", parent->path, name) >=
	    (int)sizeof(cg->path))
		return -ENAMETOOLONG;
	if (mkdirat(parent->dir, name, 0755) && errno != EEXIST)
		return -errno;
	ret = open_group(cg);
	if (!ret && h->version == 1)
		ret = fill_cpuset(parent, cg);
	return ret;
}

int cg_make(const struct cg_hier *h, const struct cg *parent,
	    const char *name, struct cg *cg)
{
	int ret = make(h, parent, name, cg);

	if (ret)
		cg_close(cg);
	return ret;
}

/* BASE below ROOT, as cg_base() wants it. */
static int make_base(const struct cg_hier *h, const struct cg *root,
		     const char *name, struct cg *base)
{
	struct cg top = CG_NONE;
	char enable[80];
	int ret = make(h, root, TOP, &top);

	snprintf(enable, sizeof(enable), "+%s", h->controller);
	if (!ret && h->version == 2 && *h->controller)
		ret = cg_write(&top, "cgroup.subtree_control", enable);
	if (!ret)
		ret = make(h, &top, name, base);
	if (!ret && h->version == 2 && *h->controller)
		ret = cg_write(base, "cgroup.subtree_control", enable);
	cg_close(&top);
	if (ret)
		cg_close(base);
	return ret;
}

/*
 * Containers may share a hierarchy, and have the same numbers: in any pid
 * namespace but the first, whose number is fixed, that of the namespace is
 * part of the name.
 */
static void base_name(char *name, size_t len)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) || st.st_ino == 0xeffffffc)
		snprintf(name, len, "%d", getpid());
	else
		snprintf(name, len, "%d-%lu", getpid(),
			 (unsigned long)st.st_ino);
}

int cg_base(const struct cg_hier *h, struct cg *base)
{
	struct cg root = CG_NONE;
	char name[32], path[PATH_MAX + 64];
	uint64_t deadline;
	int ret;

	base->dir = -1;
	ret = is_own(h) ? undo_hierarchy(0) : 0;
	if (ret)
		return ret;
	root.version = h->version;
	snprintf(root.path, sizeof(root.path), "%s", h->mount);
	ret = open_group(&root);
	if (ret)
		return ret;

	base_name(name, sizeof(name));
	if (snprintf(path, sizeof(path), "%s/" TOP "/%s", h->mount, name) >=
	    PATH_MAX)
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = undo_cgroup(path);
	/*
	 * Whoever ends his run removes TOP when it is empty, also now, and how
	 * many end is not ours to count: only time bounds the attempts.
	 */
	deadline = clock_ns() + clock_from_s(10);
	while (!ret) {
		ret = make_base(h, &root, name, base);
		if ((ret != -ENOENT && ret != -ENODEV) ||
		    clock_ns() > deadline)
			break;
		ret = 0;
	}
	cg_close(&root);
	return ret;
}

int cg_deep(const struct cg_hier *h, const struct cg *base,
	    unsigned long depth, struct cg *deep)
{
	char name[32], enable[80];
	int ret = 0;

	*deep = *base;
	deep->dir = dup(base->dir);
	snprintf(enable, sizeof(enable), "+%s", h->controller);
	for (unsigned long i = 0; i < depth && !ret; i++) {
		struct cg next;

		snprintf(name, sizeof(name), "depth%lu", i);
		ret = cg_make(h, deep, name, &next);
		if (!ret && h->version == 2 && *h->controller)
			ret = cg_write(&next, "cgroup.subtree_control", enable);
		cg_close(deep);
		*deep = next;
	}
	return ret;
}

/* Does cgroup.procs of directory *ARG list PID? */
static bool lists(pid_t pid, const void *arg)
{
	int fd = openat(*(const int *)arg, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	bool yes = false;
	long one;

	while (f && !yes && fscanf(f, "%ld", &one) == 1)
		yes = one == pid;
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return yes;
}

/* One sweep of SIGKILL over the processes listed. Returns how many. */
static int kill_listed(int dir)
{
	int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC), n = 0;
	long pid;
	FILE *f;

	if (fd < 0)
		return -errno;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (fscanf(f, "%ld", &pid) == 1) {
		if (pid <= 1 || pid == getpid())
			continue;
		n++;
		kill_sure(pid, SIGKILL, lists, &dir);
		waitpid(pid, NULL, WNOHANG);	/* if it was a child of ours */
	}
	fclose(f);
	return n;
}

static int put(int dir, const char *file, const char *value)
{
	struct cg cg = { .dir = dir };

	return cg_write(&cg, file, value);
}

/*
 * Empty and remove the group NAME of directory AT, children first. A frozen
 * task does not die in v1, so thaw. v2 tells when it is empty, v1 does not
 * and is asked again.
 */
static int remove_at(int at, const char *name, uint64_t deadline)
{
	int dir = openat(at, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *d;
	int ret = 0;
	DIR *list;

	if (dir < 0)
		return errno == ENOENT ? 0 : -errno;
	/* Threaded v2 groups below can only be killed from their domain. */
	put(dir, "cgroup.kill", "1");
	list = fdopendir(dup(dir));
	while (list && !ret && (d = readdir(list)))
		if (d->d_type == DT_DIR && d->d_name[0] != '.')
			ret = remove_at(dir, d->d_name, deadline);
	if (list)
		closedir(list);

	while (!ret) {
		struct pollfd p = { .fd = -1, .events = POLLPRI };
		char drop[64];

		put(dir, "freezer.state", "THAWED");
		if (put(dir, "cgroup.kill", "1"))
			kill_listed(dir);
		p.fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
		if (p.fd >= 0 && read(p.fd, drop, sizeof(drop)) < 0)
			drop[0] = '\0';
		if (!unlinkat(at, name, AT_REMOVEDIR) || errno == ENOENT) {
			if (p.fd >= 0)
				close(p.fd);
			break;
		}
		if (errno != EBUSY)
			ret = -errno;
		else if (clock_ns() > deadline)
			ret = -EBUSY;
		else
			poll(&p, 1, p.fd >= 0 ? 20 : 1);
		if (p.fd >= 0)
			close(p.fd);
		/* A v2 group killed as a whole leaves zombies to their parent. */
		kill_listed(dir);
	}
	close(dir);
	return ret;
}

int cg_remove(struct cg *cg, double seconds)
{
	int ret;

	if (is_none(cg))
		return 0;
	cg_close(cg);
	ret = cg_remove_path(cg->path, seconds);
	return ret < 0 ? ret : 0;
}

int cg_remove_path(const char *path, double seconds)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	const char *below = NULL;
	size_t len = 0;
	struct cg_mount m;
	struct stat st;
	char top[PATH_MAX + 16];
	int at, ret;

	if (!f)
		return -errno;
	while (!below && cg_mount_next(f, &m)) {
		len = snprintf(top, sizeof(top), "%s/" TOP, m.path);
		if (!strncmp(path, top, len) && path[len] == '/')
			below = path + len + 1;
	}
	fclose(f);
	if (!below || !*below || below[strspn(below, "0123456789abcdefghijklmno"
					      "pqrstuvwxyz-/")] ||
	    strstr(below, "//") || below[0] == '/')
		return -EBADMSG;

	at = open(top, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0)
		return errno == ENOENT ? 0 : -errno;
	ret = fstatat(at, below, &st, AT_SYMLINK_NOFOLLOW) ? 0 : 1;
	if (ret) {
		int error = remove_at(at, below,
				      clock_ns() + clock_from_s(seconds));

		ret = error ? error : 1;
	}
	close(at);
	/* The common top goes with the last run that uses it. */
	if (ret >= 0)
		rmdir(top);
	return ret;
}
