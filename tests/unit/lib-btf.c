// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-btf - sizes of structures, of types made by hand and of this kernel */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "btf.h"

#define INFO(kind, nr) ((uint32_t)(kind) << 24 | (nr))
#define WORDS	64

static const char strings[] = "\0int\0pair\0pairs\0un\0en";
enum { S_INT = 1, S_PAIR = 5, S_PAIRS = 10, S_UN = 16, S_EN = 19 };

struct blob {
	uint16_t	magic;
	uint8_t		version, flags;
	uint32_t	hdr_len, type_off, type_len, str_off, str_len;
	uint32_t	more;			/* of a later version */
	uint32_t	type[WORDS];
	char		string[sizeof(strings)];
};

/* One of each kind that has a tail of another length, then two structures. */
static struct blob make(void)
{
	static const uint32_t type[] = {
		S_INT, INFO(1, 0), 4, 32,		/* INT */
		0, INFO(2, 0), 1,			/* PTR */
		0, INFO(3, 0), 0, 1, 1, 4,		/* ARRAY */
		S_PAIR, INFO(5, 1), 99, 0, 1, 0,	/* UNION pair */
		S_EN, INFO(6, 2), 4, 0, 1, 0, 2,	/* ENUM */
		S_PAIR, INFO(7, 0), 0,			/* FWD pair */
		0, INFO(13, 1), 0, 0, 1,		/* FUNC_PROTO */
		S_EN, INFO(19, 1), 8, 0, 1, 2,		/* ENUM64 */
		S_PAIRS, INFO(4, 0), 24,		/* STRUCT pairs */
		S_PAIR, INFO(4, 2) | 1u << 31, 12,	/* with bit-fields */
		0, 1, 0, 0, 1, 32,
	};
	struct blob b = {
		.magic = 0xeb9f, .version = 1, .hdr_len = offsetof(struct blob,
								   type),
		.type_len = sizeof(type), .str_off = sizeof(b.type),
		.str_len = sizeof(strings),
	};

	_Static_assert(sizeof(type) <= sizeof(b.type), "room");
	memcpy(b.type, type, sizeof(type));
	memcpy(b.string, strings, sizeof(strings));
	return b;
}

static void test_made(void **state)
{
	struct blob b = make();

	(void)state;
	assert_int_equal(btf_find(&b, sizeof(b), "pair"), 12);
	assert_int_equal(btf_find(&b, sizeof(b), "pairs"), 24);
	assert_int_equal(btf_find(&b, sizeof(b), "pai"), -ENOENT);
	assert_int_equal(btf_find(&b, sizeof(b), "int"), -ENOENT);
	assert_int_equal(btf_find(&b, sizeof(b), "en"), -ENOENT);
}

/* Cut short anywhere, in memory of exactly that size: nothing but an error. */
static void test_cut(void **state)
{
	struct blob b = make();

	(void)state;
	for (size_t len = 0; len < offsetof(struct blob, string) +
	     sizeof(strings); len++) {
		void *part = malloc(len + 1);

		memcpy(part, &b, len);
		assert_int_equal(btf_find(part, len, "pair"), -EINVAL);
		free(part);
	}
	b.type_len -= 4;
	assert_int_equal(btf_find(&b, sizeof(b), "pair"), -EINVAL);
	b = make();
	b.type_off = UINT32_MAX;
	assert_int_equal(btf_find(&b, sizeof(b), "pair"), -EINVAL);
	b = make();
	b.str_len = S_PAIR + 4;		/* without its end */
	assert_int_equal(btf_find(&b, sizeof(b), "pair"), -ENOENT);
}

static void test_foreign(void **state)
{
	struct blob b = make();

	(void)state;
	b.magic = 0x9feb;
	assert_int_equal(btf_find(&b, sizeof(b), "pair"), -EINVAL);
	b = make();
	b.version = 2;
	assert_int_equal(btf_find(&b, sizeof(b), "pair"), -EINVAL);
	b = make();
	b.type[1] = INFO(20, 0);	/* a kind that nobody knows yet */
	assert_int_equal(btf_find(&b, sizeof(b), "pair"), -EINVAL);
	assert_int_equal(btf_struct_size("/proc/self/comm", "pair"), -EINVAL);
	assert_int_equal(btf_struct_size("/nonexistent", "pair"), -ENOENT);
}

static void test_kernel(void **state)
{
	(void)state;
	if (access(BTF_KERNEL, R_OK))
		skip();
	assert_int_equal(btf_struct_size(BTF_KERNEL, "list_head"),
			 2 * sizeof(void *));
	assert_true(btf_struct_size(BTF_KERNEL, "signal_struct") >
		    btf_struct_size(BTF_KERNEL, "rw_semaphore"));
	assert_int_equal(btf_struct_size(BTF_KERNEL, "no_such_struct"),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
