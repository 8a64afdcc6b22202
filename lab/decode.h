/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode - what the plugins have to know of instructions, by architecture
 *
 * The marks of lib/mark.h as an architecture has them (lib/arch-NAME.h), and
 * the kinds of lib/trace.h.
 */
#ifndef FORKPATH_DECODE_H
#define FORKPATH_DECODE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mark.h"
#include "trace.h"

struct decode {
	const char	*target;	/* as QEMU calls it */
	uint64_t	 magic;		/* of its traces */
	size_t		 mark_len;
	/* MARK_BEGIN to MARK_THROUGH, or 0. */
	uint32_t	(*mark)(const uint8_t *b, size_t len);
	/* TRACE_CALL ..., or 0. */
	unsigned int	(*what)(const uint8_t *b, size_t len);
	/* Whose address in memory is asked for, as 'W' or 'R'; or 0. */
	char		(*memory)(const uint8_t *b, unsigned int what);
};

/* ---- x86_64 ------------------------------------------------------------ */

static inline uint32_t decode_x86_mark(const uint8_t *b, size_t len)
{
	static const uint8_t nop[4] = { 0x0f, 0x1f, 0x84, 0x00 };
	uint32_t n;

	if (len != 8 || memcmp(b, nop, sizeof(nop)))
		return 0;
	memcpy(&n, b + sizeof(nop), sizeof(n));
	return n >= MARK_BEGIN && n <= MARK_THROUGH ? n : 0;
}

static inline unsigned int decode_x86_what(const uint8_t *b, size_t len)
{
	static const uint8_t prefix[] = {
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0,
	};
	bool rep = false;
	size_t i = 0;

	for (; i < len; i++) {
		if (b[i] == 0xf2 || b[i] == 0xf3)
			rep = true;
		else if (!memchr(prefix, b[i], sizeof(prefix)))
			break;
	}
	if (i < len && (b[i] & 0xf0) == 0x40)	/* REX */
		i++;
	if (i == len)
		return 0;
	switch (b[i]) {
	case 0xe8:
		return TRACE_CALL;
	case 0xff:
		return i + 1 < len && (b[i + 1] >> 3 & 7) == 2 ? TRACE_CALL : 0;
	case 0xc2:
	case 0xc3:
		return TRACE_RET;
	case 0xcf:
		return TRACE_IRET;
	case 0xa4 ... 0xa7:
	case 0xaa ... 0xaf:
		return rep ? TRACE_STRING : 0;
	}
	return 0;
}

/* The stack, of calls and returns. */
static inline char decode_x86_memory(const uint8_t *b, unsigned int what)
{
	(void)b;
	return what & TRACE_CALL ? 'W' : what & TRACE_RET ? 'R' : 0;
}

/* ---- arm64 ------------------------------------------------------------- */

static inline uint32_t decode_arm64_word(const uint8_t *b)
{
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint32_t decode_arm64_mark(const uint8_t *b, size_t len)
{
	uint32_t w = decode_arm64_word(b), n;

	if (len != 4 || (w & 0xffe0001f) != 0xd2e0001f)
		return 0;
	n = (MARK_BEGIN & 0xffff0000) | (w >> 5 & 0xffff);
	return n >= MARK_BEGIN && n <= MARK_THROUGH ? n : 0;
}

/* Arm Architecture Reference Manual, C4.1: bl; blr, blraa; ret, retaa; eret. */
static inline unsigned int decode_arm64_what(const uint8_t *b, size_t len)
{
	uint32_t w = decode_arm64_word(b);

	(void)len;
	if ((w & 0xfc000000) == 0x94000000)
		return TRACE_CALL;
	if ((w & 0xfffffc1f) == 0xd63f0000 || (w & 0xfefff800) == 0xd63f0800)
		return TRACE_CALL;
	if ((w & 0xfffffc1f) == 0xd65f0000 || (w & 0xfffffbff) == 0xd65f0bff)
		return TRACE_RET;
	return w == 0xd69f03e0 ? TRACE_IRET : 0;
}

/* str and ldr of x30 by x8: how cpu_switch_to() leaves a task, and enters one. */
static inline char decode_arm64_memory(const uint8_t *b, unsigned int what)
{
	uint32_t w = decode_arm64_word(b);

	(void)what;
	return w == 0xf900011e ? 'W' : w == 0xf940011e ? 'R' : 0;
}

/* ------------------------------------------------------------------------ */

static const struct decode decode_all[] = {
	{ "x86_64", TRACE_MAGIC, 8, decode_x86_mark, decode_x86_what,
	  decode_x86_memory },
	{ "aarch64", TRACE_MAGIC_LINK, 4, decode_arm64_mark,
	  decode_arm64_what, decode_arm64_memory },
};

/* NULL: of no use to TARGET. */
static inline const struct decode *decode_for(const char *target)
{
	for (size_t i = 0; i < sizeof(decode_all) / sizeof(*decode_all); i++)
		if (!strcmp(decode_all[i].target, target))
			return &decode_all[i];
	return NULL;
}

#endif
