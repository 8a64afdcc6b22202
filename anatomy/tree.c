// SPDX-License-Identifier: GPL-2.0-or-later
/* tree - who called whom in all recorded operations */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "tree.h"

#define FIRST "# forkpath-tree/2"
#define INSNS "address\tbytes\texecuted"

void tree_print(const struct fold *f, FILE *to)
{
	fprintf(to, FIRST "\nwindows\t%zu\tgiven-up\t%zu", f->nr_window,
		f->given_up);
	if (f->timed)
		fprintf(to, "\tslept\t%" PRIu64 "\tns\t%" PRIu64, f->slept,
			f->asleep);
	fprintf(to, "\nparent\tfunction\tcalls\tinstructions\n");
	for (size_t i = 2; i < f->nr_node; i++) {
		const struct fold_node *n = &f->node[i];

		fprintf(to, "%u\t%s\t%" PRIu64 "\t%" PRIu64 "\n", n->parent,
			f->fn[n->fn], n->calls[FOLD_CALLER] +
			n->calls[FOLD_CHILD], n->all[FOLD_CALLER] +
			n->all[FOLD_CHILD]);
	}
	fprintf(to, INSNS "\n");
	for (size_t i = 0; i < f->nr_insn; i++)
		fprintf(to, "%" PRIx64 "\t%u\t%" PRIu64 "\n", f->insn[i].addr,
			f->insn[i].length, f->insn[i].nr);
}

static bool number(const char *text, uint64_t most, uint64_t *to)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	*to = strtoull(text, &end, 10);
	return !*end && *to <= most;
}

static bool row(struct tree *t, char *line)
{
	char *save = NULL, *parent = strtok_r(line, "\t", &save);
	char *fn = strtok_r(NULL, "\t", &save);
	uint64_t up, calls, insns;
	struct tree_node *n;

	if (!number(parent, t->nr - 1, &up) || !fn ||
	    !number(strtok_r(NULL, "\t", &save), UINT64_MAX, &calls) ||
	    !number(strtok_r(NULL, "\t", &save), UINT64_MAX, &insns))
		return false;
	n = mem_more(&t->node, &t->nr, sizeof(*n));
	*n = (struct tree_node){ up, fn, calls, insns };
	return true;
}

static bool insn(struct tree *t, char *line)
{
	char *save = NULL, *cell = strtok_r(line, "\t", &save), *end;
	struct fold_insn *i = mem_more(&t->insn, &t->nr_insn, sizeof(*i));
	uint64_t length;

	i->addr = strtoull(cell ?: "", &end, 16);
	if (*end || end != line + 16 ||
	    !number(strtok_r(NULL, "\t", &save), 15, &length) ||
	    !number(strtok_r(NULL, "\t", &save), UINT64_MAX, &i->nr))
		return false;
	i->length = length;
	return t->nr_insn < 2 || i[-1].addr < i->addr;
}

/* "windows N given-up M", perhaps "slept K ns T" */
static bool head(struct tree *t, char *line)
{
	char *save = NULL, *slept;

	if (!strtok_r(line, "\t", &save) ||
	    !number(strtok_r(NULL, "\t", &save), UINT32_MAX, &t->windows) ||
	    !t->windows || !strtok_r(NULL, "\t", &save) ||
	    !number(strtok_r(NULL, "\t", &save), UINT32_MAX, &t->given_up))
		return false;
	slept = strtok_r(NULL, "\t", &save);
	t->timed = slept;
	return !slept ||
		(number(strtok_r(NULL, "\t", &save), t->windows, &t->slept) &&
		 strtok_r(NULL, "\t", &save) &&
		 number(strtok_r(NULL, "\t", &save), UINT64_MAX, &t->asleep));
}

int tree_parse(struct tree *t, char *text)
{
	bool insns = false;
	char *save = NULL, *line = strtok_r(text, "\n", &save);

	*t = (struct tree){ 0 };
	if (!line || strcmp(line, FIRST))
		return -1;
	line = strtok_r(NULL, "\n", &save);
	if (!line || !head(t, line))
		return -1;
	line = strtok_r(NULL, "\n", &save);
	for (int i = 0; i < 2; i++)
		mem_more(&t->node, &t->nr, sizeof(*t->node));
	while ((line = strtok_r(NULL, "\n", &save))) {
		if (!insns && !strcmp(line, INSNS)) {
			insns = true;
		} else if (!(insns ? insn(t, line) : row(t, line))) {
			tree_free(t);
			return -1;
		}
	}
	return insns ? 0 : -1;
}

void tree_free(struct tree *t)
{
	free(t->node);
	free(t->insn);
	*t = (struct tree){ 0 };
}
