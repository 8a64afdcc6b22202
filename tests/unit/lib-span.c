// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-span - which operations were beside others: known nothing, known something */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "span.h"

static struct spans of[2], other[2];

static int empty(void **state)
{
	(void)state;
	memset(of, 0, sizeof(of));
	memset(other, 0, sizeof(other));
	return 0;
}

static void test_none(void **state)
{
	(void)state;
	assert_true(isnan(span_share(of, 2, other, 2)));
	span_add(&of[0], 10, 20);
	assert_true(span_share(of, 2, other, 2) == 0);
	assert_true(span_share(of, 2, other, 0) == 0);
}

/* Ends touch: that is not beside. */
static void test_edges(void **state)
{
	(void)state;
	span_add(&of[0], 10, 20);
	span_add(&other[0], 0, 10);
	span_add(&other[1], 20, 30);
	assert_true(span_share(of, 1, other, 2) == 0);
	span_add(&other[1], 31, 40);
	span_add(&of[0], 39, 41);
	assert_true(span_share(of, 1, other, 2) == .5);
}

static void test_shapes(void **state)
{
	(void)state;
	span_add(&other[0], 100, 110);		/* inside of the first */
	span_add(&other[0], 200, 300);		/* around the second */
	span_add(&other[1], 205, 206);		/* inside of that */
	span_add(&other[1], 395, 405);		/* over the end of the third */
	span_add(&of[0], 90, 120);
	span_add(&of[0], 250, 260);
	span_add(&of[0], 390, 400);
	span_add(&of[1], 120, 190);		/* between */
	assert_true(span_share(of, 2, other, 2) == .75);
	assert_true(span_share(of, 1, other, 2) == 1);
	assert_true(span_share(&of[1], 1, other, 2) == 0);
}

/* Of what lies before all that is kept nothing is said. */
static void test_forgotten(void **state)
{
	(void)state;
	span_add(&of[0], 0, 5);		/* beside the first, if it were kept */
	span_add(&of[0], 10 * SPANS, 10 * SPANS + 5);
	for (uint64_t i = 0; i <= SPANS; i++)
		span_add(&other[0], 10 * i, 10 * i + 1);
	assert_true(span_share(of, 1, other, 1) == 1);
}

/* Two loops of which every fourth turn coincides. */
static void test_fourth(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 2000; i++)
		span_add(&of[0], 100 * i, 100 * i + 50);
	for (uint64_t i = 0; i < 500; i++)
		span_add(&other[0], 400 * i + 40, 400 * i + 90);
	assert_true(span_share(of, 1, other, 1) == .25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_none, empty),
		cmocka_unit_test_setup(test_edges, empty),
		cmocka_unit_test_setup(test_shapes, empty),
		cmocka_unit_test_setup(test_forgotten, empty),
		cmocka_unit_test_setup(test_fourth, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
