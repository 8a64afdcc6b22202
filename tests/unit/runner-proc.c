// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes as the runner starts, hears and ends them; sh does as it is told */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../runner/proc.h"
#include "cg.h"
#include "clock.h"
#include "turn.h"
#include "undo.h"

static int setup(void **state)
{
	(void)state;
	return proc_init();
}

static int sh(struct proc *p, const char *script, double limit)
{
	return proc_run(p, (char *[]){ "sh", "-c", (char *)script, NULL },
			limit);
}

static void start(struct proc *p, const char *script, int dirfd)
{
	assert_int_equal(proc_start(p, (char *[]){ "sh", "-c", (char *)script,
				    NULL }, dirfd), 0);
}

static void test_run(void **state)
{
	struct proc p;

	(void)state;
	assert_int_equal(sh(&p, "echo out; echo err >&2; exit 3", 60), 3);
	assert_string_equal(p.text[0].s, "out\n");
	assert_string_equal(p.text[1].s, "err\n");
	assert_int_equal(p.dropped[0] + p.dropped[1], 0);
	proc_free(&p);
	assert_int_equal(p.pid, 0);
	assert_int_equal(p.fd[0], -1);
	/* Nothing said is an empty text, not none. */
	assert_int_equal(sh(&p, ":", 60), 0);
	assert_string_equal(p.text[0].s, "");
	proc_free(&p);
	assert_int_equal(sh(&p, "kill -SEGV $$", 60), 128 + SIGSEGV);
	proc_free(&p);
	assert_int_equal(proc_run(&p, (char *[]){ "/no/such", NULL }, 60),
			 -ENOENT);
	assert_int_equal(p.pid, 0);
	assert_int_equal(proc_run(&p, (char *[]){ "/", NULL }, 60), -EACCES);
	/* Its group and its input are its own, its run is ours. */
	assert_int_equal(sh(&p, "read x; echo \"$? $FORKPATH_RUN\"; "
			    "[ $$ = \"$(ps -o pgid= -p $$ | tr -d ' ')\" ]", 60),
			 0);
	assert_int_equal(strlen(proc_token()), 16);
	assert_int_equal(strncmp(p.text[0].s, "1 ", 2), 0);
	assert_int_equal(strncmp(p.text[0].s + 2, proc_token(), 16), 0);
	proc_free(&p);
}

static void test_code(void **state)
{
	(void)state;
	assert_int_equal(proc_code(0), 0);
	assert_int_equal(proc_code(7 << 8), 7);
	assert_int_equal(proc_code(255 << 8), 255);
	assert_int_equal(proc_code(SIGKILL), 128 + SIGKILL);
}

static void test_time(void **state)
{
	double begin = now();
	struct proc p;

	(void)state;
	assert_int_equal(sh(&p, "echo begun; sleep 1000", 0.05), -ETIME);
	assert_true(now() - begin >= 0.05);
	assert_true(p.done);
	assert_int_equal(WTERMSIG(p.status), SIGTERM);
	proc_free(&p);
	proc_kill_tree(10);
}

/* More than is kept: the begin of stdout, the end of stderr, and how much. */
static void test_much(void **state)
{
	const size_t all = 3000000;
	struct proc p;
	char *said;

	(void)state;
	assert_int_equal(sh(&p, "echo first; head -c 2999994 /dev/zero | "
			    "tr '\\0' x; exec >&2; head -c 2999988 /dev/zero | "
			    "tr '\\0' y; echo; echo last words", 60), 0);
	assert_int_equal(p.text[0].len, PROC_OUTPUT_MAX);
	assert_int_equal(p.dropped[0], all - PROC_OUTPUT_MAX);
	assert_int_equal(strncmp(p.text[0].s, "first\nxxx", 9), 0);
	assert_int_equal(p.text[0].s[PROC_OUTPUT_MAX], '\0');
	assert_in_range(p.text[1].len, PROC_OUTPUT_MAX / 2, PROC_OUTPUT_MAX);
	assert_int_equal(p.text[1].len + p.dropped[1], all);
	assert_int_equal(strlen(p.text[1].s), p.text[1].len);
	said = last_line(&p.text[1]);
	assert_string_equal(said, "last words");
	free(said);
	proc_free(&p);
	assert_int_equal(p.dropped[0] + p.dropped[1], 0);
}

static void count(void *arg, const char *s, size_t len)
{
	size_t *nr = arg;

	for (size_t i = 0; i < len; i++)
		*nr += s[i] == 'x';
}

static void test_sink(void **state)
{
	char *const argv[] = { "sh", "-c", "head -c 5000005 /dev/zero | "
			       "tr '\\0' x; echo err >&2; exit 4", NULL };
	struct proc p;
	size_t nr = 0;

	(void)state;
	assert_int_equal(proc_run_to(&p, argv, 60, count, &nr), 4);
	assert_int_equal(nr, 5000005);
	assert_int_equal(p.text[0].len, 0);
	assert_int_equal(p.dropped[0], 0);
	assert_string_equal(p.text[1].s, "err\n");
	proc_free(&p);
}

static void test_ready(void **state)
{
	struct proc p, beside;

	(void)state;
	start(&beside, "echo beside", -1);
	start(&p, "echo up; echo I am ready now >&2; sleep 1000", -1);
	assert_int_equal(proc_wait(&p, &beside, now() + 60, "ready"),
			 PROC_READY);
	assert_int_equal(proc_wait(&p, &beside, now() + 0.01, NULL), PROC_TIME);
	assert_false(p.done);
	proc_stop(&p, &beside, 60);
	assert_true(p.done);
	assert_int_equal(WTERMSIG(p.status), SIGTERM);
	assert_string_equal(p.text[0].s, "up\n");
	assert_int_equal(proc_wait(&beside, NULL, now() + 60, NULL), PROC_DONE);
	assert_string_equal(beside.text[0].s, "beside\n");
	/* Stopped again: nothing to do. */
	proc_stop(&p, NULL, 60);
	proc_free(&p);
	proc_free(&beside);
	/* A word in the middle of a line is none until the line has ended. */
	start(&p, "printf rea; printf dy; sleep 1000", -1);
	assert_int_equal(proc_wait(&p, NULL, now() + 0.1, "ready"), PROC_TIME);
	proc_stop(&p, NULL, 60);
	proc_free(&p);
	proc_kill_tree(10);
}

static void test_deaf(void **state)
{
	struct proc p;

	(void)state;
	start(&p, "trap '' TERM; echo deaf; while :; do sleep 1000; done", -1);
	assert_int_equal(proc_wait(&p, NULL, now() + 60, "deaf"), PROC_READY);
	proc_stop(&p, NULL, 0.02);
	assert_true(p.done);
	assert_int_equal(WTERMSIG(p.status), SIGKILL);
	proc_free(&p);
	proc_kill_tree(10);
}

/* Whoever is left, whatever session and name it took, is found and gone. */
static void test_tree(void **state)
{
	struct proc p;

	(void)state;
	assert_int_equal(proc_kill_tree(10), 0);
	assert_int_equal(sh(&p, "setsid sleep 1000 >/dev/null 2>&1 & "
			    "(trap '' TERM; sleep 1000 & sleep 1000 & wait) "
			    ">/dev/null 2>&1 & :", 60), 0);
	proc_free(&p);
	assert_true(proc_kill_tree(10) >= 2);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(proc_kill_tree(10), 0);
}

static void test_dir(void **state)
{
	int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct proc p;

	(void)state;
	start(&p, "pwd -P", fd);
	assert_int_equal(proc_wait(&p, NULL, now() + 60, NULL), PROC_DONE);
	assert_int_equal(strncmp(p.text[0].s, "/proc/", 6), 0);
	proc_free(&p);
	close(fd);
}

/* A signal ends the wait, and what waits is still told to stop. */
static void test_stop_signal(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		struct proc p;
		bool ok;

		/* Not inherited: what is left below him would be ours. */
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		proc_catch_stop();
		start(&p, "echo up; sleep 1000", -1);
		ok = proc_wait(&p, NULL, now() + 60, "up") == PROC_READY;
		raise(SIGTERM);
		ok &= proc_wait(&p, NULL, now() + 60, NULL) == PROC_STOP;
		ok &= proc_stop_signal == SIGTERM && !p.done;
		proc_stop(&p, NULL, 60);
		ok &= p.done && proc_stop_signal == SIGTERM;
		ok &= sh(&p, "sleep 1000", 60) == -EINTR;
		proc_kill_tree(10);
		_exit(!ok);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_last_line(void **state)
{
	static const struct { const char *text, *want; } t[] = {
		{ "", "" }, { "\n \n", "" }, { "a", "a" }, { "a\nb", "b" },
		{ "a\nb\n", "b" }, { "a\nb \t\n\n", "b" }, { " a\n", " a" },
		{ "a\nb\033c\n", "b" },
	};
	const struct text none = { 0 };
	char *said = last_line(&none);

	(void)state;
	assert_string_equal(said, "");
	free(said);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct text text = { 0 };

		text_add(&text, t[i].text, strlen(t[i].text));
		said = last_line(&text);
		assert_string_equal(said, t[i].want);
		free(said);
		text_free(&text);
	}
}

#define SPINNERS 8

/*
 * Spinners that have 1 ms of a CPU in a second between them: all are ready,
 * and at any time most of them get nothing. False where there is no cpu
 * controller.
 */
static bool starve(struct cg_hier *h, struct cg *base, struct cg *cg,
		   pid_t pid[SPINNERS])
{
	int ret;

	if (cg_hier_find("v1-cpu", NULL, h) || cg_base(h, base) ||
	    cg_make(h, base, "starve", cg))
		return false;
	ret = cg_write(cg, "cpu.cfs_period_us", "1000000");
	if (!ret)
		ret = cg_write(cg, "cpu.cfs_quota_us", "1000");
	assert_int_equal(ret, 0);
	for (int i = 0; i < SPINNERS; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Who is nice is not taken for somebody that starves. */
		if (setpriority(PRIO_PROCESS, 0, 0) ||
		    cg_write(cg, "cgroup.procs", "0"))
			_exit(1);
		for (;;)
			;
	}
	return true;
}

static void test_starving(void **state)
{
	char journal[] = "/tmp/forkpath-proc-XXXXXX";
	struct cg base = CG_NONE, cg = CG_NONE;
	pid_t pid[SPINNERS];
	struct cg_hier h;
	bool starves = false;
	uint64_t took = 0;
	struct proc p;
	int ret = 0;

	(void)state;
	assert_int_equal(sh(&p, "sleep 100", 0.1), -ETIME);
	proc_free(&p);
	proc_kill_tree(10);
	assert_non_null(mkdtemp(journal));
	setenv("FORKPATH_JOURNAL_DIR", journal, 1);
	/* Under valgrind it is not the spinner that spins. */
	if (geteuid() || strstr(getenv("LD_PRELOAD") ?: "", "vgpreload") ||
	    !starve(&h, &base, &cg, pid)) {
		rmdir(journal);
		skip();
	}
	for (int i = 0; i < 50 && !starves; i++)
		starves = turn_starves();
	/*
	 * At a moment all may have had a turn, and then the limit is one; not
	 * at each of many.
	 */
	for (int i = 0; i < 10 && starves; i++) {
		took = clock_ns();
		ret = sh(&p, "sleep 1", 0.5);
		took = clock_ns() - took;
		proc_free(&p);
		if (ret != -ETIME || took > 2000000000)
			break;
	}
	/* Who has no time left has none to die in either. */
	cg_write(&cg, "cpu.cfs_quota_us", "-1");
	for (int i = 0; i < SPINNERS; i++)
		kill(pid[i], SIGKILL);
	for (int i = 0; i < SPINNERS; i++)
		waitpid(pid[i], NULL, 0);
	cg_close(&cg);
	cg_close(&base);
	/* Others may be below the same base. */
	undo_all();
	rmdir(journal);
	proc_kill_tree(10);
	if (!starves)
		skip();		/* a spinner could not be had */
	/* Where ten limits were not enough, it was not the first that counted. */
	if (ret != -ETIME || took < 2000000000)
		assert_int_equal(ret, 0);
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
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_sink),
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_dir),
		cmocka_unit_test(test_stop_signal),
		cmocka_unit_test(test_last_line),
		cmocka_unit_test(test_starving),
		cmocka_unit_test(test_nothing_left),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
