// SPDX-License-Identifier: GPL-2.0-or-later
/* plan - what was to be measured: plan.tsv */
#include <limits.h>
#include <string.h>

#include "mem.h"
#include "run.h"

#define SCHEMA		"# forkpath-plan/1"
#define COLUMNS		"line\tblock\tpart\tbench\tworkload\tlimit\tverdict" \
			"\treason\tconditions\tpoint"
#define LINES_MAX	1000000U
#define PARTS_MAX	100		/* in an order of their own */

static int plan_line(struct run *run, unsigned int nr, char *line,
		     unsigned int of)
{
	enum { LINE, BLOCK, PART, BENCH, LOAD, LIMIT, VERDICT, REASON, COND,
	       POINT, NR };
	char *col[NR], *at = line;
	struct rep *rep;
	uint64_t n, block;
	int i;

	for (i = 0; i < NR; i++) {
		col[i] = kv_word(&at, "\t");
		if (!col[i])
			return run_fail(run, "plan.tsv:%u: %d columns; expected %d",
				    nr, i, NR);
	}
	if (at)
		return run_fail(run, "plan.tsv:%u: more than %d columns", nr, NR);
	if (!kv_whole(col[LINE], LINES_MAX, &n) || n != run->nr_rep + 1)
		return run_fail(run, "plan.tsv:%u: line number '%s'; expected %zu",
			    nr, col[LINE], run->nr_rep + 1);
	if (!kv_whole(col[BLOCK], LINES_MAX, &block) || !block)
		return run_fail(run, "plan.tsv:%u: block '%s' is not a number from 1 on",
			    nr, col[BLOCK]);
	for (i = PART; i <= LOAD; i++)
		if (!kv_is_word(col[i], 60))
			return run_fail(run, "plan.tsv:%u: '%s' is not a word of A-Z a-z 0-9 _.:+-",
				    nr, col[i]);
	if (strcmp(col[VERDICT], "run") && strcmp(col[VERDICT], "skip"))
		return run_fail(run, "plan.tsv:%u: verdict '%s'; expected run or skip",
			    nr, col[VERDICT]);

	rep = mem_more(&run->rep, &run->nr_rep, sizeof(*rep));
	rep->line = n;
	rep->block = block;
	rep->of = of;
	if (of && block != run->rep[of - 1].block)
		return run_fail(run, "plan.tsv:%u: repeats line %u, in another block",
			    nr, of);
	if (kv_whole(col[LIMIT], 1000000, &n))
		rep->limit = n;
	rep->part = col[PART];
	rep->bench = col[BENCH];
	rep->workload = col[LOAD];
	if (!strcmp(col[VERDICT], "skip")) {
		rep->verdict = REP_SKIP;
		rep->planned_skip = true;
		rep->reason = col[REASON];
	}
	/* "-" or nothing: no pairs. */
	if (*col[COND] && strcmp(col[COND], "-") &&
	    !kv_split(col[COND], " ", &rep->cond, &rep->nr_cond))
		return run_fail(run, "plan.tsv:%u: conditions are not key=value pairs",
			    nr);
	if (*col[POINT] && strcmp(col[POINT], "-") &&
	    !kv_split(col[POINT], " ", &rep->point, &rep->nr_point))
		return run_fail(run, "plan.tsv:%u: point is not key=value pairs", nr);
	return 0;
}

/* Which of the WORDS, separated by blanks, is WORD? From 0; UINT_MAX: none. */
static unsigned int word_nr(const char *words, const char *word)
{
	const char *at = words ? words : "";
	size_t len = strlen(word);
	unsigned int nr = 0;

	/* However long the line is: names that far behind go without. */
	for (; *at && nr < PARTS_MAX; nr++) {
		size_t n = strcspn(at, " ");

		if (n > 60)
			break;
		if (n == len && !memcmp(at, word, n))
			return nr;
		at += n;
		at += *at == ' ';
	}
	return UINT_MAX;
}

/* "KEY VALUE" of the head. */
static void plan_head(struct run *run, char *value)
{
	const struct { const char *key; const char **to; } head[] = {
		{ "question", &run->question }, { "title", &run->title },
		{ "config", &run->config }, { "seed", &run->seed },
		{ "suite", &run->suite }, { "budget", &run->budget },
		{ "blocks", &run->blocks }, { "parts", &run->parts },
		{ "command", &run->command },
	};
	const struct { const char *key; const char ***to; size_t *nr; } list[] = {
		{ "note", &run->plan_note, &run->nr_plan_note },
		{ "event", &run->event, &run->nr_event },
	};
	char *key = kv_word(&value, " ");

	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		if (!strcmp(key, head[i].key))
			*head[i].to = value ? value : "";
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (value && !strcmp(key, list[i].key))
			mem_push(list[i].to, list[i].nr, value);
}

/* The line is "# again LINE": the next one repeats that one, *OF. */
static bool plan_again(const struct run *run, const char *line, uint64_t *of)
{
	return !*of && kv_whole(line, run->nr_rep, of) && *of &&
	       !run->rep[*of - 1].of;
}

static int plan_rows(struct run *run, struct kv_text *t)
{
	bool columns = false;
	uint64_t of = 0;
	char *line;

	while ((line = kv_line(t))) {
		if (t->control)
			return run_fail(run, "plan.tsv:%u: control character",
					t->nr);
		if (t->nr == 1) {
			if (strcmp(line, SCHEMA))
				return run_fail(run, "plan.tsv:1: '%.40s'; expected '%s'",
						line, SCHEMA);
		} else if (t->cut) {
			return run_fail(run, "plan.tsv:%u: truncated: no newline at its end",
					t->nr);
		} else if (!columns && !strncmp(line, "# ", 2)) {
			plan_head(run, line + 2);
		} else if (!columns) {
			if (strcmp(line, COLUMNS))
				return run_fail(run, "plan.tsv:%u: expected the line of column names",
						t->nr);
			columns = true;
		} else if (!strncmp(line, "# again ", 8)) {
			if (!plan_again(run, line + 8, &of))
				return run_fail(run, "plan.tsv:%u: '%.40s'; '# again LINE' is right, of an earlier line",
						t->nr, line);
		} else {
			if (plan_line(run, t->nr, line, of))
				return -1;
			of = 0;
		}
	}
	return columns ? 0 :
	       run_fail(run, "plan.tsv:%u: truncated: no line of column names",
			t->nr);
}

int plan_parse(struct run *run, char *text, size_t len)
{
	struct kv_text t = { .at = text, .end = text + len, .tabs = true };

	if (plan_rows(run, &t))
		return -1;
	if (!run->nr_rep)
		return run_fail(run, "plan.tsv:%u: plans nothing", t.nr);
	if (!run->question || !kv_is_word(run->question, 60) ||
	    *run->question == '.')
		return run_fail(run, "plan.tsv: '# question NAME' is missing or not a word");
	/* Parts stand as the config has them; those it does not name, last. */
	for (size_t i = 0; i < run->nr_rep; i++)
		run->rep[i].part_nr = word_nr(run->parts, run->rep[i].part);
	return 0;
}
