// SPDX-License-Identifier: GPL-2.0-or-later
/* common-conf - configs: what is understood, what is refused, and how */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"
#include "../runner/said.h"

#define HEAD "[question]\ntitle = T\n"

static int parse(struct conf *c, const char *text, size_t len)
{
	FILE *f = fmemopen((void *)text, len, "r");
	int ret;

	said_begin();
	ret = conf_read(c, "q.conf", "q", f);
	said_end();
	fclose(f);
	return ret;
}

static void test_good(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# Why? Because; = [x]\n"
		"[question]\r\n"
		"title = What does it cost, and\n"
		"  to whom?\n"
		"repeat = 10\n"
		"seconds = 2.5\n"
		"\n"
		"[attach size]\n"
		"threads = 1 10\n"
		"\t100\n"
		"# in between\n"
		"  1000  10000\n"
		"hierarchy=v2\n"
		"[null floor]\n"
		"[attach size]\n"
		"threads: 7\n";
	struct conf c;

	(void)state;
	assert_int_equal(parse(&c, text, strlen(text)), 0);
	assert_string_equal(said_text, "");
	assert_string_equal(c.title, "What does it cost, and to whom?");
	assert_int_equal(c.repeat, 10);
	assert_true(c.seconds == 2.5);
	assert_int_equal(c.nr, 3);
	assert_string_equal(c.sections[0].bench, "attach");
	assert_string_equal(c.sections[0].part, "size");
	assert_int_equal(c.sections[0].line, 8);
	assert_int_equal(c.sections[0].nr, 2);
	assert_int_equal(c.sections[0].keys[0].line, 9);
	assert_int_equal(c.sections[0].keys[0].values.nr, 5);
	assert_string_equal(c.sections[0].keys[0].values.v[4], "10000");
	/* A section without a key is a point, too: all defaults. */
	assert_string_equal(c.sections[1].bench, "null");
	assert_int_equal(c.sections[1].nr, 0);
	assert_string_equal(c.sections[2].keys[0].values.v[0], "7");
	conf_free(&c);
}

static void test_defaults(void **state)
{
	struct conf c;

	(void)state;
	assert_int_equal(parse(&c, HEAD "[a b]\n", strlen(HEAD "[a b]\n")), 0);
	assert_int_equal(c.repeat, 1);
	assert_true(c.seconds == 0);
	conf_free(&c);
}

static void test_bad(void **state)
{
	static const struct { const char *text, *said; } bad[] = {
		{ "", "q.conf:1: the [question] section is missing" },
		{ "[a b]\n", "q.conf:1: the [question] section is missing" },
		{ "[question]\n", "q.conf:1: title: is missing" },
		{ "\n[question]\ntitle =\n[a b]\n", "q.conf:2: title: is missing" },
		{ HEAD, "q.conf:2: plans nothing" },
		{ HEAD "colour = red\n", "q.conf:3: colour: unknown in "
		  "[question]; known: title repeat seconds" },
		{ HEAD "repeat = 0\n", "q.conf:3: repeat: '0' is not a whole "
		  "number in 1..10000" },
		{ HEAD "repeat = 2\nrepeat = 3\n", "q.conf:4: repeat: given twice" },
		{ HEAD "seconds = soon\n", "q.conf:3: seconds: 'soon' is not" },
		{ HEAD "[question]\n", "q.conf:3: [question] was already in "
		  "line 1" },
		/* libinih takes a mark off, too: two hid a section from us. */
		{ "\xef\xbb\xbf\xef\xbb\xbf[x y]\ntitle = T\n",
		  "q.conf:2: the [question] section is missing" },
		{ "\xef\xbb\xbf\xef\xbb\xbf[questi?n]\ntitle = T\n",
		  "q.conf:1: [questi?n] is neither" },
		{ "title = T\n", "q.conf:1: title: stands before the first" },
		{ HEAD "[attach]\n", "q.conf:3: [attach] is neither" },
		{ HEAD "[a b c]\n", "q.conf:3: [a b c] is neither" },
		{ HEAD "[../x b]\n", "q.conf:3: [../x b] is neither" },
		{ HEAD "[a b\n", "q.conf:3: a section is [BENCH PART]" },
		{ HEAD "[a b] x\n", "q.conf:3: a section is [BENCH PART]" },
		{ HEAD "  [a b]\n", "q.conf:3: a section starts in the first" },
		{ HEAD "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbb]\n",
		  "q.conf:3: a section name has at most 49 characters" },
		{ HEAD "[a b]\nx\n", "q.conf:4: a line is KEY = VALUE" },
		{ HEAD "[a b]\n= 3\n", "q.conf:4: a line is KEY = VALUE" },
		{ HEAD "[a b]\nx =\n", "q.conf:4: x: a value is missing" },
		{ HEAD "[a b]\nx = 1\n\nx = 2\n", "q.conf:6: x: already in "
		  "line 4" },
		{ HEAD "[a b]\nx = 1 ; one\n", "q.conf:4: a comment goes on" },
		{ HEAD "[a b]\nx = \x01\n", "q.conf:4: column 5: not text" },
		{ HEAD "[a b]\nx = \xff\n", "q.conf:4: column 5: not text" },
		{ HEAD "[a b]\n# \xc0\x80\n", "q.conf:4: column 3: not text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct conf c;

		assert_int_equal(parse(&c, bad[i].text,
				       strlen(bad[i].text) + !*bad[i].text),
				 -22);
		if (*bad[i].text && !strstr(said_text, bad[i].said))
			fail_msg("said %s instead of %s", said_text,
				 bad[i].said);
		/* One line, always. */
		assert_ptr_equal(strchr(said_text, '\n'),
				 said_text + strlen(said_text) - 1);
		conf_free(&c);
	}
}

static void test_nul(void **state)
{
	static const char text[] = HEAD "[a b]\nx = 1\0 2\n";
	struct conf c;

	(void)state;
	assert_int_equal(parse(&c, text, sizeof(text) - 1), -22);
	assert_non_null(strstr(said_text, "q.conf:4: column 6: not text"));
	conf_free(&c);
}

/* libinih would cut it, and plan half of a number. */
static void test_long_line(void **state)
{
	struct conf c;
	char *text;

	(void)state;
	for (int n = 1; n < 400; n++) {
		size_t len;
		int ret;

		text = malloc(1000);
		len = sprintf(text, HEAD "[a b]\nx =%*s7\ny = 1\n", n, "");
		ret = parse(&c, text, len);
		if (ret) {
			assert_non_null(strstr(said_text, "q.conf:4: "));
			assert_non_null(strstr(said_text, "too many for a line"));
			assert_true(n > 70);
		} else {
			assert_string_equal(c.sections[0].keys[0].values.v[0],
					    "7");
			assert_int_equal(c.sections[0].nr, 2);
			assert_true(n < 390);
		}
		conf_free(&c);
		free(text);
	}
	/* Prose may be as wide as it likes. */
	text = malloc(3000);
	sprintf(text, "# %01000d\n" HEAD "[a b]\n", 7);
	assert_int_equal(parse(&c, text, strlen(text)), 0);
	conf_free(&c);
	free(text);
}

static void test_open(void **state)
{
	struct conf c;

	(void)state;
	said_begin();
	assert_int_equal(conf_open(&c, "/nowhere/q.conf"), -22);
	said_end();
	assert_non_null(strstr(said_text, "/nowhere/q.conf: No such file"));
	conf_free(&c);
	said_begin();
	assert_int_equal(conf_open(&c, "/tmp"), -22);
	said_end();
	assert_non_null(strstr(said_text, "Is a directory"));
	conf_free(&c);
	said_begin();
	assert_int_equal(conf_open(&c, "/tmp/a b.conf"), -22);
	said_end();
	assert_non_null(strstr(said_text, "the name of a question"));
	conf_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
