// SPDX-License-Identifier: GPL-2.0-or-later
/* forecast - what `contention --forecast` said, for beside what was measured */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "file.h"
#include "forecast.h"
#include "mem.h"

#define FILE_NAME	"forecast.tsv"
#define TEXT_MAX	(16ul << 20)
#define HEAD		"# forkpath-forecast/1"
#define COLUMNS		"kernel\tlock\top\tgroup\tnodes\ttransfer-ns\t" \
			"instruction-ps\tcpus\trate\tp50-ns\tp99-ns"

static bool row_of(char *line, struct forecast *f)
{
	double *number[] = {
		&f->nodes, NULL, &f->instruction_ps, &f->cpus, &f->rate,
		&f->p50,
	};
	char *word[11];

	for (size_t i = 0; i < 11; i++)
		word[i] = kv_word(&line, "\t");
	if (!word[10] || kv_word(&line, "\t"))
		return false;
	f->kernel = word[0];
	f->lock = word[1];
	f->op = word[2];
	f->group = word[3];
	f->transfer = word[5];
	for (size_t i = 0; i < 6; i++)
		if (number[i] && (!kv_number(word[4 + i], number[i]) ||
				  !(*number[i] > 0)))
			return false;
	return true;
}

/* Files one behind the other are a file. */
static int parse(struct forecasts *to, const char *path, char *text)
{
	struct kv_text t = { .at = text, .end = text + strlen(text),
			     .tabs = true };
	bool head = false;
	char *line;

	while ((line = kv_line(&t))) {
		struct forecast f;

		if (!strcmp(line, HEAD) && (line = kv_line(&t)) &&
		    !strcmp(line, COLUMNS)) {
			head = true;
			continue;
		}
		if (!line || !head || t.control || !row_of(line, &f)) {
			err_say("--forecast: %s, line %u: expected what "
				"./run.sh contention --forecast keeps",
				path, t.nr);
			return -1;
		}
		mem_push(&to->row, &to->nr, f);
	}
	return 0;
}

/* 1: there is no such file. */
static int read_one(struct forecasts *to, int dirfd, const char *path,
		    const char *name)
{
	char *text;
	size_t len;
	int ret = file_read(dirfd, name, TEXT_MAX, &text, &len);

	if (ret == -ENOENT)
		return 1;
	if (ret) {
		err_say("--forecast: %s/%s: %s", path, name, file_why(ret));
		return -1;
	}
	mem_push(&to->text, &to->nr_text, text);
	return parse(to, path, text);
}

/* Of the folders in DIRFD, in the order of their names. */
static int read_below(struct forecasts *to, int dirfd, const char *path)
{
	struct dirent **entry;
	int nr = scandirat(dirfd, ".", &entry, NULL, alphasort), ret = 0;

	for (int i = 0; i < nr; i++) {
		char name[300];

		snprintf(name, sizeof(name), "%s/" FILE_NAME,
			 entry[i]->d_name);
		if (*entry[i]->d_name != '.' && entry[i]->d_type == DT_DIR &&
		    ret >= 0)
			ret = read_one(to, dirfd, path, name);
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
	return ret < 0 ? -1 : 0;
}

int forecasts_read(struct forecasts *to, const char *path)
{
	int dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (dirfd < 0) {
		err_say("--forecast: %s: %s; expected a folder of ./run.sh "
			"contention", path, strerror(errno));
		return -1;
	}
	ret = read_one(to, dirfd, path, FILE_NAME);
	if (ret > 0)
		ret = read_below(to, dirfd, path);
	close(dirfd);
	if (!ret && !to->nr) {
		err_say("--forecast: %s: no " FILE_NAME " in it; expected a "
			"folder of ./run.sh contention --forecast", path);
		return -1;
	}
	return ret;
}

void forecasts_free(struct forecasts *all)
{
	for (size_t i = 0; i < all->nr_text; i++)
		free(all->text[i]);
	free(all->text);
	free(all->row);
}

/* The operation of `contention` that P is; NULL: none. */
static const char *op_of(const struct point *p)
{
	const char *kind = point_get(p, "kind"), *threads;

	if (!strcmp(p->bench, "clone"))
		return kind;
	if (!strcmp(p->bench, "exec"))
		return kind && !strcmp(kind, "fork") ? "exec" : NULL;
	threads = point_get(p, "threads");
	return !strcmp(p->bench, "exit") && threads && !strcmp(threads, "1") ?
		"exit" : NULL;
}

/* "6.18" of 6.18.15 and of 6.18-rc1. */
static bool same_series(const char *a, const char *b)
{
	size_t n = strcspn(a, ".");

	if (a[n])
		n += 1 + strspn(a + n + 1, "0123456789");
	return !strncmp(a, b, n) && !strchr("0123456789", b[n] ?: '-');
}

/* The simulation deals CPUs out to all nodes. */
static bool placed(const struct forecast *f, const struct point *p)
{
	const char *place = point_get(p, "place");

	return f->nodes == 1 || (place && !strcmp(place, "spread"));
}

const struct forecast *forecast_of(const struct forecasts *all,
				   const struct point *p, const char *by,
				   const char *release, const char *lock)
{
	const char *op = op_of(p), *group = point_get(p, "group");
	const struct forecast *best = NULL;
	double cpus;

	if (!op || strcmp(p->workload, "idle") ||
	    !kv_number(point_get(p, by) ?: "", &cpus))
		return NULL;
	group = group && !strcmp(group, "shared") ? "same" : "own";
	for (size_t i = 0; i < all->nr; i++) {
		const struct forecast *f = &all->row[i];

		if (strcmp(f->op, op) || strcmp(f->group, group) ||
		    strcmp(f->lock, lock) || f->cpus != cpus || !placed(f, p))
			continue;
		if (!best || !release || same_series(release, f->kernel) ||
		    !same_series(release, best->kernel))
			best = f;
	}
	return best;
}
