// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-undo - what a killed process left is put back, and nothing else is */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "undo.h"
#include "undo-own.h"

/* Of an IPC namespace that is this test's alone. */
#define SETTING "/proc/sys/kernel/shmmni"

static char dir[64];

static int fresh(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/forkpath-test-XXXXXX");
	return !mkdtemp(dir) || setenv("FORKPATH_JOURNAL_DIR", dir, 1);
}

static unsigned int journals(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9';
	if (d)
		closedir(d);
	return n;
}

static int gone(void **state)
{
	char cmd[96];

	(void)state;
	snprintf(cmd, sizeof(cmd), "%s/lock", dir);
	unlink(cmd);
	return rmdir(dir);
}

/* TEXT as it is; a record ends in "\t.\n". */
static void journal(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

/* Else whoever runs beside it sets it, and puts back what is set here. */
static void own_setting(void)
{
	static bool own;

	if (!own && (geteuid() || unshare(CLONE_NEWIPC) ||
		     access(SETTING, W_OK)))
		skip();
	own = true;
}

static long setting(void)
{
	long v = 0;
	FILE *f = fopen(SETTING, "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &v), 1);
	fclose(f);
	return v;
}

/*
 * A child lowers it (it may be at its maximum) and is killed. Returns what it
 * was before.
 */
static long change_and_die(void)
{
	long before = setting();
	int ready[2], status;
	char value[32], c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	snprintf(value, sizeof(value), "%ld", before - 1);
	pid = fork();
	if (!pid) {
		if (undo_setting(SETTING, value))
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);	/* a child that fails ends the read */
	assert_int_equal(read(ready[0], &c, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ready[0]);
	assert_int_equal(setting(), before - 1);
	return before;
}

static void a_killed_process_is_undone(void **state)
{
	unsigned int live;
	long before;

	(void)state;
	own_setting();
	before = change_and_die();
	assert_int_equal(journals(), 1);
	assert_int_equal(undo_clean(NULL, &live), 1);
	assert_int_equal(setting(), before);
	assert_int_equal(journals(), 0);
	assert_int_equal(live, 0);
	assert_int_equal(undo_clean(NULL, &live), 0);
}

static void what_somebody_else_changed_since_is_left(void **state)
{
	char value[32];
	long before;
	FILE *f;

	(void)state;
	own_setting();
	before = change_and_die();
	snprintf(value, sizeof(value), "%ld", before - 2);
	f = fopen(SETTING, "w");
	fputs(value, f);
	fclose(f);
	assert_int_equal(undo_clean(NULL, NULL), 0);
	assert_int_equal(setting(), before - 2);
	f = fopen(SETTING, "w");
	fprintf(f, "%ld", before);
	fclose(f);
	assert_int_equal(journals(), 0);
}

static void undone_by_itself_in_the_end(void **state)
{
	char value[32];
	long before;

	(void)state;
	own_setting();
	before = setting();
	snprintf(value, sizeof(value), "%ld", before - 3);
	assert_int_equal(undo_setting(SETTING, value), 0);
	snprintf(value, sizeof(value), "%ld", before - 4);
	assert_int_equal(undo_setting(SETTING, value), 0);
	assert_int_equal(setting(), before - 4);
	assert_int_equal(undo_all(), 0);
	assert_int_equal(setting(), before);
	assert_int_equal(journals(), 0);
}

static void a_living_owner_is_left_alone(void **state)
{
	unsigned int live;
	char name[64], path[160];

	(void)state;
	snprintf(name, sizeof(name), "%d-%llu", getppid(),
		 undo_starttime(getppid()));
	journal(name, "process\t999999999\t1\t.\n");
	assert_int_equal(undo_clean(NULL, &live), 0);
	assert_int_equal(live, 1);
	assert_int_equal(journals(), 1);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static void a_zombie_is_dead(void **state)
{
	pid_t pid = fork();
	siginfo_t info;
	char name[64];

	(void)state;
	if (!pid)
		_exit(0);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	snprintf(name, sizeof(name), "%d-%llu", pid, undo_starttime(pid));
	journal(name, "process\t999999999\t1\t.\n");
	assert_int_equal(undo_clean(NULL, NULL), 0);
	assert_int_equal(journals(), 0);
	waitpid(pid, NULL, 0);
}

static void nothing_but_records_of_ours_is_done(void **state)
{
	char victim[] = "/tmp/forkpath-test-XXXXXX", text[512], buf[8] = "";
	int fd = mkstemp(victim);

	(void)state;
	assert_int_equal(write(fd, "new", 3), 3);
	/* A setting outside /proc/sys and /sys, and ways around that. */
	snprintf(text, sizeof(text), "setting\t%s\told\tnew\t.\n"
		 "setting\t/proc/sys/../..%s\told\tnew\t.\n"
		 "setting\t%s\t.\n"
		 "cgroup\t/tmp\t.\ncgroup\t/sys/fs/cgroup/../../../tmp\t.\n"
		 "process\t1\t0\t.\nprocess\t-1\t5\t.\nprocess\tx\t.\n"
		 "token\t\t.\ntoken\t.\n"
		 "frobnicate\tx\t.\n\n\t\n\t.\n", victim, victim, victim);
	journal("999999999-1", text);
	assert_int_equal(undo_clean(NULL, NULL), 0);
	assert_int_equal(pread(fd, buf, 7, 0), 3);
	assert_string_equal(buf, "new");
	assert_int_equal(access("/tmp", F_OK), 0);
	assert_int_equal(journals(), 0);
	close(fd);
	unlink(victim);
}

static void another_boot_has_nothing_to_undo(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "boot\t00000000-not-this-one\t.\n"
		 "process\t%d\t%llu\t.\n", getpid(), undo_starttime(getpid()));
	journal("999999999-1", text);
	assert_int_equal(undo_clean(NULL, NULL), 0);	/* and I am alive */
	assert_int_equal(journals(), 0);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(1);
	}
	return pid;
}

/* Wherever the first record is cut off, the second one is whole. */
static void a_torn_line_takes_no_other_with_it(void **state)
{
	char text[256], first[96];
	int status;

	(void)state;
	snprintf(first, sizeof(first), "process\t%d\t%llu\t.", getpid(),
		 undo_starttime(getpid()));
	for (size_t cut = 0; cut < strlen(first); cut++) {
		pid_t pid = sleeper();

		snprintf(text, sizeof(text), "%.*s\nprocess\t%d\t%llu\t.\n%.*s",
			 (int)cut, first, pid, undo_starttime(pid), (int)cut,
			 first);
		journal("999999999-1", text);
		assert_int_equal(undo_clean(NULL, NULL), 1);	/* and I live */
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(journals(), 0);
	}
}

/*
 * On a full disk, as RLIMIT_FSIZE makes one, the first record is cut off. What
 * is journalled when there is room again is undone.
 */
static void after_a_full_disk_records_are_whole(void **state)
{
	struct rlimit was, limit;
	char path[400], *line = NULL;
	int ends = 0, status;
	size_t room = 0;
	struct dirent *e;
	pid_t pid, left;
	FILE *f = NULL;
	DIR *d;

	(void)state;
	left = sleeper();
	pid = fork();
	if (!pid) {
		struct stat st;

		signal(SIGXFSZ, SIG_IGN);
		if (undo_open())
			_exit(1);
		snprintf(path, sizeof(path), "%s/%d-%llu", dir, getpid(),
			 undo_starttime(getpid()));
		if (stat(path, &st) || getrlimit(RLIMIT_FSIZE, &was))
			_exit(2);
		limit = was;
		limit.rlim_cur = st.st_size + 12;
		setrlimit(RLIMIT_FSIZE, &limit);
		if (undo_token("test-token-cut-off") != -EFBIG)
			_exit(3);
		setrlimit(RLIMIT_FSIZE, &was);
		_exit(undo_process(left) ? 4 : 0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	d = opendir(dir);
	while ((e = readdir(d))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = fopen(path, "r");
	}
	closedir(d);
	assert_non_null(f);
	while (getline(&line, &room, f) > 0)
		ends += !strncmp(line, "process\t", 8);
	fclose(f);
	free(line);
	assert_int_equal(ends, 1);
	assert_int_equal(undo_clean(NULL, NULL), 1);
	assert_int_equal(waitpid(left, &status, 0), left);
	assert_int_equal(journals(), 0);
}

/* Nothing is changed that nobody could put back. */
static void without_its_journal_nothing_is_changed(void **state)
{
	char path[PATH_MAX + 16], file[160];
	const char *const bad[] = { file, path };
	int status;

	(void)state;
	if (geteuid())
		skip();		/* who is not root changes nothing */
	snprintf(file, sizeof(file), "%s/file", dir);
	assert_int_equal(close(creat(file, 0600)), 0);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (!pid) {
			setenv("FORKPATH_JOURNAL_DIR", bad[i], 1);
			if (!undo_missing())
				_exit(1);
			if (undo_token("test-token-refused") >= 0)
				_exit(2);
			unsetenv("FORKPATH_JOURNAL_DIR");
			unsetenv("XDG_RUNTIME_DIR");
			/* Who has nowhere to keep one is not asked for it. */
			_exit(setresuid(65534, 65534, 65534) ? 0 :
			      undo_missing() ? 3 : undo_process(getpid()));
		}
		waitpid(pid, &status, 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(unlink(file), 0);
}

/* What no journal speaks of is nobody's. */
static void a_directory_of_a_hierarchy_goes(void **state)
{
	char path[128], own[160];

	(void)state;
	snprintf(path, sizeof(path), "%s/hierarchy-999999999-0", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(own, sizeof(own), "%s/hierarchy-%d-0", dir, getpid());
	assert_int_equal(mkdir(own, 0700), 0);
	assert_int_equal(undo_open(), 0);
	assert_int_equal(undo_clean(NULL, NULL), 1);
	assert_int_equal(access(path, F_OK), -1);
	/* That of a living process stays. */
	assert_int_equal(rmdir(own), 0);
	assert_int_equal(undo_all(), 0);
	/* One with something in it is said, every time. */
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(own, sizeof(own), "%s/x", path);
	assert_int_equal(mkdir(own, 0700), 0);
	assert_true(undo_clean(NULL, NULL) < 0);
	rmdir(own);
	rmdir(path);
}

/* Whoever has one is killed wherever it is: no other copy of this test. */
static const char *token(const char *name)
{
	static char text[4][64];
	static unsigned int nr;
	char *to = text[nr++ % 4];

	snprintf(to, sizeof(text[0]), "test-%d-%s", getpid(), name);
	return to;
}

static void processes_are_known_by_start_time_and_token(void **state)
{
	const char *whole = token("0815"), *less = token("081");
	char text[256];
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		setenv("FORKPATH_RUN", whole, 1);
		execl("/bin/sleep", "sleep", "1000", NULL);
		_exit(1);
	}
	/* Another process under the same number is not killed. */
	snprintf(text, sizeof(text), "process\t%d\t%llu\t.\n", pid,
		 undo_starttime(pid) + 1);
	journal("999999999-1", text);
	assert_int_equal(undo_clean(NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	/* Nor one with a longer token. */
	assert_int_equal(undo_kill_token(less, 5), 0);
	/* The token is in its environment once it has called exec. */
	while (undo_kill_token(whole, 5) == 0)
		;
	assert_true(waitpid(pid, &status, 0) == pid || errno == ECHILD);
	assert_int_equal(undo_starttime(pid), 0);
}

/* That is its environment when this returns: exec is not done at once. */
static pid_t sleeper_of(const char *token)
{
	char path[64], buf[64], text[64];
	pid_t pid = fork();

	snprintf(text, sizeof(text), "FORKPATH_RUN=%s", token);
	if (!pid) {
		execle("/bin/sleep", "sleep", "1000", NULL,
		       (char *[]){ text, NULL });
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	do {
		assert_true(undo_read(AT_FDCWD, path, buf, sizeof(buf)) >= 0);
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	} while (strcmp(buf, text));
	return pid;
}

static void who_was_killed_is_said(void **state)
{
	const char *one = token("one"), *two = token("two");
	char text[256], want[256], *said;
	pid_t pid[4];
	size_t len;
	FILE *f;

	(void)state;
	for (int i = 0; i < 4; i++)
		pid[i] = sleeper_of(i ? i > 1 ? two : one : "x");
	snprintf(text, sizeof(text), "process\t%d\t%llu\t.\n"
		 "token\t%s\t.\ntoken\t%s\t.\n", pid[0],
		 undo_starttime(pid[0]), one, two);
	journal("999999999-1", text);
	f = open_memstream(&said, &len);
	assert_non_null(f);
	assert_true(undo_clean(f, NULL) > 0);
	fclose(f);
	for (int i = 0; i < 4; i++)
		while (waitpid(pid[i], NULL, 0) < 0 && errno == EINTR)
			;
	snprintf(want, sizeof(want), "killed  process %d\n", pid[0]);
	assert_non_null(strstr(said, want));
	snprintf(want, sizeof(want), "killed  1 process of run %s\n", one);
	assert_non_null(strstr(said, want));
	snprintf(want, sizeof(want), "killed  2 processes of run %s\n", two);
	assert_non_null(strstr(said, want));
	free(said);
}

static void one_run_at_a_time(void **state)
{
	int fd = undo_lock(0);
	pid_t pid;
	int status;

	(void)state;
	assert_true(fd >= 0);
	pid = fork();
	if (!pid) {
		close(fd);
		_exit(undo_lock(0.05) == -EBUSY ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	close(fd);
	fd = undo_lock(0);
	assert_true(fd >= 0);
	close(fd);
}

static void the_directory_must_be_ours(void **state)
{
	char other[128];

	(void)state;
	snprintf(other, sizeof(other), "%s/link", dir);
	assert_int_equal(symlink("/tmp", other), 0);
	setenv("FORKPATH_JOURNAL_DIR", other, 1);
	assert_true(undo_lock(0) < 0);
	unlink(other);
	setenv("FORKPATH_JOURNAL_DIR", dir, 1);
	chmod(dir, 0777);
	assert_int_equal(undo_lock(0), -EPERM);
	chmod(dir, 0700);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_killed_process_is_undone),
		TEST(what_somebody_else_changed_since_is_left),
		TEST(undone_by_itself_in_the_end),
		TEST(a_living_owner_is_left_alone),
		TEST(a_zombie_is_dead),
		TEST(nothing_but_records_of_ours_is_done),
		TEST(another_boot_has_nothing_to_undo),
		TEST(a_torn_line_takes_no_other_with_it),
		TEST(after_a_full_disk_records_are_whole),
		TEST(without_its_journal_nothing_is_changed),
		TEST(a_directory_of_a_hierarchy_goes),
		TEST(processes_are_known_by_start_time_and_token),
		TEST(who_was_killed_is_said),
		TEST(one_run_at_a_time),
		TEST(the_directory_must_be_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
