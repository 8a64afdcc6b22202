// SPDX-License-Identifier: GPL-2.0-or-later
/* runner-sample - records: whole or not at all; what a crash leaves */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runner/folder.h"
#include "../../runner/kmsg.h"
#include "../../runner/progress.h"
#include "../../runner/sample.h"
#include "../../runner/workload.h"

#define OUT(bench, rest) "schema: forkpath-sample/1\nsuite: s\nbench: " bench \
	"\nUnit a-p50-ns better=lower\n# conditions time=1\n" rest

static int add(struct sample_head *h, struct text *t, unsigned int line,
	       enum verdict v, const char *workload, const char *output)
{
	struct sample_record r = {
		.line = line, .verdict = v, .reason = "because\nof it",
		.seconds = 0.5, .workload = workload, .lat = "lat/0001.lat",
		.output = output,
	};
	char why[200];

	return sample_record(h, &r, t, why, sizeof(why));
}

static void build(struct sample_head *h, struct text *t)
{
	assert_int_equal(add(h, t, 1, VERDICT_SKIP, "idle", ""), 0);
	assert_int_equal(add(h, t, 2, VERDICT_OK, "idle",
			     OUT("x", "BenchmarkX/n=1 1 2 a-p50-ns\n")), 0);
	assert_int_equal(add(h, t, 3, VERDICT_VOID, "spin",
			     OUT("x", "BenchmarkX/n=2 1 2 a-p50-ns\n")), 0);
	assert_int_equal(add(h, t, 4, VERDICT_OK, "spin",
			     OUT("y", "BenchmarkY/n=1 1 2 a-p50-ns\n")), 0);
	assert_int_equal(add(h, t, 5, VERDICT_FAIL, "idle", ""), 0);
}

static const char whole_file[] =
	"schema: forkpath-sample/1\n"
	"# line 1 skip because?of it\n"
	"suite: s\nbench: x\nUnit a-p50-ns better=lower\n"
	"# line 2 ok seconds=0.500 workload=idle lat=lat/0001.lat\n"
	"# conditions time=1\n"
	"BenchmarkX/n=1 1 2 a-p50-ns\n"
	"# line 3 void because?of it\n"
	"# conditions time=1\n"
	"# BenchmarkX/n=2/workload=spin 1 2 a-p50-ns\n"
	"bench: y\n"
	"# line 4 ok seconds=0.500 workload=spin lat=lat/0001.lat\n"
	"# conditions time=1\n"
	"BenchmarkY/n=1/workload=spin 1 2 a-p50-ns\n"
	"# line 5 fail because?of it\n";

static void test_record(void **state)
{
	struct sample_head h = { 0 };
	struct text t = { 0 };

	(void)state;
	build(&h, &t);
	assert_string_equal(t.s, whole_file);
	text_free(&t);
	sample_head_free(&h);
}

static void test_no_sample(void **state)
{
	static const char *const bad[] = {
		"", OUT("x", ""), OUT("x", "BenchmarkX/n=1 1"),
		OUT("x", "BenchmarkX 1\nBenchmarkX 2\n"),
		"BenchmarkX 1 2 a\n", OUT("x", "what is this\nBenchmarkX 1\n"),
		OUT("x", "# line 9 ok\nBenchmarkX 1\n"),
		OUT("x", "BenchmarkX \033[1m\n"),
		OUT("x", "BenchmarkX 1 2 a-ops 3 b-ops 4 a-ops\n"),
	};
	struct sample_head h = { 0 };
	struct text t = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(add(&h, &t, 1, VERDICT_OK, "idle", bad[i]),
				 -EINVAL);
		assert_int_equal(t.len, 0);
		assert_int_equal(h.keys.nr, 0);
		/* Void without a sample is void all the same. */
		assert_int_equal(add(&h, &t, 1, VERDICT_VOID, "idle", bad[i]),
				 0);
		assert_null(strstr(t.s, "Benchmark"));
		text_free(&t);
		sample_head_free(&h);
	}
}

/* Cut anywhere: what is whole stays, what follows is what was lost. */
static void test_torn(void **state)
{
	size_t full = strlen(whole_file), whole, ends[7], n_ends = 0;

	(void)state;
	/* Where a record ends: found from its last line. */
	ends[n_ends++] = 0;
	ends[n_ends++] = strstr(whole_file, "suite") - whole_file;
	ends[n_ends++] = strstr(whole_file, "# line 3") - whole_file;
	ends[n_ends++] = strstr(whole_file, "bench: y") - whole_file;
	ends[n_ends++] = strstr(whole_file, "# line 5") - whole_file;
	ends[n_ends++] = full;
	for (size_t len = 0; len <= full; len++) {
		struct sample_head h = { 0 };
		struct text t = { 0 };
		unsigned int at, nr_done = 0;
		unsigned char done[6];
		char why[200];
		size_t i;

		assert_int_equal(sample_scan(&h, whole_file, len, done, 5,
					     &whole, &at, why, sizeof(why)), 0);
		for (i = n_ends; ends[--i] > len;)
			;
		/*
		 * Inside the void record's comments a line end looks like the
		 * record's: then it is kept as it is.
		 */
		if (whole != ends[i]) {
			assert_true(len > ends[2] && len <= ends[3]);
			assert_true(!len || whole_file[whole - 1] == '\n');
			assert_true(whole <= len);
		}
		for (unsigned int l = 1; l <= 5; l++)
			nr_done += !!done[l];
		assert_true(nr_done == i || (len > ends[2] && len <= ends[3]));
		/* What is measured again makes the file whole again. */
		if (whole == ends[4]) {
			text_add(&t, whole_file, whole);
			add(&h, &t, 5, VERDICT_FAIL, "idle", "");
			assert_string_equal(t.s, whole_file);
			text_free(&t);
		}
		if (whole == ends[3]) {
			text_add(&t, whole_file, whole);
			add(&h, &t, 4, VERDICT_OK, "spin",
			    OUT("y", "BenchmarkY/n=1 1 2 a-p50-ns\n"));
			add(&h, &t, 5, VERDICT_FAIL, "idle", "");
			assert_string_equal(t.s, whole_file);
			text_free(&t);
		}
		sample_head_free(&h);
	}
}

#define FIFTY_ONE "123456789 123456789 123456789 123456789 123456789 1"

static void test_scan_bad(void **state)
{
	static const struct { const char *text, *why; unsigned int at; } bad[] = {
		{ "schema: forkpath-sample/2\n", "schema", 1 },
		{ "# line 6 ok\n", "no record of this plan", 1 },
		{ "# line 0 ok\n", "no record of this plan", 1 },
		{ "# line 1 perhaps\n", "no record of this plan", 1 },
		{ "# line 9 " FIFTY_ONE FIFTY_ONE "\n",
		  "of this plan: # line 9 " FIFTY_ONE, 1 },
		{ "Benchmark\n", "no line of a sample", 1 },
		{ "# line 1 ok\nsuite: x\n", "Benchmark line of plan line 1", 2 },
		{ "BenchmarkX 1\n", "without '# line N ok'", 1 },
		{ "hello world\n", "no line of a sample", 1 },
		{ "# \xff\n", "not text", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sample_head h = { 0 };
		unsigned char done[6];
		unsigned int at;
		size_t whole;
		char why[200];

		assert_int_equal(sample_scan(&h, bad[i].text,
					     strlen(bad[i].text), done, 5,
					     &whole, &at, why, sizeof(why)),
				 -EINVAL);
		assert_non_null(strstr(why, bad[i].why));
		assert_in_range(strlen(why), 1, 90);
		assert_int_equal(at, bad[i].at);
		sample_head_free(&h);
	}
}

/* A file that may not grow beyond N bytes is a disk of that size. */
static void test_short_write(void **state)
{
	char path[] = "/tmp/forkpath-sample-XXXXXX", buf[64];
	int fd = mkostemp(path, O_APPEND);
	struct rlimit old, small;
	struct stat st;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(append_whole(fd, "one\n", 4), 0);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 7;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_true(append_whole(fd, "twice\n", 6) < 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 4);
	small.rlim_cur = 4;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(append_whole(fd, "twice\n", 6), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(append_whole(fd, "two\n", 4), 0);
	assert_int_equal(pread(fd, buf, sizeof(buf), 0), 8);
	assert_memory_equal(buf, "one\ntwo\n", 8);
	close(fd);
	unlink(path);
}

/* No link inside the folder leads out of it. */
static void test_links(void **state)
{
	char top[] = "/tmp/forkpath-folder-XXXXXX", *at, *line;
	struct folder f;
	struct text t;

	(void)state;
	assert_non_null(mkdtemp(top));
	at = xprintf("%s/out", top);
	assert_int_equal(folder_new(&f, NULL, NULL, at), 0);
	line = xprintf("ln -s ../victim %s/plan.tsv; ln -s ../victim "
		       "%s/q.sample; echo safe >%s/victim", at, at, top);
	assert_int_equal(system(line), 0);
	free(line);
	assert_int_equal(folder_append(&f, "q.sample"), -ELOOP);
	assert_int_equal(folder_read(&f, "plan.tsv", &t), -ELOOP);
	/* A new file takes the place of the link, not of its target. */
	assert_int_equal(folder_write(&f, "plan.tsv", "new\n", 4), 0);
	assert_int_equal(folder_read(&f, "plan.tsv", &t), 0);
	assert_string_equal(t.s, "new\n");
	text_free(&t);
	line = xprintf("grep -qx safe %s/victim && [ ! -L %s/plan.tsv ]", top,
		       at);
	assert_int_equal(system(line), 0);
	free(line);
	folder_close(&f);
	line = xprintf("rm -rf %s", top);
	assert_int_equal(system(line), 0);
	free(line);
	free(at);
}

static void test_words(void **state)
{
	static const char *const pair[][2] = {
		{ "6.18.0-rc1+", "6.18.0-rc1+" }, { "a/b c", "a_b_c" },
		{ "../x", "_._x" }, { "-rf", "_rf" }, { "", "unknown" },
		{ "h\xc3\xb6st", "h__st" },
	};
	char name[256], *word;

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(*pair); i++) {
		char *w = folder_word(pair[i][0]);

		assert_string_equal(w, pair[i][1]);
		free(w);
	}
	memset(name, 'x', sizeof(name));
	name[255] = '\0';
	word = folder_word(name);
	assert_int_equal(strlen(word), 100);
	free(word);
}

static void test_kmsg_lines(void **state)
{
	static const char *const bad[] = {
		"BUG: kernel NULL pointer dereference, address: 0000000000000008",
		"kernel BUG at kernel/cgroup/cgroup.c:2700!",
		"WARNING: CPU: 1 PID: 12 at kernel/cgroup/cgroup.c:1 f+0x1/0x2",
		"WARNING: possible circular locking dependency detected",
		"WARNING: suspicious RCU usage",
		"Oops: 0000 [#1] PREEMPT SMP",
		"INFO: task bash:1 blocked for more than 120 seconds.",
		"rcu: INFO: rcu_preempt self-detected stall on CPU",
		"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
		"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [x:1]",
		"INFO: possible recursive locking detected",
		"general protection fault, probably for non-canonical address",
		"Oops: general protection fault, probably for non-canonical",
	};
	static const char *const good[] = {
		"cgroup: fork rejected by pids controller in /x",
		"EXT4-fs (vda): mounted filesystem", "debug: no bug here",
		"stress-ng invoked oom-killer", "",
		"process 12 (x) attempted a POSIX timer syscall",
		"traps: x[12] general protection fault ip:4 sp:7 error:0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!kmsg_bad(bad[i]))
			fail_msg("no complaint: %s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (kmsg_bad(good[i]))
			fail_msg("a complaint: %s", good[i]);
}

static void test_kmsg(void **state)
{
	char path[] = "/tmp/forkpath-kmsg-XXXXXX", *found;
	static const char old[] = "0,1,1,-;BUG: before us\n";
	static const char user[] = "12,2,2,-;BUG: said by a user\n";
	static const char new[] = "6,3,3,-;fine\n0,4,4,-;BUG: it\n"
				  " SUBSYSTEM=x\n4,5,5,-;trace\n";
	static const char gap[] = "6,8,8,-;fine\n6,9,9,-;fine\n";
	int fd = mkostemp(path, O_APPEND);
	struct text log = { 0 };
	struct kmsg k = { 0 };

	(void)state;
	memset(&k, 0xa5, sizeof(k));	/* all of it is for kmsg_open() */
	assert_int_equal(write(fd, old, strlen(old)), strlen(old));
	assert_int_equal(kmsg_open(&k, path, NULL), 0);
	assert_null(kmsg_check(&k, &log));
	assert_int_equal(write(fd, user, strlen(user)), strlen(user));
	assert_null(kmsg_check(&k, &log));
	assert_int_equal(write(fd, new, strlen(new)), strlen(new));
	found = kmsg_check(&k, &log);
	assert_string_equal(found, "BUG: it");
	assert_string_equal(log.s, "BUG: it\ntrace\n");
	free(found);
	assert_null(kmsg_check(&k, &log));
	assert_int_equal(k.nr_lost, 0);
	/* 6 and 7 are not there any more; 8 and 9 are. */
	assert_int_equal(write(fd, gap, strlen(gap)), strlen(gap));
	assert_null(kmsg_check(&k, &log));
	assert_int_equal(k.nr_lost, 2);
	assert_false(k.endless);
	assert_null(kmsg_check(&k, &log));
	assert_int_equal(k.nr_lost, 0);
	kmsg_close(&k);
	text_free(&log);
	close(fd);
	unlink(path);
}

/* What a kernel says without end is cut, and that it is cut is said. */
static void test_kmsg_flood(void **state)
{
	char path[] = "/tmp/forkpath-kmsg-XXXXXX", *found, line[1200];
	int fd = mkostemp(path, O_APPEND);
	struct text log = { 0 };
	struct kmsg k = { 0 };
	FILE *f = fdopen(fd, "a");

	(void)state;
	assert_int_equal(kmsg_open(&k, path, NULL), 0);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	fprintf(f, "0,1,1,-;BUG: it\n");
	for (int i = 2; i < 400; i++)
		fprintf(f, "4,%d,1,-;%s\n", i, line);
	fflush(f);
	found = kmsg_check(&k, &log);
	assert_string_equal(found, "BUG: it");
	assert_true(k.cut);
	assert_in_range(log.len, 1 << 18, (1 << 18) + 2000);
	assert_non_null(strstr(log.s, "\n(and more, which is not kept here)\n"));
	free(found);
	kmsg_close(&k);
	text_free(&log);
	fclose(f);
	unlink(path);
}

static void test_show(void **state)
{
	static const struct { double ns; const char *s; } t[] = {
		{ 1, "1 ns" }, { 999, "999 ns" }, { 999.6, "1.0 us" },
		{ 8123, "8.1 us" }, { 9960, "10 us" }, { 7850000, "7.8 ms" },
		{ 2.5e9, "2.5 s" }, { 1e11, "100 s" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		assert_string_equal(show_ns(t[i].ns, buf, sizeof(buf)), t[i].s);
	assert_string_equal(show_clock(63.2, buf, sizeof(buf)), "1:03");
	assert_string_equal(show_clock(3723, buf, sizeof(buf)), "1:02:03");
	assert_string_equal(show_clock(-1, buf, sizeof(buf)), "0:00");
	assert_true(sample_p50("x\nBenchmarkA 1 5 a-ops 81 b-p50-ns\n") == 81);
	assert_true(sample_p50("x\nBenchmarkA 1 5 a-ops\n") == 0);
}

/* What is worth another try: void, and what a time limit ended. */
static void test_refused(void **state)
{
	static const char text[] = "schema: forkpath-sample/1\n"
		"# line 1 void x: counted 1, reported 2\n"
		"# line 2 fail x: time limit of 30 s exceeded: y\n"
		"# line 3 fail x: it broke\n"
		"# line 4 fail kernel: time limit of nothing\n"
		"# line 5 skip x: time limit of 30 s\n"
		"# line 6 ok seconds=1 workload=idle\nBenchmarkX 1 2 a-ops\n";
	static const unsigned char want[] = {
		LINE_TO_DO, LINE_REFUSED, LINE_REFUSED, LINE_DONE, LINE_REFUSED,
		LINE_DONE, LINE_DONE, LINE_TO_DO,
	};
	struct sample_head h = { 0 };
	unsigned char done[8];
	unsigned int at;
	char why[200];
	size_t whole;

	(void)state;
	assert_int_equal(sample_scan(&h, text, strlen(text), done, 7, &whole,
				     &at, why, sizeof(why)), 0);
	assert_int_equal(whole, strlen(text));
	for (int i = 1; i < 8; i++)
		assert_int_equal(done[i], want[i]);
	assert_true(sample_refused(VERDICT_VOID, "x: y"));
	assert_true(sample_refused(VERDICT_VOID, ""));
	assert_true(sample_refused(VERDICT_FAIL, "x: " SAMPLE_TIME_LIMIT "1 s"));
	assert_false(sample_refused(VERDICT_FAIL, "x: no " SAMPLE_TIME_LIMIT));
	assert_false(sample_refused(VERDICT_FAIL, "it broke"));
	assert_false(sample_refused(VERDICT_SKIP, "x: " SAMPLE_TIME_LIMIT));
	assert_false(sample_refused(VERDICT_OK, "x: " SAMPLE_TIME_LIMIT));
	sample_head_free(&h);
}

/* What a load says of itself, to units of the repetition beside it. */
static void rates(void **state)
{
	static const char yaml[] = "stress-ng: info:  [9] dispatching hogs: 2 vm\n"
		"---\nsystem-info:\n      cpus: 2\n\nmetrics:\n"
		"    - stressor: vm\n      bogo-ops: 63\n"
		"      bogo-ops-per-second-usr-sys-time: 74.9\n"
		"      bogo-ops-per-second-real-time: 29.359433\n"
		"    - stressor: fork\n"
		"      bogo-ops-per-second-real-time: 1.5\n...\n";
	/* From 0.21.04 on its instances follow; a job may have one twice. */
	static const char instances[] = "---\nmetrics:\n"
		"    - stressor: clone\n"
		"      bogo-ops: 90\n"
		"      bogo-ops-per-second-real-time: 50.000000\n"
		"      instances:\n"
		"          - instance: 0\n"
		"            bogo-ops-per-second-real-time: 28.000000\n"
		"          - instance: 1\n"
		"            bogo-ops-per-second-real-time: 22.000000\n"
		"    - stressor: vm\n"
		"      bogo-ops-per-second-real-time: 1.5\n"
		"    - stressor: fork\n"
		"      bogo-ops-per-second-real-time: -nan\n"
		"    - stressor: vm\n"
		"      bogo-ops-per-second-real-time: 7\n...\n";
	struct sample_head h = { 0 };
	struct text t = { 0 }, r = { 0 }, i = { 0 };
	char why[200];
	struct sample_record one = {
		.line = 1, .seconds = 0.5, .workload = "vm",
		.output = OUT("x", "BenchmarkX/n=1 1 2 a-p50-ns\n"),
	};

	(void)state;
	workload_rates(NULL, &r);
	workload_rates("ready\n", &r);
	workload_rates("ready\nrate x jobs\nrate 7\nrated 3 x\n", &r);
	assert_null(r.s);
	workload_rates("ready\nrate 12.5 jobs\n", &r);
	assert_string_equal(r.s, " 12.5 load-jobs/s");
	text_free(&r);
	workload_rates(yaml, &r);
	assert_string_equal(r.s, " 29.3594 load-vm-bogo-ops/s 1.5 "
			    "load-fork-bogo-ops/s");
	workload_rates(instances, &i);
	assert_string_equal(i.s, " 50 load-clone-bogo-ops/s 8.5 "
			    "load-vm-bogo-ops/s");
	text_free(&i);
	one.rates = r.s;
	assert_int_equal(sample_record(&h, &one, &t, why, sizeof(why)), 0);
	assert_non_null(strstr(t.s, "\nUnit load-vm-bogo-ops/s better=higher\n"
			       "Unit load-fork-bogo-ops/s better=higher\n"
			       "# line 1 ok "));
	assert_non_null(strstr(t.s, "\nBenchmarkX/n=1/workload=vm 1 2 a-p50-ns "
			       "29.3594 load-vm-bogo-ops/s 1.5 "
			       "load-fork-bogo-ops/s\n"));
	/* A unit is said once. */
	text_free(&t);
	assert_int_equal(sample_record(&h, &one, &t, why, sizeof(why)), 0);
	assert_null(strstr(t.s, "Unit"));
	text_free(&t);
	text_free(&r);
	sample_head_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_sample),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_scan_bad),
		cmocka_unit_test(test_short_write),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_kmsg_lines),
		cmocka_unit_test(test_kmsg),
		cmocka_unit_test(test_kmsg_flood),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
