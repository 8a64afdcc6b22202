// SPDX-License-Identifier: GPL-2.0-or-later
/* lab-decode - calls, returns and marks by their bytes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lab/decode.h"

struct sample {
	uint8_t		b[15];
	size_t		len;
	unsigned int	what;
	uint32_t	mark;
	char		memory;
};

static void check(const char *target, const struct sample *s, size_t nr)
{
	const struct decode *d = decode_for(target);

	assert_non_null(d);
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(d->what(s[i].b, s[i].len), s[i].what);
		assert_int_equal(d->mark(s[i].b, s[i].len), s[i].mark);
		assert_int_equal(d->memory(s[i].b, s[i].what), s[i].memory);
	}
}

#define CHECK(target, s) check(target, s, sizeof(s) / sizeof(*(s)))

static void test_x86(void **state)
{
	static const struct sample s[] = {
		{ { 0xe8, 1, 2, 3, 4 }, 5, TRACE_CALL, 0, 'W' },
		{ { 0x2e, 0xe8, 1, 2, 3, 4 }, 6, TRACE_CALL, 0, 'W' },
		{ { 0xff, 0xd0 }, 2, TRACE_CALL, 0, 'W' },	/* call *rax */
		{ { 0x41, 0xff, 0xd3 }, 3, TRACE_CALL, 0, 'W' },
		{ { 0xff, 0xe0 }, 2, 0, 0, 0 },			/* jmp *rax */
		{ { 0xc3 }, 1, TRACE_RET, 0, 'R' },
		{ { 0xf3, 0xc3 }, 2, TRACE_RET, 0, 'R' },
		{ { 0x48, 0xcf }, 2, TRACE_IRET, 0, 0 },
		{ { 0xf3, 0x48, 0xab }, 3, TRACE_STRING, 0, 0 },
		{ { 0x48, 0xab }, 2, 0, 0, 0 },
		{ { 0x0f, 0x1f, 0x84, 0, 0x31, 0x6b, 0x70, 0x66 }, 8, 0,
		  MARK_BEGIN, 0 },
		{ { 0x0f, 0x1f, 0x84, 0, 0x36, 0x6b, 0x70, 0x66 }, 8, 0,
		  MARK_THROUGH, 0 },
		{ { 0x0f, 0x1f, 0x84, 0, 0x37, 0x6b, 0x70, 0x66 }, 8, 0, 0, 0 },
		{ { 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 }, 8, 0, 0, 0 },
	};

	(void)state;
	CHECK("x86_64", s);
}

#define WORD(w) { (w) & 0xff, (w) >> 8 & 0xff, (w) >> 16 & 0xff, \
		  (uint32_t)(w) >> 24 }
/* movz xzr, #N, lsl #48 */
#define MOVZ(n) WORD(0xd2e0001f | ((n) & 0xffff) << 5)

static void test_arm64(void **state)
{
	static const struct sample s[] = {
		{ WORD(0x94000010), 4, TRACE_CALL, 0, 0 },	/* bl */
		{ WORD(0x97ffffff), 4, TRACE_CALL, 0, 0 },
		{ WORD(0x14000010), 4, 0, 0, 0 },		/* b */
		{ WORD(0xd63f0100), 4, TRACE_CALL, 0, 0 },	/* blr x8 */
		{ WORD(0xd61f0100), 4, 0, 0, 0 },		/* br x8 */
		{ WORD(0xd73f0909), 4, TRACE_CALL, 0, 0 },	/* blraa */
		{ WORD(0xd65f03c0), 4, TRACE_RET, 0, 0 },	/* ret */
		{ WORD(0xd65f0bff), 4, TRACE_RET, 0, 0 },	/* retaa */
		{ WORD(0xd69f03e0), 4, TRACE_IRET, 0, 0 },	/* eret */
		{ WORD(0xd503201f), 4, 0, 0, 0 },		/* nop */
		{ WORD(0xf900011e), 4, 0, 0, 'W' },	/* str x30, [x8] */
		{ WORD(0xf940011e), 4, 0, 0, 'R' },	/* ldr x30, [x8] */
		{ MOVZ(MARK_BEGIN), 4, 0, MARK_BEGIN, 0 },
		{ MOVZ(MARK_THROUGH), 4, 0, MARK_THROUGH, 0 },
		{ MOVZ(MARK_THROUGH + 1), 4, 0, 0, 0 },
		{ WORD(0xd2ed6620), 4, 0, 0, 0 },	/* into x0 */
	};

	(void)state;
	CHECK("aarch64", s);
	assert_null(decode_for("riscv64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86),
		cmocka_unit_test(test_arm64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
