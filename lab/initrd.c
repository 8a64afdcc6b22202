// SPDX-License-Identifier: GPL-2.0-or-later
/* initrd - what a guest finds when it wakes up */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "arch.h"
#include "cpio.h"
#include "digest.h"
#include "err.h"
#include "initrd.h"
#include "tool.h"
#include "tree.h"

#define TOP	"/forkpath"
#define BUSYBOX	INITRD_BUSYBOX

/* Directories that are there already, so that each is made once. */
struct made {
	struct text	*archive;
	unsigned int	 inode;
	struct strv	 dirs;
};

static void dirs_to(struct made *m, const char *path)
{
	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		char *dir = xstrndup(path, p - path);
		bool there = false;

		for (unsigned int i = 0; i < m->dirs.nr && !there; i++)
			there = !strcmp(m->dirs.v[i], dir);
		if (there) {
			free(dir);
			continue;
		}
		cpio_add(m->archive, &m->inode, dir + 1, S_IFDIR | 0755, 0,
			 "", 0);
		strv_add(&m->dirs, dir);
	}
}

static void put(struct made *m, const char *path, mode_t mode, dev_t rdev,
		const char *data, size_t len)
{
	dirs_to(m, path);
	cpio_add(m->archive, &m->inode, path + 1, mode, rdev, data, len);
}

/* The file FROM as PATH of the guest. An exit code. */
static int put_file(struct made *m, const char *path, const char *from)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct text t = { 0 };
	char buf[65536];
	struct stat st;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st)) {
		err_say("%s: %s", from, strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_BAD;
	}
	if (!S_ISREG(st.st_mode)) {
		err_say("%s: not a file", from);
		close(fd);
		return EXIT_BAD;
	}
	text_add(&t, "", 0);
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		text_add(&t, buf, got);
	if (got < 0)
		err_say("%s: %s", from, strerror(errno));
	close(fd);
	if (got < 0) {
		text_free(&t);
		return EXIT_FAIL;
	}
	put(m, path, S_IFREG | (st.st_mode & 0111 ? 0755 : 0644), 0, t.s,
	    t.len);
	text_free(&t);
	return EXIT_OK;
}

/*
 * All files IN a directory of the tree whose names end in SUFFIX, as what is
 * in its DIR. An exit code.
 */
static int put_names(struct made *m, const char *dir, const char *in,
		     const char *suffix, bool programs)
{
	struct strv names = tree_names(in, suffix, programs);
	int ret = EXIT_OK;

	for (unsigned int i = 0; i < names.nr && !ret; i++) {
		char *from = tree_path("%s/%s%s", in, names.v[i], suffix);
		char *to = xprintf(TOP "/%s/%s%s", dir, names.v[i], suffix);

		ret = put_file(m, to, from);
		free(from);
		free(to);
	}
	strv_free(&names);
	return ret;
}

/* A program of the tree; with the end '/': all of that folder. */
static int put_built(struct made *m, const char *to, const char *name)
{
	char *in = xprintf("%s/%s", arch_built(), name), *path = tree_path("%s", in);
	size_t len = strlen(in) - 1;
	int ret;

	if (in[len] == '/') {
		in[len] = '\0';
		ret = put_names(m, to, in, "", true);
	} else {
		ret = put_file(m, to, path);
	}
	free(path);
	free(in);
	return ret;
}

/* Under all names that this machine's has, as it says itself. */
static int put_busybox(struct made *m, const char *busybox)
{
	char *argv[] = { BUSYBOX, "--list-full", NULL };
	struct strv names = { 0 };
	struct text said = { 0 };
	int ret;

	if (access(BUSYBOX, X_OK))
		return EXIT_OK;
	ret = put_file(m, BUSYBOX, busybox ? busybox : BUSYBOX);
	if (!ret && !tool_run(argv, &said))
		strv_split(&names, said.s, "\n");
	for (unsigned int i = 0; i < names.nr; i++) {
		char *path = xprintf("/%s", names.v[i]);

		if (strcmp(path, BUSYBOX) && strchr(path + 1, '/'))
			put(m, path, S_IFLNK | 0777, 0, BUSYBOX,
			    strlen(BUSYBOX));
		free(path);
	}
	strv_free(&names);
	text_free(&said);
	return ret;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *initrd_question(const char *path)
{
	return xprintf(TOP "/configs/%s", base_name(path));
}

/* FILE[:GUEST_PATH]; without one it goes where the command starts. */
static int put_added(struct made *m, const char *what)
{
	const char *colon = strchr(what, ':');
	char *from = colon ? xstrndup(what, colon - what) : xstrdup(what);
	char *to = colon ? xstrdup(colon + 1) :
			   xprintf(TOP "/%s", base_name(from));
	int ret;

	if (*to != '/' || to[strlen(to) - 1] == '/' || strstr(to, "//") ||
	    strstr(to, "/../") || strstr(to, "/./")) {
		err_say("--add %s: the path in the guest is '%s'; an absolute "
			"one of a file would be right", what, to);
		ret = EXIT_BAD;
	} else {
		ret = put_file(m, to, from);
	}
	free(from);
	free(to);
	return ret;
}

static void job_add(struct text *job, const char *key, const char *value)
{
	text_printf(job, "%s=%s", key, value);
	text_add(job, "", 1);
}

static void put_job(struct made *m, const struct initrd_args *a)
{
	struct text job = { 0 };

	job_add(&job, "v1", a->v1 ? a->v1 : "auto");
	job_add(&job, "favordynmods", a->favordynmods ? "1" : "0");
	if (a->console)
		job_add(&job, "console", arch->console);
	job_add(&job, "wire", arch->wire);
	if (a->collect)
		job_add(&job, "collect", a->collect);
	for (unsigned int i = 0; i < a->module->nr; i++) {
		char *to = xprintf("/lib/modules/%s",
				   base_name(a->module->v[i]));

		job_add(&job, "module", to);
		free(to);
	}
	for (unsigned int i = 0; i < a->argv->nr; i++)
		job_add(&job, "arg", a->argv->v[i]);
	put(m, "/lab/job", S_IFREG | 0644, 0, job.s, job.len);
	text_free(&job);
}

/* What the runner will load, where the module was built for this kernel. */
static int put_kmod(struct made *m, const char *release)
{
	char *from = xprintf("build/kmod/%s/forkpath.ko", release);
	char *path = tree_path("%s", from), *to = xprintf(TOP "/%s", from);
	int ret = access(path, R_OK) ? EXIT_OK : put_file(m, to, path);

	free(from);
	free(path);
	free(to);
	return ret;
}

static int put_tree(struct made *m)
{
	int ret = put_built(m, "/init", "lab/init");

	if (!ret)
		ret = put_built(m, TOP "/build/forkpath-runner",
				"lab/forkpath-runner");
	if (!ret)
		ret = put_built(m, "build/bench", "bench/");
	if (!ret)
		ret = put_built(m, "build/workloads", "workloads/");
	if (!ret)
		ret = put_names(m, "configs", "configs", ".conf", false);
	if (!ret)
		ret = put_names(m, "workloads", "workloads", ".sh", false);
	if (!ret)
		ret = put_names(m, "workloads", "workloads", ".job", false);
	return ret;
}

/* What is the same in every guest. */
static int begin(struct made *m, struct text *archive, uint64_t *tree)
{
	static const char *const dirs[] = {
		"/dev/", "/proc/", "/sys/", "/tmp/", "/run/", "/root/",
	};
	int ret;

	*m = (struct made){ .archive = archive, .inode = 1 };
	text_add(archive, "", 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		dirs_to(m, dirs[i]);
	put(m, "/dev/console", S_IFCHR | 0600, makedev(5, 1), "", 0);
	ret = put_tree(m);
	if (tree)
		*tree = digest_add(DIGEST_NONE, archive->s, archive->len);
	return ret;
}

int initrd_digest(uint64_t *tree)
{
	struct text archive = { 0 };
	struct made m;
	int ret = begin(&m, &archive, tree);

	strv_free(&m.dirs);
	text_free(&archive);
	return ret;
}

int initrd_make(struct text *archive, const struct initrd_args *a)
{
	struct made m;
	int ret = begin(&m, archive, a->tree);

	if (!ret)
		ret = put_kmod(&m, a->kernel->release);
	if (!ret)
		ret = put_busybox(&m, a->kernel->busybox);
	if (!ret && a->kernel->config) {
		char *to = xprintf("/boot/config-%s", a->kernel->release);

		ret = put_file(&m, to, a->kernel->config);
		free(to);
	}
	if (!ret && a->question) {
		char *to = initrd_question(a->question);

		ret = put_file(&m, to, a->question);
		free(to);
	}
	if (!ret && a->plan)
		ret = put_file(&m, GUEST_PLAN, a->plan);
	for (unsigned int i = 0; i < a->module->nr && !ret; i++) {
		char *to = xprintf("/lib/modules/%s",
				   base_name(a->module->v[i]));

		ret = put_file(&m, to, a->module->v[i]);
		free(to);
	}
	for (unsigned int i = 0; i < a->add->nr && !ret; i++)
		ret = put_added(&m, a->add->v[i]);
	if (a->layout) {
		struct text pad = { 0 };

		text_printf(&pad, "%*d", (int)a->layout * 4999, 0);
		put(&m, "/layout", S_IFREG | 0600, 0, pad.s, pad.len);
		text_free(&pad);
	}
	put_job(&m, a);
	cpio_end(archive);
	strv_free(&m.dirs);
	return ret;
}
