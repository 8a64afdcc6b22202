// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-opt - one table: what it takes, what it refuses, what it says */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "err.h"
#include "opt.h"

static unsigned long number;
static double seconds;
static int colour;
static const char *cpus, *word, *file, *words;
static bool flag;

static const struct opt table[] = {
	{ "number", OPT_UINT, &number, "3", "1..100", "a number" },
	{ "seconds", OPT_TIME, &seconds, "0.5", "0..10", "some seconds" },
	{ "colour", OPT_CHOICE, &colour, "red", "red green blue", "a colour" },
	{ "cpus", OPT_CPUS, &cpus, "", NULL, "some CPUs" },
	{ "word", OPT_WORD, &word, "v2", NULL, "a word" },
	{ "file", OPT_PATH, &file, NULL, NULL, "a file" },
	{ "text", OPT_TEXT, &words, NULL, NULL, "some text" },
	{ "flag", OPT_FLAG, &flag, NULL, NULL, "a flag" },
	OPT_END
};

static const struct opt_prog prog = {
	.name = "prog", .summary = "a program", .usage = "[OPTION]...",
	.tables = { table, NULL },
};

static int parse(int n, const char **args)
{
	char *argv[16] = { (char *)"prog" };

	for (int i = 0; i < n; i++)
		argv[i + 1] = (char *)args[i];
	return opt_parse(&prog, n + 1, argv);
}

#define PARSE(...) parse(sizeof((const char *[]){ __VA_ARGS__ }) / \
	sizeof(char *), (const char *[]){ __VA_ARGS__ })

/* What the program says about it must not disturb the test's output. */
static int quiet(void **state)
{
	(void)state;
	return !freopen("/dev/null", "w", stderr);
}

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(parse(0, NULL), 1);
	assert_int_equal(number, 3);
	assert_true(seconds == 0.5);
	assert_int_equal(colour, 0);
	assert_string_equal(word, "v2");
	assert_null(file);
	assert_false(flag);
}

static void values(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--number", "100", "--seconds=1e-3", "--flag",
			       "--colour", "blue", "--cpus", "0,2-3",
			       "--text", "a 'b'; $(c)~", "rest"), 11);
	assert_int_equal(number, 100);
	assert_true(seconds == 0.001);
	assert_int_equal(colour, 2);
	assert_string_equal(cpus, "0,2-3");
	assert_string_equal(words, "a 'b'; $(c)~");
	assert_true(flag);
}

static void refused(void **state)
{
	static const char *const bad[][2] = {
		{ "--number", "" }, { "--number", "0" }, { "--number", "101" },
		{ "--number", "-1" }, { "--number", "1x" }, { "--number", " 1" },
		{ "--number", "99999999999999999999999" },
		{ "--number", "0x10" }, { "--number", "+4" },
		{ "--seconds", "nan" }, { "--seconds", "inf" },
		{ "--seconds", "-1" }, { "--seconds", "10.1" },
		{ "--seconds", "1..2" }, { "--seconds", "0x1" },
		{ "--seconds", "" }, { "--seconds", "1e999" },
		{ "--colour", "gre" }, { "--colour", "" },
		{ "--colour", "red green" },
		{ "--cpus", "1," }, { "--cpus", "3-1" }, { "--cpus", "a" },
		{ "--cpus", "0-99999999" }, { "--cpus", "1--2" },
		{ "--word", "a b" }, { "--word", "" }, { "--word", "a/b" },
		{ "--word", "$(id)" }, { "--text", "a\nb" },
		{ "--text", "\xc3\xa4" }, { "--text", "\x7f" },
		{ "--unknown", "1" }, { "--numbe", "1" }, { "-n", "1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(PARSE(bad[i][0], bad[i][1]), -EINVAL);
	assert_int_equal(PARSE("--number"), -EINVAL);
	assert_int_equal(PARSE("--flag=no"), -EINVAL);
}

static void reasons_name_what_would_be_right(void **state)
{
	char why[256];

	(void)state;
	assert_int_equal(opt_set(&table[2], "pink", why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "colour: 'pink'"));
	assert_non_null(strstr(why, "red green blue"));
	assert_int_equal(opt_set(&table[0], "0", why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "1..100"));
}

static void shown_as_typed(void **state)
{
	char buf[64];

	(void)state;
	PARSE("--seconds", "0.005", "--colour", "green");
	assert_string_equal(opt_show(&table[1], buf, sizeof(buf)), "0.005");
	assert_string_equal(opt_show(&table[2], buf, sizeof(buf)), "green");
	assert_string_equal(opt_show(&table[0], buf, sizeof(buf)), "3");
}

/* Neither a value nor what is said of one is cut without a word. */
static void long_words_are_whole(void **state)
{
	char buf[OPT_SHOW], why[64], value[600];
	const char *to = NULL;
	const struct opt of_word = { "w", OPT_WORD, &to, NULL, NULL, "" };
	const struct opt of_number = {
		"n", OPT_UINT, &(unsigned long){ 0 }, "0", NULL, ""
	};

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(opt_set(&of_word, value, why, sizeof(why)), 0);
	assert_string_equal(opt_show(&of_word, buf, sizeof(buf)), value);
	assert_int_equal(opt_set(&of_number, value, why, sizeof(why)), -EINVAL);
	assert_string_equal(why + strlen(why) - 8, "xx [...]");
	assert_int_equal(err_text(why, sizeof(why), "%s", "whole"), 5);
	assert_string_equal(why, "whole");
	assert_int_equal(err_text(why, 4, "%s", value), 3);
}

static void checking_stores_nothing(void **state)
{
	char why[256];

	(void)state;
	parse(0, NULL);
	assert_int_equal(opt_check(&table[0], "77", why, sizeof(why)), 0);
	assert_int_equal(number, 3);
}

static void help_has_every_option_in_72_columns(void **state)
{
	char text[8192] = "", name[32];
	FILE *f = fmemopen(text, sizeof(text), "w");

	(void)state;
	opt_help(&prog, f);
	fclose(f);
	for (const struct opt *o = table; o->name; o++) {
		snprintf(name, sizeof(name), "--%s", o->name);
		assert_non_null(strstr(text, name));
		assert_non_null(strstr(text, o->help));
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 72);
}

static void cpu_lists(void **state)
{
	unsigned int cpu[8];
	char list[32];

	(void)state;
	assert_int_equal(cpus_parse("0,2-4", cpu, 8), 4);
	assert_int_equal(cpu[3], 4);
	assert_string_equal(cpus_show(cpu, 4, list, sizeof(list)), "0,2-4");
	assert_int_equal(cpus_parse("0-7", cpu, 3), 3);
	assert_null(cpus_show(cpu, 3, list, 3));
	assert_true(cpus_allowed(cpu, 8) >= 1);
	assert_int_equal(cpus_pin(cpu[0]), 0);
	assert_int_equal(cpus_pin(CPUS_MAX), -ERANGE);
	assert_int_equal(cpus_pin(CPUS_MAX - 1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values),
		cmocka_unit_test(refused),
		cmocka_unit_test(reasons_name_what_would_be_right),
		cmocka_unit_test(shown_as_typed),
		cmocka_unit_test(long_words_are_whole),
		cmocka_unit_test(checking_stores_nothing),
		cmocka_unit_test(help_has_every_option_in_72_columns),
		cmocka_unit_test(cpu_lists),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
