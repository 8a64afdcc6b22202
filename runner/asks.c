// SPDX-License-Identifier: GPL-2.0-or-later
/* asks - what a config wants to know, checked and kept with the results */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "asks.h"
#include "desc.h"
#include "err.h"
#include "tree.h"

/* Where we are, for a message. */
struct place {
	const char	*file;
	const struct ask *ask;
};

static const struct opt *option(const struct desc *d, const char *name)
{
	const struct opt *o = opt_find(d->opts, name);

	return o ? o : opt_find(d->common, name);
}

static int no_option(const struct place *at, const struct desc *d,
		     const char *name)
{
	err_say("%s:%u: expected an option of %s, got '%s'", at->file,
		at->ask->line, d->name, name);
	return -EINVAL;
}

static int check_values(const struct place *at, const struct desc *d,
			const struct ask_want *w)
{
	const struct opt *o = option(d, w->key);
	char why[300];

	if (!strcmp(w->key, "workload"))
		return 0;
	if (!o)
		return no_option(at, d, w->key);
	for (unsigned int i = 0; i < w->values.nr; i++) {
		if (!opt_check(o, w->values.v[i], why, sizeof(why)))
			continue;
		err_say("%s:%u: %s: %s", at->file, at->ask->line, d->name, why);
		return -EINVAL;
	}
	return 0;
}

static int check_points(const struct place *at, const struct ask_points *p,
			const struct desc **d)
{
	char why[300];
	int ret;

	*d = NULL;
	if (!p->bench)
		return 0;
	ret = desc_get(p->bench, d, why, sizeof(why));
	if (ret) {
		err_say("%s:%u: expected a benchmark, got '%s': %s", at->file,
			at->ask->line, p->bench, ret == -ENOENT ?
			"there is none of that name" : why);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < p->nr; i++)
		if (check_values(at, *d, &p->want[i]))
			return -EINVAL;
	return 0;
}

static int check(const char *file, const struct ask *a)
{
	const struct place at = { file, a };
	const struct desc *base, *during, *arm;

	if (check_points(&at, &a->base, &base) ||
	    check_points(&at, &a->meanwhile, &during) ||
	    check_points(&at, &a->arm, &arm))
		return -EINVAL;
	if (base && a->by && strcmp(a->by, "workload") && !option(base, a->by))
		return no_option(&at, base, a->by);
	for (unsigned int i = 0; during && i < a->match.nr; i++)
		if (!option(during, a->match.v[i]))
			return no_option(&at, during, a->match.v[i]);
	return 0;
}

int asks_check(const struct conf *c)
{
	struct asks all = { 0 };
	int ret = ask_add(&all, c);

	for (unsigned int i = 0; i < all.nr && !ret; i++)
		ret = check(c->file, &all.ask[i]);
	ask_free(&all);
	return ret;
}

int asks_check_general(void)
{
	char *path = tree_path("configs/answers.conf");
	FILE *from = fopen(path, "re");
	struct conf c = { 0 };
	int ret = 0;

	if (from) {
		ret = conf_read_asks(&c, path, from);
		if (!ret)
			ret = asks_check(&c);
		conf_free(&c);
		fclose(from);
	} else if (errno != ENOENT) {
		err_say("%s: %s", path, strerror(errno));
		ret = -EINVAL;
	}
	free(path);
	return ret;
}

static int keep(const struct folder *f, const char *from, const char *name)
{
	FILE *file = fopen(from, "re");
	struct text t = { 0 };
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int ret;

	if (!file)
		return -errno;
	while ((len = getline(&line, &room, file)) > 0)
		text_add(&t, line, len);
	ret = ferror(file) ? -EIO : folder_write(f, name, t.s ? t.s : "", t.len);
	fclose(file);
	free(line);
	text_free(&t);
	return ret;
}

int asks_keep(const struct folder *f, const struct conf *c)
{
	char *path = tree_path("configs/answers.conf");
	int ret = keep(f, path, "answers.conf");

	if (ret == -ENOENT)
		ret = 0;	/* nothing is asked in general */
	free(path);
	if (!ret && c->question) {
		char *name = xprintf("%s.conf", c->question);

		ret = keep(f, c->file, name);
		free(name);
	}
	return ret;
}
