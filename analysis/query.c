// SPDX-License-Identifier: GPL-2.0-or-later
/* query - which runs are there? An SQLite index of a tree of results */
#define _GNU_SOURCE
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "folders.h"
#include "mem.h"
#include "doc-form.h"
#include "query.h"

/* A number more wherever the table changes: another one is no index of ours. */
#define INDEX_VERSION	1
#define STR(x)		#x
#define XSTR(x)		STR(x)
#define BUSY_MS		10000

static const char *opt_kernel, *opt_host, *opt_question, *opt_label;
static const char *opt_since, *opt_until;
static bool opt_paths;

const struct opt query_opts[] = {
	{ "kernel", OPT_PATH, &opt_kernel, NULL, NULL,
	  "release; * and ? stand for others" },
	{ "host", OPT_PATH, &opt_host, NULL, NULL, "likewise" },
	{ "question", OPT_PATH, &opt_question, NULL, NULL, "likewise" },
	{ "label", OPT_PATH, &opt_label, NULL, NULL, "likewise" },
	{ "since", OPT_WORD, &opt_since, NULL, NULL,
	  "YYYY-MM-DD, or as in meta.json" },
	{ "until", OPT_WORD, &opt_until, NULL, NULL,
	  "the same; that day is included" },
	{ "paths", OPT_FLAG, &opt_paths, NULL, NULL,
	  "only the folders, one per line" },
	OPT_END
};

static const char schema[] =
	"PRAGMA user_version = " XSTR(INDEX_VERSION) ";"
	"CREATE TABLE run ("
	" path TEXT PRIMARY KEY,"	/* below the tree */
	" stamp TEXT NOT NULL,"		/* of its files, when it was read */
	" kernel TEXT, host TEXT, question TEXT, label TEXT, utc TEXT,"
	" ok INTEGER, planned INTEGER,"
	" error TEXT,"			/* why it could not be read */
	" seen INTEGER NOT NULL"	/* in the walk of this number */
	") WITHOUT ROWID;";

struct index {
	sqlite3		*db;
	sqlite3_stmt	*known, *keep, *put;
	const char	*tree;
	char		why[300];
};

static int wrong(struct index *x)
{
	snprintf(x->why, sizeof(x->why), "%s", sqlite3_errmsg(x->db));
	return -1;
}

static int prepare(struct index *x, sqlite3_stmt **stmt, const char *sql)
{
	return sqlite3_prepare_v2(x->db, sql, -1, stmt, NULL) == SQLITE_OK ?
		0 : wrong(x);
}

static void bind(sqlite3_stmt *stmt, int at, const char *text)
{
	sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT);
}

static void index_close(struct index *x)
{
	sqlite3_finalize(x->known);
	sqlite3_finalize(x->keep);
	sqlite3_finalize(x->put);
	sqlite3_close(x->db);
	x->known = x->keep = x->put = NULL;
	x->db = NULL;
}

/* The first column of the first row of SQL as a number; -1 if there is none. */
static long long one_number(struct index *x, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	long long v = -1;

	if (!prepare(x, &stmt, sql)) {
		if (sqlite3_step(stmt) == SQLITE_ROW)
			v = sqlite3_column_int64(stmt, 0);
		else
			wrong(x);
	}
	sqlite3_finalize(stmt);
	return v;
}

/* Open FILE and see that it is an index, or make it one if it is empty. */
static int index_open(struct index *x, const char *file)
{
	long long version;

	if (sqlite3_open_v2(file, &x->db, SQLITE_OPEN_READWRITE |
			    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
			    NULL) != SQLITE_OK)
		return wrong(x);
	sqlite3_busy_timeout(x->db, BUSY_MS);
	sqlite3_db_config(x->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(x->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* A cache: what a power cut spoils is made anew. */
	sqlite3_exec(x->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	if (sqlite3_exec(x->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return wrong(x);
	version = one_number(x, "PRAGMA user_version");
	if (version < 0)
		return -1;
	if (!version && !one_number(x, "SELECT count(*) FROM sqlite_master")) {
		if (sqlite3_exec(x->db, schema, NULL, NULL, NULL) != SQLITE_OK)
			return wrong(x);
	} else if (version != INDEX_VERSION) {
		snprintf(x->why, sizeof(x->why), "not an index of this version");
		return -1;
	}
	if (prepare(x, &x->known, "SELECT stamp, question FROM run WHERE path = ?1") ||
	    prepare(x, &x->keep, "UPDATE run SET seen = ?2 WHERE path = ?1") ||
	    prepare(x, &x->put, "INSERT OR REPLACE INTO run VALUES"
		    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"))
		return -1;
	return 0;
}

/* Size and time of the files that a row is made of. To be freed. */
static char *stamp_of(const char *path, const char *question)
{
	const char *const name[] = { "plan", "meta", question };
	const char *const end[] = { "tsv", "json", "sample" };
	char *all, *file;
	struct stat st;
	size_t len;
	FILE *to = open_memstream(&all, &len);

	if (!to)
		mem_get((size_t)-1, 2);		/* says so and ends */
	for (size_t i = 0; i < 3; i++) {
		file = mem_text("%s/%s.%s", path, name[i], end[i]);
		if (lstat(file, &st))
			fprintf(to, "- ");
		else
			fprintf(to, "%lld:%lld.%09ld ", (long long)st.st_size,
				(long long)st.st_mtim.tv_sec,
				st.st_mtim.tv_nsec);
		free(file);
	}
	fclose(to);
	return all;
}

/* Read PATH, called NAME in the index, and write its row. */
static int put(struct index *x, const char *path, const char *name,
	       long long walk)
{
	unsigned int ok = 0;
	struct run run;
	char *stamp;
	int ret, bad = run_read(&run, path);

	for (size_t i = 0; i < run.nr_rep; i++)
		ok += run.rep[i].verdict == REP_OK;
	stamp = stamp_of(path, run.question ?: "");
	sqlite3_reset(x->put);
	sqlite3_clear_bindings(x->put);
	bind(x->put, 1, name);
	bind(x->put, 2, stamp);
	bind(x->put, 3, *run_meta(&run, "kernel.release") ?
	     run_meta(&run, "kernel.release") : run.sample_kernel ?: "");
	bind(x->put, 4, run_meta(&run, "host"));
	bind(x->put, 5, run.question ?: "");
	bind(x->put, 6, run_meta(&run, "label"));
	bind(x->put, 7, run_meta(&run, "utc"));
	sqlite3_bind_int64(x->put, 8, ok);
	sqlite3_bind_int64(x->put, 9, run.nr_rep);
	if (bad)
		bind(x->put, 10, run.error);
	sqlite3_bind_int64(x->put, 11, walk);
	ret = sqlite3_step(x->put) == SQLITE_DONE ? 0 : wrong(x);
	free(stamp);
	run_free(&run);
	return ret;
}

/* Is the row of NAME as the files of PATH are now? Then it is kept. */
static int keep(struct index *x, const char *path, const char *name,
		long long walk, bool *kept)
{
	const char *stamp, *question;
	char *now;
	int ret;

	*kept = false;
	sqlite3_reset(x->known);
	bind(x->known, 1, name);
	ret = sqlite3_step(x->known);
	if (ret == SQLITE_DONE)
		return 0;
	if (ret != SQLITE_ROW)
		return wrong(x);
	stamp = (const char *)sqlite3_column_text(x->known, 0);
	question = (const char *)sqlite3_column_text(x->known, 1);
	now = stamp_of(path, question ?: "");
	*kept = stamp && !strcmp(stamp, now);
	free(now);
	sqlite3_reset(x->known);
	if (!*kept)
		return 0;
	sqlite3_reset(x->keep);
	bind(x->keep, 1, name);
	sqlite3_bind_int64(x->keep, 2, walk);
	return sqlite3_step(x->keep) == SQLITE_DONE ? 0 : wrong(x);
}

/* Every folder of ALL has its row as it is now, and no other has one. */
static int refresh(struct index *x, const struct folders *all)
{
	long long walk = one_number(x, "SELECT coalesce(max(seen), 0) + 1 FROM run");
	size_t root = strlen(x->tree);
	sqlite3_stmt *stmt = NULL;
	int ret = walk < 0 ? -1 : 0;

	for (size_t i = 0; i < all->nr && !ret; i++) {
		const char *name = all->path[i] + root;
		bool kept;

		name = *name ? name + 1 : ".";
		ret = keep(x, all->path[i], name, walk, &kept);
		if (!ret && !kept)
			ret = put(x, all->path[i], name, walk);
	}
	if (!ret)
		ret = prepare(x, &stmt, "DELETE FROM run WHERE seen <> ?1");
	if (!ret) {
		sqlite3_bind_int64(stmt, 1, walk);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			ret = wrong(x);
	}
	sqlite3_finalize(stmt);
	if (!ret && sqlite3_exec(x->db, "COMMIT", NULL, NULL, NULL) !=
	    SQLITE_OK)
		ret = wrong(x);
	return ret;
}

/*
 * The index of TREE, up to date. One that is damaged is made anew; where
 * none can be written the rows are in memory, for this answer. One line
 * each on stderr.
 */
static int index_make(struct index *x, const char *tree,
		      const struct folders *all)
{
	char *file = mem_text("%s/index.sqlite", tree);
	int ret = -1;

	for (int i = 0; i < 3 && ret; i++) {
		memset(x, 0, sizeof(*x));
		x->tree = tree;
		ret = index_open(x, i < 2 ? file : ":memory:");
		if (!ret)
			ret = refresh(x, all);
		if (!ret)
			break;
		/* Another is at work on it: it is not ours to remove. */
		if (!i && sqlite3_errcode(x->db) == SQLITE_BUSY)
			i = 1;
		index_close(x);
		if (!i && !unlink(file)) {
			err_say("%s: %s; made anew", file, x->why);
		} else if (i < 2) {
			err_say("%s: %s; made for this answer only", file,
				x->why);
			i = 1;
		}
	}
	if (ret)
		err_say("index: %s", x->why);
	free(file);
	return ret;
}

/* --- answer -------------------------------------------------------------- */

static const char *column(sqlite3_stmt *stmt, int at)
{
	const char *text = (const char *)sqlite3_column_text(stmt, at);

	return text && *text ? text : "-";
}

/* What was given, or everything. */
static void bind_opt(sqlite3_stmt *stmt, int at, const char *text)
{
	if (text)
		bind(stmt, at, text);
	else
		sqlite3_bind_null(stmt, at);
}

static int answer(struct index *x, const char *shown, FILE *to)
{
	sqlite3_stmt *stmt = NULL;
	struct table t;
	size_t nr = 0;
	char *path;
	int ret;

	if (prepare(x, &stmt, "SELECT path, utc, kernel, host, question, ok,"
		    " planned, label FROM run WHERE error IS NULL"
		    " AND (?1 IS NULL OR kernel GLOB ?1)"
		    " AND (?2 IS NULL OR host GLOB ?2)"
		    " AND (?3 IS NULL OR question GLOB ?3)"
		    " AND (?4 IS NULL OR label GLOB ?4)"
		    " AND (?5 IS NULL OR utc >= ?5)"
		    " AND (?6 IS NULL OR substr(utc, 1, length(?6)) <= ?6)"
		    " ORDER BY utc, path"))
		return -1;
	bind_opt(stmt, 1, opt_kernel);
	bind_opt(stmt, 2, opt_host);
	bind_opt(stmt, 3, opt_question);
	bind_opt(stmt, 4, opt_label);
	bind_opt(stmt, 5, opt_since);
	bind_opt(stmt, 6, opt_until);
	table_start(&t, 6, 4);
	table_row(&t, NULL);
	table_cell(&t, 0, "measured");
	table_cell(&t, 1, "kernel");
	table_cell(&t, 2, "host");
	table_cell(&t, 3, "question");
	table_cell(&t, 4, "ok/planned");
	table_cell(&t, 5, "label");
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *below = column(stmt, 0);

		nr++;
		path = strcmp(below, ".") ? mem_text("%s/%s", shown, below) :
			mem_text("%s", shown);
		if (opt_paths) {
			fprintf(to, "%s\n", path);
			free(path);
			continue;
		}
		table_row(&t, path);
		free(path);
		table_cell(&t, 0, "%.16s", column(stmt, 1));
		table_cell(&t, 1, "%.16s", column(stmt, 2));
		table_cell(&t, 2, "%.10s", column(stmt, 3));
		table_cell(&t, 3, "%.12s", column(stmt, 4));
		table_cell(&t, 4, "%d/%d", sqlite3_column_int(stmt, 5),
			   sqlite3_column_int(stmt, 6));
		table_cell(&t, 5, "%.10s", column(stmt, 7));
	}
	if (ret != SQLITE_DONE)
		wrong(x);
	sqlite3_finalize(stmt);
	if (!opt_paths) {
		struct doc d = { 0 };

		if (nr)
			doc_table(&d, &t);
		doc_note(&d, "%zu of %lld runs", nr,
			 one_number(x, "SELECT count(*) FROM run WHERE error IS NULL"));
		doc_text(&d, to);
		doc_free(&d);
	}
	table_free(&t);
	return ret == SQLITE_DONE ? 0 : -1;
}

/* What is no results folder although it has a plan: said, not dropped. */
static int unreadable(struct index *x)
{
	sqlite3_stmt *stmt = NULL;
	int ret;

	if (prepare(x, &stmt, "SELECT error FROM run WHERE error IS NOT NULL"
		    " ORDER BY path"))
		return -1;
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW)
		err_say("not listed: %s", column(stmt, 0));
	sqlite3_finalize(stmt);
	return ret == SQLITE_DONE ? 0 : wrong(x);
}

/* "2026-01-02", and as much of "T03:04:05Z" as one likes. */
static bool is_date(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	size_t n = strlen(text);

	if (n < 10 || n >= sizeof(form))
		return false;
	for (size_t i = 0; i < n; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' :
		    text[i] != form[i])
			return false;
	return true;
}

int query(char **path, int nr)
{
	struct folders all = { 0 };
	struct index x = { 0 };
	int ret = EXIT_BAD;
	char why[600], *tree;

	if (nr != 1) {
		err_say("query: %d folders given; expected one tree of results",
			nr);
		return EXIT_BAD;
	}
	if ((opt_since && !is_date(opt_since)) ||
	    (opt_until && !is_date(opt_until))) {
		err_say("query: '%s' is no date; 2026-01-31 is",
			opt_since && !is_date(opt_since) ? opt_since : opt_until);
		return EXIT_BAD;
	}
	/* SQLite would refuse to follow a link on the way, too. */
	tree = realpath(path[0], NULL);
	if (!tree || folders_find(&all, &tree, 1, release_order, why, sizeof(why))) {
		err_say("query: %s%s%s", tree ? why : path[0], tree ? "" : ": ",
			tree ? "" : strerror(errno));
		goto cleanup;
	}
	ret = EXIT_FAIL;
	if (index_make(&x, tree, &all))
		goto cleanup;
	if (answer(&x, path[0], stdout) || unreadable(&x)) {
		err_say("index: %s", x.why);
		goto cleanup;
	}
	ret = EXIT_OK;
cleanup:
	index_close(&x);
	folders_free(&all);
	free(tree);
	return ret;
}
