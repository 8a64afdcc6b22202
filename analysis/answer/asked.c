// SPDX-License-Identifier: GPL-2.0-or-later
/* asked - what was asked of a results folder */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asked.h"
#include "err.h"
#include "file.h"
#include "mem.h"
#include "tree.h"

#define CONF_MAX (1 << 20)

/* NAME in FOLDER, that of RUN, or else in configs/; NULL: in neither. */
static FILE *open_conf(const struct run *run, int folder, const char *name,
		       char **text, char **path)
{
	size_t len;
	FILE *from;
	int ret = folder < 0 ? -ENOENT :
		  file_read(folder, name, CONF_MAX, text, &len);

	if (!ret) {
		*path = xprintf("%s/%s", run->path, name);
		return len ? fmemopen(*text, len, "r") : NULL;
	}
	*path = tree_path("configs/%s", name);
	from = ret == -ENOENT ? fopen(*path, "re") : NULL;
	if (!from && ret != -ENOENT)
		err_say("%s/%s: %s; its questions are not asked", run->path,
			name, strerror(-ret));
	return from;
}

static void add(const struct run *run, int folder, const char *question,
		struct asks *all)
{
	char *name = xprintf("%s.conf", question), *text = NULL, *path;
	FILE *from = open_conf(run, folder, name, &text, &path);
	struct conf c;

	if (from) {
		bool general = !strcmp(question, "answers");
		int ret = general ? conf_read_asks(&c, path, from) :
			  conf_read(&c, path, question, from);

		if (!ret)
			ask_add(all, &c);
		conf_free(&c);
		fclose(from);
	}
	free(path);
	free(text);
	free(name);
}

void asked_of(const struct run *run, struct asks *all)
{
	/* Of many folders each is closed again once it has been read. */
	int folder = run->dirfd >= 0 || !run->path ? run->dirfd :
		open(run->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*all = (struct asks){ 0 };
	add(run, folder, "answers", all);
	if (run->question && word_ok(run->question) &&
	    strcmp(run->question, "answers"))
		add(run, folder, run->question, all);
	if (folder >= 0 && folder != run->dirfd)
		close(folder);
}
