// SPDX-License-Identifier: GPL-2.0-or-later
/* run - a results folder in memory: its remarks, its end */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "mem.h"
#include "run.h"

#define NOTES_MAX	10000U

int run_fail(struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vtext(run->error, sizeof(run->error), fmt, ap);
	va_end(ap);
	/* It quotes files, and goes to a terminal as one line. */
	one_line(run->error);
	return -1;
}

void run_note(struct run *run, const char *fmt, ...)
{
	char line[600];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (run->nr_note > NOTES_MAX)
		return;
	if (run->nr_note == NOTES_MAX)
		snprintf(line, sizeof(line), "more than %u remarks: the others are not listed",
			 NOTES_MAX);
	mem_push(&run->note, &run->nr_note, mem_text("%s", line));
}

const json_t *run_meta_of(const json_t *meta, const char *path)
{
	char key[64];

	while (meta && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = 0;
		meta = json_object_get(meta, key);
		path += n + (path[n] == '.');
	}
	return json_is_null(meta) ? NULL : meta;
}

const char *run_meta(const struct run *run, const char *path)
{
	return json_string_value(run_meta_of(run->meta, path)) ?: "";
}

const char *run_release(const struct run *run)
{
	const char *release = run_meta(run, "kernel.release");

	return *release ? release : run->sample_kernel;
}

const char *run_timeless(const struct run *run)
{
	return strcmp(run_meta(run, "lab.time"), "emulated") ? NULL :
		"emulated time (TCG without --exact)";
}

void run_free(struct run *run)
{
	for (size_t i = 0; i < run->nr_rep; i++) {
		free(run->rep[i].point);
		free(run->rep[i].cond);
		free(run->rep[i].value);
	}
	free(run->rep);
	free(run->plan_note);
	free(run->event);
	free(run->unit);
	for (size_t i = 0; i < run->nr_note; i++)
		free(run->note[i]);
	free(run->note);
	for (size_t i = 0; i < run->nr_text; i++)
		free(run->text[i]);
	free(run->text);
	json_decref(run->meta);
	if (run->dirfd > 0)
		close(run->dirfd);
}
