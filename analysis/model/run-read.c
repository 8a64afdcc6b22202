// SPDX-License-Identifier: GPL-2.0-or-later
/* run-read - a results folder into memory: plan, sample, meta */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "file.h"
#include "mem.h"
#include "owner.h"
#include "run.h"

#define META_SCHEMA	"forkpath-meta/1"
#define TEXT_MAX	(256UL << 20)	/* plan, sample */
#define META_MAX	(16UL << 20)

int meta_parse(struct run *run, char *text, size_t len)
{
	json_error_t err;
	const char *schema;

	run->meta = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);
	if (!run->meta)
		return run_fail(run, "meta.json:%d: %s", err.line, err.text);
	schema = json_string_value(json_object_get(run->meta, "schema"));
	if (!schema || strcmp(schema, META_SCHEMA))
		return run_fail(run, "meta.json: schema '%.40s'; expected '%s'",
			    schema ? schema : "", META_SCHEMA);
	return 0;
}

static int folder_part(struct run *run, const char *name, size_t max,
		       int (*parse)(struct run *, char *, size_t))
{
	char *text;
	size_t len;
	int ret = file_read(run->dirfd, name, max, &text, &len);

	if (ret)
		return run_fail(run, "%s: %s: %s%s", run->path, name,
			    file_why(ret),
			    strcmp(name, "plan.tsv") ? "" :
			    "; expected a folder made by ./run.sh");
	mem_push(&run->text, &run->nr_text, text);
	ret = parse(run, text, len);
	if (ret) {	/* what, where: the folder goes first */
		char why[sizeof(run->error)];

		snprintf(why, sizeof(why), "%s", run->error);
		run_fail(run, "%s/%s", run->path, why);
	}
	return ret;
}

/* Whose repeat is ok? */
static void mend(struct run *run)
{
	for (size_t i = 0; i < run->nr_rep; i++)
		if (run->rep[i].of && run->rep[i].verdict == REP_OK)
			run->rep[run->rep[i].of - 1].mended = true;
}

int run_read(struct run *run, const char *path)
{
	int ret;

	memset(run, 0, sizeof(*run));
	run->path = path;
	run->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->dirfd < 0)
		return run_fail(run, "%s: %s; expected a results folder", path,
			    strerror(errno));
	ret = owner_become(run->dirfd);
	if (ret)
		return run_fail(run, "%s: root cannot become its owner here: %s",
			    path, strerror(-ret));
	if (folder_part(run, "plan.tsv", TEXT_MAX, plan_parse))
		return -1;
	snprintf(run->sample_name, sizeof(run->sample_name), "%s.sample",
		 run->question);
	if (folder_part(run, run->sample_name, TEXT_MAX, sample_parse))
		return -1;
	mend(run);
	return folder_part(run, "meta.json", META_MAX, meta_parse);
}
