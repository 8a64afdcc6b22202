// SPDX-License-Identifier: GPL-2.0-or-later
/* run-open - the plan and the folder of a run, new or begun before */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "asks.h"
#include "conf.h"
#include "err.h"
#include "kmod.h"
#include "meta.h"
#include "profile.h"
#include "run.h"
#include "run-own.h"
#include "tree.h"
#include "version.h"

/* Which lines does the .sample have already? Cuts off what is torn. */
static int read_sample(struct run *r, const char *name)
{
	struct text t = { 0 };
	int ret = folder_read(&r->folder, name, &t);
	char why[200] = "";
	unsigned int at;
	size_t whole;

	if (ret == -ENOENT)
		return EXIT_OK;
	if (ret) {
		err_say("%s/%s: %s", r->folder.path, name, strerror(-ret));
		return EXIT_BAD;
	}
	if (sample_scan(&r->head, t.s, t.len, r->done, r->plan.nr, &whole, &at,
			why, sizeof(why))) {
		err_say("%s/%s:%u: %s", r->folder.path, name, at, why);
		text_free(&t);
		return EXIT_BAD;
	}
	if (whole < t.len) {
		err_say("%s/%s:%u: the last record is cut off: removed, it is "
			"measured again", r->folder.path, name, at);
		if (ftruncate(r->sample, whole) || fsync(r->sample)) {
			err_say("%s/%s: %s", r->folder.path, name,
				strerror(errno));
			ret = EXIT_FAIL;
		}
	}
	text_free(&t);
	return ret;
}

int run_open_outputs(struct run *r)
{
	char *name = xprintf("%s.sample", r->plan.question);
	int ret = EXIT_FAIL;

	r->done = xzalloc((r->plan.nr + 1) * sizeof(*r->done));
	if (mkdirat(r->folder.fd, "lat", 0755) && errno != EEXIST) {
		err_say("%s/lat: %s", r->folder.path, strerror(errno));
		goto out;
	}
	r->lat_dir = openat(r->folder.fd, "lat", O_RDONLY | O_DIRECTORY |
			    O_NOFOLLOW | O_CLOEXEC);
	if (r->lat_dir < 0) {
		err_say("%s/lat: %s", r->folder.path, strerror(errno));
		ret = EXIT_BAD;
		goto out;
	}
	r->sample = folder_append(&r->folder, name);
	if (r->sample < 0) {
		err_say("%s/%s: %s", r->folder.path, name,
			strerror(-r->sample));
		goto out;
	}
	ret = read_sample(r, name);
out:
	free(name);
	return ret;
}

int run_write_plan(struct run *r)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);
	int ret;

	if (!f)
		return -ENOMEM;
	plan_write(&r->plan, f);
	ret = fclose(f) ? -ENOMEM : folder_write(&r->folder, "plan.tsv", s, len);
	free(s);
	return ret;
}

static int write_meta(struct run *r)
{
	scoped char *programs = programs_digest(&r->programs);
	struct meta_args m = {
		.programs = programs,
		.label = r->args->label, .question = r->plan.question,
		.command = r->plan.command, .seed = r->plan.seed,
		.kmsg = r->kmsg.fd >= 0, .exact = plan_exact(&r->plan),
	};
	char *s = meta_text(&m);
	int ret = folder_write(&r->folder, "meta.json", s, strlen(s));

	free(s);
	return ret;
}

int run_open_old(struct run *r)
{
	struct text plan = { 0 }, meta = { 0 };
	scoped char *programs = NULL;
	struct utsname un;
	char *file, why[300];
	int ret;
	FILE *f;

	ret = folder_open(&r->folder, r->args->resume);
	if (ret)
		return ret;
	profile_drop(&r->folder);	/* of a run that was killed */
	ret = folder_read(&r->folder, "plan.tsv", &plan);
	if (ret) {
		err_say("%s/plan.tsv: %s; a results folder would be right",
			r->folder.path, strerror(-ret));
		return EXIT_BAD;
	}
	file = xprintf("%s/plan.tsv", r->folder.path);
	f = fmemopen(plan.s, plan.len ? plan.len : 1, "r");
	ret = f ? plan_read(&r->plan, file, f) : EXIT_FAIL;
	if (f)
		fclose(f);
	free(file);
	text_free(&plan);
	if (ret)
		return ret;

	programs_of(&r->programs, &r->plan);
	programs = programs_digest(&r->programs);
	ret = folder_read(&r->folder, "meta.json", &meta);
	if (ret == -ENOENT)
		return write_meta(r) ? EXIT_FAIL : EXIT_OK;
	uname(&un);
	if (ret || meta_check(meta.s, un.release, programs, why, sizeof(why))) {
		err_say("%s/meta.json: %s", r->folder.path,
			ret ? strerror(-ret) : why);
		ret = EXIT_BAD;
	} else if (*why) {
		err_say("beware: %s", why);
	}
	text_free(&meta);
	if (!ret && strcmp(r->plan.suite, forkpath_version))
		err_say("beware: begun by suite %s, this is %s", r->plan.suite,
			forkpath_version);
	return ret;
}

static int read_plan_file(struct run *r)
{
	const char *file = r->args->plan_file;
	FILE *f = fopen(file, "re");
	int ret;

	if (!f) {
		err_say("%s: %s", file, strerror(errno));
		return EXIT_BAD;
	}
	ret = plan_read(&r->plan, file, f);
	fclose(f);
	plan_forget_again(&r->plan);
	return ret;
}

int run_new_plan(struct run *r, const struct conf *c)
{
	if (r->args->plan_file)
		return read_plan_file(r);
	for (unsigned int i = 0; i < c->nr; i++)
		kmod_for(c->sections[i].bench);
	return plan_make(&r->plan, c, &r->args->plan);
}

int run_open_new(struct run *r, const struct conf *c)
{
	char *results = tree_results();
	int ret = folder_new(&r->folder, results, NULL, r->args->out);

	free(results);
	if (ret)
		return ret;
	programs_of(&r->programs, &r->plan);
	ret = run_write_plan(r);
	if (!ret)
		ret = asks_keep(&r->folder, c);
	if (!ret)
		ret = write_meta(r);
	if (ret) {
		err_say("%s: %s", r->folder.path, strerror(-ret));
		return EXIT_FAIL;
	}
	return EXIT_OK;
}
