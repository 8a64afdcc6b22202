/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin - what the plugins of the lab read alike
 *
 * Code as it is translated (decode.h), a counter of instructions, and the
 * numbers of a plugin's options.
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

/*
 * Of the virtual CPU that is running: with interface 1 all have one word, since
 * they take turns, with a later one each has its own.
 */
struct plugin_counter {
#if QEMU_API >= 3
	qemu_plugin_u64	 entry;
#else
	uint64_t	 nr;
#endif
	uint64_t	*at;
};

static inline void plugin_counter_new(struct plugin_counter *c)
{
#if QEMU_API >= 3
	c->entry.score = qemu_plugin_scoreboard_new(sizeof(*c->at));
#else
	c->at = &c->nr;
#endif
}

/* From here on C->at is that of CPU. Not before the machine has its CPUs. */
static inline void plugin_counter_find(struct plugin_counter *c,
				       unsigned int cpu)
{
	(void)c, (void)cpu;
#if QEMU_API >= 3
	c->at = qemu_plugin_scoreboard_find(c->entry.score, cpu);
#endif
}

/* One more whenever INSN is about to be executed, without a call. */
static inline void plugin_count(struct qemu_plugin_insn *insn,
				struct plugin_counter *c)
{
#if QEMU_API >= 3
	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn,
		QEMU_PLUGIN_INLINE_ADD_U64, c->entry, 1);
#else
	qemu_plugin_register_vcpu_insn_exec_inline(insn,
		QEMU_PLUGIN_INLINE_ADD_U64, c->at, 1);
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
