/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin - what the plugins of the lab read alike
 *
 * Code as it is translated (decode.h), and the numbers of a plugin's options.
 */
#ifndef FORKPATH_PLUGIN_H
#define FORKPATH_PLUGIN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "qemu-plugin-api.h"

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

/* One of the kernel's, of 16 hexadecimal digits. */
static inline bool plugin_address(const char *text, uint64_t *to)
{
	char *rest;

	*to = strtoull(text, &rest, 16);
	return strlen(text) == 16 && !*rest && *to >> 63;
}

#endif
