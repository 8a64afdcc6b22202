// SPDX-License-Identifier: GPL-2.0-or-later
/* folders - many results folders: where, in which order, which point */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folders.h"
#include "mem.h"
#include "owner.h"
#include "set.h"

#define DEPTH_MAX 8

static int (*name_order)(const char *a, const char *b);

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return name_order((*a)->fts_name, (*b)->fts_name);
}

/* What a campaign keeps of a slot that is not done: docs/campaign.md. */
static bool is_undone(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".new") || !strcmp(dot, ".failed"));
}

static bool has_plan(const char *path)
{
	scoped char *plan = mem_text("%s/plan.tsv", path);
	struct stat st;

	return !lstat(plan, &st);
}

static int find_below(struct folders *all, struct folders *tables, char *path,
		      char *why, size_t len)
{
	char *const roots[] = { path, NULL };
	/* COMFOLLOW: what was named may be a link (results/latest). */
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW |
			     FTS_NOCHDIR, by_name);
	size_t was = all->nr + (tables ? tables->nr : 0);
	FTSENT *e;
	int ret = 0;

	if (!tree) {
		snprintf(why, len, "%s: %s", path, strerror(errno));
		return -1;
	}
	while ((e = fts_read(tree))) {
		if (e->fts_info == FTS_D) {
			bool hidden = e->fts_level && (*e->fts_name == '.' ||
						       is_undone(e->fts_name));

			if (!hidden && has_plan(e->fts_accpath))
				mem_push(&all->path, &all->nr,
					 xstrdup(e->fts_path));
			else if (!hidden && e->fts_level < DEPTH_MAX)
				continue;
			fts_set(tree, e, FTS_SKIP);
		} else if (e->fts_level && e->fts_info == FTS_F) {
			if (tables && *e->fts_name != '.' &&
			    mem_ends(e->fts_name, ".tsv"))
				mem_push(&tables->path, &tables->nr,
					 xstrdup(e->fts_path));
		} else if (!e->fts_level && e->fts_info != FTS_DP) {
			snprintf(why, len, "%s: %s; expected a results folder or a tree of them",
				 path, strerror(e->fts_errno ?: ENOTDIR));
			ret = -1;
			break;
		}
	}
	fts_close(tree);
	if (!ret && all->nr + (tables ? tables->nr : 0) == was) {
		snprintf(why, len, "%s: plan.tsv is not there, nor in a folder below; expected a results folder",
			 path);
		ret = -1;
	}
	return ret;
}

int folders_find(struct folders *all, struct folders *tables,
		 char *const *path, size_t nr,
		 int (*order)(const char *a, const char *b), char *why,
		 size_t len)
{
	name_order = order;
	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < nr; i++)
		if (owner_enter(path[i], why, len) ||
		    find_below(all, tables, path[i], why, len))
			return -1;
	return 0;
}

void folders_free(struct folders *all)
{
	for (size_t i = 0; i < all->nr; i++)
		free(all->path[i]);
	free(all->path);
}

/* Where digits begin again; what ends a release sorts between -rc and all. */
static int rank(const char *at)
{
	if (!*at)
		return 1;
	return strncmp(at, "-rc", 3) ? 2 + (unsigned char)*at : 0;
}

int release_order(const char *a, const char *b)
{
	while (*a || *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			size_t n, m;
			int c;

			a += strspn(a, "0");
			b += strspn(b, "0");
			n = strspn(a, "0123456789");
			m = strspn(b, "0123456789");
			if (n != m)
				return n < m ? -1 : 1;
			c = strncmp(a, b, n);
			if (c)
				return c;
			a += n;
			b += m;
			continue;
		}
		if (rank(a) != rank(b))
			return rank(a) < rank(b) ? -1 : 1;
		a++;
		b++;
	}
	return 0;
}

int folder_points(struct run *run, struct points *points, const char *path)
{
	memset(points, 0, sizeof(*points));
	if (run_read(run, path))
		return -1;
	for (size_t i = 0; i < run->nr_rep; i++)
		run->rep[i].lat = NULL;
	points_make(points, run);
	return 0;
}

int wanted_parse(struct wanted *w, const char *text, char *why, size_t len)
{
	char *at, *word;

	memset(w, 0, sizeof(*w));
	w->text = mem_text("%s", text);
	at = w->text;
	while ((word = strsep(&at, "/ "))) {
		char *eq = strchr(word, '=');
		struct kv *one;

		if (!w->bench && *word && !eq) {
			w->bench = word;
			continue;
		}
		if (!w->bench || !eq || eq == word) {
			snprintf(why, len, "point '%.80s'; expected BENCH/KEY=VALUE/.., as in clone/kind=fork",
				 text);
			return -1;
		}
		*eq = 0;
		one = mem_more(&w->kv, &w->nr, sizeof(*one));
		one->key = word;
		one->value = eq + 1;
	}
	return 0;
}

bool wanted_match(const struct wanted *w, const struct point *p)
{
	if (strcmp(w->bench, p->bench))
		return false;
	for (size_t i = 0; i < w->nr; i++) {
		bool part = !strcmp(w->kv[i].key, "part");

		if (value_order(part ? p->part : point_get(p, w->kv[i].key),
				w->kv[i].value))
			return false;
	}
	return true;
}

void wanted_free(struct wanted *w)
{
	free(w->text);
	free(w->kv);
}
