/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin - what the plugins of the lab read alike
 *
 * Code as it is translated, the marks of a bench in it (lib/mark.h), and the
 * numbers of a plugin's options.
 */
#ifndef FORKPATH_PLUGIN_H
#define FORKPATH_PLUGIN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"
#include "qemu-plugin-api.h"

/* MARK_BEGIN to MARK_THROUGH, or 0. */
static inline uint32_t plugin_mark(const uint8_t *b, size_t len)
{
	static const uint8_t nop[4] = { 0x0f, 0x1f, 0x84, 0x00 };
	uint32_t n;

	if (len != 8 || memcmp(b, nop, sizeof(nop)))
		return 0;
	memcpy(&n, b + sizeof(nop), sizeof(n));
	return n >= MARK_BEGIN && n <= MARK_THROUGH ? n : 0;
}

/* The bytes of INSN, at most 15; how many. */
static inline size_t plugin_bytes(const struct qemu_plugin_insn *insn,
				  uint8_t to[16])
{
	size_t len = qemu_plugin_insn_size(insn);

	if (len > 15)
		len = 15;
#if QEMU_API >= 3
	return qemu_plugin_insn_data(insn, to, len);
#else
	memcpy(to, qemu_plugin_insn_data(insn), len);
	return len;
#endif
}

/* A decimal number of at most 24 bits. */
static inline bool plugin_number(const char *text, unsigned long *to)
{
	char *rest;

	errno = 0;
	*to = strtoul(text, &rest, 10);
	return *text >= '0' && *text <= '9' && !*rest && !errno &&
	       *to <= 0xffffff;
}

#endif
