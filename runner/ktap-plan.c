// SPDX-License-Identifier: GPL-2.0-or-later
/* ktap-plan - which stress tests, on which hierarchies */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desc.h"
#include "err.h"
#include "ktap-run.h"
#include "proc.h"
#include "tree.h"

static void add_subtest(struct ktap_run *r, const struct desc *d,
			const char *hierarchy)
{
	char *on = xprintf("--hierarchy=%s", hierarchy), *line;
	char *how = xprintf("--mutate=%s", r->args->mutate ?: "none");
	size_t len = strlen(d->name);
	struct subtest *s;
	struct proc p;
	int ret;

	r->sub = xrealloc(r->sub, r->nr_sub + 1, sizeof(*r->sub));
	s = &r->sub[r->nr_sub++];
	*s = (struct subtest){ .desc = d, .hierarchy = xstrdup(hierarchy) };
	ret = proc_run(&p, (char *[]){ d->program, on, how, "--check", NULL },
		       10);
	if (!ret) {
		line = last_line(&p.text[0]);
		sscanf(line, "overhead %lf", &s->overhead);
		free(line);
		r->nr_left++;
	} else if (ret == EXIT_SKIP) {
		line = last_line(&p.text[1]);
		s->skip = xstrdup(!strncmp(line, d->name, len) &&
				  !strncmp(line + len, ": ", 2) ?
				  line + len + 2 : line);
		free(line);
	} else {
		r->nr_left++;	/* whatever is wrong shows when it runs */
	}
	proc_free(&p);
	free(on);
	free(how);
}

/* NAME is TEST or TEST/HIERARCHY. Returns an exit code. */
static int add_test(struct ktap_run *r, const char *name)
{
	const char *slash = strchr(name, '/');
	char *test = slash ? xstrndup(name, slash - name) : xstrdup(name);
	char *full = xprintf("stress/%s", test), *all, why[300] = "";
	const struct opt *how, *on;
	struct strv names, words = { 0 };
	const struct desc *d;
	int ret = EXIT_BAD;
	bool found = false;

	switch (desc_get(full, &d, why, sizeof(why))) {
	case 0:
		break;
	case -ENOENT:
		names = tree_names("build/bench/stress", "", true);
		all = mem_join(&names, " ");
		err_say("there is no stress test '%s'; there are: %s", test,
			all);
		free(all);
		strv_free(&names);
		goto out;
	default:
		err_say("%s: %s", test, why);
		ret = EXIT_FAIL;
		goto out;
	}
	how = opt_find(d->opts, "mutate");
	on = opt_find(d->opts, "hierarchy");
	if (!how || !on) {
		err_say("%s: is no stress test, it has no options hierarchy "
			"and mutate", d->program);
		goto out;
	}
	if (r->args->mutate &&
	    opt_check(how, r->args->mutate, why, sizeof(why))) {
		err_say("%s: --%s", test, why);
		goto out;
	}
	strv_split(&words, on->range, " ");
	for (unsigned int i = 0; i < words.nr; i++) {
		if (slash && strcmp(slash + 1, words.v[i]))
			continue;
		add_subtest(r, d, words.v[i]);
		found = true;
	}
	if (!found)
		err_say("%s does not run on '%s'; it does on: %s", test,
			slash + 1, on->range);
	else
		ret = EXIT_OK;
out:
	strv_free(&words);
	free(full);
	free(test);
	return ret;
}

int ktap_plan(struct ktap_run *r)
{
	struct strv all = { 0 };
	char **names = r->args->names;
	int ret = EXIT_OK;

	if (!names[0]) {
		all = tree_names("build/bench/stress", "", true);
		names = all.v;
	}
	for (unsigned int i = 0; names && names[i] && !ret; i++) {
		ret = add_test(r, names[i]);
		if (proc_stop_signal)
			ret = 128 + proc_stop_signal;
	}
	strv_free(&all);
	if (!ret && !r->nr_sub) {
		err_say("no stress test is built");
		ret = EXIT_FAIL;
	}
	return ret;
}
