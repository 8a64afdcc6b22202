// SPDX-License-Identifier: GPL-2.0-or-later
/* Members at offsets, of types made by hand */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "types.h"

#define INFO(kind, nr) ((uint32_t)(kind) << 24 | (nr))
#define FLAG (1u << 31)

static const char strings[] = "\0int\0big\0pair\0a\0b\0rest\0bits\0name\0t";
enum {
	S_INT = 1, S_BIG = 5, S_PAIR = 9, S_A = 14, S_B = 16, S_REST = 18,
	S_BITS = 23, S_NAME = 28, S_T = 33,
};

static const uint32_t type[] = {
	/* 1 */ S_INT, INFO(1, 0), 4, 32,
	/* 2 */ 0, INFO(3, 0), 0, 1, 1, 20,		/* int[20] */
	/* 3 */ S_PAIR, INFO(4, 2), 8, S_A, 1, 0, S_B, 1, 32,
	/* 4 */ 0, INFO(5, 2), 8, S_REST, 3, 0, S_T, 5, 0,	/* union */
	/* 5 */ 0, INFO(2, 0), 1,			/* int * */
	/* 6 */ S_T, INFO(8, 0), 7,			/* typedef of 7 */
	/* 7 */ 0, INFO(4, 2), 88, S_A, 2, 0, S_B, 3, 640,
	/* 8 */ S_BIG, INFO(4, 4) | FLAG, 112,
	S_PAIR, 3, 0, 0, 4, 64, S_BITS, 1, 3u << 24 | 129, S_NAME, 6, 192,
	/* 9 */ 0, INFO(2, 0), 8,			/* big * */
	/* 10 */ 0, INFO(13, 2), 0, S_A, 1, S_B, 9,	/* (int, big *) */
	/* 11 */ S_REST, INFO(12, 0), 10,
};

#define BIG_END (sizeof(type) / 4 - 3 - 7 - 3)	/* behind type 8 */

struct blob {
	uint16_t	magic;
	uint8_t		version, flags;
	uint32_t	hdr_len, type_off, type_len, str_off, str_len;
	uint32_t	type[sizeof(type) / 4];
	char		string[sizeof(strings)];
};

static struct blob make(void)
{
	struct blob b = {
		.magic = 0xeb9f, .version = 1,
		.hdr_len = offsetof(struct blob, type),
		.type_len = sizeof(type), .str_off = sizeof(b.type),
		.str_len = sizeof(strings),
	};

	memcpy(b.type, type, sizeof(type));
	memcpy(b.string, strings, sizeof(strings));
	return b;
}

static void is(const struct types *t, uint32_t off, const char *want)
{
	char buf[100];

	assert_string_equal(types_member(t, types_struct(t, "big"), off, buf,
					 sizeof(buf)), want);
}

static void test_members(void **state)
{
	struct blob b = make();
	struct types t;
	uint32_t big;

	(void)state;
	assert_int_equal(types_read(&t, &b, sizeof(b)), 0);
	big = types_struct(&t, "big");
	assert_int_equal(big, 8);
	assert_int_equal(types_struct(&t, "small"), 0);
	assert_int_equal(types_struct(&t, ""), 0);	/* 7 has no name */
	/* What is small is one; without a name it is looked into. */
	is(&t, 0, "pair");
	is(&t, 7, "pair");
	is(&t, 8, "rest");
	is(&t, 16, "bits");
	is(&t, 17, "");
	/* What is large is told apart. */
	is(&t, 24, "name.a");
	is(&t, 103, "name.a");
	is(&t, 104, "name.b");
	is(&t, 112, "");
	assert_int_equal(types_offset(&t, big, "name"), 24);
	assert_int_equal(types_offset(&t, big, "rest"), 8);
	assert_int_equal(types_offset(&t, big, "a"), -1);
	assert_int_equal(types_offset(&t, 0, "a"), -1);
	assert_string_equal(types_parameter(&t, "rest", 1, &big), "big");
	assert_int_equal(big, 112);
	assert_null(types_parameter(&t, "rest", 0, &big));
	assert_null(types_parameter(&t, "rest", 2, &big));
	assert_null(types_parameter(&t, "big", 0, &big));
	types_free(&t);
}

static void test_holder(void **state)
{
	struct blob b = make();
	struct types t;

	(void)state;
	assert_int_equal(types_read(&t, &b, sizeof(b)), 0);
	assert_string_equal(types_holder(&t, "pair", 88, 112), "big");
	assert_null(types_holder(&t, "pair", 112, 200));
	assert_null(types_holder(&t, "pair", 88, 111));
	/* Type 7, of 88 bytes, has one as well. */
	assert_null(types_holder(&t, "pair", 87, 112));
	assert_null(types_holder(&t, "big", 0, 1000));
	assert_null(types_holder(&t, "small", 0, 1000));
	types_free(&t);
}

static void test_broken(void **state)
{
	struct blob b = make();
	struct types t;

	(void)state;
	assert_int_equal(types_read(&t, &b, 20), -EINVAL);
	assert_int_equal(types_read(&t, &b, sizeof(b) - 8), -EINVAL);
	b.type[1] = INFO(20, 0);
	assert_int_equal(types_read(&t, &b, sizeof(b)), -EINVAL);
	b = make();
	b.type[5] = INFO(4, 60000);
	assert_int_equal(types_read(&t, &b, sizeof(b)), -EINVAL);
	b = make();
	b.string[sizeof(strings) - 1] = 'x';
	assert_int_equal(types_read(&t, &b, sizeof(b)), -EINVAL);
	/* A structure that is in itself, a name and a type that are nowhere. */
	b = make();
	b.type[BIG_END - 2] = 8;
	b.type[BIG_END - 3] = 5000;
	assert_int_equal(types_read(&t, &b, sizeof(b)), 0);
	is(&t, 50, "pair");
	is(&t, 16, "bits");
	types_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_holder),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
