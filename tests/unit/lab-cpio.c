// SPDX-License-Identifier: GPL-2.0-or-later
/* lab-cpio - what goes into a guest, and what is let out of it */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lab/cpio.h"
#include "../../lab/initrd.h"
#include "../../lab/wire.h"
#include "tree.h"

/* DIR/in is unpacked to, DIR is outside. */
static char dir[] = "/tmp/forkpath-cpio-XXXXXX";
static char *top;
static int at = -1;

static int set_up(void **state)
{
	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("in", 0755), 0);
	at = open("in", O_RDONLY | O_DIRECTORY);
	return at < 0;
}

static int remove_tree(const char *below)
{
	char *command = xprintf("rm -rf '%s%s'", dir, below);
	int ret = system(command);

	free(command);
	return ret;
}

static int tear_down(void **state)
{
	(void)state;
	close(at);
	assert_int_equal(chdir(top), 0);
	return remove_tree("");
}

/* One member of that name and mode, with the word "data". */
static int one(const char *name, mode_t mode, char *why, size_t len)
{
	struct text t = { 0 };
	unsigned int inode = 1;
	int ret;

	text_add(&t, "", 0);
	cpio_add(&t, &inode, name, mode, 0, "data", 4);
	cpio_end(&t);
	ret = cpio_unpack(at, t.s, t.len, why, len);
	text_free(&t);
	return ret;
}

static bool there(const char *name)
{
	return !faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static void round_trip(void **state)
{
	struct text t = { 0 }, again = { 0 };
	unsigned int inode = 1;
	char why[300], big[70000];
	int from, to;

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_int_equal(mkdirat(at, "from", 0755), 0);
	assert_int_equal(mkdirat(at, "from/lat", 0755), 0);
	assert_int_equal(mkdirat(at, "to", 0755), 0);
	from = openat(at, "from", O_RDONLY | O_DIRECTORY);
	to = openat(at, "to", O_RDONLY | O_DIRECTORY);
	for (int i = 9; i > 0; i--) {
		/* Every remainder of four, and nothing at all. */
		ssize_t n = i == 9 ? (ssize_t)sizeof(big) : i - 1;
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "lat/%d", i);
		fd = openat(from, name, O_WRONLY | O_CREAT, 0600);
		assert_int_equal(write(fd, big, n), n);
		close(fd);
	}
	text_add(&t, "", 0);
	assert_int_equal(cpio_add_tree(&t, &inode, from, NULL), 0);
	cpio_end(&t);
	assert_int_equal(cpio_unpack(to, t.s, t.len, why, sizeof(why)), 0);
	text_add(&again, "", 0);
	inode = 1;
	assert_int_equal(cpio_add_tree(&again, &inode, to, NULL), 0);
	cpio_end(&again);
	assert_int_equal(t.len, again.len);
	assert_memory_equal(t.s, again.s, t.len);
	/* Cut off anywhere it is refused, never read beyond its end. */
	for (size_t len = 0; len < t.len; len += len < 2000 ? 37 : 1997) {
		char *copy = malloc(len ? len : 1);
		int sub;

		memcpy(copy, t.s, len);
		mkdirat(at, "cut", 0755);
		sub = openat(at, "cut", O_RDONLY | O_DIRECTORY);
		assert_int_equal(cpio_unpack(sub, copy, len, why, sizeof(why)),
				 -EBADMSG);
		close(sub);
		assert_int_equal(remove_tree("/in/cut"), 0);
		free(copy);
	}
	text_free(&t);
	text_free(&again);
	close(from);
	close(to);
}

static void write_at(int fd_dir, const char *name, const char *text)
{
	int fd = openat(fd_dir, name, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_content(const char *name, const char *want)
{
	char buf[64] = "";
	int fd = openat(at, name, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, buf, sizeof(buf) - 1), strlen(want));
	assert_string_equal(buf, want);
	close(fd);
}

/* As a guest sends its results: what is new, again and again. */
static void piece_by_piece(void **state)
{
	struct cpio_sent sent = { 0 };
	struct text t = { 0 };
	unsigned int inode = 1;
	char why[300];
	size_t whole;
	int from, to;

	(void)state;
	assert_int_equal(mkdirat(at, "grows", 0755), 0);
	assert_int_equal(mkdirat(at, "grows/lat", 0755), 0);
	assert_int_equal(mkdirat(at, "copy", 0755), 0);
	from = openat(at, "grows", O_RDONLY | O_DIRECTORY);
	to = openat(at, "copy", O_RDONLY | O_DIRECTORY);
	text_add(&t, "", 0);
	write_at(from, "sample", "one ");
	write_at(from, "lat/1", "1");
	assert_int_equal(cpio_add_tree(&t, &inode, from, &sent), 0);
	whole = t.len;
	assert_int_equal(cpio_add_file(&t, &inode, from, "sample", &sent), 0);
	assert_int_equal(cpio_add_file(&t, &inode, from, "none", &sent), 0);
	assert_int_equal(cpio_add_tree(&t, &inode, from, &sent), 0);
	assert_int_equal(t.len, whole);	/* nothing was new */
	write_at(from, "sample", "two ");
	write_at(from, "lat/2", "2");
	assert_int_equal(cpio_add_file(&t, &inode, from, "sample", &sent), 0);
	assert_int_equal(cpio_add_file(&t, &inode, from, "lat/2", &sent), 0);
	write_at(from, "sample", "three");
	write_at(from, "empty", "");
	assert_int_equal(cpio_add_tree(&t, &inode, from, &sent), 0);
	cpio_end(&t);
	assert_int_equal(cpio_unpack(to, t.s, t.len, why, sizeof(why)), 0);
	assert_content("copy/sample", "one two three");
	assert_content("copy/lat/1", "1");
	assert_content("copy/lat/2", "2");
	assert_content("copy/empty", "");
	/* It goes on with files of its own only. */
	assert_int_equal(cpio_unpack(to, t.s, t.len, why, sizeof(why)),
			 -EEXIST);
	assert_content("copy/lat/1", "1");
	cpio_sent_free(&sent);
	text_free(&t);
	close(from);
	close(to);
}

static void no_escape(void **state)
{
	const char *const names[] = {
		"../out", dir, "a/../../out", "..", ".", "",
		"a//b", "a/", "a/./b", ".hidden", "a/.hidden", "new\nline",
	};
	char why[300];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(one(names[i], S_IFREG | 0644, why,
				     sizeof(why)), -EPERM);
		assert_non_null(strstr(why, "is no name"));
		assert_null(strchr(why, '\n'));
	}
	assert_false(there("../out"));
}

static void files_only(void **state)
{
	static const mode_t modes[] = {
		S_IFLNK | 0777, S_IFIFO | 0644, S_IFCHR | 0644, S_IFBLK | 0644,
		S_IFSOCK | 0644, 0644,
	};
	char why[300];

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_int_equal(one("x", modes[i], why, sizeof(why)), -EPERM);
		assert_false(there("x"));
	}
	/* A set-user-id bit does not get out. */
	assert_int_equal(one("x", S_IFREG | 06777, why, sizeof(why)), 0);
	if (there("x")) {
		struct stat st;

		fstatat(at, "x", &st, 0);
		assert_int_equal(st.st_mode & 07111, 0);
	}
}

static void nothing_is_replaced_nor_followed(void **state)
{
	char why[300];

	(void)state;
	assert_int_equal(one("x", S_IFREG | 0644, why, sizeof(why)), 0);
	assert_int_equal(one("x", S_IFREG | 0644, why, sizeof(why)), -EEXIST);
	assert_int_equal(symlinkat("..", at, "link"), 0);
	assert_true(one("link/out", S_IFREG | 0644, why, sizeof(why)) < 0);
	assert_false(there("../out"));
	assert_int_equal(symlinkat("../out", at, "dangling"), 0);
	assert_int_equal(one("dangling", S_IFREG | 0644, why, sizeof(why)),
			 -EEXIST);
	assert_false(there("../out"));
}

static void lengths_that_lie(void **state)
{
	struct text t = { 0 };
	unsigned int inode = 1;
	char why[300];

	(void)state;
	text_add(&t, "", 0);
	cpio_add(&t, &inode, "x", S_IFREG | 0644, 0, "data", 4);
	cpio_end(&t);
	memcpy(t.s + 54, "0fffffff", 8);	/* of the file */
	assert_int_equal(cpio_unpack(at, t.s, t.len, why, sizeof(why)),
			 -EBADMSG);
	memcpy(t.s + 54, "00000004", 8);
	memcpy(t.s + 94, "7fffffff", 8);	/* of its name */
	assert_int_equal(cpio_unpack(at, t.s, t.len, why, sizeof(why)),
			 -EBADMSG);
	memcpy(t.s + 94, "00000001", 8);	/* a name without its end */
	assert_int_equal(cpio_unpack(at, t.s, t.len, why, sizeof(why)),
			 -EBADMSG);
	assert_false(there("x"));
	text_free(&t);
}

/* Equal input, equal bytes: what an exact guest needs first of all. */
static void same_initramfs(void **state)
{
	struct strv none = { 0 }, argv = { 0 }, add = { 0 };
	struct kernel k = { .release = "6.1.0-test" };
	struct initrd_args a = {
		.kernel = &k, .add = &add, .module = &none, .argv = &argv,
	};
	struct text t[3] = { 0 };

	(void)state;
	strv_add(&argv, xstrdup("true"));
	strv_add(&add, xstrdup("README.md:/forkpath/doc/README"));
	assert_int_equal(initrd_make(&t[0], &a), 0);
	assert_int_equal(initrd_make(&t[1], &a), 0);
	a.favordynmods = true;
	assert_int_equal(initrd_make(&t[2], &a), 0);
	assert_int_equal(t[0].len, t[1].len);
	assert_memory_equal(t[0].s, t[1].s, t[0].len);
	/* The lock mode does not move anything. */
	assert_int_equal(t[0].len, t[2].len);
	assert_memory_not_equal(t[0].s, t[2].s, t[0].len);
	assert_non_null(memmem(t[0].s, t[0].len, "forkpath/doc/README", 19));
	for (int i = 0; i < 3; i++)
		text_free(&t[i]);
	strv_free(&argv);
	strv_free(&add);
}

static void tool(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(name, 0755), 0);
}

/* The programs have a digest, whatever is asked of them and in which kernel. */
static void digest_of_the_programs(void **state)
{
	struct strv none = { 0 }, argv = { 0 };
	struct kernel k = { .release = "6.1.0-test" };
	uint64_t seen[5] = { 0 };
	struct initrd_args a = {
		.kernel = &k, .add = &none, .module = &none, .argv = &argv,
	};

	(void)state;
	assert_int_equal(system("mkdir -p build/lab build/bench"), 0);
	tool("build/lab/init", "1");
	tool("build/lab/forkpath-runner", "2");
	tool("build/bench/clone", "12345678abc");
	assert_int_equal(tree_init(dir), 0);
	for (int i = 0; i < 5; i++) {
		struct text t = { 0 };

		a.tree = &seen[i];
		if (i == 1) {
			k.release = "6.2.0-test";
			strv_add(&argv, xstrdup("true"));
		}
		if (i == 2)
			tool("build/bench/clone", "12345678abd");
		if (i == 3)
			tool("build/bench/clone", "92345678abd");
		if (i == 4)
			tool("build/bench/exit", "");
		assert_int_equal(initrd_make(&t, &a), 0);
		text_free(&t);
	}
	assert_int_equal(tree_init(top), 0);
	assert_true(seen[0] == seen[1]);
	for (int i = 1; i < 4; i++)
		for (int j = i + 1; j < 5; j++)
			assert_true(seen[i] != seen[j]);
	strv_free(&argv);
}

/* --- wire ---------------------------------------------------------------- */

static int pipe_with(char type, const char *body, size_t len, struct text *t)
{
	char buf[200000];
	int fd[2];
	ssize_t n;

	assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
	fcntl(fd[0], F_SETPIPE_SZ, 1 << 20);
	assert_int_equal(wire_put(fd[1], type, body, len), 0);
	text_add(t, "", 0);
	while ((n = read(fd[0], buf, sizeof(buf))) > 0)
		text_add(t, buf, n);
	close(fd[0]);
	close(fd[1]);
	return 0;
}

static void frames_in_any_pieces(void **state)
{
	struct text t = { 0 }, got = { 0 };
	char big[150000], type;
	struct wire w = { 0 };
	const char *body;
	size_t len;
	int ret;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = i * 7 + i / 251;
	pipe_with('a', big, sizeof(big), &t);
	pipe_with('b', "", 0, &t);
	text_add(&got, "", 0);
	for (size_t i = 0, n; i < t.len; i += n) {
		n = 1 + i % 4099;
		n = n < t.len - i ? n : t.len - i;
		wire_add(&w, t.s + i, n);
		while ((ret = wire_next(&w, &type, &body, &len)) > 0) {
			if (type == 'a')
				text_add(&got, body, len);
		}
		assert_int_equal(ret, 0);
	}
	assert_int_equal(type, 'b');
	assert_int_equal(got.len, sizeof(big));
	assert_memory_equal(got.s, big, sizeof(big));
	wire_free(&w);
	text_free(&t);
	text_free(&got);
}

static void damage_is_noticed(void **state)
{
	struct text t = { 0 };
	const char *body;
	size_t len;
	char type;

	(void)state;
	pipe_with('o', "what the command said", 21, &t);
	for (size_t i = 0; i < t.len; i++) {
		struct wire w = { 0 };
		int ret;

		t.s[i] ^= 1;
		wire_add(&w, t.s, t.len);
		ret = wire_next(&w, &type, &body, &len);
		/* The type itself is not summed: an unknown one is an error. */
		if (i == 0)
			assert_int_not_equal(type, 'o');
		else
			assert_int_not_equal(ret, 1);
		t.s[i] ^= 1;
		wire_free(&w);
	}
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(piece_by_piece, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(no_escape, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			nothing_is_replaced_nor_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lengths_that_lie, set_up,
						tear_down),
		cmocka_unit_test(same_initramfs),
		cmocka_unit_test_setup_teardown(digest_of_the_programs, set_up,
						tear_down),
		cmocka_unit_test(frames_in_any_pieces),
		cmocka_unit_test(damage_is_noticed),
	};

	top = realpath(".", NULL);
	if (tree_init(top))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
