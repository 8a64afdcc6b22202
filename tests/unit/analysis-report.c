// SPDX-License-Identifier: GPL-2.0-or-later
/* From readings to numbers: grouping, intervals, pools, the fit, the words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doc-form.h"
#include "mem.h"
#include "rank.h"
#include "report.h"

#define PLAN "# forkpath-plan/1\n# question q\nline\tblock\tpart\tbench\t" \
	     "workload\tlimit\tverdict\treason\tconditions\tpoint\n"

/* Plan and sample as text; points made of them. */
static void start(struct report *r, const char *plan, const char *sample)
{
	memset(r, 0, sizeof(*r));
	r->plots = mem_get(1, sizeof(*r->plots));
	r->run.dirfd = -1;
	r->run.path = "x";
	for (int i = 0; i < 2; i++) {
		char *text = mem_text("%s%s", i ? "schema: forkpath-sample/1\n" :
				      PLAN, i ? sample : plan);

		*(char **)mem_more(&r->run.text, &r->run.nr_text,
				   sizeof(char *)) = text;
		assert_int_equal((i ? sample_parse : plan_parse)
				 (&r->run, text, strlen(text)), 0);
	}
	points_make(&r->points, &r->run);
}

/* With six values there is a 95 % interval, with five there is not. */
static void interval(void **state)
{
	const double v[] = { 105, 100, 101, 102, 110, 103 };
	char buf[60];
	struct est e;

	(void)state;
	e = est_make(v, 6);
	assert_true(e.med == 102.5 && e.lo == 100 && e.hi == 110 && !e.range);
	assert_string_equal(est_spread(buf, sizeof(buf), &e), "7.3%");
	assert_string_equal(out_est(buf, sizeof(buf), &e, "ns"), "102 ns [100, 110]");
	e = est_make(v, 5);
	assert_true(e.med == 102 && e.lo == 100 && e.hi == 110 && e.range);
	assert_string_equal(out_est(buf, sizeof(buf), &e, "ns"), "102 ns (100 to 110)");
	e = est_make(v, 1);
	assert_true(e.range && e.nr == 1);
	assert_string_equal(out_est(buf, sizeof(buf), &e, "ns"), "105 ns");
	assert_string_equal(est_spread(buf, sizeof(buf), &e), "-");
	e = (struct est){ .med = 7, .lo = 6, .hi = 70, .nr = 6 };
	assert_string_equal(out_est(buf, sizeof(buf), &e, "ns"), "7 ns [6, 70]");
	assert_string_equal(est_spread(buf, sizeof(buf), &e), "900%");
	e.med = 12345;
	e.lo = 12300;
	e.hi = 19670;
	assert_string_equal(out_est(buf, sizeof(buf), &e, "ns"), "12.3 us [12.3, 19.7]");
	assert_string_equal(out_est(buf, sizeof(buf), &e, "/s"), "12345/s [12300, 19670]");
	e = est_make(v, 0);
	assert_string_equal(out_est(buf, sizeof(buf), &e, "ns"), "-");
}

/* The config's order, then that of the alphabet. */
static void parts(void **state)
{
	static const char plan[] =
		"1\t1\tbeta\tclone\tidle\t9\trun\t-\t-\t-\n"
		"2\t1\tdelta\tclone\tidle\t9\trun\t-\t-\t-\n"
		"3\t1\tgamma\tclone\tidle\t9\trun\t-\t-\t-\n"
		"4\t1\talpha\tclone\tidle\t9\trun\t-\t-\t-\n";
	static const char *const want[] = { "gamma", "beta", "alpha", "delta" };
	struct run run = { .dirfd = -1, .path = "x" };
	char *text = mem_text("# forkpath-plan/1\n# parts gamma none beta\n%s%s",
			      strchr(PLAN, '\n') + 1, plan);
	struct points points;

	(void)state;
	assert_int_equal(plan_parse(&run, text, strlen(text)), 0);
	points_make(&points, &run);
	assert_int_equal(points.nr_point, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(points.point[i].part, want[i]);
	points_free(&points);
	run_free(&run);
	free(text);
}

/* A void, failed or malformed repetition is in no number. */
static void only_ok(void **state)
{
	static const char plan[] =
		"1\t1\tp\tclone\tidle\t9\trun\t-\t-\tkind=fork\n"
		"2\t2\tp\tclone\tidle\t9\trun\t-\t-\tkind=fork\n"
		"3\t3\tp\tclone\tidle\t9\trun\t-\t-\tkind=fork\n"
		"4\t4\tp\tclone\tidle\t9\trun\t-\t-\tkind=fork\n"
		"5\t5\tp\tclone\tidle\t9\trun\t-\t-\tkind=fork\n";
	static const char sample[] =
		"# line 3 ok\nBenchmarkClone/kind=fork 9 300 cloner-p50-ns\n"
		"# line 1 ok\nBenchmarkClone/kind=fork 9 100 cloner-p50-ns\n"
		"# line 2 void it lies\n"
		"# BenchmarkClone/kind=fork 9 900 cloner-p50-ns\n"
		"# line 4 ok\nBenchmarkClone/kind=fork 9 nan cloner-p50-ns\n"
		"# line 5 fail broke\n";
	unsigned int block[5];
	struct report r;
	struct est e;
	double v[5];

	(void)state;
	start(&r, plan, sample);
	assert_int_equal(r.points.nr_point, 1);
	assert_int_equal(r.points.point[0].nr_rep, 2);
	assert_int_equal(r.points.point[0].count[REP_VOID], 1);
	assert_int_equal(r.points.point[0].count[REP_FAIL], 1);
	assert_int_equal(r.points.point[0].count[REP_EXCLUDED], 1);
	/* The first one was measured; why is said of those that were not. */
	assert_int_equal(r.points.point[0].nr_tried, 5);
	assert_string_equal(point_reason(&r.points.point[0]), "it lies");
	assert_string_equal(point_first(&r.points.point[0], REP_FAIL)->reason,
			    "broke");
	assert_null(point_first(&r.points.point[0], REP_SKIP));
	assert_int_equal(point_values(&r.points.point[0], "cloner-p50-ns", v,
				      block), 2);
	assert_true(v[0] == 100 && v[1] == 300);
	assert_int_equal(block[1], 3);
	e = point_est(&r.points.point[0], "cloner-p50-ns");
	assert_true(e.med == 200 && e.nr == 2);
	report_free(&r);
}

/* Different option, workload, part or condition: different point. */
static void grouping(void **state)
{
	static const char plan[] =
		"1\t1\tp\tclone\tidle\t9\trun\t-\t-\tn=10 k=b\n"
		"2\t1\tp\tclone\tspin\t9\trun\t-\t-\tn=10 k=b\n"
		"3\t1\tp\tclone\tidle\t9\trun\t-\ta=1\tn=10 k=b\n"
		"4\t1\to\tclone\tidle\t9\trun\t-\t-\tn=10 k=b\n"
		"5\t1\tp\tclone\tidle\t9\trun\t-\t-\tn=9 k=c\n"
		"6\t2\tp\tclone\tidle\t9\trun\t-\t-\tn=10 k=b\n";
	const struct point *p[5];
	const char *key[8];
	struct report r;
	char buf[80];

	(void)state;
	start(&r, plan, "");
	assert_int_equal(r.points.nr_point, 5);
	for (int i = 0; i < 5; i++)
		p[i] = &r.points.point[i];
	/* Sorted: part o first; then n=9 before n=10. */
	assert_string_equal(p[0]->part, "o");
	assert_string_equal(point_get(p[1], "n"), "9");
	assert_int_equal(p[2]->count[REP_PLANNED] + p[3]->count[REP_PLANNED] +
			 p[4]->count[REP_PLANNED], 4);
	/* Words before numbers. */
	assert_int_equal(point_varying(p, 5, key, 8), 4);
	assert_string_equal(key[0], "k");
	assert_string_equal(key[1], "workload");
	assert_string_equal(point_label(p[1], key, 2, true, buf, sizeof(buf)),
			    "k=c workload=idle");
	assert_true(value_order("9", "10") < 0);
	assert_true(value_order("v1-a", "v2") < 0);
	assert_true(value_order("0.010", "0.01") == 0);
	assert_true(value_order(NULL, "x") < 0);
	report_free(&r);
}

/* n(1-q) >= 10 or nothing; the median always; never above the maximum. */
static void pooled(void **state)
{
	struct bucket bucket[] = {
		{ 100, 101, 500 }, { 200, 201, 490 }, { 400, 402, 10 },
	};
	struct pool pool = {
		.ops = 1000, .max = 401, .bucket = bucket, .nr_bucket = 3,
	};
	double v;

	(void)state;
	assert_true(pool_quantile(&pool, 0.5, &v) && v == 101);
	assert_true(pool_quantile(&pool, 0.9, &v) && v == 201);
	assert_true(pool_quantile(&pool, 0.99, &v) && v == 201);
	assert_false(pool_quantile(&pool, 0.999, &v));
	bucket[1].count = 489;
	pool.ops = 999;
	assert_false(pool_quantile(&pool, 0.99, &v));
	bucket[1].count = 100;
	pool.ops = 610;
	assert_true(pool_quantile(&pool, 0.98, &v) && v == 201);
	bucket[2].count = 100;
	pool.ops = 700;
	assert_true(pool_quantile(&pool, 0.98, &v) && v == 401);
	assert_false(pool_quantile(NULL, 0.5, &v));
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Buckets of two repetitions add up; a third of another kind stays out. */
static void merged(void **state)
{
	static const char plan[] =
		"1\t1\tp\tb\tidle\t9\trun\t-\t-\t-\n"
		"2\t2\tp\tb\tidle\t9\trun\t-\t-\t-\n"
		"3\t3\tp\tb\tidle\t9\trun\t-\t-\t-\n"
		"4\t4\tp\tb\tidle\t9\trun\t-\t-\t-\n";
	static const char sample[] =
		"# line 1 ok lat=lat/0001.lat\nBenchmarkB 30 9 a-p50-ns 30 a-ops\n"
		"# line 2 ok lat=lat/0002.lat\nBenchmarkB 41 9 a-p50-ns 41 a-ops\n"
		"# line 3 ok lat=lat/0003.lat\nBenchmarkB 5 9 a-p50-ns 5 a-ops\n"
		"# line 4 ok lat=lat/0004.lat\nBenchmarkB 6 9 a-p50-ns 6 a-ops\n";
	char folder[] = "/tmp/forkpath-test-XXXXXX", command[100];
	const struct pool *pool;
	struct report r;
	double v;

	(void)state;
	memset(&r, 0, sizeof(r));
	assert_non_null(mkdtemp(folder));
	r.run.path = folder;
	r.run.dirfd = open(folder, O_RDONLY | O_DIRECTORY);
	mkdirat(r.run.dirfd, "lat", 0700);
	put(r.run.dirfd, "plan.tsv", PLAN);
	put(r.run.dirfd, "lat/0001.lat", "# forkpath-lat/1\nrole a ops 30 under 3"
	    " over 0 min 0 max 1004 sum 1\n100 101 7\n1000 1008 20\nend\n");
	put(r.run.dirfd, "lat/0002.lat", "# forkpath-lat/1\nrole a ops 41 under 2"
	    " over 4 min 0 max 200000000000 sum 1\n100 101 5\n200 201 30\nend\n");
	put(r.run.dirfd, "lat/0003.lat", "# forkpath-lat/1\nrole a ops 5 under 0"
	    " over 0 min 1004 max 1005 sum 1\n1004 1010 5\nend\n");
	put(r.run.dirfd, "lat/0004.lat", "# forkpath-lat/1\nrole a ops 5 under 0"
	    " over 0 min 1004 max 1005 sum 1\n1000 1008 5\nend\n");
	for (int i = 0; i < 2; i++) {
		char *text = mem_text("%s%s", i ? "schema: forkpath-sample/1\n" :
				      PLAN, i ? sample : plan);

		*(char **)mem_more(&r.run.text, &r.run.nr_text,
				   sizeof(char *)) = text;
		assert_int_equal((i ? sample_parse : plan_parse)
				 (&r.run, text, strlen(text)), 0);
	}
	points_make(&r.points, &r.run);
	assert_int_equal(r.points.nr_point, 1);
	pool = point_pool(&r.points.point[0], "a");
	assert_non_null(pool);
	assert_int_equal(pool->nr_rep, 2);
	assert_int_equal(pool->ops, 71);
	assert_int_equal(pool->under, 5);
	assert_int_equal(pool->over, 4);
	assert_int_equal(pool->nr_bucket, 3);
	assert_int_equal(pool->bucket[0].count, 12);
	assert_int_equal(pool->bucket[1].count, 30);
	assert_int_equal(pool->bucket[2].count, 20);
	assert_true(pool_quantile(pool, 0.5, &v) && v == 201);
	assert_int_equal(r.run.nr_note, 2);
	assert_non_null(strstr(r.run.note[0], "lat/0003.lat: role a has buckets"));
	assert_non_null(strstr(r.run.note[1], "lat/0004.lat: role a has 5 oper"));
	report_free(&r);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/*
 * A clone beside a writer costs twice the quiet one of the same block; the
 * blocks themselves differ tenfold, and each side lacks one of them.
 */
static void paired(void **state)
{
	char plan[4000] = "", sample[4000] = "";
	const struct answer *base = NULL;
	struct answer row[8];
	size_t nr, pairs;
	struct rank_shift s;
	struct report r;

	(void)state;
	for (int i = 1; i <= 16; i++) {
		int block = (i + 1) / 2, ns = 100 * block * block;
		bool writer = i % 2;

		sprintf(plan + strlen(plan), "%d\t%d\tp\tclone%s\tidle\t9\trun"
			"\t-\t-\tkind=thread%s\n", i, block,
			writer ? "-attach" : "",
			writer ? " victims=unrelated" : "");
		if (block == (writer ? 2 : 5))
			sprintf(sample + strlen(sample), "# line %d fail x\n", i);
		else
			sprintf(sample + strlen(sample), "# line %d ok\n"
				"BenchmarkClone%s/kind=thread%s 1 %d "
				"cloner-p50-ns\n", i, writer ? "Attach" : "",
				writer ? "/victims=unrelated" : "",
				writer ? 2 * ns : ns);
	}
	start(&r, plan, sample);
	assert_int_equal(r.run.nr_note, 0);
	nr = answer_rows(&r, row, 8);
	for (size_t i = 0; i < nr && !base; i++)
		base = row[i].beside ? &row[i] : NULL;
	assert_non_null(base);
	point_ratio(base->point, base->beside, "cloner-p50-ns", &s, &pairs);
	assert_int_equal(pairs, 6);
	assert_true(fabs(s.est - 2) < 1e-9);
	report_free(&r);
}

/* 4 us + 250 ns per thread, six repetitions of each size. */
static void size(void **state)
{
	static const double threads[] = { 1, 10, 100, 1000 };
	struct size_fit fit = { .nr_point = 0 };
	double x[24], y[24];
	int n = 0;

	(void)state;
	for (int t = 0; t < 4; t++) {
		for (int r = -2; r <= 3; r++) {
			x[n] = threads[t];
			y[n++] = (4000 + 250 * threads[t]) * (1 + r / 1000.0);
		}
	}
	assert_true(size_line(&fit, x, y, n));
	assert_true(fabs(fit.ts.slope - 250) < 1);
	assert_true(fit.ts.slope_lo < 250.2 && fit.ts.slope_hi > 250);
	assert_true(fabs(fit.ols.slope - 250) < 1);
	assert_true(fabs(fit.ts.intercept - 4000) < 60);
	assert_true(fit.fixed_lo < fit.ts.intercept &&
		    fit.fixed_hi > fit.ts.intercept);
	assert_true(fit.fixed_lo > 3900 && fit.fixed_hi < 4100);
	assert_true(fabs(fit.even - 16) < 0.4);
	assert_true(fit.even_lo < fit.even && fit.even_hi > fit.even);

	/* No growth: no size at which it would overtake. */
	for (n = 0; n < 24; n++)
		y[n] = 4000 + n % 6;
	assert_true(size_line(&fit, x, y, n));
	assert_true(isnan(fit.even) || fit.even_hi == HUGE_VAL);
	/* One size is no line. */
	assert_false(size_line(&fit, x, y, 6));
}

static void words(void **state)
{
	static const struct { double v; const char *number, *time, *count; } t[] = {
		{ 0, "0", "0 ns", "0" },
		{ 0.0417, "0.042", "0.042 ns", "0" },
		{ 7, "7.00", "7 ns", "7" },
		{ 999, "999", "999 ns", "999" },
		{ 7424, "7424", "7.42 us", "7424" },
		{ 81149, "81149", "81.1 us", "81149" },
		{ 482110, "482110", "482 us", "482k" },
		{ 8e6, "8000000", "8.00 ms", "8.00M" },
		{ 9.999e9, "9999000000", "10.0 s", "10.0G" },
	};
	/* What is not all never reads 1. */
	static const struct { double v; const char *share; } part[] = {
		{ 0, "0" }, { 1, "1" }, { 0.00171, "0.00171" },
		{ 0.3125, "0.312" }, { 0.99, "0.99" }, { 0.9954, "0.995" },
		{ 0.999541, "0.9995" }, { 0.99979, "0.9998" },
		{ 0.9999, "0.9999" }, { 0.99991, "0.99991" },
		{ 1 - 1e-9, "0.999999999" },
	};
	char buf[80];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		assert_string_equal(out_number(buf, sizeof(buf), t[i].v),
				    t[i].number);
		assert_string_equal(out_time(buf, sizeof(buf), t[i].v),
				    t[i].time);
		assert_string_equal(out_count(buf, sizeof(buf), t[i].v),
				    t[i].count);
	}
	for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
		assert_string_equal(out_share(buf, sizeof(buf), part[i].v),
				    part[i].share);
	assert_string_equal(out_ascii(buf, sizeof(buf), "5 \xc2\xb5s\033[2J"),
			    "5 ?s?[2J");
}

/* No line of prose leaves the 72 columns, however long its words. */
static void wrapped(void **state)
{
	char *text, *line, word[200];
	size_t len;
	FILE *to = open_memstream(&text, &len);
	struct doc d = { 0 };

	(void)state;
	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = 0;
	doc_line(&d, "All tables: /%s", word);
	doc_text(&d, to);
	fflush(to);
	assert_non_null(strstr(text, word));
	rewind(to);
	doc_free(&d);
	doc_item(&d, "%s and then some more words that go on and on and on until the line is full %s",
		 word, word);
	doc_text(&d, to);
	doc_free(&d);
	fclose(to);
	for (char *at = text; (line = strsep(&at, "\n")); )
		assert_true(strlen(line) <= 72);
	free(text);
}

/* A table that is too wide has the names of its rows on lines of their own. */
static void tall(void **state)
{
	static const char *const name[] = { "", "a-name-of-some-length", "b" };
	char *text, value[41];
	size_t len;

	(void)state;
	memset(value, '7', sizeof(value));
	value[sizeof(value) - 1] = 0;
	/* 72 columns are not too wide, 73 are. */
	for (int more = 0; more < 2; more++) {
		FILE *to = open_memstream(&text, &len);
		struct doc d = { 0 };
		struct table t;

		table_head(&t, 1, "", "x", "y", NULL);
		for (int i = 1; i < 3; i++) {
			table_row(&t, NULL);
			table_cell(&t, 0, "%s", name[i]);
			table_cell(&t, 1, "%.*s", 27 + more, value);
			table_cell(&t, 2, "%.*s", 20, value);
		}
		doc_table(&d, &t);
		table_free(&t);
		doc_text(&d, to);
		doc_free(&d);
		fclose(to);
		assert_int_equal(!!strstr(text, "  b\n"), more);
		for (char *at = text, *line; (line = strsep(&at, "\n")); )
			assert_true(strlen(line) <= 72);
		free(text);
	}
}

/* Too many columns: words go above the rows until the rest fits. */
static void narrow(void **state)
{
	static const char plan[] =
		"1\t1\tp\tclone\tidle\t9\trun\t-\t-\tkind=clone3-into-cgroup"
		" some-long-option=1 another-long-option=2\n"
		"2\t1\tp\tclone\tspin\t9\trun\t-\t-\tkind=a-quite-long-name-here"
		" some-long-option=10 another-long-option=3\n";
	static const char sample[] =
		"# line 1 ok\nBenchmarkClone/kind=clone3-into-cgroup/"
		"some-long-option=1/another-long-option=2 9 100 cloner-p50-ns"
		" 99999999999 cloner-max-ns\n"
		"# line 2 ok\nBenchmarkClone/kind=a-quite-long-name-here/"
		"some-long-option=10/another-long-option=3/workload=spin 9"
		" 100 cloner-p50-ns\n";
	struct doc d = { 0 };
	struct report r;
	char *text, *line;
	size_t len;
	FILE *to;

	(void)state;
	start(&r, plan, sample);
	assert_int_equal(r.run.nr_note, 0);
	r.null_p99 = -1;
	to = open_memstream(&text, &len);
	report_doc(&r, &d);
	doc_text(&d, to);
	doc_free(&d);
	fclose(to);
	assert_non_null(strstr(text, "kind=clone3-into-cgroup"));
	assert_non_null(strstr(text, "not measured in this run"));
	for (char *at = text; (line = strsep(&at, "\n")); )
		assert_true(strlen(line) <= 72);
	free(text);
	report_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interval),
		cmocka_unit_test(parts),
		cmocka_unit_test(only_ok),
		cmocka_unit_test(grouping),
		cmocka_unit_test(pooled),
		cmocka_unit_test(merged),
		cmocka_unit_test(paired),
		cmocka_unit_test(size),
		cmocka_unit_test(words),
		cmocka_unit_test(wrapped),
		cmocka_unit_test(tall),
		cmocka_unit_test(narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
