// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-cg - mount tables of three kinds of machine, and what is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cg.h"
#include "undo.h"

static const char v1[] =
"25 20 0:22 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755\n"
"26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup "
	"rw,cpu,cpuacct\n"
"27 25 0:24 / /sys/fs/cgroup/cpuset rw shared:10 master:1 - cgroup cgroup "
	"rw,cpuset\n"
"28 25 0:25 / /sys/fs/cgroup/a\\040name rw - cgroup cgroup "
	"rw,xattr,name=systemd\n";
static const char v2[] =
"30 20 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 "
	"rw,nsdelegate,memory_recursiveprot\n";
static const char foreign[] =
"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,cpuset\n"
"garbage\n"
"1 2 3:4 / /x rw - cgroup\n";

static char table[] = "/tmp/forkpath-test-XXXXXX";

static void put(const char *a, const char *b)
{
	FILE *f = fopen(table, "w");

	fputs(a, f);
	fputs(b, f);
	fclose(f);
}

static int make_table(void **state)
{
	int fd = mkstemp(table);

	(void)state;
	close(fd);
	return fd < 0;
}

static int drop_table(void **state)
{
	(void)state;
	return unlink(table);
}

static void machine_with_v1(void **state)
{
	struct cg_hier h;

	(void)state;
	put(v1, "");
	assert_int_equal(cg_hier_find("v1-cpuset", table, &h), 0);
	assert_string_equal(h.mount, "/sys/fs/cgroup/cpuset");
	assert_int_equal(h.version, 1);
	/* Co-mounted controllers are found by either name. */
	assert_int_equal(cg_hier_find("v1-cpuacct", table, &h), 0);
	assert_string_equal(h.mount, "/sys/fs/cgroup/cpu,cpuacct");
	assert_int_equal(cg_hier_find("v1-name=systemd", table, &h), 0);
	assert_string_equal(h.mount, "/sys/fs/cgroup/a name");
	/* "cpu" is not "cpuset", and memory is not there. */
	assert_int_equal(cg_hier_find("v1-cpu", table, &h), 0);
	assert_string_equal(h.mount, "/sys/fs/cgroup/cpu,cpuacct");
	assert_int_equal(cg_hier_find("v1-memory", table, &h), -ENOENT);
	assert_int_equal(cg_hier_find("v2", table, &h), -ENOENT);
}

static void machine_with_v2(void **state)
{
	struct cg_hier h;

	(void)state;
	put(v2, "");
	assert_int_equal(cg_hier_find("v2", table, &h), 0);
	assert_string_equal(h.mount, "/sys/fs/cgroup");
	assert_string_equal(h.controller, "");
	assert_int_equal(cg_hier_find("v1-cpuset", table, &h), -ENOENT);
	/* A mount option is not a controller. */
	assert_int_equal(cg_hier_find("v1-nsdelegate", table, &h), -ENOENT);
}

static void hybrid_machine(void **state)
{
	struct cg_hier h;

	(void)state;
	put(v1, "31 25 0:27 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n");
	assert_int_equal(cg_hier_find("v2", table, &h), 0);
	assert_string_equal(h.mount, "/sys/fs/cgroup/unified");
	assert_int_equal(cg_hier_find("v1-cpuset", table, &h), 0);
	assert_string_equal(h.mount, "/sys/fs/cgroup/cpuset");
}

static void one_that_can_be_written_to_is_taken(void **state)
{
	struct cg_hier h;

	(void)state;
	put("31 25 0:27 / /ro ro - cgroup2 none rw\n", "");
	assert_int_equal(cg_hier_find("v2", table, &h), -EROFS);
	assert_string_equal(h.mount, "/ro");
	put("31 25 0:27 / /ro ro - cgroup2 none rw\n",
	    "32 25 0:27 /a/b /rw rw - cgroup2 none rw\n");
	assert_int_equal(cg_hier_find("v2", table, &h), 0);
	assert_string_equal(h.mount, "/rw");
	assert_string_equal(h.root, "/a/b");
}

/* A whole hierarchy, a part of it, one that begins above the namespace. */
static void what_is_below_a_mount(void **state)
{
	(void)state;
	assert_string_equal(cg_below("/", "/a/b"), "/a/b");
	assert_string_equal(cg_below("/", "/"), "/");
	assert_string_equal(cg_below("/a", "/a/b"), "/b");
	assert_string_equal(cg_below("/a", "/a"), "/");
	assert_null(cg_below("/a", "/ab"));
	assert_null(cg_below("/a", "/"));
	assert_string_equal(cg_below("/../..", "/../../forkpath/1"),
			    "/forkpath/1");
	assert_null(cg_below("/../..", "/../x"));
}

static void controllers_of_v2_come_from_its_top(void **state)
{
	char dir[] = "/tmp/forkpath-test-XXXXXX", line[128], file[64];
	struct cg_hier h;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(line, sizeof(line), "31 25 0:27 / %s rw - cgroup2 none rw\n",
		 dir);
	put(line, "");
	snprintf(file, sizeof(file), "%s/cgroup.subtree_control", dir);
	f = fopen(file, "w");
	fputs("cpu memory\n", f);
	fclose(f);
	assert_int_equal(cg_hier_find("v2-memory", table, &h), 0);
	assert_string_equal(h.controller, "memory");
	assert_int_equal(cg_hier_find("v2-mem", table, &h), -ENODEV);
	assert_int_equal(cg_hier_find("v2-memory+cpu", table, &h), 0);
	assert_string_equal(h.controller, "memory+cpu");
	assert_int_equal(cg_hier_find("v2-memory+pids", table, &h), -ENODEV);
	assert_int_equal(cg_hier_find("v2-all", table, &h), 0);
	assert_string_equal(h.controller, "cpu+memory");
	assert_int_equal(truncate(file, 0), 0);
	assert_int_equal(cg_hier_find("v2-all", table, &h), -ENODEV);
	unlink(file);
	rmdir(dir);
}

static void foreign_lines_are_passed_over(void **state)
{
	struct cg_hier h;

	(void)state;
	put(foreign, v2);
	assert_int_equal(cg_hier_find("v2", table, &h), 0);
	assert_int_equal(cg_hier_find("v1-cpuset", table, &h), -ENOENT);
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(cg_hier_check("v2"), 0);
	assert_int_equal(cg_hier_check("v2-memory"), 0);
	assert_int_equal(cg_hier_check("v1-name=systemd"), 0);
	assert_int_equal(cg_hier_check("v1"), -EINVAL);
	assert_int_equal(cg_hier_check("v1-"), -EINVAL);
	assert_int_equal(cg_hier_check("v3-memory"), -EINVAL);
	assert_int_equal(cg_hier_check("v1-../../etc"), -EINVAL);
	assert_int_equal(cg_hier_check(""), -EINVAL);
}

static void only_what_is_ours_is_removed(void **state)
{
	static const char *const bad[] = {
		"/", "/tmp", "/sys/fs/cgroup", "/etc/forkpath/1",
		"/sys/fs/cgroup/cpuset", "/sys/fs/cgroup/cpuset/forkpath",
		"/sys/fs/cgroup/cpuset/forkpath/", "relative/forkpath/1",
		"/sys/fs/cgroup/cpuset/forkpath/..",
		"/sys/fs/cgroup/cpuset/forkpath/../user",
		"/sys/fs/cgroup/cpuset/forkpath//etc",
		"/sys/fs/cgroup/cpuset/user/forkpath/1",
		"/sys/fs/cgroup/unified/forkpath/../system.slice",
		"/sys/fs/cgroup/forkpath/1 2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(cg_remove_path(bad[i], 0.1), -EBADMSG);
}

/* As when setup fails before it comes to the groups of an array. */
static void one_never_opened_closes_nothing(void **state)
{
	struct cg *cg = calloc(2, sizeof(*cg));
	int saved = dup(0), in = open("/dev/null", O_RDONLY);

	(void)state;
	assert_non_null(cg);
	assert_return_code(dup2(in, 0), errno);
	cg_close(&cg[0]);
	assert_return_code(fcntl(0, F_GETFD), errno);
	assert_int_equal(cg_remove(&cg[1], 0.1), 0);
	assert_return_code(fcntl(0, F_GETFD), errno);
	assert_int_equal(cg[0].dir, -1);
	if (saved >= 0)
		dup2(saved, 0);
	close(saved);
	close(in);
	free(cg);
}

/* The verbs on a directory of plain files. */
static void verbs_write_whole_and_keep_errno(void **state)
{
	char dir[] = "/tmp/forkpath-test-XXXXXX", buf[32];
	struct cg cg = { .version = 1 };
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	cg.dir = open(dir, O_DIRECTORY);
	assert_int_equal(cg_write(&cg, "tasks", "1"), -ENOENT);
	fd = openat(cg.dir, "tasks", O_CREAT | O_WRONLY, 0600);
	assert_true(write(fd, "10\n20\n30\n", 9) == 9);
	close(fd);
	assert_int_equal(cg_threads(&cg), 3);
	assert_int_equal(cg_count(&cg, "cgroup.procs"), -ENOENT);
	assert_int_equal(cg_read(&cg, "tasks", buf, sizeof(buf)), 2);
	assert_string_equal(buf, "10");
	/* A link is not followed. */
	assert_int_equal(symlinkat("tasks", cg.dir, "link"), 0);
	assert_int_equal(cg_write(&cg, "link", "1"), -ELOOP);
	unlinkat(cg.dir, "link", 0);
	unlinkat(cg.dir, "tasks", 0);
	cg_close(&cg);
	assert_int_equal(cg.dir, -1);
	rmdir(dir);
	cg.dir = open("/dev", O_DIRECTORY);
	assert_int_equal(cg_write(&cg, "full", "1"), -ENOSPC);
	cg_close(&cg);
}

/*
 * Another run that ends removes the common top when it finds it empty: here
 * as soon as it was made, or just before something is made in it.
 */
static struct {
	char		 top[64];
	unsigned int	 left;		/* so many runs are still to end */
	unsigned int	 made, below;	/* that have, and when */
} ending;

int mkdirat(int dir, const char *name, mode_t mode)
{
	bool top = !strcmp(name, "forkpath");
	int ret;

	if (!top && ending.left && !rmdir(ending.top)) {
		ending.left--;
		ending.below++;
	}
	ret = syscall(SYS_mkdirat, dir, name, mode);
	if (top && ending.left % 2 && !rmdir(ending.top)) {
		ending.left--;
		ending.made++;
	}
	return ret;
}

/* Directories stand in for cgroups. */
static void another_run_removes_the_top(void **state)
{
	char dir[] = "/tmp/forkpath-test-XXXXXX", path[PATH_MAX];
	char home[64], journal[128];
	struct cg_hier h = { .version = 1 };
	struct cg base;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(h.mount, sizeof(h.mount), "%s", dir);
	snprintf(ending.top, sizeof(ending.top), "%s/forkpath", dir);
	snprintf(home, sizeof(home), "%s/journal", dir);
	setenv("FORKPATH_JOURNAL_DIR", home, 1);
	for (unsigned int runs = 0; runs < 8; runs++) {
		ending.left = runs;
		assert_int_equal(cg_base(&h, &base), 0);
		assert_int_equal(ending.left, 0);
		snprintf(path, sizeof(path), "%s", base.path);
		cg_close(&base);
		assert_int_equal(rmdir(path), 0);
		undo_all();
	}
	assert_true(ending.made > 4);
	assert_true(ending.below > 4);
	rmdir(ending.top);
	/* What is no cgroup cannot be undone, and stays in the journal. */
	snprintf(journal, sizeof(journal), "%s/%d-%llu", home, getpid(),
		 undo_starttime(getpid()));
	unlink(journal);
	rmdir(home);
	assert_int_equal(rmdir(dir), 0);
}

static void options_are_whole_words(void **state)
{
	(void)state;
	assert_true(cg_option("rw,cpu,cpuacct", "cpu"));
	assert_true(cg_option("rw,cpu,cpuacct", "cpuacct"));
	assert_false(cg_option("rw,cpu,cpuacct", "cpua"));
	assert_false(cg_option("rw,cpuset", "cpu"));
	assert_false(cg_option("", "cpu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machine_with_v1),
		cmocka_unit_test(machine_with_v2),
		cmocka_unit_test(hybrid_machine),
		cmocka_unit_test(one_that_can_be_written_to_is_taken),
		cmocka_unit_test(what_is_below_a_mount),
		cmocka_unit_test(controllers_of_v2_come_from_its_top),
		cmocka_unit_test(foreign_lines_are_passed_over),
		cmocka_unit_test(names),
		cmocka_unit_test(only_what_is_ours_is_removed),
		cmocka_unit_test(one_never_opened_closes_nothing),
		cmocka_unit_test(verbs_write_whole_and_keep_errno),
		cmocka_unit_test(another_run_removes_the_top),
		cmocka_unit_test(options_are_whole_words),
	};

	return cmocka_run_group_tests(tests, make_table, drop_table);
}
