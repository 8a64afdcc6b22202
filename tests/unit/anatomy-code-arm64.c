// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions of arm64 made by hand, in two kernels: which are the same code? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "code.h"
#include "trace.h"

#define BASE 0xffff800080000000ull
#define ROOM (16 * 4096)
#define HEAD 16		/* of an image */

#define NOP 0xd503201fu
#define RET 0xd65f03c0u

/* What is called and read: it lies elsewhere in the second kernel. */
enum { CALLEE, OTHER, DATUM, NEAR, NR };
static const uint64_t place[2][NR] = {
	{ BASE + 0x2000, BASE + 0x2100, BASE + 0x5010, BASE + 0x5020 },
	{ BASE + 0x2040, BASE + 0x2180, BASE + 0x7ff0, BASE + 0x8000 },
};
static const char *const name[NR] = { "callee", "other", "datum", "near" };

struct kernel {
	uint8_t		image[HEAD + ROOM];
	char		symbols[4096];
	struct code	code;
	uint64_t	at;	/* of the next instruction */
	int		nr;	/* 0 or 1 */
};

static struct kernel two[2];

static void symbol(struct kernel *k, uint64_t at, char type, const char *of)
{
	size_t n = strlen(k->symbols);

	snprintf(k->symbols + n, sizeof(k->symbols) - n, "%016llx %c %s\n",
		 (unsigned long long)at, type, of);
}

/* fn is in both, from AT[] on. */
static void start(uint64_t at_a, uint64_t at_b)
{
	const uint64_t head[] = { TRACE_MAGIC_LINK, BASE };

	for (int i = 0; i < 2; i++) {
		struct kernel *k = &two[i];

		memset(k, 0, sizeof(*k));
		memcpy(k->image, head, sizeof(head));
		k->nr = i;
		k->at = BASE + (i ? at_b : at_a);
		symbol(k, k->at, 't', "fn");
		for (int s = 0; s < NR; s++)
			symbol(k, place[i][s], s < DATUM ? 't' : 'd', name[s]);
		symbol(k, BASE + 0xc000, 'D', "__start_rodata");
		symbol(k, BASE + 0xf000, 'D', "__end_rodata");
	}
}

static void put(struct kernel *k, uint32_t w)
{
	memcpy(k->image + HEAD + (k->at - BASE), &w, sizeof(w));
	k->at += sizeof(w);
}

static void both(uint32_t w)
{
	put(&two[0], w);
	put(&two[1], w);
}

/* --- an assembler -------------------------------------------------------- */

static uint32_t imm19(uint32_t w, uint64_t from, uint64_t to)
{
	return w | (((to - from) / 4 & 0x7ffff) << 5);
}

static uint32_t b(uint32_t w, uint64_t from, uint64_t to)	/* or bl */
{
	return w | ((to - from) / 4 & 0x3ffffff);
}

static uint32_t adrp(unsigned int rd, uint64_t from, uint64_t to)
{
	uint64_t pages = (to >> 12) - (from >> 12);

	return 0x90000000 | (pages & 3) << 29 | (pages >> 2 & 0x7ffff) << 5 | rd;
}

static uint32_t adr(unsigned int rd, uint64_t from, uint64_t to)
{
	uint64_t by = to - from;

	return 0x10000000 | (by & 3) << 29 | (by >> 2 & 0x7ffff) << 5 | rd;
}

static uint32_t add(unsigned int rd, unsigned int rn, uint64_t by)
{
	return 0x91000000 | (by & 0xfff) << 10 | rn << 5 | rd;
}

static uint32_t ldr(unsigned int rt, unsigned int rn, uint64_t by)
{
	return 0xf9400000 | (by & 0xfff) >> 3 << 10 | rn << 5 | rt;
}

static uint32_t mov(unsigned int rd, unsigned int part, uint64_t value)
{
	return (part ? 0xf2800000 : 0xd2800000) | part << 21 |
	       (uint32_t)(value >> 16 * part & 0xffff) << 5 | rd;
}

/* --- one case each ------------------------------------------------------- */

static void parse(void)
{
	char why[200];

	for (int i = 0; i < 2; i++) {
		symbol(&two[i], two[i].at, 't', "next");
		assert_int_equal(code_parse(&two[i].code, two[i].symbols,
					    two[i].image, sizeof(two[i].image),
					    why, sizeof(why)), 0);
	}
}

static enum code_verdict verdict(void)
{
	enum code_verdict v;

	parse();
	v = code_compare(&two[0].code, &two[1].code, "fn");
	code_free(&two[0].code);
	code_free(&two[1].code);
	return v;
}

/* bl to A in one, to B in the other. */
static enum code_verdict calls(uint64_t to_a, uint64_t to_b)
{
	start(0x100, 0x234);
	put(&two[0], b(0x94000000, two[0].at, to_a));
	put(&two[1], b(0x94000000, two[1].at, to_b));
	both(RET);
	return verdict();
}

static void test_calls(void **state)
{
	(void)state;
	assert_int_equal(calls(place[0][CALLEE], place[1][CALLEE]), CODE_SAME);
	assert_int_equal(calls(place[0][CALLEE], place[1][OTHER]), CODE_CHANGED);
	assert_int_equal(calls(place[0][CALLEE] + 8, place[1][CALLEE] + 12),
			 CODE_CHANGED);
	/* The same bytes are not the same: they lead elsewhere. */
	assert_int_equal(calls(place[0][CALLEE], place[0][CALLEE] + 0x134),
			 CODE_CHANGED);
}

/* cbz, b.cond, tbz forwards inside of fn, BY and TOO. */
static enum code_verdict jumps(uint64_t by, uint64_t too)
{
	start(0x100, 0x234);
	for (int i = 0; i < 2; i++) {
		struct kernel *k = &two[i];
		uint64_t to = k->at + (i ? too : by);

		put(k, imm19(0xb4000000, k->at, to));
		put(k, imm19(0x54000001, k->at, to));
		put(k, 0x36180000 | (to - k->at) / 4 << 5);
	}
	for (int i = 0; i < 4; i++)
		both(0x8b020020);	/* add x0, x1, x2 */
	both(RET);
	return verdict();
}

static void test_jumps(void **state)
{
	(void)state;
	assert_int_equal(jumps(16, 16), CODE_SAME);
	assert_int_equal(jumps(16, 20), CODE_CHANGED);
}

/* adrp, and add or ldr, of SYMBOL and BY. */
static enum code_verdict data(bool load, int symbol_a, uint64_t by,
			      int symbol_b, uint64_t too)
{
	start(0x100, 0x234);
	for (int i = 0; i < 2; i++) {
		uint64_t to = place[i][i ? symbol_b : symbol_a] +
			      (i ? too : by);

		put(&two[i], adrp(3, two[i].at, to));
		put(&two[i], load ? ldr(0, 3, to) : add(3, 3, to));
	}
	both(RET);
	return verdict();
}

static void test_data(void **state)
{
	(void)state;
	for (int load = 0; load < 2; load++) {
		assert_int_equal(data(load, DATUM, 0, DATUM, 0), CODE_SAME);
		assert_int_equal(data(load, DATUM, 8, DATUM, 8), CODE_SAME);
		assert_int_equal(data(load, DATUM, 0, DATUM, 8), CODE_CHANGED);
		assert_int_equal(data(load, DATUM, 0, NEAR, 0), CODE_CHANGED);
		/* Pages of other symbols, the same rest. */
		assert_int_equal(data(load, NEAR, 0, NEAR, 0), CODE_SAME);
	}
	/* Equal bytes of both, and another page by where fn is. */
	start(0x100, 0x1100);
	for (int i = 0; i < 2; i++) {
		put(&two[i], adrp(0, BASE + 0x100, place[0][DATUM]));
		put(&two[i], ldr(0, 0, place[0][DATUM]));
	}
	both(RET);
	assert_int_equal(verdict(), CODE_CHANGED);
}

/* Behind the sum of a page and its rest, another distance is from that. */
static void test_sum(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		start(0x100, 0x234);
		for (int i = 0; i < 2; i++) {
			uint64_t to = place[i][DATUM], from = to - 16 * i;

			put(&two[i], adrp(0, two[i].at, from));
			put(&two[i], add(0, 0, from));
			put(&two[i], ldr(1, 0, i ? 16 + 8 * !same : 0));
		}
		both(RET);
		/* An anchor in the second, not the datum itself. */
		assert_int_equal(verdict(), CODE_CHANGED);
		start(0x100, 0x234);
		for (int i = 0; i < 2; i++) {
			put(&two[i], adrp(0, two[i].at, place[i][DATUM]));
			put(&two[i], add(0, 0, place[i][DATUM]));
			put(&two[i], ldr(1, 0, i && !same ? 16 : 8));
		}
		both(RET);
		assert_int_equal(verdict(), same ? CODE_SAME : CODE_CHANGED);
	}
}

/* Instructions X and Y of fn, each followed by a return. */
static enum code_verdict plain(uint32_t x, uint32_t y)
{
	start(0x100, 0x234);
	put(&two[0], x);
	put(&two[1], y);
	both(RET);
	return verdict();
}

static void test_plain(void **state)
{
	(void)state;
	assert_int_equal(plain(add(0, 1, 16), add(0, 1, 16)), CODE_SAME);
	assert_int_equal(plain(add(0, 1, 16), add(0, 1, 24)), CODE_CHANGED);
	assert_int_equal(plain(add(0, 1, 16), add(0, 2, 16)), CODE_CHANGED);
	assert_int_equal(plain(ldr(0, 1, 16), ldr(0, 1, 24)), CODE_CHANGED);
	assert_int_equal(plain(mov(0, 0, 1), mov(0, 0, 2)), CODE_CHANGED);
	/* cbz x0 and x1, to the same place. */
	assert_int_equal(plain(0xb4000020, 0xb4000021), CODE_CHANGED);
	/* adrp to x0 and x1 */
	assert_int_equal(plain(0xb0000000, 0xb0000001), CODE_CHANGED);
	/* A static key that is on in one of them: nop and b. */
	assert_int_equal(plain(NOP, 0x14000001), CODE_CHANGED);
}

/* N NOPs more at the start of fn are found, and only there. */
static void test_nops(void **state)
{
	(void)state;
	for (int n = 0; n < 3; n++) {
		start(0x100, 0x234);
		for (int i = 0; i < n; i++)
			put(&two[1], NOP);
		both(0x8b020020);
		both(RET);
		/* What is behind it is no part of it. */
		put(&two[0], NOP);
		assert_int_equal(verdict(), n ? CODE_CHANGED : CODE_SAME);
	}
}

/*
 * adrp to x19, and a use of it behind CLOBBER, or, AWAY, behind a return;
 * what is used is a symbol each.
 */
static enum code_verdict far(uint32_t clobber, bool away, int a, int b_)
{
	start(0x100, 0x234);
	for (int i = 0; i < 2; i++) {
		uint64_t to = place[i][i ? b_ : a];

		put(&two[i], adrp(19, two[i].at, to));
		put(&two[i], clobber);
		put(&two[i], away ? RET : NOP);
		put(&two[i], ldr(0, 19, to));
	}
	both(RET);
	return verdict();
}

static void test_registers(void **state)
{
	const uint32_t restores = 0xa94153f3;	/* ldp x19, x20, [sp, #16] */
	const uint32_t swapped = 0xa9414ff4;	/* ldp x20, x19, [sp, #16] */
	const uint32_t call = 0xd63f0020;	/* blr x1 */

	(void)state;
	assert_int_equal(far(NOP, false, DATUM, DATUM), CODE_SAME);
	assert_int_equal(far(call, false, DATUM, DATUM), CODE_SAME);
	/* No page any more: these are members of two structs. */
	assert_int_equal(far(restores, false, DATUM, DATUM), CODE_CHANGED);
	assert_int_equal(far(swapped, false, DATUM, DATUM), CODE_CHANGED);
	/* But behind a return it is reached from where it was one. */
	assert_int_equal(far(restores, true, DATUM, DATUM), CODE_SAME);
	assert_int_equal(far(restores, true, DATUM, NEAR), CODE_CHANGED);
}

/* A page of fn is used where its cold part is. */
static void test_cold(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		start(0x100, 0x234);
		for (int i = 0; i < 2; i++) {
			uint64_t to = place[i][i && !same ? NEAR : DATUM];

			put(&two[i], adrp(1, two[i].at, place[i][DATUM]));
			put(&two[i], RET);
			symbol(&two[i], two[i].at, 't', "fn.cold");
			put(&two[i], ldr(0, 1, to));
			put(&two[i], RET);
		}
		assert_int_equal(verdict(), same ? CODE_SAME : CODE_CHANGED);
	}
}

/* The linker makes an adr of some adrp (Cortex-A53 erratum 843419). */
static void test_adr(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		uint64_t to;

		start(0x100, 0x234);
		put(&two[0], adrp(0, two[0].at, place[0][DATUM]));
		put(&two[0], ldr(0, 0, place[0][DATUM]));
		to = place[1][same ? DATUM : NEAR];
		put(&two[1], adr(0, two[1].at, to & ~0xfffull));
		put(&two[1], ldr(0, 0, to));
		both(RET);
		assert_int_equal(verdict(), same ? CODE_SAME : CODE_CHANGED);
	}
}

/* Eight bytes before a function are ftrace's, and behind the one before. */
static void test_padding(void **state)
{
	(void)state;
	start(0x104, 0x230);
	both(RET);
	put(&two[0], 0);
	put(&two[1], NOP);
	for (int i = 0; i < 2; i++) {
		if (two[i].at & 4)
			put(&two[i], NOP);
		put(&two[i], place[i][DATUM]);
		put(&two[i], place[i][DATUM] >> 32);
	}
	assert_int_equal(verdict(), CODE_SAME);
}

/* ldr x0, of an address that is kept in the function. */
static enum code_verdict literal(uint64_t a, uint64_t b_)
{
	start(0x100, 0x238);
	for (int i = 0; i < 2; i++) {
		put(&two[i], imm19(0x58000000, 0, 8));
		put(&two[i], 0xd61f0000);		/* br x0 */
		put(&two[i], i ? b_ : a);
		put(&two[i], (i ? b_ : a) >> 32);
		put(&two[i], RET);
	}
	return verdict();
}

static void test_literals(void **state)
{
	(void)state;
	assert_int_equal(literal(place[0][DATUM], place[1][DATUM]), CODE_SAME);
	assert_int_equal(literal(place[0][DATUM], place[1][NEAR]), CODE_CHANGED);
	/* One that is kept elsewhere. */
	start(0x100, 0x234);
	for (int i = 0; i < 2; i++)
		put(&two[i], imm19(0x58000000, two[i].at, place[i][DATUM]));
	assert_int_equal(verdict(), CODE_SAME);
}

/* Four moves that make up A and B, in register R in the second. */
static enum code_verdict made(uint64_t a, uint64_t b_, unsigned int r)
{
	start(0x100, 0x234);
	for (unsigned int i = 0; i < 4; i++) {
		put(&two[0], mov(5, i, a));
		put(&two[1], mov(r, i, b_));
	}
	both(RET);
	return verdict();
}

static void test_memory(void **state)
{
	(void)state;
	/* A hash table that the kernel has found at boot. */
	assert_int_equal(made(0xffff00003f800000, 0xffff00003f600000, 5),
			 CODE_SAME);
	assert_int_equal(made(0xffff00003f800000, 0xffff00003f600000, 6),
			 CODE_CHANGED);
	assert_int_equal(made(0x3f800000, 0x3f600000, 5), CODE_CHANGED);
	assert_int_equal(made(0xffff800080001000, 0xffff800080002000, 5),
			 CODE_CHANGED);
}

/* A string and a constant that have no symbol, and lie elsewhere. */
static void test_constants(void **state)
{
	static const char *const text[] = { "a text", "a test", "\1", "\2" };

	(void)state;
	for (int each = 0; each < 4; each++) {
		bool same = each & 1;

		start(0x100, 0x234);
		for (int i = 0; i < 2; i++) {
			uint64_t to = BASE + 0xd008 + 0x110 * i;

			strcpy((char *)two[i].image + HEAD + (to - BASE),
			       text[(each & 2) + (i && !same)]);
			put(&two[i], adrp(0, two[i].at, to));
			put(&two[i], add(0, 0, to));
		}
		both(RET);
		assert_int_equal(verdict(), same ? CODE_SAME : CODE_CHANGED);
	}
}

static void test_flow(void **state)
{
	static const struct { uint32_t w; bool flows; uint64_t inside; } all[] = {
		{ 0xb4000040, true, 8 },	/* cbz x0 */
		{ 0x54000041, true, 8 },	/* b.ne */
		{ 0x36180040, true, 8 },	/* tbz w0, #3 */
		{ 0x14000002, true, 8 },	/* b */
		{ 0x94000002, true, 0 },	/* bl */
		{ 0xd63f0020, true, 0 },	/* blr x1 */
		{ RET, true, 0 },
		{ 0xd4210000, true, 0 },	/* brk #0x800 */
		{ 0xd4000001, true, 0 },	/* svc */
		{ 0x58000040, false, 0 },	/* ldr x0, literal */
		{ NOP, false, 0 },
		{ 0x8b020020, false, 0 },	/* add x0, x1, x2 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint64_t from, inside;

		start(0x100, 0x234);
		from = two[0].at;
		both(all[i].w);
		for (int n = 0; n < 4; n++)
			both(RET);
		parse();
		assert_int_equal(code_flows(&two[0].code, from, 4, "fn",
					    &inside), all[i].flows);
		assert_int_equal(inside, all[i].inside ? from + 8 : 0);
		code_free(&two[0].code);
		code_free(&two[1].code);
	}
}

/* Jumps inside of fn are one where they depend on the same. */
static void test_insn(void **state)
{
	(void)state;
	start(0x100, 0x234);
	put(&two[0], 0xb4000040);	/* cbz x0 */
	put(&two[1], 0xb4000060);	/* cbz x0, further */
	put(&two[0], 0xb4000040);
	put(&two[1], 0xb4000041);	/* cbz x1 */
	put(&two[0], NOP);
	put(&two[1], RET);
	for (int n = 0; n < 4; n++)
		both(RET);
	parse();
	for (int i = 0; i < 3; i++)
		assert_int_equal(code_same_insn(&two[0].code,
			BASE + 0x100 + 4 * i, 4, &two[1].code,
			BASE + 0x234 + 4 * i, 4, "fn"), !i);
	code_free(&two[0].code);
	code_free(&two[1].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_nops),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_cold),
		cmocka_unit_test(test_adr),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_insn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
