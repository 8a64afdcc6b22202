// SPDX-License-Identifier: GPL-2.0-or-later
/* desc - what a bench program says of itself (--describe) */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desc.h"
#include "proc.h"
#include "tree.h"

#define STRESS "stress/"	/* where the stress tests are */

static struct desc *known;

static void free_table(struct opt *o)
{
	for (struct opt *p = o; p && p->name; p++) {
		free((char *)p->name);
		free((char *)p->def);
		free((char *)p->range);
		free((char *)p->help);
	}
	free(o);
}

static void free_desc(struct desc *d)
{
	free(d->name);
	free(d->summary);
	free(d->program);
	free_table(d->opts);
	free_table(d->common);
	strv_free(&d->roles);
}

static int type_of(const char *word)
{
	for (int t = OPT_UINT; t <= OPT_FLAG; t++)
		if (!strcmp(word, opt_type_name(t)))
			return t;
	return -1;
}

/* opt_check() takes a range on trust: here it comes from outside. */
static bool range_ok(enum opt_type type, const char *range)
{
	char *end;

	switch (type) {
	case OPT_UINT:
		strtoul(range, &end, 10);
		if (end == range || strncmp(end, "..", 2))
			return false;
		range = end + 2;
		strtoul(range, &end, 10);
		return end != range && !*end;
	case OPT_TIME:
		strtod(range, &end);
		/* strtod() takes the first dot of "0..1" with it. */
		range = strstr(range, "..");
		if (!range)
			return false;
		strtod(range + 2, &end);
		return end != range + 2 && !*end;
	case OPT_CHOICE:
		return *range;
	default:
		return true;
	}
}

static int add_row(struct opt **table, unsigned int *nr, const struct strv *f,
		   char *why, size_t len)
{
	int type = type_of(f->v[2]);
	const char *range = !strcmp(f->v[4], "-") ? "" : f->v[4];
	struct opt *o;

	if (type < 0 || ((*range || type == OPT_CHOICE) &&
			 !range_ok(type, range))) {
		snprintf(why, len, "--describe: option %s has type '%s', "
			 "range '%s'", f->v[1], f->v[2], f->v[4]);
		return -EINVAL;
	}
	*table = xrealloc(*table, *nr + 2, sizeof(**table));
	o = *table + (*nr)++;
	o[0] = (struct opt){
		.name = xstrdup(f->v[1]), .type = type,
		.def = xstrdup(f->v[3]),
		.range = *range ? xstrdup(range) : NULL,
		.help = xstrdup(f->v[5]),
	};
	o[1] = (struct opt){ .name = NULL };
	return 0;
}

/* Fields may be empty, so that strv_split() will not do. */
static struct strv fields(const char *line, size_t len)
{
	struct strv f = { 0 };
	const char *end = line + len;

	for (;;) {
		const char *tab = memchr(line, '\t', end - line);

		strv_add(&f, xstrndup(line, (tab ? tab : end) - line));
		if (!tab)
			return f;
		line = tab + 1;
	}
}

int desc_parse(struct desc *d, const char *text, char *why, size_t len)
{
	int ret = 0;

	d->opts = xrealloc(NULL, 1, sizeof(*d->opts));
	d->common = xrealloc(NULL, 1, sizeof(*d->common));
	d->opts[0] = d->common[0] = (struct opt){ .name = NULL };
	while (*text && !ret) {
		size_t n = strcspn(text, "\n");
		struct strv f = fields(text, n);
		bool own = !strcmp(f.v[0], "opt");

		text += n + !!text[n];
		if (!strcmp(f.v[0], "bench") && f.nr >= 3) {
			free(d->name);
			free(d->summary);
			d->name = xstrdup(f.v[1]);
			d->summary = xstrdup(f.v[2]);
		} else if (!strcmp(f.v[0], "role") && f.nr >= 2) {
			strv_add(&d->roles, xstrdup(f.v[1]));
		} else if (!strcmp(f.v[0], "need") && f.nr >= 2) {
			d->module |= !strcmp(f.v[1], "module");
		} else if (own || !strcmp(f.v[0], "common")) {
			while (f.nr < 6)
				strv_add(&f, xstrdup(""));
			ret = own ? add_row(&d->opts, &d->nr_opts, &f, why, len)
				  : add_row(&d->common, &d->nr_common, &f, why,
					    len);
		}
		strv_free(&f);
	}
	if (!ret && !d->name) {
		snprintf(why, len, "--describe: no 'bench' record");
		ret = -EINVAL;
	}
	return ret;
}

int desc_get(const char *name, const struct desc **found, char *why,
	     size_t len)
{
	struct desc *d;
	struct proc p;
	int ret;

	const char *last = strncmp(name, STRESS, strlen(STRESS)) ? name :
			   name + strlen(STRESS);
	char *program = tree_path("build/bench/%s", name);

	for (d = known; d; d = d->next) {
		if (!strcmp(d->program, program)) {
			free(program);
			*found = d;
			return 0;
		}
	}
	d = xzalloc(sizeof(*d));
	d->program = program;
	ret = -ENOENT;
	if (!word_ok(last))
		goto fail;
	if (access(d->program, X_OK)) {
		ret = -ENOENT;
		goto fail;
	}
	ret = proc_run(&p, (char *[]){ d->program, "--describe", NULL }, 120);
	if (ret) {
		snprintf(why, len, "%s --describe: %s %d", d->program,
			 ret < 0 ? strerror(-ret) : "exit code",
			 ret < 0 ? -ret : ret);
		ret = -EIO;
	} else {
		ret = desc_parse(d, p.text[0].s, why, len);
		if (!ret && strcmp(d->name, last)) {
			snprintf(why, len, "%s calls itself %s", d->program,
				 one_line(d->name));
			ret = -EINVAL;
		}
	}
	proc_free(&p);
	if (ret)
		goto fail;
	d->next = known;
	known = d;
	*found = d;
	return 0;
fail:
	free_desc(d);
	free(d);
	return ret;
}

void desc_forget(void)
{
	while (known) {
		struct desc *d = known;

		known = d->next;
		free_desc(d);
		free(d);
	}
}
