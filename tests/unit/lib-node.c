// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory by node: what is bound lies there, and what does not is found out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node.h"

/* Node of the page at P, by trying them all. */
static int node_of(const void *p)
{
	char list[12], why[200];

	for (int i = 0; i < 1024; i++) {
		snprintf(list, sizeof(list), "%d", i);
		if (!node_check(getpid(), p, list, why, sizeof(why)))
			return i;
	}
	return -1;
}

static void test_check(void **state)
{
	char why[200], *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char list[40], want[80];
	int node;

	(void)state;
	assert_int_equal(node_check(getpid(), page, "0-1023", why, sizeof(why)),
			 1);
	assert_non_null(strstr(why, "cannot be asked"));	/* not touched */
	*page = 1;
	assert_int_equal(node_check(getpid(), page, "0-1023", why, sizeof(why)),
			 0);
	node = node_of(page);
	assert_true(node >= 0);
	snprintf(list, sizeof(list), "%d-1023", node + 1);
	snprintf(want, sizeof(want), "memory on node %d, not on %s", node, list);
	assert_int_equal(node_check(getpid(), page, list, why, sizeof(why)), 1);
	assert_string_equal(why, want);
	munmap(page, 4096);
}

static void test_missing(void **state)
{
	int here = 1;
	char list[12];

	(void)state;
	snprintf(list, sizeof(list), "%d", node_of(&here));
	assert_null(node_missing(list));
	assert_string_equal(node_missing("1024"), "memory: nodes beyond 1023");
	assert_true(node_bind("1024") < 0);
	if (node_missing("1023"))
		assert_true(node_bind("1023") < 0);
}

/* The last node that has memory: not where it would be anyway, if it can. */
static void test_bind(void **state)
{
	char list[12], *page, *before = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int node = 1023;

	(void)state;
	*before = 1;
	do
		snprintf(list, sizeof(list), "%d", node);
	while (node_missing(list) && node--);
	assert_true(node >= 0);
	assert_int_equal(node_bind(list), 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*page = 1;
	assert_int_equal(node_of(page), node);
	/* What was there before has come along. */
	assert_int_equal(node_of(before), node);
	munmap(page, 4096);
	munmap(before, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_bind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
