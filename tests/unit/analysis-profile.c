// SPDX-License-Identifier: GPL-2.0-or-later
/* Folded stacks: what is on top of what, in words and in a picture */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "doc-form.h"
#include "mem.h"
#include "profile.h"

static const char first[] =
	"# lost 0%\n# clock cycles\n"
	"cpu;cloner;a;b;<c> 30\n"
	"cpu;cloner;a;b 10\n"
	"cpu;cloner;a;d;<c> 20\n"
	"cpu;attacher;z 7\n"
	"wait;cloner;call;do_it;schedule_timeout;schedule;__schedule 1500\n"
	"wait;cloner;call;schedule 500\n"
	"lock;cloner;READ|PERCPU;p;q;__percpu_down_read 250\n";
static const char second[] =
	"# lost 12.5%\n# clock cpu-clock\n"
	"cpu;cloner;a;b;<c> 40\n";

static void start(struct folds *all)
{
	char *text = mem_text("%s", first);

	memset(all, 0, sizeof(*all));
	assert_true(folds_add(all, text));
	free(text);
	text = mem_text("%s", second);
	assert_true(folds_add(all, text));
	free(text);
	folds_sort(all);
}

static void tops(void **state)
{
	struct folds all;
	struct doc d = { 0 };
	char *out;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	(void)state;
	start(&all);
	assert_int_equal(all.nr, 7);
	assert_true(all.lost == 12.5);
	assert_true(all.timer);
	folds_print(&all, "cloner", &d);
	doc_text(&d, f);
	doc_free(&d);
	fclose(f);
	/* <c> is 30 + 40 + 20 of 100, wherever it was called from. */
	assert_string_equal(out,
		"  on CPU, 100 samples:\n"
		"  share    function\n"
		"   90.0 %  <c>\n"
		"   10.0 %  b\n"
		"  asleep, 2.00 ms in all:\n"
		"  share    function\n"
		"   75.0 %  do_it < call\n"
		"   25.0 %  call\n"
		"  waiting for a lock, 250 us in all:\n"
		"  share    function\n"
		"  100.0 %  READ|PERCPU __percpu_down_read < q < p\n");
	free(out);
	folds_free(&all);
}

/* Width of the box of NAME in per mille of the picture, -1: it has none. */
static double wide(const char *svg, const char *name)
{
	char *want = mem_text("<g><title>%s ", name);
	const char *at = strstr(svg, want);
	double x, w = -1;

	if (at)
		at = strstr(at, "<rect x=\"");
	if (!at || sscanf(at, "<rect x=\"%lf\" y=\"%*[0-9]\" width=\"%lf\"",
			  &x, &w) != 2)
		w = -1;
	free(want);
	return w;
}

static void flame(void **state)
{
	unsigned int open = 0, closed = 0;
	struct folds all;
	char *svg;

	(void)state;
	start(&all);
	svg = folds_flame(&all, "cpu", "cloner");
	assert_non_null(svg);
	assert_true(wide(svg, "cloner") == 1000);
	assert_true(wide(svg, "a") == 1000);
	assert_true(wide(svg, "b") == 800);
	assert_true(wide(svg, "d") == 200);
	assert_true(wide(svg, "&lt;c&gt;") == 700);
	assert_true(wide(svg, "z") == -1);
	assert_null(strstr(svg, "<c>"));
	for (char *c = svg; (c = strstr(c, "<g>")); c++)
		open++;
	for (char *c = svg; (c = strstr(c, "</g>")); c++)
		closed++;
	assert_int_equal(open, 6);	/* cloner a b <c> d <c> */
	assert_int_equal(closed, 6);
	free(svg);
	assert_null(folds_flame(&all, "wait", "attacher"));
	folds_free(&all);
}

static void bad(void **state)
{
	static const char *const text[] = {
		"cpu;cloner;a", "cpu;cloner;a x\n", "cpu 3\n", "cpu;a -3\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		struct folds all = { 0 };
		char *copy = mem_text("%s", text[i]);

		assert_false(folds_add(&all, copy));
		folds_free(&all);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tops),
		cmocka_unit_test(flame),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
