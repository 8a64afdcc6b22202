// SPDX-License-Identifier: GPL-2.0-or-later
/* set - results folders gathered into labelled sets of boots */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "folders.h"
#include "mem.h"
#include "set.h"

#define FOLDERS_MAX	10000

static int fail(struct sets *all, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(struct sets *all, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vtext(all->error, sizeof(all->error), fmt, ap);
	va_end(ap);
	return -1;
}

/* --- reading ------------------------------------------------------------- */

static int read_one(struct sets *all, const char *path, const char *name,
		    int arg)
{
	struct set_folder *f = mem_get(1, sizeof(*f));
	const char *label;
	struct stat st;

	mem_push(&all->folder, &all->nr_folder, f);
	f->path = mem_text("%s", path);
	f->arg = arg;
	if (run_read(&f->run, f->path))
		return fail(all, "%s", f->run.error);
	points_make(&f->points, &f->run);
	if (!fstat(f->run.dirfd, &st)) {
		f->dev = st.st_dev;
		f->ino = st.st_ino;
	}
	/* Ten thousand of them would be too many open at once. */
	if (f->run.dirfd > 0)
		close(f->run.dirfd);
	f->run.dirfd = -1;
	label = run_meta(&f->run, "label");
	if (!name && *label)
		name = label;
	if (!name)
		name = run_release(&f->run) ?: "unknown";
	f->name = mem_text("%s", name);
	f->boot = run_meta(&f->run, "boot_id");
	f->utc = run_meta(&f->run, "utc");
	return 0;
}

static int read_path(struct sets *all, char *path, const char *name, int arg)
{
	struct folders found;
	char why[300];
	int ret = folders_find(&found, NULL, &path, 1, strcmp, why, sizeof(why)) ?
		  fail(all, "%s", why) : 0;

	for (size_t i = 0; i < found.nr && !ret; i++)
		ret = all->nr_folder >= FOLDERS_MAX ?
			fail(all, "%s: more than %d results folders", path,
			     FOLDERS_MAX) :
			read_one(all, found.path[i], name, arg);
	folders_free(&found);
	return ret;
}

static int read_arg(struct sets *all, char *text, int arg)
{
	const char *eq = strchr(text, '=');
	scoped char *list = NULL, *name = NULL;
	char *at, *one;
	struct stat st;
	int ret = 0;

	if (!eq || !lstat(text, &st))
		return read_path(all, text, NULL, arg);
	if (eq == text || !eq[1])
		return fail(all, "%s; expected NAME=FOLDER,FOLDER...", text);
	name = mem_text("%.*s", (int)(eq - text), text);
	list = at = mem_text("%s", eq + 1);
	while (!ret && (one = strsep(&at, ",")))
		ret = *one ? read_path(all, one, name, arg) :
			fail(all, "%s; expected NAME=FOLDER,FOLDER...", text);
	return ret;
}

int sets_read(struct sets *all, char **arg, int nr)
{
	memset(all, 0, sizeof(*all));
	for (int i = 0; i < nr; i++)
		if (read_arg(all, arg[i], i))
			return -1;
	return 0;
}

void sets_take(struct sets *from, struct sets *to, const char *question)
{
	size_t n = 0;

	for (size_t i = 0; i < from->nr_folder; i++) {
		struct set_folder *f = from->folder[i];

		if (strcmp(f->run.question, question))
			from->folder[n++] = f;
		else
			mem_push(&to->folder, &to->nr_folder, f);
	}
	from->nr_folder = n;
}

/* --- grouping ------------------------------------------------------------ */

/* -1: it is in the set already. */
static int add_folder(struct set *set, struct set_folder *f)
{
	struct set_boot *boot = NULL;

	for (size_t i = 0; i < set->nr_boot; i++)
		if (!strcmp(set->boot[i].id, f->boot))
			boot = &set->boot[i];
	for (size_t i = 0; boot && i < boot->nr_folder; i++)
		if (boot->folder[i]->dev == f->dev &&
		    boot->folder[i]->ino == f->ino)
			return -1;
	if (!boot) {
		boot = mem_more(&set->boot, &set->nr_boot, sizeof(*boot));
		boot->id = f->boot;
		boot->utc = f->utc;
	}
	if (strcmp(f->utc, boot->utc) < 0)
		boot->utc = f->utc;
	mem_push(&boot->folder, &boot->nr_folder, f);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct set_boot *x = a, *y = b;
	int c = strcmp(x->utc, y->utc);

	return c ? c : strcmp(x->id, y->id);
}

/* Boots by time, and all folders in that order. */
static void in_order(struct set *s)
{
	qsort(s->boot, s->nr_boot, sizeof(*s->boot), by_time);
	for (size_t b = 0; b < s->nr_boot; b++)
		for (size_t k = 0; k < s->boot[b].nr_folder; k++)
			mem_push(&s->folder, &s->nr_folder,
				 s->boot[b].folder[k]);
}

static struct set *set_of(struct sets *all, const char *name)
{
	for (size_t i = 0; i < all->nr_set; i++)
		if (!strcmp(all->set[i].name, name))
			return &all->set[i];
	return NULL;
}

static struct set *set_new(struct sets *all, const char *name)
{
	struct set *s = mem_more(&all->set, &all->nr_set, sizeof(*s));

	s->name = name;
	return s;
}

static bool several_args(const struct sets *all)
{
	for (size_t i = 1; i < all->nr_folder; i++)
		if (all->folder[i]->arg != all->folder[0]->arg)
			return true;
	return false;
}

static bool one_name(const struct sets *all)
{
	for (size_t i = 1; i < all->nr_folder; i++)
		if (strcmp(all->folder[i]->name, all->folder[0]->name))
			return false;
	return true;
}

/* The same name for all: "6.18.44 (1)", "6.18.44 (2)", by argument. */
static void name_by_arg(struct sets *all)
{
	for (size_t i = 0; i < all->nr_folder; i++) {
		struct set_folder *f = all->folder[i];
		char *name = mem_text("%s (%d)", f->name, f->arg + 1);

		free(f->name);
		f->name = name;
	}
}

int sets_group(struct sets *all, const char *labels)
{
	struct set *s;
	size_t i;

	if (one_name(all) && several_args(all) && !(labels && *labels))
		name_by_arg(all);
	if (labels && *labels) {
		char *list = mem_text("%s", labels), *at = list, *one;
		int ret = 0;

		while (!ret && (one = strsep(&at, ","))) {
			for (i = 0; i < all->nr_folder; i++)
				if (!strcmp(all->folder[i]->name, one))
					break;
			if (i == all->nr_folder)
				ret = fail(all, "--label: no folder is labelled '%s'; the first is '%s'",
					   one, all->folder[0]->name);
			else if (set_of(all, one))
				ret = fail(all, "--label: '%s' is named twice",
					   one);
			else
				set_new(all, all->folder[i]->name);
		}
		free(list);
		if (ret)
			return ret;
	} else {
		for (i = 0; i < all->nr_folder; i++)
			if (!set_of(all, all->folder[i]->name))
				set_new(all, all->folder[i]->name);
	}
	for (i = 0; i < all->nr_folder; i++) {
		s = set_of(all, all->folder[i]->name);
		if (s && add_folder(s, all->folder[i]))
			return fail(all, "%s: given twice; each repetition counts once",
				    all->folder[i]->path);
	}
	for (i = 0; i < all->nr_set; i++)
		in_order(&all->set[i]);
	return 0;
}

int sets_one(struct sets *all, const char *name)
{
	struct set *s = set_new(all, name);

	for (size_t i = 0; i < all->nr_folder; i++)
		if (add_folder(s, all->folder[i]))
			return fail(all, "%s: given twice; each repetition counts once",
				    all->folder[i]->path);
	in_order(s);
	return 0;
}

void sets_free(struct sets *all)
{
	for (size_t i = 0; i < all->nr_folder; i++) {
		struct set_folder *f = all->folder[i];

		points_free(&f->points);
		run_free(&f->run);
		free(f->path);
		free(f->name);
		free(f);
	}
	free(all->folder);
	for (size_t i = 0; i < all->nr_set; i++) {
		for (size_t k = 0; k < all->set[i].nr_boot; k++)
			free(all->set[i].boot[k].folder);
		free(all->set[i].boot);
		free(all->set[i].folder);
	}
	free(all->set);
}
