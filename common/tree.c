// SPDX-License-Identifier: GPL-2.0-or-later
/* tree - where things are: configs/, workloads/, build/ and results/ */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

static char *top;

int tree_init(const char *dir)
{
	char self[4096];
	ssize_t len;

	free(top);
	top = NULL;
	if (!dir) {
		len = readlink("/proc/self/exe", self, sizeof(self) - 1);
		if (len < 0)
			return -errno;
		self[len] = '\0';
		for (int i = 0; i < 2 && strrchr(self, '/'); i++)
			*strrchr(self, '/') = '\0';
		dir = self;
	}
	/* Absolute: children run in other directories. */
	top = realpath(*dir ? dir : "/", NULL);
	return top ? 0 : -errno;
}

char *tree_path(const char *fmt, ...)
{
	va_list ap;
	char *tail, *path;

	va_start(ap, fmt);
	if (vasprintf(&tail, fmt, ap) < 0)
		tail = xstrdup("");
	va_end(ap);
	path = xprintf("%s/%s", top ? top : ".", tail);
	free(tail);
	return path;
}

char *tree_results(void)
{
	const char *name = getenv("FORKPATH_RESULTS");
	char *own = tree_path("results"), *version = tree_path("VERSION");
	char *cwd = NULL, *path;
	bool installed = !access(version, F_OK) && access(own, F_OK);

	free(version);
	if ((!name || !*name) && !installed)
		return own;
	free(own);
	if (!name || !*name)
		name = "results";
	if (*name != '/')
		cwd = getcwd(NULL, 0);
	path = cwd ? xprintf("%s/%s", cwd, name) : xstrdup(name);
	free(cwd);
	return path;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct strv tree_names(const char *dir, const char *suffix, bool programs)
{
	char *path = tree_path("%s", dir);
	struct strv names = { 0 };
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name), tail = strlen(suffix);
		struct stat st;
		char *name;

		if (len <= tail || strcmp(e->d_name + len - tail, suffix) ||
		    (programs && strchr(e->d_name, '.')))
			continue;
		if (programs && (fstatat(dirfd(d), e->d_name, &st, 0) ||
				 !S_ISREG(st.st_mode) || !(st.st_mode & 0111)))
			continue;
		name = xstrndup(e->d_name, len - tail);
		if (word_ok(name))
			strv_add(&names, name);
		else
			free(name);
	}
	if (d)
		closedir(d);
	free(path);
	if (names.nr)
		qsort(names.v, names.nr, sizeof(*names.v), by_name);
	return names;
}

struct strv tree_questions(void)
{
	struct strv all = tree_names("configs", ".conf", false), s = { 0 };

	for (unsigned int i = 0; i < all.nr; i++)
		if (strcmp(all.v[i], "answers"))
			strv_add(&s, xstrdup(all.v[i]));
	strv_free(&all);
	return s;
}

bool tree_in_path(const char *program)
{
	const char *path = getenv("PATH");
	struct strv dirs = { 0 };
	bool found = false;

	strv_split(&dirs, path ? path : "/usr/bin:/bin", ":");
	for (unsigned int i = 0; i < dirs.nr && !found; i++) {
		char *file = xprintf("%s/%s", dirs.v[i], program);

		found = !access(file, X_OK);
		free(file);
	}
	strv_free(&dirs);
	return found;
}
