// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * query - which runs are there? An index of a tree of results
 *
 * TREE/index.tsv holds one row per results folder: who, what, when, how
 * many repetitions. The files are the truth: before each answer a folder
 * whose plan, sample or meta changed in size or time is read again, one that
 * is gone is forgotten, and an index that cannot be used is made anew.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "file.h"
#include "folders.h"
#include "mem.h"
#include "doc-form.h"
#include "verbs.h"

/* Another number wherever the columns change: another one is no index of ours. */
#define INDEX		"index.tsv"
#define INDEX_HEAD	"# forkpath-index/2"
#define INDEX_MAX	(256UL << 20)

static const char *opt_kernel, *opt_host, *opt_question, *opt_label;
static const char *opt_since, *opt_until;
static bool opt_paths;

const struct opt query_opts[] = {
	{ "kernel", OPT_PATH, &opt_kernel, NULL, NULL,
	  "release; * and ? are wildcards" },
	{ "host", OPT_PATH, &opt_host, NULL, NULL, "likewise" },
	{ "question", OPT_PATH, &opt_question, NULL, NULL, "likewise" },
	{ "label", OPT_PATH, &opt_label, NULL, NULL, "likewise" },
	{ "since", OPT_WORD, &opt_since, NULL, NULL,
	  "YYYY-MM-DD, or a time as in meta.json" },
	{ "until", OPT_WORD, &opt_until, NULL, NULL,
	  "the same; that day is included" },
	{ "paths", OPT_FLAG, &opt_paths, NULL, NULL,
	  "only the folders, one per line" },
	OPT_END
};

/* What is known of a folder, and the columns of the index. */
enum column { PATH, STAMP, KERNEL, HOST, QUESTION, LABEL, UTC, OK, PLANNED,
	      ERROR, NR_COLUMNS };

struct row {
	char	*text[NR_COLUMNS];
};

struct rows {
	struct row	*row;
	size_t		 nr;
};

static void rows_free(struct rows *all)
{
	for (size_t i = 0; i < all->nr; i++)
		for (int c = 0; c < NR_COLUMNS; c++)
			free(all->row[i].text[c]);
	free(all->row);
	*all = (struct rows){ 0 };
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->text[PATH],
		      ((const struct row *)b)->text[PATH]);
}

static int by_time(const void *a, const void *b)
{
	int c = strcmp(((const struct row *)a)->text[UTC],
		       ((const struct row *)b)->text[UTC]);

	return c ? c : by_path(a, b);
}

/* --- the index ----------------------------------------------------------- */

static bool index_row(struct rows *all, char *line)
{
	struct row *row = mem_more(&all->row, &all->nr, sizeof(*row));

	for (int c = 0; c < NR_COLUMNS; c++) {
		const char *word = kv_word(&line, "\t");

		if (!word)
			return false;
		row->text[c] = mem_text("%s", word);
	}
	return !line;
}

/* The rows of the index of TREE; NULL, or why there are none. */
static const char *index_read(struct rows *all, int tree)
{
	struct kv_text t = { .tabs = true };
	scoped char *text = NULL;
	size_t len;
	char *line;
	int ret = file_read(tree, INDEX, INDEX_MAX, &text, &len);

	if (ret)
		return ret == -ENOENT ? NULL : file_why(ret);
	t.at = text;
	t.end = text + len;
	line = kv_line(&t);
	if (!line || strcmp(line, INDEX_HEAD))
		return "not an index of this version";
	while ((line = kv_line(&t)))
		if (t.cut || t.control || !index_row(all, line)) {
			rows_free(all);
			return "damaged";
		}
	/* As it was written, or bsearch() finds less, and more is read. */
	return NULL;
}

static int index_write(const struct rows *all, int tree)
{
	struct text t = { 0 };
	int ret;

	text_printf(&t, INDEX_HEAD "\n");
	for (size_t i = 0; i < all->nr; i++)
		for (int c = 0; c < NR_COLUMNS; c++) {
			scoped char *cell = mem_text("%s", all->row[i].text[c]);

			text_printf(&t, "%s%c", one_line(cell),
				    c + 1 < NR_COLUMNS ? '\t' : '\n');
		}
	ret = file_put(tree, INDEX, t.s, t.len);
	text_free(&t);
	return ret;
}

/* Size and time of the files that a row is made of. To be freed. */
static char *stamp_of(const char *path, const char *question)
{
	const char *const name[] = { "plan", "meta", question };
	const char *const end[] = { "tsv", "json", "sample" };
	struct text all = { 0 };
	struct stat st;

	for (size_t i = 0; i < 3; i++) {
		scoped char *file = mem_text("%s/%s.%s", path, name[i], end[i]);

		if (lstat(file, &st))
			text_printf(&all, "- ");
		else
			text_printf(&all, "%lld:%lld.%09ld ",
				    (long long)st.st_size,
				    (long long)st.st_mtim.tv_sec,
				    st.st_mtim.tv_nsec);
	}
	return all.s;
}

/* The row of the folder PATH, called NAME below the tree. */
static struct row row_read(const char *path, const char *name)
{
	size_t ok = 0;
	struct run run;
	struct row row;
	int bad = run_read(&run, path);
	const char *question = run.question ?: "";

	for (size_t i = 0; i < run.nr_rep; i++)
		ok += run.rep[i].verdict == REP_OK;
	row = (struct row){ {
		[PATH] = mem_text("%s", name),
		[STAMP] = stamp_of(path, question),
		[KERNEL] = mem_text("%s", run_release(&run) ?: ""),
		[HOST] = mem_text("%s", run_meta(&run, "host")),
		[QUESTION] = mem_text("%s", question),
		[LABEL] = mem_text("%s", run_meta(&run, "label")),
		[UTC] = mem_text("%s", run_meta(&run, "utc")),
		[OK] = mem_text("%zu", ok),
		[PLANNED] = mem_text("%zu", run.nr_rep),
		[ERROR] = mem_text("%s", bad ? run.error : ""),
	} };
	run_free(&run);
	return row;
}

/* A copy of the row of NAME in OLD, if the files of PATH are as they were. */
static bool row_kept(const struct rows *old, const char *path, char *name,
		     struct row *to)
{
	const struct row key = { { [PATH] = name } };
	const struct row *row = !old->nr ? NULL :
		bsearch(&key, old->row, old->nr, sizeof(*row), by_path);
	scoped char *stamp = row ? stamp_of(path, row->text[QUESTION]) : NULL;

	if (!row || strcmp(stamp, row->text[STAMP]))
		return false;
	for (int c = 0; c < NR_COLUMNS; c++)
		to->text[c] = mem_text("%s", row->text[c]);
	return true;
}

/*
 * The rows of ALL folders below TREE, from its index where that is up to
 * date, which it then is. If it was damaged, or none can be written: a line
 * on stderr.
 */
static void rows_make(struct rows *rows, const char *tree,
		      const struct folders *all)
{
	int fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	struct rows old = { 0 };
	const char *why = index_read(&old, fd);
	size_t kept = 0;

	for (size_t i = 0; i < all->nr; i++) {
		const char *path = all->path[i], *below = path + strlen(tree);
		scoped char *name = mem_text("%s", *below ? below + 1 : ".");
		struct row *row = mem_more(&rows->row, &rows->nr, sizeof(*row));

		if (row_kept(&old, path, name, row))
			kept++;
		else
			*row = row_read(path, name);
	}
	qsort(rows->row, rows->nr, sizeof(*rows->row), by_path);
	if (kept < rows->nr || kept < old.nr)
		ret = index_write(rows, fd);
	if (ret)
		err_say("%s/" INDEX ": %s; made for this answer only", tree,
			strerror(-ret));
	else if (why)
		err_say("%s/" INDEX ": %s; made anew", tree, why);
	rows_free(&old);
	if (fd >= 0)
		close(fd);
}

/* --- answer -------------------------------------------------------------- */

/* What is asked of a column: nothing, or a pattern that fits. */
static bool fits(const char *pattern, const char *text)
{
	return !pattern || !fnmatch(pattern, text, FNM_NOESCAPE);
}

static bool wanted(const struct row *row)
{
	const char *utc = row->text[UTC];

	return fits(opt_kernel, row->text[KERNEL]) &&
	       fits(opt_host, row->text[HOST]) &&
	       fits(opt_question, row->text[QUESTION]) &&
	       fits(opt_label, row->text[LABEL]) &&
	       (!opt_since || strcmp(utc, opt_since) >= 0) &&
	       (!opt_until || strncmp(utc, opt_until, strlen(opt_until)) <= 0);
}

static void list_row(struct table *t, const char *path, const struct row *row)
{
	static const struct { enum column of; int most; } shown[] = {
		{ UTC, 16 }, { KERNEL, 16 }, { HOST, 10 }, { QUESTION, 12 },
		{ OK, 0 }, { LABEL, 10 },
	};

	table_row(t, path);
	for (size_t c = 0; c < sizeof(shown) / sizeof(*shown); c++) {
		const char *text = row->text[shown[c].of];

		if (shown[c].of == OK)
			table_cell(t, c, "%s/%s", text, row->text[PLANNED]);
		else
			table_cell(t, c, "%.*s", shown[c].most,
				   *text ? text : "-");
	}
}

static void answer(struct rows *all, const char *tree)
{
	size_t nr = 0, known = 0;
	struct doc d = { 0 };
	struct table t;

	table_head(&t, 4, "measured", "kernel", "host", "question",
		   "ok/planned", "label", NULL);
	qsort(all->row, all->nr, sizeof(*all->row), by_time);
	for (size_t i = 0; i < all->nr; i++) {
		const struct row *row = &all->row[i];
		const char *below = row->text[PATH];
		scoped char *path = strcmp(below, ".") ?
			mem_text("%s/%s", tree, below) : mem_text("%s", tree);

		known += !*row->text[ERROR];
		if (*row->text[ERROR] || !wanted(row))
			continue;
		nr++;
		if (opt_paths)
			puts(path);
		else
			list_row(&t, path, row);
	}
	if (!opt_paths) {
		if (nr)
			doc_table(&d, &t);
		doc_note(&d, "%zu of %zu runs", nr, known);
		doc_text(&d, stdout);
		doc_free(&d);
	}
	table_free(&t);
	/* What is no results folder although it has a plan: said, not dropped. */
	for (size_t i = 0; i < all->nr; i++)
		if (*all->row[i].text[ERROR])
			err_say("not listed: %s", all->row[i].text[ERROR]);
}

int query(char **path, int nr)
{
	struct folders all = { 0 };
	struct rows rows = { 0 };
	int ret = EXIT_BAD;
	char why[600], *tree;

	if (nr != 1) {
		err_say("query: %d folders given; expected one tree of results",
			nr);
		return EXIT_BAD;
	}
	if ((opt_since && !kv_is_date(opt_since, 10)) ||
	    (opt_until && !kv_is_date(opt_until, 10))) {
		err_say("query: '%s' is no date; 2026-01-31 is",
			opt_since && !kv_is_date(opt_since, 10) ? opt_since :
			opt_until);
		return EXIT_BAD;
	}
	tree = realpath(path[0], NULL);
	if (!tree || folders_find(&all, NULL, &tree, 1, release_order, why, sizeof(why))) {
		err_say("query: %s%s%s", tree ? why : path[0], tree ? "" : ": ",
			tree ? "" : strerror(errno));
		goto cleanup;
	}
	rows_make(&rows, tree, &all);
	answer(&rows, path[0]);
	ret = EXIT_OK;
cleanup:
	rows_free(&rows);
	folders_free(&all);
	free(tree);
	return ret;
}
