// SPDX-License-Identifier: GPL-2.0-or-later
/* programs - what a run measures with, and is it still that? */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "digest.h"
#include "programs.h"
#include "tree.h"
#include "workload.h"

struct program {
	char		*path;
	uint64_t	 digest;	/* of no byte where there is no file */
	struct stat	 st;
};

static void look(struct program *p)
{
	/* In this order: what is replaced meanwhile is looked at again. */
	if (stat(p->path, &p->st))
		memset(&p->st, 0, sizeof(p->st));
	p->digest = DIGEST_NONE;
	digest_file(&p->digest, p->path);
}

/* The file PATH, once; it is ours then. */
static void add(struct programs *all, char *path)
{
	struct program *p;

	for (size_t i = 0; path && i < all->nr; i++) {
		if (strcmp(all->v[i].path, path))
			continue;
		free(path);
		path = NULL;
	}
	if (!path)
		return;
	p = mem_more(&all->v, &all->nr, sizeof(*p));
	p->path = path;
	look(p);
}

static int by_digest(const void *a, const void *b)
{
	const struct program *x = a, *y = b;

	return (x->digest > y->digest) - (x->digest < y->digest);
}

void programs_of(struct programs *all, const struct plan *plan)
{
	*all = (struct programs){ 0 };
	add(all, xstrdup("/proc/self/exe"));
	for (unsigned int i = 0; i < plan->nr; i++) {
		add(all, tree_path("build/bench/%s", plan->line[i].bench));
		add(all, workload_file(plan->line[i].workload));
	}
	/* The order of a plan is drawn, and the tree may be anywhere. */
	qsort(all->v, all->nr, sizeof(*all->v), by_digest);
}

void programs_free(struct programs *all)
{
	for (size_t i = 0; i < all->nr; i++)
		free(all->v[i].path);
	free(all->v);
	*all = (struct programs){ 0 };
}

char *programs_digest(const struct programs *all)
{
	uint64_t digest = DIGEST_NONE;

	for (size_t i = 0; i < all->nr; i++)
		digest = digest_add(digest, &all->v[i].digest,
				    sizeof(all->v[i].digest));
	return digest_text(digest);
}

/* Touched, linked, built anew to the same bytes: it is what it was. */
static bool is_same(struct program *p)
{
	struct program now = { .path = p->path };

	if (stat(now.path, &now.st))
		memset(&now.st, 0, sizeof(now.st));
	if (now.st.st_dev == p->st.st_dev && now.st.st_ino == p->st.st_ino &&
	    now.st.st_size == p->st.st_size &&
	    now.st.st_mtim.tv_sec == p->st.st_mtim.tv_sec &&
	    now.st.st_mtim.tv_nsec == p->st.st_mtim.tv_nsec &&
	    now.st.st_ctim.tv_sec == p->st.st_ctim.tv_sec &&
	    now.st.st_ctim.tv_nsec == p->st.st_ctim.tv_nsec)
		return true;
	look(&now);
	if (now.digest != p->digest)
		return false;
	*p = now;
	return true;
}

const char *programs_changed(struct programs *all)
{
	for (size_t i = 0; i < all->nr; i++)
		if (!is_same(&all->v[i]))
			return all->v[i].path;
	return NULL;
}
