// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-arch - registers, functions and addresses, by architecture
 *
 * Where an architecture has fixed places for what the kernel maps they stand
 * here; where it has none the kernel tells of them in what it keeps for its
 * crash dumps (vmcoreinfo).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "contention.h"

static struct layout *space(struct layout *l, const char *kind, uint64_t from,
			    uint64_t to)
{
	if (from < to && l->nr < MOST_SPACES)
		l->space[l->nr++] = (struct space){ kind, from, to };
	return l;
}

/* ---- x86_64 ------------------------------------------------------------ */

static bool x86_is_irq(const char *name)
{
	return !strncmp(name, "asm_sysvec_", 11) ||
	       !strcmp(name, "asm_common_interrupt") ||
	       !strcmp(name, "asm_exc_nmi");
}

/* The lock prefix; xchg with memory locks without being told. */
static bool x86_locks(const uint8_t *b, size_t len)
{
	static const uint8_t prefix[] = {
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2,
		0xf3,
	};
	bool own = false;	/* of this CPU: no need to lock */
	bool locks = false;
	size_t i = 0;

	for (; i < len && memchr(prefix, b[i], sizeof(prefix)); i++) {
		locks |= b[i] == 0xf0;
		own |= b[i] == 0x65;
	}
	if (i < len && (b[i] & 0xf0) == 0x40)	/* REX */
		i++;
	return locks || (i + 1 < len && (b[i] & 0xfe) == 0x86 &&
			 b[i + 1] < 0xc0 && !own);
}

/* Without KASLR, with page tables of four levels. */
static void x86_layout(struct layout *l, contention_peek_t peek)
{
	(void)peek;
	*l = (struct layout){
		.direct = 0xffff888000000000, .direct_end = 0xffffc88000000000,
		.pages = 0xffffea0000000000, .pages_end = 0xffffeb0000000000,
		.page_size = 4096,
	};
	space(l, "image", 0xffffffff80000000, UINT64_MAX);
	space(l, "struct page", l->pages, l->pages_end);
	space(l, "vmalloc", 0xffffc90000000000, 0xffffe90000000000);
	space(l, "heap", l->direct, l->direct_end);
}

/* ---- arm64 ------------------------------------------------------------- */

static bool arm64_is_irq(const char *name)
{
	static const char *const entry[] = {
		"el0t_64_irq", "el1h_64_irq", "el0t_64_fiq", "el1h_64_fiq",
	};

	for (size_t i = 0; i < sizeof(entry) / sizeof(*entry); i++)
		if (!strcmp(name, entry[i]))
			return true;
	return false;
}

/*
 * Arm Architecture Reference Manual, C4.1, loads and stores: atomic memory
 * operations and swp; cas; casp; and store exclusive, which is what makes a
 * loop of load and store exclusive one.
 */
static bool arm64_locks(const uint8_t *b, size_t len)
{
	uint32_t w = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;

	return len == 4 &&
	       ((w & 0x3b200c00) == 0x38200000 ||
		(w & 0x3fa07c00) == 0x08a07c00 ||
		(w & 0xbfa07c00) == 0x08207c00 ||
		(w & 0x3fe00000) == 0x08000000 ||
		(w & 0xbfe00000) == 0x88200000);
}

/* NUMBER(KEY)=VALUE of TEXT; 0: not there. */
static uint64_t number_of(const char *text, const char *key)
{
	char line[60];
	const char *at;

	snprintf(line, sizeof(line), "NUMBER(%s)=", key);
	at = strstr(text, line);
	return at ? strtoull(at + strlen(line), NULL, 0) : 0;
}

/*
 * A kernel for 52 bits of address that runs with 48 has its memory in the
 * upper part of [-2^52, -2^47), and says so by the number that it takes its
 * first physical address for.
 */
static void arm64_layout(struct layout *l, contention_peek_t peek)
{
	static char text[4096];
	uint64_t at = 0;
	const char *size;

	*l = (struct layout){ .direct = 0xfff0000000000000,
			      .direct_end = 0xffff800000000000 };
	space(l, "image", contention_symbol[SYMBOL_TEXT],
	      contention_symbol[SYMBOL_END]);
	space(l, "heap", l->direct, l->direct_end);
	if (!peek || !contention_symbol[SYMBOL_VMCOREINFO] ||
	    !peek(contention_symbol[SYMBOL_VMCOREINFO], &at, sizeof(at)) ||
	    !peek(at, text, sizeof(text) - 1))
		return;
	space(l, "image", number_of(text, "MODULES_VADDR"),
	      number_of(text, "MODULES_END"));
	l->pages = number_of(text, "VMEMMAP_START");
	l->pages_end = number_of(text, "VMEMMAP_END");
	l->memory = number_of(text, "PHYS_OFFSET");
	size = strstr(text, "PAGESIZE=");
	l->page_size = size ? strtoull(size + 9, NULL, 10) : 0;
	space(l, "struct page", l->pages, l->pages_end);
	space(l, "vmalloc", number_of(text, "VMALLOC_START"),
	      number_of(text, "VMALLOC_END"));
}

/* ------------------------------------------------------------------------ */

static const struct contention_arch all[] = { {
	.target = "x86_64",
	.area = "gs_base", .kernel_area = "k_gs_base",
	.switch_to = "__switch_to_asm",
	.is_irq = x86_is_irq, .irq_name = "asm_sysvec_...",
	.locks = x86_locks, .layout = x86_layout,
}, {
	.target = "aarch64",
	.area = "TPIDR_EL1", .sp = "sp",
	.switch_to = "cpu_switch_to",
	/* User space has no access to what is to be read. */
	.kernel_at = "el0t_64_sync_handler",
	.is_irq = arm64_is_irq, .irq_name = "el1h_64_irq",
	.locks = arm64_locks, .layout = arm64_layout,
} };

uint64_t contention_symbol[NR_SYMBOLS];

const struct contention_arch *contention_arch_for(const char *target)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(all[i].target, target))
			return &all[i];
	return NULL;
}
