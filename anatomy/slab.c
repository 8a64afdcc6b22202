// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slab - verb slab: where a kernel keeps what it knows of its slab caches
 *
 * For lab/contention-plugin.c, which follows them in the guest's memory: the
 * list of all caches, and offsets in struct kmem_cache and struct slab.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anatomy.h"
#include "err.h"
#include "types.h"

const struct opt slab_opts[] = { OPT_END };

const char slab_more[] =
	"An option of lab/contention-plugin.c, to stdout. BTF is the guest's\n"
	"/sys/kernel/btf/vmlinux, SYMBOLS its /proc/kallsyms. Nothing where the\n"
	"kernel does not tell.\n"
	"\nEXAMPLES\n"
	"  forkpath-anatomy slab 6.12.btf 6.12.kallsyms\n";

static uint64_t symbol(const char *text, const char *name)
{
	char found[200];
	uint64_t addr;

	for (; text && *text; text = strchr(text, '\n'), text += !!text)
		if (sscanf(text, "%" SCNx64 " %*c %199s", &addr, found) == 2 &&
		    !strcmp(found, name))
			return addr;
	return 0;
}

int slab_verb(char **arg, int nr)
{
	char *blob = NULL, *symbols = NULL;
	long list, name, size, cache;
	size_t len, more;
	struct types t;
	int ret = EXIT_BAD;
	uint64_t all;

	if (nr != 2) {
		err_say("slab: %d files given; expected BTF SYMBOLS", nr);
		return EXIT_BAD;
	}
	blob = anatomy_whole(arg[0], &len);
	symbols = blob ? anatomy_whole(arg[1], &more) : NULL;
	if (!symbols)
		goto out;
	ret = EXIT_OK;
	if (types_read(&t, blob, len))
		goto out;
	list = types_offset(&t, types_struct(&t, "kmem_cache"), "list");
	name = types_offset(&t, types_struct(&t, "kmem_cache"), "name");
	size = types_offset(&t, types_struct(&t, "kmem_cache"), "size");
	cache = types_offset(&t, types_struct(&t, "slab"), "slab_cache");
	all = symbol(symbols, "slab_caches");
	if (all && list >= 0 && name >= 0 && size >= 0 && cache >= 0)
		printf("slab=%" PRIx64 ":%lx:%lx:%lx:%lx\n", all, list, name,
		       size, cache);
	types_free(&t);
out:
	free(blob);
	free(symbols);
	return ret;
}
