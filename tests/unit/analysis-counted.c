// SPDX-License-Identifier: GPL-2.0-or-later
/* What was counted stands beside the times, never among them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "differ.h"
#include "doc-form.h"
#include "mem.h"
#include "report.h"

static const char plan[] =
	"# forkpath-plan/1\n# question q\n"
	"# event cycles:k\n# event instructions:k\n"
	"# event page-faults not available: this kernel does not have it\n"
	"# event node-load-misses:k not available: no such counter\n"
	"# event branch-misses:k not available: no such counter\n"
	"line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\t"
	"conditions\tpoint\n"
	"1\t1\tp\tclone\tidle\t9\trun\t-\ttime=1\tkind=fork\n"
	"2\t2\tp\tclone\tidle\t9\trun\t-\ttime=1 events=cycles:k,instructions:k\tkind=fork\n"
	"3\t3\tp\tclone\tidle\t9\trun\t-\ttime=1 events=cycles:k,instructions:k\tkind=fork\n"
	"4\t4\tp\tclone\tidle\t9\trun\t-\ttime=1 events=cycles:k,instructions:k\tkind=fork\n"
	"5\t2\tp\tclone\tidle\t9\trun\t-\ttime=1 events=cycles:k,instructions:k\tkind=vfork\n";

#define REP(nr, kind, p50, more) \
	"# line " #nr " ok seconds=1 workload=idle\n" \
	"BenchmarkClone/kind=" #kind " 10 " #p50 " cloner-p50-ns 10 cloner-ops" \
	more "\n"

/* Cycles 1000, 2000, 4000 and instructions of half, the same, a quarter. */
static const char sample[] =
	"schema: forkpath-sample/1\n"
	REP(1, fork, 100, "")
	REP(2, fork, 900, " 1000 cloner-cycles:k/op 500 cloner-instructions:k/op")
	REP(3, fork, 901, " 2000 cloner-cycles:k/op 2000 cloner-instructions:k/op")
	REP(4, fork, 902, " 4000 cloner-cycles:k/op 1000 cloner-instructions:k/op")
	REP(5, vfork, 903, " 7 cloner-cycles:k-count 1000 cloner-cycles:k-enabled-ns"
	    " 530 cloner-cycles:k-running-ns");

static char *text[2];

static void start(struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->run.dirfd = -1;
	r->run.path = "x";
	text[0] = mem_text("%s", plan);
	text[1] = mem_text("%s", sample);
	assert_int_equal(plan_parse(&r->run, text[0], strlen(text[0])), 0);
	assert_int_equal(sample_parse(&r->run, text[1], strlen(text[1])), 0);
	assert_int_equal(r->run.nr_note, 0);
	points_make(&r->points, &r->run);
	points_counted(&r->counted, &r->run);
}

static void finish(struct report *r)
{
	points_free(&r->points);
	points_free(&r->counted);
	run_free(&r->run);
	free(text[0]);
	free(text[1]);
}

static void apart(void **state)
{
	struct report r;
	struct est e;

	(void)state;
	start(&r);
	/* One timed repetition of one point: 100 ns, whatever counting cost. */
	assert_int_equal(r.points.nr_point, 1);
	e = point_est(&r.points.point[0], "cloner-p50-ns");
	assert_int_equal(e.nr, 1);
	assert_true(e.med == 100);
	assert_int_equal(r.counted.nr_point, 2);
	assert_int_equal(r.counted.point[0].nr_rep, 3);
	finish(&r);
}

static void words(void **state)
{
	struct doc d = { 0 };
	struct report r;
	char *out;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	(void)state;
	start(&r);
	counted_section(&r, &d);
	doc_text(&d, f);
	doc_free(&d);
	fclose(f);
	assert_non_null(strstr(out, "[p] clone: events per operation of the "
			       "cloner\n"));
	/* Medians 2000 and 1000; ratios .5, 1, .25, not the ratio of medians */
	if (!strstr(out, "  fork   2000 (100%)     1000 (100%)   0.50\n"))
		fail_msg("%s", out);
	/* What shared its counter is no figure. */
	if (!strstr(out, "  vfork      ran 53%               -      -\n"))
		fail_msg("%s", out);
	assert_non_null(strstr(out, "page-faults: not available: this kernel"));
	assert_non_null(strstr(out, "node-load-misses:k, branch-misses:k: not "
			       "available: no such counter\n"));
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= OUT_WIDTH);
	free(out);
	finish(&r);
}

/* A load that did much less beside one of two runs is a difference. */
static void load_of(struct set *set, const char *const rate)
{
	struct set_folder *f = mem_get(1, sizeof(*f));

	f->run.meta = json_object();
	text[0] = mem_text("# forkpath-plan/1\n# question q\nline\tblock\tpart"
			   "\tbench\tworkload\tlimit\tverdict\treason\tconditions"
			   "\tpoint\n1\t1\tp\tclone\tspin\t9\trun\t-\ttime=1\t"
			   "kind=fork\n");
	text[1] = mem_text("schema: forkpath-sample/1\nUnit load-turns/s "
			   "better=higher\n# line 1 ok seconds=1 workload=spin\n"
			   "BenchmarkClone/kind=fork/workload=spin 10 5 "
			   "cloner-p50-ns %s load-turns/s\n", rate);
	for (int i = 0; i < 2; i++) {
		*(char **)mem_more(&f->run.text, &f->run.nr_text,
				   sizeof(char *)) = text[i];
		assert_int_equal((i ? sample_parse : plan_parse)
				 (&f->run, text[i], strlen(text[i])), 0);
	}
	set->boot = mem_get(1, sizeof(*set->boot));
	set->boot->folder = mem_get(1, sizeof(f));
	set->boot->folder[0] = f;
	set->boot->nr_folder = set->nr_boot = 1;
	set->folder = set->boot->folder;
	set->nr_folder = 1;
}

static void load_free(struct set *set)
{
	run_free(&set->boot->folder[0]->run);
	free(set->boot->folder[0]);
	free(set->boot->folder);
	free(set->boot);
}

static void load(void **state)
{
	static const struct { const char *a, *b; bool differs; } pair[] = {
		{ "1000", "1240", false }, { "1240", "1000", false },
		{ "1000", "1260", true }, { "1260", "1000", true },
		{ "0", "10", true }, { "0", "0", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(*pair); i++) {
		struct set a = { 0 }, b = { 0 };
		struct differs d;

		load_of(&a, pair[i].a);
		load_of(&b, pair[i].b);
		differ_make(&d, &a, &b);
		assert_int_equal(d.nr_differ, pair[i].differs);
		if (d.nr_differ) {
			assert_string_equal(d.differ[0].key, "load-turns/s");
			assert_string_equal(d.differ[0].why,
					    "the background load");
		}
		differ_free(&d);
		load_free(&a);
		load_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(apart),
		cmocka_unit_test(words),
		cmocka_unit_test(load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
