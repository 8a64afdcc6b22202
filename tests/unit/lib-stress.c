// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-stress - what counts as an overlap, and a history that others write */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "effort.h"
#include "stress.h"

/* The harness has a main() of its own: what lib/ wants of it. */
const struct bench bench = { .name = "lib-stress" };

static char said[300];

void bench_why(const char *fmt, ...)
{
	va_list ap;

	if (*said)
		return;		/* the first is the reason */
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
}

void bench_skip(const char *fmt, ...)
{
	(void)fmt;
}

void bench_unverified(const char *what, const char *why)
{
	(void)what;
	(void)why;
}

void *bench_shared(size_t bytes)
{
	return calloc(1, bytes);
}

bool bench_think(const struct lat *lat, uint64_t ns)
{
	(void)lat;
	(void)ns;
	return true;
}

bool bench_until(const struct lat *lat, uint64_t deadline)
{
	(void)deadline;
	return bench_think(lat, 0);
}

static struct race race;

static int fresh(void **state)
{
	(void)state;
	race = (struct race){ 0 };
	return stress_share();
}

static int none_left(void **state)
{
	(void)state;
	free(stress);
	return 0;
}

static uint64_t overlaps(void)
{
	return stress->overlaps.n;
}

static int whole(void)
{
	return race_in(&race, 0);
}

static int begins(void)
{
	race_begin(&race);
	return 0;
}

static int ends(void)
{
	race_end(&race);
	return 0;
}

/* Intervals that touch the operation, and those that do not. */
static void what_meets_is_counted(void **state)
{
	(void)state;
	whole();
	race_against(&race, 0);
	assert_int_equal(overlaps(), 0);	/* over before */

	race_against(&race, whole());
	assert_int_equal(overlaps(), 1);	/* inside it */
	race_against(&race, begins());
	assert_int_equal(overlaps(), 2);	/* began in it */
	race_against(&race, 0);
	assert_int_equal(overlaps(), 3);	/* around it */
	race_against(&race, ends());
	assert_int_equal(overlaps(), 4);	/* ended in it */
	race_against(&race, 0);
	whole();
	assert_int_equal(overlaps(), 4);	/* before, and after */
}

/* Many at once are one overlap of the operation that met them. */
static void an_operation_is_counted_once(void **state)
{
	(void)state;
	begins();
	begins();
	assert_int_equal(race_against(&race, 7), 7);
	assert_int_equal(overlaps(), 1);
}

static void ones_own_is_no_overlap(void **state)
{
	(void)state;
	assert_int_equal(race_among(&race, 7), 7);
	assert_int_equal(overlaps(), 0);
	race_among(&race, whole());
	assert_int_equal(overlaps(), 1);
	assert_int_equal(race.begun, race.ended);
}

static void whoever_was_killed_is_gone(void **state)
{
	(void)state;
	begins();
	race_over(&race);
	race_against(&race, 0);
	assert_int_equal(overlaps(), 0);
}

/* What is opened before the write, and closed after it, is no part of it. */
static void a_write_is_the_write(void **state)
{
	char path[] = "/tmp/lib-stress-XXXXXX", text[8] = "";
	struct cg cg = { .dir = AT_FDCWD };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(stress_write(&cg, path, "one", &race, &race), 0);
	assert_int_equal(overlaps(), 0);
	begins();
	assert_int_equal(stress_write(&cg, path, "two", NULL, &race), 0);
	assert_int_equal(overlaps(), 1);
	assert_int_equal(stress_write(&cg, path, "six", &race, &race), 0);
	assert_int_equal(overlaps(), 2);
	assert_int_equal(race.begun, 3);
	assert_int_equal(race.ended, 1 + 1);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_string_equal(text, "six");
	assert_int_equal(stress_write_fd(-1, "x", NULL, NULL), -EBADF);
	close(fd);
	unlink(path);
}

static void a_value_is_that_of_its_key(void **state)
{
	static const char text[] = "populated 1\nfrozen_too 2\nfrozen 3\n";
	char path[] = "/tmp/lib-stress-XXXXXX";
	struct cg cg = { .dir = AT_FDCWD };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(stress_value(&cg, path, "populated"), 1);
	assert_int_equal(stress_value(&cg, path, "frozen"), 3);
	assert_int_equal(stress_value(&cg, path, "none"), -ENOENT);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "47\n", 3, 0), 3);
	assert_int_equal(stress_value(&cg, path, NULL), 47);
	close(fd);
	unlink(path);
	assert_int_equal(stress_value(&cg, path, NULL), -ENOENT);
}

/* Where the group was to go, not where it is. */
static void a_refused_move_is_named(void **state)
{
	static const char *const path[] = { "/group/a", "/group/b" };
	uint32_t phase = 1;
	struct lat *lat = calloc(1, sizeof(*lat));

	(void)state;
	assert_non_null(lat);
	strcpy(stress->pair.a.path, path[0]);
	strcpy(stress->pair.b.path, path[1]);
	for (unsigned int at = 0; at < 2; at++) {
		lat_clear(lat);
		lat->phase = &phase;
		lat->until = 2;
		lat->limit = UINT64_MAX;
		stress->pair.at = at;
		stress->pair.fd[0] = stress->pair.fd[1] = -1;
		*said = '\0';
		assert_int_not_equal(stress_move_loop(0, lat), 0);
		assert_non_null(strstr(said, path[!at]));
		assert_int_equal(lat->ops, 1);
	}
	assert_int_equal(stress->refused.n, 2);
	assert_int_equal(stress->moves.n, 0);
	free(lat);
}

/* ---- history ----------------------------------------------------------- */

#define WRITERS	3

static bool stop;

static void no_memory_breaks_nothing(void **state)
{
	struct cg to = { .path = "/c" };

	(void)state;
	assert_int_equal(stress_unmoved(&to, -ENOMEM), -ENOMEM);
	assert_int_equal(stress_unmoved(&to, -EBUSY), -EBADMSG);
}

static void *write_notes(void *what)
{
	for (long i = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++)
		stress_note(what, i, -i);
	return NULL;
}

/*
 * While others write: a note is one that somebody wrote as a whole, they
 * are in order, and none is of a time to come.
 */
static void a_history_is_of_the_past(void **state)
{
	static const char *const what[WRITERS] = { "one", "two", "three" };
	struct stress_note note[STRESS_HISTORY];
	pthread_t thread[WRITERS];
	unsigned int whole_ones = 0;
	const int looks = effort(20000);

	(void)state;
	stop = false;
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, write_notes,
						(void *)what[i]), 0);
	for (int look = 0; look < looks || !whole_ones; look++) {
		int n = stress_history(note);
		uint64_t now = clock_ns();

		assert_in_range(n, 0, STRESS_HISTORY);
		for (int i = 0; i < n; i++) {
			assert_true(note[i].ns <= now);
			assert_true(note[i].id == -note[i].ret);
			assert_non_null(note[i].what);
			assert_true(!i || note[i].nr > note[i - 1].nr);
		}
		whole_ones += n;
	}
	stop = true;
	for (int i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	assert_in_range(stress_history(note), 1, STRESS_HISTORY);
}

#define AGAIN "lib-stress-again"

static void *exec_again(void *arg)
{
	char *argv[] = { AGAIN, NULL };

	(void)arg;
	execv("/proc/self/exe", argv);
	_exit(1);
}

/* The number of a process stays, whichever of its threads execs. */
static void who_execs_has_threads(void **state)
{
	pid_t id[8], pid;
	int nothing = 0;

	(void)state;
	/* What is executed there is valgrind. */
	if (strstr(getenv("LD_PRELOAD") ?: "", "vgpreload"))
		skip();
	pid = fork();
	if (!pid)
		exec_again(NULL);
	assert_true(pid > 0);
	/* Without the second look some ten of these find nothing. */
	for (int i = 0; i < 400000; i++)
		nothing += stress_threads(pid, id, 8) <= 0;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(nothing, 0);
	assert_int_equal(stress_threads(pid, id, 8), -ENOENT);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_execs_has_threads),
#define T(x) cmocka_unit_test_setup_teardown(x, fresh, none_left)
		T(what_meets_is_counted),
		T(an_operation_is_counted_once),
		T(ones_own_is_no_overlap),
		T(whoever_was_killed_is_gone),
		T(a_write_is_the_write),
		T(a_value_is_that_of_its_key),
		T(a_refused_move_is_named),
		T(no_memory_breaks_nothing),
		T(a_history_is_of_the_past),
	};
	pthread_t thread;

	if (argc && !strcmp(argv[0], AGAIN)) {
		pthread_create(&thread, NULL, exec_again, NULL);
		for (;;)
			pause();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
