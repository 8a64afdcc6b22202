// SPDX-License-Identifier: GPL-2.0-or-later
/* ksyms-program - functions of user space, by an ELF file and beside it */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ksyms.h"
#include "mem.h"

struct file {
	const uint8_t	*byte;
	size_t		 len;
};

/* SIZE bytes at AT to TO; false: the file does not have them. */
static bool get(const struct file *f, uint64_t at, void *to, size_t size)
{
	if (at > f->len || f->len - at < size)
		return false;
	memcpy(to, f->byte + at, size);
	return true;
}

static bool section(const struct file *f, const Elf64_Ehdr *head, size_t nr,
		    Elf64_Shdr *to)
{
	return nr < head->e_shnum &&
		get(f, head->e_shoff + nr * sizeof(*to), to, sizeof(*to));
}

/* The table of symbols and that of their names. */
static bool tables(const struct file *f, Elf64_Shdr *syms, Elf64_Shdr *names)
{
	Elf64_Ehdr head;

	if (!get(f, 0, &head, sizeof(head)) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_ident[EI_DATA] != ELFDATA2LSB ||
	    head.e_type != ET_EXEC || head.e_shentsize != sizeof(*syms))
		return false;
	for (size_t i = 0; section(f, &head, i, syms); i++)
		if (syms->sh_type == SHT_SYMTAB)
			return section(f, &head, syms->sh_link, names) &&
				names->sh_offset <= f->len &&
				names->sh_size <= f->len - names->sh_offset &&
				names->sh_size &&
				!f->byte[names->sh_offset + names->sh_size - 1];
	return false;
}

/* The NR-th symbol, if it is a function; its name. */
static const char *function(const struct file *f, const Elf64_Shdr *syms,
			    const Elf64_Shdr *names, size_t nr, Elf64_Sym *s)
{
	const char *name = (const char *)f->byte + names->sh_offset;

	if (!get(f, syms->sh_offset + nr * sizeof(*s), s, sizeof(*s)) ||
	    ELF64_ST_TYPE(s->st_info) != STT_FUNC || !s->st_value ||
	    s->st_name >= names->sh_size || !name[s->st_name])
		return NULL;
	return name + s->st_name;
}

static void add(struct ksyms *k, uint64_t addr, const char *name)
{
	struct ksym *s = mem_more(&k->sym, &k->nr, sizeof(*s));

	s->addr = addr;
	s->name = name;
}

/* No code behind a function, unless another one is there. */
static void add_end(struct ksyms *k, size_t nr, uint64_t addr)
{
	size_t i = ksyms_at(k->sym, nr, sizeof(*k->sym), addr);

	if (i < nr && k->sym[i].addr != addr)
		add(k, addr, NULL);
}

void ksyms_add(struct ksyms *k, uint64_t addr, uint64_t bytes, const char *name)
{
	size_t i = ksyms_at(k->sym, k->nr, sizeof(*k->sym), addr);

	if (i < k->nr && k->sym[i].addr == addr)
		k->sym[i].name = name;		/* one that ended here */
	else
		add(k, addr, name);
	ksyms_sort(k);
	add_end(k, k->nr, addr + bytes);
	ksyms_sort(k);
}

int ksyms_program(struct ksyms *k, const void *file, size_t len, char *why,
		  size_t why_len)
{
	size_t room = 0, used = 0, nr, starts;
	struct file f = { file, len };
	Elf64_Shdr syms, names;
	const char *name;
	Elf64_Sym s;

	*k = (struct ksyms){ 0 };
	if (!tables(&f, &syms, &names)) {
		snprintf(why, why_len, "no program with symbols that is linked "
			 "to where it lies");
		return -1;
	}
	nr = syms.sh_size / sizeof(s);
	/* Names are pointed at: first room for all of them. */
	for (size_t i = 0; i < nr; i++)
		if ((name = function(&f, &syms, &names, i, &s)))
			room += strlen(name) + sizeof("[user:]");
	k->names = mem_get(room + 1, 1);
	for (size_t i = 0; i < nr; i++) {
		if (!(name = function(&f, &syms, &names, i, &s)))
			continue;
		add(k, s.st_value, k->names + used);
		used += sprintf(k->names + used, "[user:%.*s]",
				(int)strcspn(name, "."), name) + 1;
	}
	ksyms_sort(k);
	starts = k->nr;
	for (size_t i = 0; i < nr; i++)
		if (function(&f, &syms, &names, i, &s) && s.st_size)
			add_end(k, starts, s.st_value + s.st_size);
	ksyms_sort(k);
	return 0;
}
