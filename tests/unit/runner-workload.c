// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads from their name to their end: programs and jobs of a tree made here */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "err.h"
#include "../../runner/desc.h"
#include "../../runner/list.h"
#include "tree.h"
#include "../../runner/workload.h"
#include "../runner/said.h"

static char top[] = "/tmp/forkpath-workload-XXXXXX";

static void shell(const char *command)
{
	char *line = xprintf("cd %s && %s", top, command);

	assert_int_equal(system(line), 0);
	free(line);
}

/* A program, or stress-ng itself, that does as TEXT says. */
static void script(const char *path, const char *text)
{
	char *line = xprintf("cat >%s <<'END' && chmod +x %s\n#!/bin/sh\n%s\n"
			     "END\n", path, path, text);

	shell(line);
	free(line);
}

static int setup(void **state)
{
	char *path;

	(void)state;
	err_prog = "t";
	if (!mkdtemp(top) || proc_init() || tree_init(top))
		return -1;
	shell("mkdir -p bin build/workloads build/bench/stress workloads configs");
	path = xprintf("%s/bin:%s", top, getenv("PATH"));
	setenv("PATH", path, 1);
	free(path);
	script("bin/stress-ng", "case $1 in --help) printf ' --cpu N\\n"
	       "       --timeout T   stop\\n --vm-bytes N\\n' ;; *)\n"
	       "trap 'echo \"$YAML\"; exit 0' TERM\n"
	       "echo dispatching hogs: 1 cpu\n"
	       "while :; do sleep 1000 & wait $!; done ;; esac");
	return 0;
}

static int teardown(void **state)
{
	char *line = xprintf("rm -rf %s", top);
	int ret = system(line);

	(void)state;
	free(line);
	return ret;
}

static void find(const char *name, int ret, enum workload_kind kind,
		 const char *reason)
{
	enum workload_kind got;
	char why[200] = "";

	assert_int_equal(workload_find(name, &got, why, sizeof(why)), ret);
	assert_int_equal(got, kind);
	assert_string_equal(why, reason);
}

static void test_find(void **state)
{
	(void)state;
	find("idle", 0, WORKLOAD_NONE, "");
	find("nosuch", -ENOENT, WORKLOAD_NONE, "");
	find("../etc", -ENOENT, WORKLOAD_NONE, "");
	find("", -ENOENT, WORKLOAD_NONE, "");
	shell("touch build/workloads/own workloads/own.c workloads/new.c");
	find("own", 0, WORKLOAD_OWN, "");
	find("new", -EOPNOTSUPP, WORKLOAD_OWN,
	     "workload new is not built; run make");
	shell("printf '# a comment\\n\\nrun sequential\\ncpu 1\\ntimeout 9\\n' "
	      ">workloads/job.job; printf 'cpu 1\\nvm 2\\n' >workloads/bad.job");
	find("job", 0, WORKLOAD_JOB, "");
	/* --vm-bytes is not --vm. */
	find("bad", -EOPNOTSUPP, WORKLOAD_JOB,
	     "workload bad: this stress-ng has no 'vm'");
	assert_true(workload_overhead(WORKLOAD_NONE) == 0);
	assert_true(workload_overhead(WORKLOAD_OWN) > 0);
	assert_true(workload_overhead(WORKLOAD_JOB) >
		    workload_overhead(WORKLOAD_OWN));
}

static void refused(const char *name, int ret, double limit, const char *reason)
{
	char why[300] = "";
	struct proc p;

	assert_int_equal(workload_start(&p, name, limit, why, sizeof(why)), ret);
	if (strcmp(why, reason))
		fail_msg("%s: '%s', not '%s'", name, why, reason);
	proc_stop(&p, NULL, 10);
	proc_free(&p);
	proc_kill_tree(10);
}

static void test_refused(void **state)
{
	(void)state;
	refused("nosuch", -EIO, 60, "there is no workload nosuch");
	script("build/workloads/dead", "echo said >&2; exit 3");
	refused("dead", -EIO, 60, "workload dead: ended with 3 before it was "
		"ready: said");
	script("build/workloads/none", "echo none: no such file here >&2; exit 4");
	refused("none", -EOPNOTSUPP, 60, "workload none: no such file here");
	script("build/workloads/slow", "sleep 1000");
	refused("slow", -EIO, 0.05, "workload slow: not ready within 0.05 s");
	shell("touch workloads/raw.c");
	refused("raw", -EOPNOTSUPP, 60, "workload raw is not built; run make");
}

static void run_it(const char *name, int ret, const char *rates,
		   const char *reason)
{
	struct text t = { 0 };
	char why[300] = "";
	struct proc p;

	assert_int_equal(workload_start(&p, name, 60, why, sizeof(why)), 0);
	/* Its end, if it ends by itself, has been seen when it is stopped. */
	if (ret == -ECHILD)
		assert_int_equal(proc_wait(&p, NULL, now() + 60, NULL),
				 PROC_DONE);
	assert_int_equal(workload_stop(&p, name, 5, &t, why, sizeof(why)), ret);
	assert_string_equal(t.s ? t.s : "", rates);
	if (ret)
		assert_string_equal(why, reason);
	assert_int_equal(p.pid, 0);
	text_free(&t);
	proc_kill_tree(10);
}

static void test_run(void **state)
{
	(void)state;
	script("build/workloads/good", "trap 'echo rate 12.5 jobs; exit 0' TERM\n"
	       "echo ready; while :; do sleep 1000 & wait $!; done");
	run_it("good", 0, " 12.5 load-jobs/s", "");
	script("build/workloads/brief", "echo ready; exit 7");
	run_it("brief", -ECHILD, "", "workload brief ended with 7 before the "
	       "repetition did");
	script("build/workloads/loud", "trap 'head -c 2000000 /dev/zero | "
	       "tr \"\\0\" x; exit 0' TERM\necho ready\n"
	       "while :; do sleep 1000 & wait $!; done");
	run_it("loud", -EFBIG, "", "workload loud: its rates may be among "
	       "951430 bytes of output that were not kept");
	run_it("idle", 0, "", "");
}

static void test_job(void **state)
{
	(void)state;
	setenv("YAML", "metrics:\n    - stressor: cpu\n"
	       "      bogo-ops-per-second-real-time: 1.5", 1);
	said_begin();
	run_it("job", 0, " 1.5 load-cpu-bogo-ops/s", "");
	said_end();
	assert_string_equal(said_text, "");
	/* Of a form that is not known: measured all the same, and said once. */
	setenv("YAML", "{ \"cpu\": 1.5 }", 1);
	said_begin();
	run_it("job", 0, "", "");
	run_it("job", 0, "", "");
	said_end();
	assert_string_equal(said_text, "t: beware: workload job: this stress-ng "
			    "says its rates in a form that is not known here; "
			    "the samples go without\n");
}

static void test_list(void **state)
{
	static const char fake[] = "case $1 in --describe) printf "
		"'bench\\tx\\tdoes nothing\\ncommon\\ttime\\ttime\\t1\\t0..9\\tt\\n"
		"role\\ta\\n' ;; esac";
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	(void)state;
	shell("rm -rf workloads/* build/workloads/*; "
	      "printf '/* SPDX-x */\\n/* one - a load of one */\\n' "
	      ">workloads/one.c; printf '# SPDX-x\\n#\\n# two of them\\n' "
	      ">workloads/two.job; printf '# Why?\\n[question]\\n"
	      "title = What is it?\\n[x a]\\ntime = 1\\n' >configs/q.conf");
	script("build/bench/x", fake);
	script("build/bench/bad", "exit 1");
	assert_int_equal(list(f), EXIT_OK);
	fclose(f);
	assert_non_null(strstr(s, "QUESTIONS\nq                 What is it?\n\n"
			       "BENCHMARKS\n"));
	assert_non_null(strstr(s, "\nbad             (does not describe itself)\n"
			       "x               does nothing\n\nSTRESS TESTS\n"));
	assert_non_null(strstr(s, "\nWORKLOADS\none             a load of one \n"
			       "two             two of them\n"
			       "idle            nothing beside the benchmark\n"));
	free(s);
}

static void described(const char *text, const char *want)
{
	const struct desc *d;
	char why[300] = "";

	if (text)
		script("build/bench/odd", text);
	assert_int_equal(desc_get("odd", &d, why, sizeof(why)), -EIO);
	assert_non_null(strstr(why, want));
}

static void test_describe(void **state)
{
	(void)state;
	described("exit 3", "build/bench/odd --describe: exit code 3");
	described("kill -9 $$", "build/bench/odd --describe: exit code 137");
	/* valgrind starts what it can look into, and says so in its own way. */
	if (strstr(getenv("LD_PRELOAD") ?: "", "vgpreload"))
		return;
	script("build/bench/odd", "exit 3");
	shell("sed -i '1s:.*:#!/nowhere/sh:' build/bench/odd");
	described(NULL, "odd --describe: No such file or directory 2");
}

/* What a test above has started and left. */
static void test_nothing_left(void **state)
{
	(void)state;
	assert_int_equal(proc_kill_tree(10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_nothing_left),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
