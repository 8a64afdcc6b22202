// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a run stands: the lines of a terminal and of a log, and the time left */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../runner/progress.h"

static char said[4096];

static struct plan_line line[] = {
	{ .nr = 1, .skip = true, .bench = "clone", .workload = "idle",
	  .conditions = "time=1 warmup=0.5", .point = "kind=vfork n=1" },
	{ .nr = 2, .bench = "clone", .workload = "idle",
	  .conditions = "time=1 warmup=0.5", .point = "kind=fork n=1" },
	{ .nr = 3, .bench = "clone", .workload = "spin",
	  .conditions = "time=1 warmup=0.5", .point = "kind=thread n=1" },
	{ .nr = 4, .bench = "attach", .workload = "idle",
	  .conditions = "time=3", .point = "threads=1 n=1" },
};
static const struct plan plan = { .line = line, .nr = 4 };

static FILE *to;
static int was;

static void hear(void)
{
	to = tmpfile();
	assert_non_null(to);
	fflush(stderr);
	was = dup(STDERR_FILENO);
	dup2(fileno(to), STDERR_FILENO);
}

/* What was said since hear(). */
static const char *heard(void)
{
	size_t n;

	fflush(stderr);
	dup2(was, STDERR_FILENO);
	close(was);
	rewind(to);
	n = fread(said, 1, sizeof(said) - 1, to);
	said[n] = '\0';
	fclose(to);
	return said;
}

static void begin(struct progress *g, bool tty)
{
	progress_init(g, &plan);
	g->tty = tty;
}

static bool close_to(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* Planned time, and what lines like it took beyond that. */
static void test_left(void **state)
{
	unsigned char done[5] = { 0 };
	struct progress g;

	(void)state;
	begin(&g, false);
	/* 1.5 + 1.5 + 3: what is skipped takes no time. */
	assert_true(close_to(progress_left(&g, done), 6 + 3 * PLAN_LINE_SECONDS));
	done[2] = 1;
	assert_true(close_to(progress_left(&g, done), 4.5 + 2 * PLAN_LINE_SECONDS));
	hear();
	progress_end(&g, &line[1], done, VERDICT_OK, 2.5, 0, "");
	heard();
	/* One more second, for clone; of attach nothing better is known. */
	assert_true(close_to(progress_left(&g, done), 2.5 + 4));
	done[4] = 1;
	hear();
	progress_end(&g, &line[3], done, VERDICT_VOID, 3.25, 0, "attach: no");
	heard();
	assert_true(close_to(progress_left(&g, done), 2.5));
	/* A failure says nothing of how long it takes. */
	hear();
	progress_end(&g, &line[2], done, VERDICT_FAIL, 0, 0, "clone: no");
	heard();
	assert_true(close_to(progress_left(&g, done), 2.5));
	done[3] = 1;
	assert_true(progress_left(&g, done) == 0);
	progress_free(&g);
}

static void test_log(void **state)
{
	unsigned char done[5] = { 0 };
	struct progress g;

	(void)state;
	begin(&g, false);
	hear();
	progress_begin(&g, &line[0], done);
	progress_end(&g, &line[0], done, VERDICT_SKIP, 0, 0, "clone: no v2");
	assert_string_equal(heard(), "");
	/* The first at once, others a minute later. */
	hear();
	progress_begin(&g, &line[1], done);
	progress_end(&g, &line[1], done, VERDICT_OK, 1.5, 8123, "");
	progress_begin(&g, &line[2], done);
	progress_end(&g, &line[2], done, VERDICT_OK, 1.5, 8123, "");
	/* What varies of the benchmark: n does not, skipped lines aside. */
	assert_string_equal(heard(), "[2/4] clone kind=fork  0:06 left\n");
	assert_true(g.next > now() + 50 && g.next <= now() + 60);
	g.next = now();
	hear();
	progress_begin(&g, &line[2], done);
	assert_string_equal(heard(), "[3/4] clone kind=thread workload=spin  "
			    "0:06 left\n");
	hear();
	progress_end(&g, &line[3], done, VERDICT_FAIL, 0, 0, "attach: broke");
	progress_break(&g);
	assert_string_equal(heard(), "[4/4] attach  fail  attach: broke\n");
	progress_free(&g);
}

static void test_terminal(void **state)
{
	unsigned char done[5] = { 0 };
	char want[200];
	struct progress g;

	(void)state;
	begin(&g, true);
	hear();
	progress_begin(&g, &line[0], done);
	progress_end(&g, &line[0], done, VERDICT_SKIP, 0, 0, "clone: no v2");
	progress_break(&g);
	assert_string_equal(heard(), "");
	hear();
	progress_begin(&g, &line[1], done);
	snprintf(want, sizeof(want), "\r%-72s",
		 "[2/4] clone kind=fork  0:06 left");
	assert_string_equal(heard(), want);
	assert_true(g.open);
	done[2] = 1;
	hear();
	progress_end(&g, &line[1], done, VERDICT_OK, 1.5, 8123, "");
	snprintf(want, sizeof(want), "\r%-72s",
		 "[2/4] clone kind=fork  ok  8.1 us   0:05 left");
	assert_string_equal(heard(), want);
	assert_true(g.open);
	/* What is not good stays. */
	hear();
	progress_end(&g, &line[2], done, VERDICT_VOID, 1.5, 0, "clone: 1 of 2");
	snprintf(want, sizeof(want), "\r%-72s\n",
		 "[3/4] clone kind=thread workload=spin  void  clone: 1 of 2");
	assert_string_equal(heard(), want);
	assert_false(g.open);
	hear();
	progress_break(&g);
	assert_string_equal(heard(), "");
	hear();
	progress_begin(&g, &line[3], done);
	progress_break(&g);
	heard();
	assert_int_equal(said[strlen(said) - 1], '\n');
	assert_false(g.open);
	progress_free(&g);
}

/* Never wider than 72 columns, whatever a point or a reason has. */
static void test_width(void **state)
{
	static char point[300], reason[300];
	static struct plan_line two[2];
	const struct plan wide = { .line = two, .nr = 2 };
	unsigned char done[3] = { 0 };
	struct progress g;

	(void)state;
	memset(point, 'p', sizeof(point) - 1);
	memcpy(point, "k=", 2);
	memset(reason, 'r', sizeof(reason) - 1);
	two[0] = (struct plan_line){ .nr = 1, .bench = "clone", .workload =
		"idle", .conditions = "time=1", .point = point };
	two[1] = two[0];
	two[1].nr = 2;
	two[1].point = "k=q";
	progress_init(&g, &wide);
	g.tty = false;
	hear();
	progress_begin(&g, &two[0], done);
	assert_int_equal(strcspn(heard(), "\n"), 58 + strlen("  0:02 left"));
	assert_non_null(strstr(said, "ppp..  0:02 left"));
	hear();
	progress_end(&g, &two[0], done, VERDICT_FAIL, 0, 0, reason);
	assert_int_equal(strcspn(heard(), "\n"), 72);
	assert_non_null(strstr(said, "pp..  fail  rrr"));
	progress_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
