// SPDX-License-Identifier: GPL-2.0-or-later
/* vdso - the code that the kernel maps into every program */
#include <elf.h>
#include <inttypes.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "vdso.h"

/* "__vdso_getcpu" of x86, "__kernel_getcpu" of arm64; other names are aliases. */
static const char *plain(const char *name)
{
	static const char *const before[] = { "__vdso_", "__kernel_" };

	for (int i = 0; i < 2; i++)
		if (!strncmp(name, before[i], strlen(before[i])))
			return name + strlen(before[i]);
	return NULL;
}

static void functions(FILE *to, uintptr_t at, const ElfW(Shdr) *syms,
		      const char *names)
{
	const ElfW(Sym) *sym = (const void *)(at + syms->sh_offset);

	for (size_t i = 0; i < syms->sh_size / sizeof(*sym); i++) {
		const char *name = plain(names + sym[i].st_name);

		if (name && sym[i].st_size)
			fprintf(to, "vdso %016" PRIx64 " %" PRIu64 " %s\n",
				(uint64_t)(at + sym[i].st_value),
				(uint64_t)sym[i].st_size, name);
	}
}

/* The kernel maps the whole file, with its table of sections. */
void vdso_print(FILE *to)
{
	uintptr_t at = getauxval(AT_SYSINFO_EHDR);
	const ElfW(Ehdr) *head = (const void *)at;
	const ElfW(Shdr) *section;

	if (!at || memcmp(head->e_ident, ELFMAG, SELFMAG))
		return;
	section = (const void *)(at + head->e_shoff);
	for (unsigned int i = 0; head->e_shoff && i < head->e_shnum; i++)
		if (section[i].sh_type == SHT_DYNSYM)
			functions(to, at, &section[i], (const char *)at +
				  section[section[i].sh_link].sh_offset);
}
