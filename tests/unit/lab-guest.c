// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lab-guest - how a guest ends; a shell that says what a machine would stands
 * in for QEMU
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lab/guest.h"
#include "../../lab/qemu.h"
#include "mem.h"

#define INT3 "[    1.7] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n"
#define PANIC "[    1.8] Kernel panic - not syncing: Fatal exception\n"

/* What is to be seen computing goes before others, where one may say so. */
#define FIRST	"renice -n -15 -p $$ >/dev/null 2>&1; "

static double limit, silence, stuck;
static char runs[] = "/tmp/forkpath-guest-XXXXXX";

/* How often SCRIPT was started; G is as it ended. */
static unsigned int boot(struct guest *g, const char *script, const char *accel)
{
	char *argv[] = { "sh", "-c", NULL, "qemu", (char *)accel, runs, NULL };
	struct guest *all = g;
	unsigned int n = 0;
	FILE *f;

	assert_int_equal(truncate(runs, 0), 0);
	argv[2] = xprintf("exec >/dev/fd/%d; echo >>\"$2\"; n=$(wc -l <\"$2\")\n%s",
			  QEMU_CONSOLE, script);
	*g = (struct guest){ .name = "k", .limit = limit,
			     .silence = silence, .stuck = stuck };
	assert_int_equal(guest_start(g, argv, "initramfs", 9), 0);
	while (!g->ended)
		guest_wait(&all, 1);
	free(argv[2]);
	f = fopen(runs, "re");
	assert_non_null(f);
	for (int c; (c = getc(f)) != EOF;)
		n += c == '\n';
	fclose(f);
	return n;
}

static void test_ends(void **state)
{
	static const struct {
		const char *script, *why;
	} t[] = {
		{ "echo nothing", "the machine ended before the command did" },
		{ ":", "the machine ended without a word; the kernel needs" },
		{ "echo first >&2; echo it breaks >&2; exit 3",
		  " ended with 3: it breaks" },
		{ "kill -9 $$", " was killed by signal 9" },
		{ "echo '" PANIC "'", "Kernel panic - not syncing: Fatal" },
		{ "echo '[    1.7] BUG: kernel NULL pointer dereference\n"
		  "[    1.7] Oops: Oops: 0002 [#1]\n" PANIC "'",
		  "BUG: kernel NULL pointer dereference; Kernel panic - not" },
		{ "echo '[    1.7] general protection fault: 0000 [#1]\n"
		  "[    1.8] BUG: scheduling while atomic\n" PANIC "'",
		  "general protection fault: 0000 [#1]; Kernel panic - not" },
		{ "echo '[    1.7] BUG: it goes on all the same'",
		  "the machine ended before the command did" },
	};
	struct guest g;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		assert_int_equal(boot(&g, t[i].script, "tcg"), 1);
		assert_int_equal(g.status, -1);
		assert_non_null(strstr(g.failure, t[i].why));
		guest_free(&g);
	}
}

/* A boot that the emulator broke is done again: once, and with TCG. */
static void test_again(void **state)
{
	struct guest g;

	(void)state;
	assert_int_equal(boot(&g, "[ $n = 1 ] && echo '" INT3 PANIC "' || "
			      "echo it came up", "tcg"), 2);
	assert_string_equal(g.console.s, "it came up\n");
	assert_string_equal(g.failure,
			    "the machine ended before the command did");
	guest_free(&g);
	assert_int_equal(boot(&g, "echo '" INT3 PANIC "'", "tcg"), 2);
	assert_non_null(strstr(g.failure, "Oops: int3: 0000"));
	assert_true(g.broke);
	guest_free(&g);
	assert_int_equal(boot(&g, "echo '" INT3 PANIC "'", "kvm"), 1);
	assert_false(g.broke);
	guest_free(&g);
	assert_int_equal(boot(&g, "echo '" INT3 PANIC "'", "tcg,thread=single"),
			 1);
	assert_false(g.broke);
	guest_free(&g);
	/* Once init has said something, it is known, and not done again. */
	assert_int_equal(boot(&g, "printf 'h 00000000 00000000\\n' >/dev/fd/12; "
			      "echo '" INT3 PANIC "'", "tcg"), 1);
	assert_true(g.broke);
	assert_non_null(strstr(g.failure, GUEST_BROKE ": Oops: int3: 0000"));
	guest_free(&g);
}

/*
 * Before the limit, once init has spoken: one that works and says nothing hangs,
 * one that works and speaks does not.
 */
static void test_stuck(void **state)
{
#define WORD	"printf 'h 00000000 00000000\\n' >/dev/fd/12; "
#define WORK	"i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; "
	bool hangs = false;
	struct guest g;

	(void)state;
	stuck = 0.2;
	limit = 0.6;
	silence = 60;
	/* A machine with other work may not give it the CPU, even so. */
	for (int i = 0; i < 40 && !hangs; i++) {
		boot(&g, FIRST WORD "while :; do :; done", "tcg");
		hangs = strstr(g.failure, "it hangs: nothing was heard for ");
		guest_free(&g);
	}
	assert_true(hangs);
	boot(&g, "while :; do " WORD WORK "done", "tcg");
	assert_string_equal(g.failure, "the time limit of 0.6 s is over "
			    "(--timeout)");
	guest_free(&g);
	boot(&g, "while :; do :; done", "tcg");
	assert_string_equal(g.failure, "the time limit of 0.6 s is over "
			    "(--timeout)");
	guest_free(&g);
	limit = silence = stuck = 0;
}

/* At the limit: one that works and says nothing hangs, one that sleeps not. */
static void test_limit(void **state)
{
	bool hangs = false;
	struct guest g;

	(void)state;
	limit = 0.6;
	silence = 2;
	for (int i = 0; i < 40 && !hangs; i++) {
		boot(&g, FIRST "echo up; while :; do :; done", "tcg");
		hangs = strstr(g.failure, "it hangs: nothing was heard for 1 s, "
			       "in which QEMU had ");
		guest_free(&g);
	}
	assert_true(hangs);
	boot(&g, "echo up; exec sleep 10", "tcg");
	assert_string_equal(g.failure, "the time limit of 0.6 s is over "
			    "(--timeout)");
	guest_free(&g);
	silence = 10;
	boot(&g, "echo up; while :; do :; done", "tcg");
	assert_string_equal(g.failure, "the time limit of 0.6 s is over "
			    "(--timeout)");
	guest_free(&g);
	limit = silence = 0;
}

static int setup(void **state)
{
	int fd = mkstemp(runs);

	(void)state;
	guest_catch_stop();
	return fd < 0 || close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
