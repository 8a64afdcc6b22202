// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions made by hand, in two kernels: which of them are the same code? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "trace.h"

#define BASE 0xffffffff81000000ull
#define ROOM 8192
#define HEAD 16		/* of an image */

struct kernel {
	uint8_t		image[HEAD + ROOM];
	char		symbols[8192];
	struct code	code;
};

static struct kernel a, b;
static char why[200];

static void start(struct kernel *k)
{
	const uint64_t head[] = { TRACE_MAGIC, BASE };

	memset(k, 0, sizeof(*k));
	memcpy(k->image, head, sizeof(head));
	memset(k->image + HEAD, 0x90, ROOM);
}

static void symbol(struct kernel *k, uint64_t at, char type, const char *name)
{
	size_t n = strlen(k->symbols);

	snprintf(k->symbols + n, sizeof(k->symbols) - n, "%016llx %c %s\n",
		 (unsigned long long)at, type, name);
}

/* Function NAME at offset AT: BYTE, LEN of them. */
static void function(struct kernel *k, unsigned int at, const char *name,
		     const char *byte, size_t len)
{
	symbol(k, BASE + at, 't', name);
	memcpy(k->image + HEAD + at, byte, len);
}

/* OPCODE, a displacement to TO, what is behind it. */
static void refers(struct kernel *k, unsigned int at, const char *name,
		   const char *opcode, size_t op_len, uint64_t to,
		   const char *behind, size_t behind_len)
{
	uint8_t *p = k->image + HEAD + at;
	int32_t d = to - (BASE + at + op_len + 4 + behind_len);

	function(k, at, name, opcode, op_len);
	memcpy(p + op_len, &d, 4);
	memcpy(p + op_len + 4, behind, behind_len);
	p[op_len + 4 + behind_len] = 0xc3;
}

static enum code_verdict verdict(const char *fn)
{
	enum code_verdict v;

	assert_int_equal(code_parse(&a.code, a.symbols, a.image,
				    sizeof(a.image), why, sizeof(why)), 0);
	assert_int_equal(code_parse(&b.code, b.symbols, b.image,
				    sizeof(b.image), why, sizeof(why)), 0);
	v = code_compare(&a.code, &b.code, fn);
	code_free(&a.code);
	code_free(&b.code);
	return v;
}

/* fn at X in a and Y in b: a call of, or a datum at, TO_A and TO_B. */
static enum code_verdict two(const char *opcode, size_t op_len, uint64_t to_a,
			     uint64_t to_b, const char *behind, size_t len)
{
	static const struct { unsigned int at[2]; const char *name; } others[] = {
		{ { 0x800, 0x840 }, "callee" }, { { 0xa00, 0xa80 }, "other" },
	};

	start(&a);
	start(&b);
	refers(&a, 0x100, "fn", opcode, op_len, to_a, behind, len);
	refers(&b, 0x110, "fn", opcode, op_len, to_b, behind, len);
	function(&a, 0x180, "end", "\xc3", 1);
	function(&b, 0x190, "end", "\xc3", 1);
	for (size_t i = 0; i < 2; i++) {
		symbol(&a, BASE + others[i].at[0], 't', others[i].name);
		symbol(&b, BASE + others[i].at[1], 't', others[i].name);
	}
	symbol(&a, BASE + 0x1000, 'd', "datum");
	symbol(&b, BASE + 0x1020, 'd', "datum");
	symbol(&a, 0x1000, 'A', "per_cpu");
	symbol(&b, 0x1040, 'A', "per_cpu");
	return verdict("fn");
}

static void test_calls(void **state)
{
	(void)state;
	assert_int_equal(two("\xe8", 1, BASE + 0x800, BASE + 0x840, "", 0),
			 CODE_SAME);
	assert_int_equal(two("\xe8", 1, BASE + 0x800, BASE + 0xa80, "", 0),
			 CODE_CHANGED);
	assert_int_equal(two("\xe8", 1, BASE + 0x808, BASE + 0x84c, "", 0),
			 CODE_CHANGED);
}

static void test_data(void **state)
{
	(void)state;
	/* incl datum(%rip); cmpl $5,datum(%rip); movl $0x01020304,datum(%rip) */
	assert_int_equal(two("\xff\x05", 2, BASE + 0x1004, BASE + 0x1024, "",
			     0), CODE_SAME);
	assert_int_equal(two("\x83\x3d", 2, BASE + 0x1004, BASE + 0x1024,
			     "\x05", 1), CODE_SAME);
	assert_int_equal(two("\xc7\x05", 2, BASE + 0x1004, BASE + 0x1024,
			     "\x04\x03\x02\x01", 4), CODE_SAME);
	assert_int_equal(two("\x83\x3d", 2, BASE + 0x1004, BASE + 0x1028,
			     "\x05", 1), CODE_CHANGED);
	/* incl %gs:per_cpu(%rip) */
	assert_int_equal(two("\x65\xff\x05", 3, 0x1008, 0x1048, "", 0),
			 CODE_SAME);
	assert_int_equal(two("\x65\xff\x05", 3, 0x1008, 0x1050, "", 0),
			 CODE_CHANGED);
}

/* Bytes X of fn in a, Y in b; LEN of each. */
static enum code_verdict plain(const char *x, size_t nx, const char *y,
			       size_t ny)
{
	start(&a);
	start(&b);
	function(&a, 0x100, "fn", x, nx);
	function(&b, 0x200, "fn", y, ny);
	symbol(&a, BASE + 0x120, 't', "next");
	symbol(&b, BASE + 0x240, 't', "next");
	symbol(&a, BASE + 0x800, 'd', "datum");
	symbol(&b, BASE + 0x900, 'd', "datum");
	return verdict("fn");
}

static void test_bytes(void **state)
{
	(void)state;
	assert_int_equal(plain("\x31\xc0\xc3", 3, "\x31\xc0\xc3", 3),
			 CODE_SAME);
	/* Another register; one instruction more; another immediate. */
	assert_int_equal(plain("\x31\xc0\xc3", 3, "\x31\xc9\xc3", 3),
			 CODE_CHANGED);
	assert_int_equal(plain("\x31\xc0\xc3", 3, "\x90\x31\xc0\xc3", 4),
			 CODE_CHANGED);
	assert_int_equal(plain("\xb8\x10\0\0\0\xc3", 6, "\xb8\x20\0\0\0\xc3",
			       6), CODE_CHANGED);
	/* mov $datum+4,%rdi, sign-extended */
	assert_int_equal(plain("\x48\xc7\xc7\x04\x08\0\x81\xc3", 8,
			       "\x48\xc7\xc7\x04\x09\0\x81\xc3", 8), CODE_SAME);
	assert_int_equal(plain("\x48\xc7\xc7\x04\x08\0\x81\xc3", 8,
			       "\x48\xc7\xc7\x08\x09\0\x81\xc3", 8),
			 CODE_CHANGED);
	/* movabs of an address in memory, and of a number */
	assert_int_equal(plain("\x48\xb8\0\x10\x20\x01\x80\x88\xff\xff\xc3", 11,
			       "\x48\xb8\0\x30\x40\x01\x80\x88\xff\xff\xc3",
			       11), CODE_SAME);
	assert_int_equal(plain("\x48\xb8\0\x10\x20\x01\x80\0\0\0\xc3", 11,
			       "\x48\xb8\0\x30\x40\x01\x80\0\0\0\xc3", 11),
			 CODE_CHANGED);
}

static void test_names(void **state)
{
	(void)state;
	start(&a);
	start(&b);
	function(&a, 0x100, "fn", "\xc3", 1);
	function(&a, 0x110, "fn.cold", "\x31\xc0\xc3", 3);
	function(&a, 0x120, "gone", "\xc3", 1);
	function(&b, 0x100, "fn", "\xc3", 1);
	function(&b, 0x120, "fn.cold", "\x31\xc9\xc3", 3);
	function(&b, 0x130, "new", "\xc3", 1);
	assert_int_equal(verdict("fn"), CODE_CHANGED);
	start(&a);
	start(&b);
	function(&a, 0x120, "gone", "\xc3", 1);
	function(&b, 0x130, "new", "\xc3", 1);
	assert_int_equal(verdict("gone"), CODE_ONLY_A);
	start(&a);
	start(&b);
	function(&b, 0x130, "new", "\xc3", 1);
	function(&a, 0x130, "news", "\xc3", 1);
	assert_int_equal(verdict("new"), CODE_ONLY_B);
}

/* lea "string"(%rip): it has no symbol, and lies elsewhere. */
static void test_strings(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		start(&a);
		start(&b);
		refers(&a, 0x100, "fn", "\x48\x8d\x3d", 3, BASE + 0x1010, "", 0);
		refers(&b, 0x100, "fn", "\x48\x8d\x3d", 3, BASE + 0x1040, "", 0);
		memcpy(a.image + HEAD + 0x1010, "a text", 7);
		memcpy(b.image + HEAD + 0x1040, same ? "a text" : "a test", 7);
		symbol(&a, BASE + 0x180, 't', "next");
		symbol(&b, BASE + 0x180, 't', "next");
		assert_int_equal(verdict("fn"), same ? CODE_SAME :
				 CODE_CHANGED);
	}
}

/*
 * fn reads what lies at 0x1010 in a and at 0x1040 in b, has no symbol, and is
 * NR bytes X and Y; only read, or not.
 */
static enum code_verdict anonymous(const char *opcode, size_t op_len,
				   const void *x, const void *y, size_t nr,
				   bool only_read)
{
	struct kernel *k[] = { &a, &b };
	const unsigned int at[] = { 0x1010, 0x1040 };

	for (size_t i = 0; i < 2; i++) {
		start(k[i]);
		refers(k[i], 0x100, "fn", opcode, op_len, BASE + at[i], "", 0);
		memcpy(k[i]->image + HEAD + at[i], i ? y : x, nr);
		symbol(k[i], BASE + 0x180, 't', "next");
		if (only_read)
			symbol(k[i], BASE + 0x1000, 'D', "__start_rodata");
		symbol(k[i], BASE + 0x1800, 'R', "__end_rodata");
	}
	return verdict("fn");
}

/* As many bytes count as the instruction reads. */
static void test_constants(void **state)
{
	static const char x[8] = "\xff\0\1\2\3\4\5\6", y[8] = "\xff\0\xee";

	(void)state;
	/* movzwl, mov to a register of 32 and of 64 bits, of (%rip) */
	assert_int_equal(anonymous("\x0f\xb7\x15", 3, x, y, 8, true),
			 CODE_SAME);
	assert_int_equal(anonymous("\x8b\x15", 2, x, y, 8, true),
			 CODE_CHANGED);
	assert_int_equal(anonymous("\x48\x8b\x15", 3, x, x, 8, true),
			 CODE_SAME);
	assert_int_equal(anonymous("\x48\x8b\x15", 3, x, x, 8, false),
			 CODE_CHANGED);
}

/* jmp *table(,%rax,8), whose two cases lie at different places in memory. */
static enum code_verdict jumps(unsigned int one, unsigned int two)
{
	struct kernel *k[] = { &a, &b };
	const unsigned int at[] = { 0x1010, 0x1040 }, fn[] = { 0x100, 0x140 };

	for (size_t i = 0; i < 2; i++) {
		int32_t table = BASE + at[i];
		uint64_t to[] = { BASE + fn[i] + 7,
				  BASE + fn[i] + (i ? two : one) };

		start(k[i]);
		function(k[i], fn[i], "fn", "\xff\x24\xc5", 3);
		memcpy(k[i]->image + HEAD + fn[i] + 3, &table, 4);
		memcpy(k[i]->image + HEAD + at[i], to, sizeof(to));
		symbol(k[i], BASE + 0x180, 't', "next");
		symbol(k[i], BASE + 0x1000, 'D', "__start_rodata");
		symbol(k[i], BASE + 0x1800, 'R', "__end_rodata");
	}
	return verdict("fn");
}

static void test_jumps(void **state)
{
	(void)state;
	assert_int_equal(jumps(9, 9), CODE_SAME);
	assert_int_equal(jumps(9, 12), CODE_CHANGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_jumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
