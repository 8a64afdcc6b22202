// SPDX-License-Identifier: GPL-2.0-or-later
/* The readers of plan, sample, meta and .lat: strict, and never silent */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"
#include "run.h"

#define HEAD "# forkpath-plan/1\n# question q\n# seed 7\n"
#define COLUMNS "line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason" \
		"\tconditions\tpoint\n"
#define ROW1 "1\t1\tp\tclone\tidle\t30\trun\t-\ttime=0.4\tkind=fork siblings=0\n"
#define ROW2 "2\t1\tp\tclone-attach\tspin\t30\trun\t-\t-\tthink=0.010\n"
#define ROW3 "3\t1\tp\tnull\tidle\t30\tskip\tno reason at all\t-\t\n"
#define PLAN HEAD COLUMNS ROW1 ROW2 ROW3

#define SCHEMA "schema: forkpath-sample/1\n"
#define OK1 "# line 1 ok seconds=0.5 workload=idle lat=lat/0001.lat\n"
#define BENCH1 "BenchmarkClone/kind=fork/siblings=0 100 "

/* A run of this text's own; the text is copied, for parsers write to it. */
static char *keep(struct run *run, const char *text)
{
	char *copy = mem_text("%s", text);

	*(char **)mem_more(&run->text, &run->nr_text, sizeof(char *)) = copy;
	return copy;
}

static int plan(struct run *run, const char *text)
{
	memset(run, 0, sizeof(*run));
	snprintf(run->sample_name, sizeof(run->sample_name), "q.sample");
	return plan_parse(run, keep(run, text), strlen(text));
}

static int sample(struct run *run, const char *text)
{
	assert_int_equal(plan(run, PLAN), 0);
	return sample_parse(run, keep(run, text), strlen(text));
}

static void contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' does not contain '%s'", text, part);
}

static void plan_good(void **state)
{
	struct run run;

	(void)state;
	assert_int_equal(plan(&run, PLAN), 0);
	assert_int_equal(run.nr_rep, 3);
	assert_string_equal(run.question, "q");
	assert_string_equal(run.seed, "7");
	assert_int_equal(run.rep[0].nr_point, 2);
	assert_string_equal(kv_get(run.rep[0].point, 2, "kind"), "fork");
	assert_string_equal(run.rep[0].cond[0].value, "0.4");
	assert_int_equal(run.rep[1].nr_cond, 0);
	assert_int_equal(run.rep[2].nr_point, 0);
	assert_int_equal(run.rep[2].verdict, REP_SKIP);
	assert_string_equal(run.rep[2].reason, "no reason at all");
	run_free(&run);
}

/* A program that could not verify all says it; a reader is told, once. */
static void unverified(void **state)
{
	struct run run;

	(void)state;
	assert_int_equal(sample(&run, SCHEMA "# conditions time=0.4\n" OK1 BENCH1
				"5 cloner-p50-ns\n"), 0);
	assert_int_equal(run.nr_note, 0);
	run_free(&run);
	assert_int_equal(sample(&run, SCHEMA OK1
				"# conditions time=0.4 verified=no:writes x=1\n"
				BENCH1 "5 cloner-p50-ns\n"
				"# conditions time=0.4 verified=no:writes\n"), 0);
	assert_int_equal(run.nr_note, 1);
	contains(run.note[0], "q.sample:3: not verified there: writes");
	assert_null(strstr(run.note[0], "x=1"));
	run_free(&run);
}

/* COUNT times PIECE, in which %u is the number, after HEAD. To be freed. */
static char *many(const char *head, const char *piece, unsigned int count,
		  const char *tail)
{
	size_t len;
	char *text;
	FILE *to = open_memstream(&text, &len);

	fputs(head, to);
	for (unsigned int i = 0; i < count; i++) {
		const char *at = strchr(piece, '%');

		fprintf(to, "%.*s%u%s", (int)(at - piece), piece, i, at + 1);
	}
	fputs(tail, to);
	fclose(to);
	return text;
}

/* What is looked up one by one has an end, so that no file is a hang. */
static void absurd(void **state)
{
	struct dist_file lat;
	struct run run;
	char why[200], *text;

	(void)state;
	text = many(HEAD COLUMNS "1\t1\tp\tb\tidle\t3\trun\t-\t-\ta=1",
		    " k%=1", 100, "\n");
	assert_int_equal(plan(&run, text), -1);
	contains(run.error, "key=value");
	run_free(&run);
	free(text);

	text = many(SCHEMA OK1 BENCH1 "7 cloner-p50-ns", " 1 u%", 300, "\n");
	assert_int_equal(sample(&run, text), 0);
	assert_int_equal(run.rep[0].verdict, REP_EXCLUDED);
	contains(run.note[0], "more than 256 values");
	run_free(&run);
	free(text);

	text = many(SCHEMA, "Unit u%\n", 1100, "");
	assert_int_equal(sample(&run, text), 0);
	assert_int_equal(run.nr_unit, 1024);
	contains(run.note[0], "q.sample:1026: more than 1024 units");
	run_free(&run);
	free(text);

	text = many(SCHEMA, "nonsense %\n", 20000, "");
	assert_int_equal(sample(&run, text), 0);
	assert_int_equal(run.nr_note, 10001);
	contains(run.note[10000], "the others are not listed");
	run_free(&run);
	free(text);

	text = many("# forkpath-lat/1\n", "role r% ops 0 under 0 over 0 "
		    "min 0 max 0 sum 0\nend\n", 70, "");
	assert_int_equal(dist_parse(&lat, text, strlen(text), why,
				    sizeof(why)), -1);
	contains(why, "too many roles");
	dist_free(&lat);
	free(text);
}

static void plan_bad(void **state)
{
	static const char *const bad[][2] = {
		{ "", "truncated" },
		{ "# forkpath-plan/2\n", "plan.tsv:1: '# forkpath-plan/2'" },
		{ HEAD, "no line of column names" },
		{ HEAD COLUMNS, "plans nothing" },
		{ HEAD "line\n", "plan.tsv:4: expected the line of column names" },
		{ HEAD COLUMNS "1\t1\tp\n", "plan.tsv:5: 3 columns; expected 10" },
		{ HEAD COLUMNS ROW2, "line number '2'; expected 1" },
		{ HEAD COLUMNS ROW1 ROW1, "plan.tsv:6: line number '1'" },
		{ HEAD COLUMNS "1\t0\tp\tb\tidle\t3\trun\t-\t-\t-\n", "block '0'" },
		{ HEAD COLUMNS "1\t1\t../p\tb\tidle\t3\trun\t-\t-\t-\n", "not a word" },
		{ HEAD COLUMNS "1\t1\tp\tb\tidle\t3\tdone\t-\t-\t-\n", "verdict 'done'" },
		{ HEAD COLUMNS "1\t1\tp\tb\tidle\t3\trun\t-\t-\tx\n", "key=value" },
		{ HEAD COLUMNS "1\t1\tp\tb\tidle\t3\trun\t-\t-\ta=1 a=2\n", "key=value" },
		{ HEAD COLUMNS "1\t1\tp\tb\tidle\t3\trun\t-\t-\ta=1", "truncated" },
		{ HEAD COLUMNS "1\t1\tp\tb\tidle\t3\trun\t-\t-\ta=\033[2J\n", "control" },
		{ "# forkpath-plan/1\n# question ../x\n" COLUMNS ROW1, "question" },
		{ "# forkpath-plan/1\n# question .x\n" COLUMNS ROW1, "question" },
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(plan(&run, bad[i][0]), -1);
		contains(run.error, bad[i][1]);
		run_free(&run);
	}
}

static void sample_good(void **state)
{
	struct run run;
	double v;

	(void)state;
	assert_int_equal(sample(&run, SCHEMA "suite: abc\nkernel: 6.18.44\n"
		"Unit cloner-ops/s better=higher\nUnit x assume=exact\n"
		"# conditions time=0.4\n"
		"# line 2 void attach: 1 moved, 2 reported\n"
		"# BenchmarkCloneAttach/think=0.01/workload=spin 1 1 x\n"
		"# a remark\n\n" OK1
		BENCH1 "  7e2 cloner-p50-ns\t900 cloner-max-ns 100 cloner-ops"
		" 12.5 cloner-ops/s\n"), 0);
	assert_int_equal(run.nr_note, 0);
	assert_int_equal(run.rep[0].verdict, REP_OK);
	assert_true(rep_value(&run.rep[0], "cloner-p50-ns", &v));
	assert_true(v == 700);
	assert_true(rep_value(&run.rep[0], "cloner-ops/s", &v));
	assert_true(v == 12.5);
	assert_string_equal(run.rep[0].lat, "lat/0001.lat");
	assert_string_equal(run.rep[0].effective, "time=0.4");
	assert_int_equal(run.rep[1].verdict, REP_VOID);
	assert_string_equal(run.rep[1].reason, "attach: 1 moved, 2 reported");
	assert_int_equal(run.rep[1].nr_value, 0);
	assert_true(run.unit[0].higher);
	assert_true(run.unit[1].exact);
	run_free(&run);
}

/* The planner may write 0.010, the program 0.01: one number. */
static void sample_same_number(void **state)
{
	struct run run;

	(void)state;
	assert_int_equal(sample(&run, SCHEMA "# line 2 ok workload=spin\n"
		"BenchmarkCloneAttach/think=0.01/workload=spin 1 5 x-p50-ns\n"),
		0);
	assert_int_equal(run.rep[1].verdict, REP_OK);
	assert_int_equal(run.nr_note, 0);
	run_free(&run);
}

/* One repetition is spoilt: named, counted, and the run goes on. */
static void sample_excluded(void **state)
{
	static const char *const bad[][2] = {
		{ "-5 cloner-p50-ns", "'-5'" },
		{ "nan cloner-p50-ns", "'nan'" },
		{ "inf cloner-p50-ns", "'inf'" },
		{ "0x10 cloner-p50-ns", "'0x10'" },
		{ "1e300 cloner-p50-ns", "'1e300'" },
		{ "1e400 cloner-p50-ns", "'1e400'" },
		{ "5 cloner-p50-ns 5 cloner-p50-ns", "twice" },
		{ "5", "has unit ''" },
		{ "5 a/b/c", "has unit 'a/b/c'" },
		{ "", "no values" },
		{ "500 cloner-p50-ns 400 cloner-p90-ns", "below p50-ns" },
		{ "500 cloner-p50-ns 450 cloner-max-ns", "below p50-ns" },
		{ "500 cloner-p50-ns 99 cloner-ops", "99 cloner-ops, 100" },
	};
	char text[500];
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), SCHEMA OK1 BENCH1 "%s\n",
			 bad[i][0]);
		assert_int_equal(sample(&run, text), 0);
		assert_int_equal(run.rep[0].verdict, REP_EXCLUDED);
		assert_int_equal(run.rep[0].nr_value, 0);
		assert_int_equal(run.nr_note, 1);
		contains(run.note[0], "q.sample:3: ");
		contains(run.note[0], bad[i][1]);
		run_free(&run);
	}
}

/* The exact maximum may lie a bucket below an upper edge, not more. */
static void sample_edge(void **state)
{
	struct run run;

	(void)state;
	assert_int_equal(sample(&run, SCHEMA OK1 BENCH1
		"504 cloner-p50-ns 500 cloner-max-ns\n"), 0);
	assert_int_equal(run.rep[0].verdict, REP_OK);
	run_free(&run);
}

static void sample_foreign(void **state)
{
	static const char *const bad[][2] = {
		{ OK1 "BenchmarkClone/kind=fork/siblings=1 1 5 x\n", "not the point" },
		{ OK1 "BenchmarkClone/kind=fork 1 5 x\n", "not the point" },
		{ OK1 "BenchmarkExit/kind=fork/siblings=0 1 5 x\n", "not the point" },
		{ OK1 "BenchmarkClone/kind=fork/siblings=0/workload=spin 1 5 x\n",
		  "not the point" },
		{ OK1 "BenchmarkClone/kind=fork/siblings=0 1.5 5 x\n", "operations" },
		{ "BenchmarkClone/kind=fork/siblings=0 1 5 x\n", "without" },
		{ "# line 9 ok\nBenchmarkX 1 5 x\n", "lines 1 to 3" },
		{ "# line 0 ok\nBenchmarkX 1 5 x\n", "lines 1 to 3" },
		{ "# line 99999999999999999999 ok\nBenchmarkX 1 5 x\n", "lines 1 to 3" },
		{ "# line 1 good\n" BENCH1 "5 x\n", "verdict 'good'" },
		{ "# line 3 ok\nBenchmarkNull 1 5 x\n", "the plan skips it" },
		{ "# line 1 ok lat=../../etc/passwd\n" BENCH1 "5 x\n", "passwd" },
		{ "# line 1 ok lat=lat/../x.lat\n" BENCH1 "5 x\n", "x.lat" },
		{ "# line 1 ok workload=spin\n" BENCH1 "5 x\n", "workload=spin" },
		{ "# line 1 ok seconds=-1\n" BENCH1 "5 x\n", "seconds=-1" },
		{ "what is this\n", "no line of this format" },
		{ OK1 BENCH1 "5 x\033[2J\n", "control character" },
		{ "# line 1 void why\n" BENCH1 "5 x\n", "no comment" },
		{ "kernel: a\nkernel: b\n", "changes from a to b" },
	};
	char text[500];
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), SCHEMA "%s", bad[i][0]);
		assert_int_equal(sample(&run, text), 0);
		if (run.nr_note != 1)
			fail_msg("%s: %zu notes", bad[i][0], run.nr_note);
		contains(run.note[0], bad[i][1]);
		assert_int_not_equal(run.rep[0].verdict, REP_OK);
		run_free(&run);
	}
}

/* The first record stands; the second one does not change a number. */
static void sample_duplicate(void **state)
{
	struct run run;
	double v;

	(void)state;
	assert_int_equal(sample(&run, SCHEMA OK1 BENCH1 "5 x\n" OK1 BENCH1
				"6 x\n"), 0);
	assert_int_equal(run.nr_note, 1);
	contains(run.note[0], "q.sample:4: a second record of plan line 1");
	assert_int_equal(run.rep[0].verdict, REP_OK);
	assert_true(rep_value(&run.rep[0], "x", &v));
	assert_true(v == 5);
	run_free(&run);
}

/* A record whose values went missing in the middle of the file. */
static void sample_gap(void **state)
{
	struct run run;

	(void)state;
	assert_int_equal(sample(&run, SCHEMA OK1
		"# line 2 fail attach: no\n"), 0);
	assert_int_equal(run.rep[0].verdict, REP_EXCLUDED);
	assert_int_equal(run.rep[1].verdict, REP_FAIL);
	contains(run.note[0], "plan line 1 is missing");
	run_free(&run);
}

static void sample_fatal(void **state)
{
	static const char *const bad[][2] = {
		{ "schema: forkpath-sample/2\n", "q.sample:1: schema 'fork" },
		{ SCHEMA "schema: forkpath-sample/9\n", "q.sample:2: schema" },
		{ "schema: \033[2J\n", "schema '?[2J'" },
		{ "pkg: foo\n", "q.sample:1: 'pkg: foo'; expected 'schema: " },
		{ OK1 BENCH1 "5 x\n", "q.sample:2: 'Bench" },
		{ SCHEMA OK1, "q.sample:2: truncated" },
		{ SCHEMA OK1 BENCH1 "5 x", "q.sample:3: truncated" },
		{ SCHEMA "# line 1 sk", "q.sample:2: truncated" },
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(sample(&run, bad[i][0]), -1);
		contains(run.error, bad[i][1]);
		assert_null(strchr(run.error, '\n'));
		run_free(&run);
	}
}

/* Any order of records: the number says which repetition it is. */
static void sample_reordered(void **state)
{
	struct run run;
	double v;

	(void)state;
	assert_int_equal(sample(&run, SCHEMA "# line 3 skip it is so\n"
		"# line 2 ok workload=spin\n"
		"BenchmarkCloneAttach/think=0.010/workload=spin 1 7 x\n"
		OK1 BENCH1 "5 x\n"), 0);
	assert_int_equal(run.nr_note, 0);
	assert_string_equal(run.rep[2].reason, "it is so");
	assert_true(rep_value(&run.rep[1], "x", &v) && v == 7);
	assert_true(rep_value(&run.rep[0], "x", &v) && v == 5);
	run_free(&run);
}

static void meta(void **state)
{
	static const char *const bad[][2] = {
		{ "", "meta.json:" }, { "{", "meta.json:1:" },
		{ "[]", "schema ''" }, { "{}", "schema ''" },
		{ "{\"schema\": \"forkpath-meta/9\"}", "expected 'forkpath-meta/1'" },
		{ "{\"a\": 1, \"a\": 2}", "duplicate" },
		{ "{\"schema\": null}", "schema ''" },
	};
	struct run run = { .path = "" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(meta_parse(&run, (char *)bad[i][0],
					    strlen(bad[i][0])), -1);
		contains(run.error, bad[i][1]);
		json_decref(run.meta);
		run.meta = NULL;
	}
	assert_int_equal(meta_parse(&run, "{\"schema\":\"forkpath-meta/1\"}", 28),
			 0);
	json_decref(run.meta);
}

#define LAT "# forkpath-lat/1\n"
#define EXACT "role r ops 3 under 0 over 0 min 7 max 9 sum 23\n7 8 2\n9 10 1\n"
#define VDSO "vdso 00007ffff7fc1af0 902 clock_gettime\n"
#define HASH "hash fnv1a64 f3c4cf357eab884c\n"
#define ROLE "role cloner ops 5 under 1 over 0 min 0 max 7500 sum 1\n"

static int dist(struct dist_file *d, const char *text, char *why, size_t len)
{
	char *copy = mem_text("%s", text);
	int ret = dist_parse(d, copy, strlen(copy), why, len);

	d->text = copy;
	return ret;
}

static void lat_good(void **state)
{
	struct dist_file d;
	char why[200];

	(void)state;
	assert_int_equal(dist(&d, LAT ROLE "200 201 1\n7424 7456 1\n"
		"7488 7520 2\nend\n"
		"role b ops 0 under 0 over 0 min 0 max 0 sum 0\nend\n", why,
		sizeof(why)), 0);
	assert_int_equal(d.nr_role, 2);
	assert_string_equal(d.role[0].name, "cloner");
	assert_int_equal(d.role[0].nr_bucket, 3);
	assert_int_equal(d.role[0].bucket[2].count, 2);
	assert_int_equal(d.role[0].under, 1);
	assert_int_equal(d.role[1].ops, 0);
	assert_false(d.role[0].has_hash);
	dist_free(&d);

	/* Exact mode: 7, 9, 7. */
	assert_int_equal(dist(&d, LAT EXACT "hash fnv1a64 f3c4cf357eab884c\n"
		"series 0 1 7 9 7\nend\n", why, sizeof(why)), 0);
	assert_true(d.role[0].has_hash && d.role[0].hash == 0xf3c4cf357eab884c);
	assert_int_equal(d.nr_vdso, 0);
	dist_free(&d);

	assert_int_equal(dist(&d, LAT VDSO "vdso 00007ffff7fc1e80 127 getcpu\n"
		EXACT HASH "series 0 1 7 9 7\nend\n", why, sizeof(why)), 0);
	assert_int_equal(d.nr_vdso, 2);
	assert_true(d.vdso[0].addr == 0x7ffff7fc1af0 && d.vdso[0].bytes == 902);
	assert_string_equal(d.vdso[1].name, "getcpu");
	dist_free(&d);
}

static void lat_bad(void **state)
{
	static const char *const bad[][2] = {
		{ "", "truncated" },
		{ "# forkpath-lat/2\n", "line 1: not" },
		{ LAT, "truncated" },
		{ LAT ROLE, "'end' is missing" },
		{ LAT ROLE "7488 7520 4\n", "'end' is missing" },
		{ LAT ROLE "7488 7520 4", "truncated" },
		{ LAT ROLE "7488 7520 3\nend\n", "do not add up" },
		{ LAT ROLE "7488 7520 0\nend\n", "without a count" },
		{ LAT ROLE "7488 7520 -4\nend\n", "low high count" },
		{ LAT ROLE "7488 7520 4 5\nend\n", "low high count" },
		{ LAT ROLE "7488 7520\nend\n", "low high count" },
		{ LAT ROLE "7488 7600 4\nend\n", "wider than" },
		{ LAT ROLE "7520 7488 4\nend\n", "empty range" },
		{ LAT ROLE "7488 7520 2\n200 201 2\nend\n", "ascend" },
		{ LAT ROLE "7488 7520 2\n7500 7530 2\nend\n", "ascend" },
		{ LAT ROLE "7424 7456 4\nend\n", "max is not" },
		{ LAT ROLE "7488 7520 18446744073709551615\nend\n", "overflow" },
		{ LAT ROLE "7488 7520 99999999999999999999\nend\n", "low high" },
		{ LAT "7488 7520 4\nend\n", "outside of a role" },
		{ LAT "end\n", "without a role" },
		{ LAT "role x ops 1\n", "not 'role NAME" },
		{ LAT "role x ops nan under 0 over 0 min 0 max 0 sum 0\n", "not 'role" },
		{ LAT ROLE "7488 7520 4\nend\n" ROLE "7488 7520 4\nend\n", "twice" },
		{ LAT ROLE "7488\t7520\t4\nend\n", "control" },
		{ LAT EXACT HASH "series 0 1 9 7 7\nend\n", "not that of the" },
		{ LAT EXACT HASH "series 0 1 7 9\nend\n", "not every sample" },
		{ LAT EXACT HASH "end\n", "not every sample" },
		{ LAT EXACT HASH "series 0 2 16\nend\n", "single operations" },
		{ LAT EXACT HASH HASH, "not 'hash" },
		{ LAT EXACT "hash md5 0\n", "not 'hash" },
		{ LAT VDSO, "'end' is missing" },
		{ LAT EXACT VDSO, "low high count" },
		{ LAT EXACT HASH "series 0 1 7 9 7\nend\n" VDSO, "outside of a role" },
		{ LAT "vdso 00007ffff7fc1af0 902\n", "not 'vdso" },
		{ LAT "vdso 00007ffff7fc1af0 902 a b\n", "not 'vdso" },
		{ LAT "vdso 7ffff7fc1af0 902 a\n", "not 'vdso" },
		{ LAT "vdso 00007FFFf7fc1af0 902 a\n", "not 'vdso" },
		{ LAT "vdso 00007ffff7fc1af0 9x a\n", "not 'vdso" },
		{ LAT EXACT "hash fnv1a64 12\n", "not 'hash" },
	};
	struct dist_file d;
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!dist(&d, bad[i][0], why, sizeof(why)))
			fail_msg("accepted: %s", bad[i][0]);
		contains(why, bad[i][1]);
		dist_free(&d);
	}
}

/* No symbolic link, fifo or folder is read, at any depth. */
static void links(void **state)
{
	char folder[] = "/tmp/forkpath-test-XXXXXX", name[100], *text;
	int dir, fd;
	size_t len;

	(void)state;
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	fd = openat(dir, "real", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "hello\n", 6), 6);
	close(fd);
	assert_int_equal(mkdirat(dir, "lat", 0700), 0);
	fd = openat(dir, "lat/0001.lat", O_WRONLY | O_CREAT, 0600);
	close(fd);
	symlinkat("real", dir, "link");
	symlinkat("lat", dir, "other");
	mkfifoat(dir, "fifo", 0600);

	assert_int_equal(file_read(dir, "real", 100, &text, &len), 0);
	assert_int_equal(len, 6);
	assert_string_equal(text, "hello\n");
	free(text);
	assert_int_equal(file_read(dir, "real", 5, &text, &len), -EFBIG);
	assert_int_equal(file_read(dir, "link", 100, &text, &len), -ELOOP);
	assert_int_equal(file_read(dir, "fifo", 100, &text, &len), -EINVAL);
	assert_int_equal(file_read(dir, "lat", 100, &text, &len), -EINVAL);
	assert_int_equal(file_read(dir, "none", 100, &text, &len), -ENOENT);
	assert_int_equal(file_read(dir, "lat/0001.lat", 9, &text, &len), 0);
	free(text);
	assert_true(file_read(dir, "other/0001.lat", 9, &text, &len) < 0);
	assert_null(text);

	close(dir);
	snprintf(name, sizeof(name), "rm -r %s", folder);
	assert_int_equal(system(name), 0);
}

/* Cut a good file at every byte: an error or a shorter run, no crash. */
static void every_cut(void **state)
{
	static const char whole[] = SCHEMA "kernel: a\n" OK1 BENCH1
		"5 cloner-p50-ns 100 cloner-ops\n# line 2 fail because\n";
	char text[sizeof(whole)];
	struct run run;

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		memcpy(text, whole, n);
		text[n] = 0;
		if (sample(&run, text))
			assert_true(*run.error);
		run_free(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_good),
		cmocka_unit_test(unverified),
		cmocka_unit_test(plan_bad),
		cmocka_unit_test(absurd),
		cmocka_unit_test(sample_good),
		cmocka_unit_test(sample_same_number),
		cmocka_unit_test(sample_excluded),
		cmocka_unit_test(sample_edge),
		cmocka_unit_test(sample_foreign),
		cmocka_unit_test(sample_duplicate),
		cmocka_unit_test(sample_gap),
		cmocka_unit_test(sample_fatal),
		cmocka_unit_test(sample_reordered),
		cmocka_unit_test(meta),
		cmocka_unit_test(lat_good),
		cmocka_unit_test(lat_bad),
		cmocka_unit_test(links),
		cmocka_unit_test(every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
