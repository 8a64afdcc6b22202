// SPDX-License-Identifier: GPL-2.0-or-later
/* lines-folded - who comes to a shared line, and by which calls */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anatomy.h"
#include "err.h"
#include "lines.h"

struct folded {
	char		*way;
	uint64_t	 accesses;
};

const char *lines_function(const struct record *r, uint64_t addr)
{
	const struct ksym *s = ksyms_find(&r->functions, addr);

	return addr < KERNEL ? "[user]" : s ? s->name : "[unknown]";
}

void lines_way(const struct record *r, uint32_t way, struct text *to)
{
	if (!way)
		return;
	lines_way(r, r->way[way - 1].parent, to);
	text_printf(to, "%s;", lines_function(r, r->way[way - 1].insn));
}

static int by_way(const void *pa, const void *pb)
{
	const struct folded *a = pa, *b = pb;

	return strcmp(a->way, b->way);
}

/* A function comes to a line by several of its instructions. */
static void write_line(const struct record *r, const struct line *l, FILE *to)
{
	struct folded *f = mem_get(l->nr_at, sizeof(*f));

	for (size_t i = 0; i < l->nr_at; i++) {
		struct text t = { 0 };

		lines_way(r, l->at[i].way, &t);
		text_printf(&t, "%s", lines_function(r, l->at[i].insn));
		f[i] = (struct folded){ t.s, l->at[i].accesses };
	}
	qsort(f, l->nr_at, sizeof(*f), by_way);
	for (size_t i = 0; i < l->nr_at; i++) {
		if (i + 1 < l->nr_at && !strcmp(f[i].way, f[i + 1].way))
			f[i + 1].accesses += f[i].accesses;
		else
			fprintf(to, "%s;%s %" PRIu64 "\n", l->name, f[i].way,
				f[i].accesses);
		free(f[i].way);
	}
	free(f);
}

int lines_folded(const struct record *r, double least, const char *path)
{
	FILE *to = fopen(path, "we");
	bool bad;

	if (to) {
		for (size_t i = 0; i < r->nr; i++)
			if (r->line[i].e >= least)
				write_line(r, &r->line[i], to);
		bad = ferror(to);
		bad |= fclose(to);
		if (!bad)
			return EXIT_OK;
	}
	err_say("%s: %s", path, strerror(errno));
	return EXIT_FAIL;
}
