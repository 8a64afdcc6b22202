// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of events to numbers, for hardware that need not be here: what the
 * manuals of these CPUs say, event select in bits 0-7, unit mask in 8-15
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../runner/events.h"
#include "../../runner/sys.h"
#include "count.h"

/* libpfm4 looks at LIBPFM_FORCE_PMU once per process. */
static void on(const char *pmu, const char *list, const char *want)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct text t = { 0 };
		char why[300] = "";

		if (pmu)
			setenv("LIBPFM_FORCE_PMU", pmu, 1);
		if (events_encode(list, &t, why, sizeof(why)))
			printf("%s: %s: %s\n", pmu, list, why);
		else if (strcmp(t.s, want))
			printf("%s: %s\n", pmu, t.s);
		fflush(stdout);
		_exit(!t.s || *why || strcmp(t.s, want));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_generic(void **state)
{
	(void)state;
	on(NULL, "cycles:k", "cycles:k=0:0:0:0:25");
	on(NULL, "instructions:u,cache-misses",
	   "instructions:u=0:1:0:0:26,cache-misses=0:3:0:0:24");
	on(NULL, "dTLB-load-misses:k", "dTLB-load-misses:k=3:10003:0:0:25");
	on(NULL, "node-load-misses", "node-load-misses=3:10006:0:0:24");
	on(NULL, "context-switches", "context-switches=1:3:0:0:24");
	on(NULL, "cycles:k:actor", "cycles:k:actor=0:0:0:0:25");
	on(NULL, "r01c4:k", "r01c4:k=4:1c4:0:0:25");
	/* Of other rings, or in another place: another event. */
	on(NULL, "page-faults,page-faults:k,page-faults:actor",
	   "page-faults=1:2:0:0:24,page-faults:k=1:2:0:0:25,"
	   "page-faults:actor=1:2:0:0:24");
}

static void test_vendors(void **state)
{
	(void)state;
	/* Intel SDM 20.2.1: 3CH/00H and C0H/00H, both architectural. */
	on("skx", "UNHALTED_CORE_CYCLES:k", "UNHALTED_CORE_CYCLES:k=4:3c:0:0:21");
	on("skx", "INSTRUCTION_RETIRED:k", "INSTRUCTION_RETIRED:k=4:c0:0:0:21");
	on("icx", "MEM_LOAD_L3_MISS_RETIRED:REMOTE_DRAM:k",
	   "MEM_LOAD_L3_MISS_RETIRED:REMOTE_DRAM:k=4:2d3:0:0:21");
	/* AMD PPR: PMCx076 and PMCx0C0. */
	on("amd64_fam19h_zen4", "CYCLES_NOT_IN_HALT:k,RETIRED_INSTRUCTIONS:u",
	   "CYCLES_NOT_IN_HALT:k=4:76:0:0:25,RETIRED_INSTRUCTIONS:u=4:c0:0:0:26");
}

static void refused(const char *list, const char *reason)
{
	struct text t = { 0 };
	char why[300] = "";

	assert_int_not_equal(events_encode(list, &t, why, sizeof(why)), 0);
	if (!strstr(why, reason))
		fail_msg("%s: '%s' does not say '%s'", list, why, reason);
	text_free(&t);
}

static void test_bad(void **state)
{
	(void)state;
	refused("nonsense", "nonsense: neither libpfm4 nor tracefs");
	refused("cycles:k,nonsense", "nonsense: ");
	refused("cycles:c=1", "rNNNN");
	refused("cycles:zz", "cycles:zz: libpfm4: invalid event attribute");
	refused("page-faults,page-faults", "page-faults: is there twice");
	refused("cycles:k,page-faults,instructions,faults",
		"faults: is there twice, it is the same event as page-faults");
	refused("perf::PERF_COUNT_SW_PAGE_FAULTS,page-faults", "page-faults: is "
		"there twice, it is the same event as perf::PERF_COUNT_SW_");
	refused("r01c4:k,r1c4:k", "r1c4:k: is there twice");
	refused("page-faults:actor,faults:actor", "faults:actor: is there twice");
}

static void put(const char *root, const char *path, const char *text)
{
	char command[600];

	snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s/%s')\" && "
		 "printf '%s\\n' >'%s/%s'", root, path, text, root, path);
	assert_int_equal(system(command), 0);
}

/* An id from tracefs, a set by vendor: of a machine that is not there. */
static void test_machine(void **state)
{
	char root[] = "/tmp/forkpath-events-XXXXXX", command[100];

	(void)state;
	assert_non_null(mkdtemp(root));
	sys_root = root;
	refused("cgroup:cgroup_attach_task", "does not know it, and tracefs "
		"cannot be read: No such file or directory");
	put(root, "sys/kernel/debug/tracing/events/cgroup/cgroup_attach_task/id",
	    "417");
	on(NULL, "cgroup:cgroup_attach_task:actor",
	   "cgroup:cgroup_attach_task:actor=2:1a1:0:0:0");
	refused("cgroup:no_such_event", "neither libpfm4 nor tracefs");
	assert_null(strstr(events_default(), "node-load-misses"));
	put(root, "proc/cpuinfo", "vendor_id\\t: GenuineIntel");
	assert_non_null(strstr(events_default(), "node-load-misses:k"));
	put(root, "proc/cpuinfo", "vendor_id\\t: AuthenticAMD");
	assert_null(strstr(events_default(), "node-load-misses"));
	assert_non_null(strstr(events_default(), "dTLB-load-misses:k"));
	sys_root = "";
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
}

/* What the bench reads is what was written, and nothing else is taken. */
static void test_numbers(void **state)
{
	static const char *const bad[] = {
		"cycles", "cycles:k", "=1:2:0:0:0", "x=1:2:0:0", "x=1:2:0:0:0:0",
		"x=1:2:0:0:0,y=1:2:0:0:0,x=1:2:0:0:1", "x=1:2:0:0:g", "x=1:-2:0:0:0", "x=1:2:0:0:0,", "x= 1:2:0:0:0",
	};
	struct count_event e[COUNT_MAX];
	char why[300], list[COUNT_MAX * 20 + 40] = "";
	struct text t = { 0 };

	(void)state;
	assert_int_equal(events_encode("r01c4:k,page-faults:actor", &t, why,
				       sizeof(why)), 0);
	assert_int_equal(count_parse(t.s, e, why, sizeof(why)), 2);
	assert_string_equal(e[0].name, "r01c4:k");
	assert_int_equal(e[0].type, PERF_TYPE_RAW);
	assert_int_equal(e[0].config, 0x1c4);
	assert_int_equal(e[0].exclude & 3, 1);
	assert_false(e[0].actor);
	assert_string_equal(e[1].name, "page-faults:actor");
	assert_int_equal(e[1].type, PERF_TYPE_SOFTWARE);
	assert_int_equal(e[1].config, PERF_COUNT_SW_PAGE_FAULTS);
	assert_true(e[1].actor);
	text_free(&t);
	assert_int_equal(count_parse("", e, why, sizeof(why)), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (count_parse(bad[i], e, why, sizeof(why)) >= 0)
			fail_msg("'%s' was taken", bad[i]);
	for (int i = 0; i <= COUNT_MAX; i++)
		sprintf(list + strlen(list), "%sx%d=1:2:0:0:0", i ? "," : "", i);
	assert_true(count_parse(list, e, why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "more than 16"));
}

/* A count is a figure only if its event ran all the time. */
static void test_whole(void **state)
{
	(void)state;
	assert_true(count_whole(&(struct count){ 5, 1000, 1000 }));
	assert_true(count_whole(&(struct count){ 5, 1000, 990 }));
	assert_false(count_whole(&(struct count){ 5, 1000, 989 }));
	assert_false(count_whole(&(struct count){ 0, 1000, 0 }));
	assert_false(count_whole(&(struct count){ 0, 0, 0 }));
}

/* Whether or not they can be had here, each is looked at. */
static void test_try(void **state)
{
	static const char *const name[] = { "page-faults", "cycles:k",
					    "context-switches" };
	struct event *event;
	char why[300];
	int nr = events_try("page-faults,cycles:k,context-switches", &event,
			    why, sizeof(why));

	(void)state;
	assert_int_equal(nr, 3);
	for (int i = 0; i < nr; i++)
		assert_string_equal(event[i].name, name[i]);
	events_free(event, nr);
	assert_int_equal(events_try("page-faults,nonsense,cycles:k", &event,
				    why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "nonsense"));
	events_free(event, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generic),
		cmocka_unit_test(test_vendors),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
