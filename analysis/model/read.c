// SPDX-License-Identifier: GPL-2.0-or-later
/* read - a results folder in memory: plan, sample, meta, distributions */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "lat.h"
#include "mem.h"
#include "owner.h"
#include "read.h"

#define PLAN_SCHEMA	"# forkpath-plan/1"
#define PLAN_COLUMNS	"line\tblock\tpart\tbench\tworkload\tlimit\tverdict" \
			"\treason\tconditions\tpoint"
#define SAMPLE_SCHEMA	"forkpath-sample/1"
#define META_SCHEMA	"forkpath-meta/1"
#define LAT_SCHEMA	"# forkpath-lat/1"

#define TEXT_MAX	(256UL << 20)	/* plan, sample */
#define META_MAX	(16UL << 20)
#define LAT_MAX		(64UL << 20)
#define LINES_MAX	1000000U	/* of a plan */
#define PARTS_MAX	100		/* of a plan, in an order of their own */

/*
 * More of one kind than any program prints: looked up one by one, they would
 * make a reader of an absurd file seem to hang.
 */
#define PAIRS_MAX	64U	/* key=value of a point */
#define VALUE_LEN	4096U	/* of a value; a list of all CPUs, of events */
#define VALUES_MAX	256U	/* of a Benchmark line */
#define UNITS_MAX	1024U
#define ROLES_MAX	64U	/* of a .lat file */
#define NOTES_MAX	10000U
#define SERIES_MAX	65536U	/* of an actor */

/* Above this, no rate, latency (100 s) or count is a measurement. */
#define VALUE_MAX	1e15

static int fail(struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vtext(run->error, sizeof(run->error), fmt, ap);
	va_end(ap);
	/* It quotes files, and goes to a terminal as one line. */
	for (unsigned char *c = (unsigned char *)run->error; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
	return -1;
}

void run_note(struct run *run, const char *fmt, ...)
{
	char line[600];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (run->nr_note > NOTES_MAX)
		return;
	if (run->nr_note == NOTES_MAX)
		snprintf(line, sizeof(line), "more than %u remarks: the others are not listed",
			 NOTES_MAX);
	*(char **)mem_more(&run->note, &run->nr_note, sizeof(char *)) =
		mem_text("%s", line);
}

/* --- text ---------------------------------------------------------------- */

/*
 * The next line of the text at *AT, without its newline. A last line that
 * has none sets *CUT. NULL at the end.
 */
static char *next_line(char **at, char *end, bool *cut)
{
	char *line = *at, *nl;

	if (line == end)
		return NULL;
	nl = memchr(line, '\n', end - line);
	*cut = !nl;
	if (nl)
		*nl = 0;
	*at = nl ? nl + 1 : end;
	return line;
}

/* A control character in the LEN bytes of LINE; tab is allowed if TAB. */
static bool has_control(const char *line, size_t len, bool tab)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = line[i];

		if ((c < ' ' && !(tab && c == '\t')) || c == 0x7f)
			return true;
	}
	return false;
}

/* Line between LINE and the next one at AT: its length, newline excluded. */
static size_t line_len(const char *line, const char *at, bool cut)
{
	return at - line - !cut;
}

/* The word at *AT, ended by one blank; NULL at the end of the line. */
static char *next_word(char **at, const char *sep)
{
	char *word = *at;
	size_t n;

	if (!word)
		return NULL;
	n = strcspn(word, sep);
	*at = word[n] ? word + n + 1 : NULL;
	word[n] = 0;
	return word;
}

static bool is_word(const char *text, size_t max)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789_.:+-");

	return n && !text[n] && n <= max;
}

/* Decimal, no sign, no blank, no leading zeros games: 0..MAX. */
static bool whole(const char *text, uint64_t max, uint64_t *v)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int d = (unsigned char)*text - '0';

		if (d > 9 || n > (UINT64_MAX - d) / 10)
			return false;
		n = n * 10 + d;
	}
	*v = n;
	return n <= max;
}

bool number(const char *text, double *v)
{
	char *end;

	if (!isdigit((unsigned char)*text) ||
	    text[strspn(text, "0123456789.e+-")])
		return false;
	*v = strtod(text, &end);
	return !*end && isfinite(*v);
}

const char *kv_get(const struct kv *kv, size_t nr, const char *key)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(kv[i].key, key))
			return kv[i].value;
	return NULL;
}

/* "k=v k=v" separated by SEP into *KV; false if it is something else. */
static bool kv_split(char *text, const char *sep, struct kv **kv, size_t *nr)
{
	char *word;

	while ((word = next_word(&text, sep))) {
		char *eq = strchr(word, '=');
		struct kv *one;

		if (!eq || eq == word || *nr == PAIRS_MAX)
			return false;
		*eq = 0;
		if (!is_word(word, 64) || strlen(eq + 1) > VALUE_LEN ||
		    kv_get(*kv, *nr, word))
			return false;
		one = mem_more(kv, nr, sizeof(**kv));
		one->key = word;
		one->value = eq + 1;
	}
	return true;
}

bool rep_timed(const struct rep *rep)
{
	return !kv_get(rep->cond, rep->nr_cond, "events") &&
	       !kv_get(rep->cond, rep->nr_cond, "profile");
}

bool rep_value(const struct rep *rep, const char *unit, double *v)
{
	for (size_t i = 0; i < rep->nr_value; i++) {
		if (!strcmp(rep->value[i].unit, unit)) {
			*v = rep->value[i].v;
			return true;
		}
	}
	return false;
}

/* --- files --------------------------------------------------------------- */

int folder_read(int dirfd, const char *name, size_t max, char **text,
		size_t *len)
{
	const char *slash = strchr(name, '/');
	int sub = -1, fd = -1, ret;
	struct stat st;
	size_t room;

	*text = NULL;
	*len = 0;
	if (slash) {
		char folder[64];

		if (slash - name >= (long)sizeof(folder) || strchr(slash + 1, '/'))
			return -EINVAL;
		memcpy(folder, name, slash - name);
		folder[slash - name] = 0;
		sub = openat(dirfd, folder, O_RDONLY | O_DIRECTORY |
			     O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			return -errno;
		dirfd = sub;
		name = slash + 1;
	}
	/* NONBLOCK: a fifo in the folder must not hang us. */
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		ret = -errno;
		goto out;
	}
	ret = -EINVAL;
	if (!S_ISREG(st.st_mode))
		goto out;
	ret = -EFBIG;
	if ((uint64_t)st.st_size > max)
		goto out;

	room = st.st_size + 1;
	*text = mem_get(room + 1, 1);
	for (;;) {
		ssize_t n = read(fd, *text + *len, room - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ret = -errno;
			goto out;
		}
		if (!n)
			break;
		*len += n;
		if (*len == room) {	/* it grows while we read */
			if (room >= max)
				goto out;
			room *= 2;
			*text = xrealloc(*text, room + 1, 1);
		}
	}
	(*text)[*len] = 0;
	ret = 0;
out:
	if (ret) {
		free(*text);
		*text = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (sub >= 0)
		close(sub);
	return ret;
}

/* --- plan ---------------------------------------------------------------- */

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
		col[i] = next_word(&at, "\t");
		if (!col[i])
			return fail(run, "plan.tsv:%u: %d columns; expected %d",
				    nr, i, NR);
	}
	if (at)
		return fail(run, "plan.tsv:%u: more than %d columns", nr, NR);
	if (!whole(col[LINE], LINES_MAX, &n) || n != run->nr_rep + 1)
		return fail(run, "plan.tsv:%u: line number '%s'; expected %zu",
			    nr, col[LINE], run->nr_rep + 1);
	if (!whole(col[BLOCK], LINES_MAX, &block) || !block)
		return fail(run, "plan.tsv:%u: block '%s' is not a number from 1 on",
			    nr, col[BLOCK]);
	for (i = PART; i <= LOAD; i++)
		if (!is_word(col[i], 60))
			return fail(run, "plan.tsv:%u: '%s' is not a word of A-Z a-z 0-9 _.:+-",
				    nr, col[i]);
	if (strcmp(col[VERDICT], "run") && strcmp(col[VERDICT], "skip"))
		return fail(run, "plan.tsv:%u: verdict '%s'; expected run or skip",
			    nr, col[VERDICT]);

	rep = mem_more(&run->rep, &run->nr_rep, sizeof(*rep));
	rep->line = n;
	rep->block = block;
	rep->of = of;
	if (of && block != run->rep[of - 1].block)
		return fail(run, "plan.tsv:%u: repeats line %u, in another block",
			    nr, of);
	if (whole(col[LIMIT], 1000000, &n))
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
		return fail(run, "plan.tsv:%u: conditions are not key=value pairs",
			    nr);
	if (*col[POINT] && strcmp(col[POINT], "-") &&
	    !kv_split(col[POINT], " ", &rep->point, &rep->nr_point))
		return fail(run, "plan.tsv:%u: point is not key=value pairs", nr);
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

int plan_parse(struct run *run, char *text, size_t len)
{
	const struct { const char *key; const char **to; } head[] = {
		{ "question", &run->question }, { "title", &run->title },
		{ "config", &run->config }, { "seed", &run->seed },
		{ "suite", &run->suite }, { "budget", &run->budget },
		{ "blocks", &run->blocks }, { "parts", &run->parts },
		{ "command", &run->command },
	};
	char *at = text, *end = text + len, *line;
	bool columns = false, cut = false;
	unsigned int nr = 0;
	uint64_t of = 0;

	while ((line = next_line(&at, end, &cut))) {
		nr++;
		if (has_control(line, line_len(line, at, cut), true))
			return fail(run, "plan.tsv:%u: control character", nr);
		if (nr == 1) {
			if (strcmp(line, PLAN_SCHEMA))
				return fail(run, "plan.tsv:1: '%.40s'; expected '%s'",
					    line, PLAN_SCHEMA);
		} else if (cut) {
			return fail(run, "plan.tsv:%u: truncated: no newline at its end",
				    nr);
		} else if (!columns && !strncmp(line, "# ", 2)) {
			char *value = line + 2, *key = next_word(&value, " ");

			for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
				if (!strcmp(key, head[i].key))
					*head[i].to = value ? value : "";
			if (value && !strcmp(key, "note"))
				*(const char **)mem_more(&run->plan_note,
					&run->nr_plan_note,
					sizeof(*run->plan_note)) = value;
			if (value && !strcmp(key, "event"))
				*(const char **)mem_more(&run->event,
					&run->nr_event,
					sizeof(*run->event)) = value;
		} else if (!columns) {
			if (strcmp(line, PLAN_COLUMNS))
				return fail(run, "plan.tsv:%u: expected the line of column names",
					    nr);
			columns = true;
		} else if (!strncmp(line, "# again ", 8)) {
			if (of || !whole(line + 8, run->nr_rep, &of) || !of ||
			    run->rep[of - 1].of)
				return fail(run, "plan.tsv:%u: '%.40s'; '# again LINE' is right, of an earlier line",
					    nr, line);
		} else {
			if (plan_line(run, nr, line, of))
				return -1;
			of = 0;
		}
	}
	if (!columns)
		return fail(run, "plan.tsv:%u: truncated: no line of column names",
			    nr);
	if (!run->nr_rep)
		return fail(run, "plan.tsv:%u: plans nothing", nr);
	if (!run->question || !is_word(run->question, 60) ||
	    *run->question == '.')
		return fail(run, "plan.tsv: '# question NAME' is missing or not a word");
	/* Parts stand as the config has them; those it does not name, last. */
	for (size_t i = 0; i < run->nr_rep; i++)
		run->rep[i].part_nr = word_nr(run->parts, run->rep[i].part);
	return 0;
}

/* --- sample -------------------------------------------------------------- */

struct sample {
	struct run	*run;
	const char	*name;
	unsigned int	 nr;		/* line in the file */
	bool		 schema;
	struct rep	*rep;		/* ok or void, its Benchmark line not seen */
	unsigned int	 rep_nr;	/* where its record was */
	bool		 drop;		/* record excluded: its values too */
	const char	*conditions;
	bool		 unverified;	/* has been said */
	bool		*seen;		/* plan line has a record */
};

static void exclude(struct sample *s, struct rep *rep, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void exclude(struct sample *s, struct rep *rep, const char *fmt, ...)
{
	char why[400];
	va_list ap;

	va_start(ap, fmt);
	err_vtext(why, sizeof(why), fmt, ap);
	va_end(ap);
	run_note(s->run, "%s:%u: %s", s->name, s->nr, why);
	if (rep) {
		rep->verdict = REP_EXCLUDED;
		rep->reason = s->run->note[s->run->nr_note - 1];
		rep->nr_value = 0;
	}
}

static bool same_value(const char *a, const char *b)
{
	double x, y;

	return !strcmp(a, b) || (number(a, &x) && number(b, &y) && x == y);
}

/* Is NAME (modified) how a Benchmark line of this repetition begins? */
static bool same_point(const struct rep *rep, char *name)
{
	bool upper = true, busy = strcmp(rep->workload, "idle");
	struct kv *kv = NULL;
	size_t nr = 0, i;
	const char *b;
	char *at = name, *head = next_word(&at, "/");
	bool same = false;

	head += strlen("Benchmark");
	for (b = rep->bench; *b; b++) {
		if (*b == '-') {
			upper = true;
			continue;
		}
		if (*head++ != (upper ? toupper((unsigned char)*b) : *b))
			return false;
		upper = false;
	}
	if (*head)
		return false;
	if (at && !kv_split(at, "/", &kv, &nr))
		goto out;
	if (nr != rep->nr_point + busy)
		goto out;
	for (i = 0; i < rep->nr_point; i++) {
		const char *v = kv_get(kv, nr, rep->point[i].key);

		if (!v || !same_value(v, rep->point[i].value))
			goto out;
	}
	if (busy) {
		const char *v = kv_get(kv, nr, "workload");

		if (!v || strcmp(v, rep->workload))
			goto out;
	}
	same = true;
out:
	free(kv);
	return same;
}

static bool ends(const char *text, const char *tail)
{
	size_t n = strlen(text), t = strlen(tail);

	return n > t && !strcmp(text + n - t, tail);
}

/* Quantiles of one role must not fall: a line put together wrongly. */
static const char *disorder(const struct rep *rep)
{
	static const char *const order[] = {
		"p50-ns", "p90-ns", "p99-ns", "p99.9-ns", "max-ns"
	};
	static char why[120];

	for (size_t i = 0; i < rep->nr_value; i++) {
		const char *unit = rep->value[i].unit;
		double last = rep->value[i].v, v;
		const char *below = "p50-ns";
		int role;

		if (!ends(unit, "-p50-ns"))
			continue;
		role = strlen(unit) - strlen("p50-ns");
		for (size_t q = 1; q < sizeof(order) / sizeof(*order); q++) {
			char name[100];

			snprintf(name, sizeof(name), "%.*s%s", role, unit,
				 order[q]);
			if (!rep_value(rep, name, &v))
				continue;
			/* The maximum is exact, a quantile a bucket's edge. */
			if (q == 4 ? v * 1.0081 + 1 < last : v < last) {
				snprintf(why, sizeof(why),
					 "%.60s is below %s: wrong unit or order",
					 name, below);
				return why;
			}
			last = v;
			below = order[q];
		}
	}
	return NULL;
}

/* "Name N value unit value unit..." of s->rep. */
static void benchmark_line(struct sample *s, char *line)
{
	struct rep *rep = s->rep;
	const char *why;
	uint64_t ops;
	char *at, *name, *word;
	double v;

	s->rep = NULL;
	if (!rep) {
		if (!s->drop)
			exclude(s, NULL, "a Benchmark line without its '# line N ok'");
		s->drop = false;
		return;
	}
	/* Tabs and runs of blanks separate, as in the Go format. */
	for (at = line, word = line; *word; word++) {
		if (*word == '\t')
			*word = ' ';
		if (*word != ' ' || (at > line && at[-1] != ' '))
			*at++ = *word;
	}
	while (at > line && at[-1] == ' ')
		at--;
	*at = 0;

	at = line;
	name = next_word(&at, " ");
	word = next_word(&at, " ");
	if (!word || !whole(word, VALUE_MAX, &ops)) {
		exclude(s, rep, "line %u: number of operations '%.40s'",
			rep->line, word ? word : "");
		return;
	}
	if (!same_point(rep, name)) {
		exclude(s, rep, "not the point of plan line %u", rep->line);
		return;
	}
	while ((word = next_word(&at, " "))) {
		const char *unit = next_word(&at, " ");
		struct value *one;

		if (!unit || !is_word(unit, 90)) {
			/* A unit may hold one slash: ops/s. */
			const char *slash = unit ? strchr(unit, '/') : NULL;

			if (!slash || slash == unit || strlen(unit) > 90 ||
			    !is_word(slash + 1, 90)) {
				exclude(s, rep, "line %u: value '%.40s' has unit '%.40s'",
					rep->line, word, unit ? unit : "");
				return;
			}
		}
		if (!number(word, &v) || v > VALUE_MAX) {
			exclude(s, rep, "line %u: %s is '%.40s': not a number in 0..1e15",
				rep->line, unit, word);
			return;
		}
		if (rep_value(rep, unit, &v)) {
			exclude(s, rep, "line %u: %s given twice", rep->line,
				unit);
			return;
		}
		if (rep->nr_value == VALUES_MAX) {
			exclude(s, rep, "line %u: more than %u values",
				rep->line, VALUES_MAX);
			return;
		}
		number(word, &v);
		one = mem_more(&rep->value, &rep->nr_value, sizeof(*one));
		one->unit = unit;
		one->v = v;
	}
	if (!rep->nr_value) {
		exclude(s, rep, "line %u: no values", rep->line);
		return;
	}
	why = disorder(rep);
	if (why) {
		exclude(s, rep, "line %u: %s", rep->line, why);
		return;
	}
	for (size_t i = 0; i < rep->nr_value; i++) {
		if (!ends(rep->value[i].unit, "-ops"))
			continue;
		if (rep->value[i].v != ops)
			exclude(s, rep, "line %u: %.0f %s, %" PRIu64 " operations",
				rep->line, rep->value[i].v, rep->value[i].unit,
				ops);
		break;
	}
	rep->effective = s->conditions;
}

/* The record of a repetition whose Benchmark line should have come. */
static void no_benchmark(struct sample *s)
{
	if (!s->rep)
		return;
	exclude(s, s->rep, "the Benchmark line of plan line %u is missing before here",
		s->rep->line);
	s->rep = NULL;
}

/* "lat/NNNN.lat" and nothing else: it is opened by this name. */
static bool dist_name(const char *name)
{
	size_t n;

	if (strncmp(name, "lat/", 4))
		return false;
	n = strspn(name + 4, "0123456789");
	return n >= 4 && n <= 9 && !strcmp(name + 4 + n, ".lat");
}

/* What follows "# line " */
static void record(struct sample *s, char *at)
{
	static const struct { const char *word; enum verdict verdict; } words[] = {
		{ "ok", REP_OK }, { "skip", REP_SKIP }, { "fail", REP_FAIL },
		{ "void", REP_VOID },
	};
	enum verdict verdict = REP_PLANNED;
	struct run *run = s->run;
	char *nr_text = next_word(&at, " "), *word = next_word(&at, " ");
	struct rep *rep;
	uint64_t nr;

	no_benchmark(s);
	s->drop = true;		/* until this record has proved good */
	if (!nr_text || !whole(nr_text, LINES_MAX, &nr) || !nr ||
	    nr > run->nr_rep) {
		exclude(s, NULL, "'# line %.20s': the plan has lines 1 to %zu",
			nr_text ? nr_text : "", run->nr_rep);
		return;
	}
	rep = &run->rep[nr - 1];
	for (size_t i = 0; word && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(word, words[i].word))
			verdict = words[i].verdict;
	if (s->seen[nr - 1]) {
		/* The first stands; what follows this one is not taken. */
		exclude(s, NULL, "a second record of plan line %" PRIu64, nr);
		return;
	}
	s->seen[nr - 1] = true;
	if (verdict == REP_PLANNED) {
		exclude(s, rep, "line %" PRIu64 ": verdict '%.20s'; expected ok, skip, fail or void",
			nr, word ? word : "");
		return;
	}
	if (rep->verdict == REP_SKIP && verdict != REP_SKIP) {
		exclude(s, rep, "line %" PRIu64 " is '%s', but the plan skips it",
			nr, word);
		return;
	}
	rep->verdict = verdict;
	if (verdict != REP_OK) {
		s->drop = false;
		rep->reason = at && *at ? at : "no reason given";
		if (verdict == REP_VOID) {
			s->rep = rep;
			s->rep_nr = s->nr;
		}
		return;
	}

	s->rep = rep;
	s->rep_nr = s->nr;
	while ((word = next_word(&at, " "))) {
		double v;

		if (!strncmp(word, "seconds=", 8)) {
			if (number(word + 8, &v) && v <= VALUE_MAX) {
				rep->seconds = v;
				continue;
			}
		} else if (!strncmp(word, "workload=", 9)) {
			if (!strcmp(word + 9, rep->workload))
				continue;
		} else if (!strncmp(word, "lat=", 4)) {
			if (dist_name(word + 4)) {
				rep->lat = word + 4;
				continue;
			}
		} else if (strchr(word, '=')) {
			continue;	/* a later suite may say more */
		}
		s->rep = NULL;
		exclude(s, rep, "line %" PRIu64 ": '%.60s'", nr, word);
		return;
	}
	s->drop = false;
}

static void unit_line(struct sample *s, char *at)
{
	char *name = next_word(&at, " "), *word;
	struct run *run = s->run;
	struct unit *u = NULL;

	if (!name || !*name) {
		exclude(s, NULL, "a Unit line without a unit");
		return;
	}
	for (size_t i = 0; i < run->nr_unit; i++)
		if (!strcmp(run->unit[i].name, name))
			u = &run->unit[i];
	if (!u && run->nr_unit == UNITS_MAX) {
		exclude(s, NULL, "more than %u units", UNITS_MAX);
		return;
	}
	if (!u) {
		u = mem_more(&run->unit, &run->nr_unit, sizeof(*u));
		u->name = name;
	}
	while ((word = next_word(&at, " "))) {
		if (!strcmp(word, "better=higher"))
			u->higher = true;
		else if (!strcmp(word, "assume=exact"))
			u->exact = true;
	}
}

/* "key: value"; false if the line is something else. */
static bool header_line(struct sample *s, char *line)
{
	const struct { const char *key; const char **to; } keep[] = {
		{ "suite", &s->run->sample_suite },
		{ "kernel", &s->run->sample_kernel },
	};
	size_t n = strcspn(line, ":");
	char *value;

	if (!islower((unsigned char)*line) || line[n] != ':' ||
	    (line[n + 1] && line[n + 1] != ' '))
		return false;
	line[n] = 0;
	value = line + n + 1;
	value += *value == ' ';
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(line, keep[i].key))
			continue;
		if (*keep[i].to && strcmp(*keep[i].to, value))
			run_note(s->run, "%s:%u: %s changes from %.60s to %.60s: not one run",
				 s->name, s->nr, line, *keep[i].to, value);
		*keep[i].to = value;
	}
	return true;
}

/* What a program could not look at on that machine: said once. */
static void not_verified(struct sample *s)
{
	const char *what = strstr(s->conditions, " verified=no:");

	if (what && !s->unverified)
		run_note(s->run, "%s:%u: not verified there: %.*s", s->name,
			 s->nr, (int)strcspn(what + 13, " "), what + 13);
	s->unverified |= what != NULL;
}

int sample_parse(struct run *run, char *text, size_t len)
{
	struct sample s = { .run = run, .name = run->sample_name };
	char *at = text, *end = text + len, *line;
	bool cut = false;
	int ret = -1;

	s.seen = mem_get(run->nr_rep, sizeof(*s.seen));
	while ((line = next_line(&at, end, &cut))) {
		s.nr++;
		if (!strncmp(line, "schema:", 7)) {
			line += 7 + (line[7] == ' ');
			if (strcmp(line, SAMPLE_SCHEMA)) {
				fail(run, "%s:%u: schema '%.40s'; expected '%s'",
				     s.name, s.nr, line, SAMPLE_SCHEMA);
				goto out;
			}
			s.schema = true;
			continue;
		}
		/* The runner may say what it skipped before the first bench. */
		if (!s.schema && *line && *line != '#') {
			fail(run, "%s:%u: '%.40s'; expected 'schema: %s'",
			     s.name, s.nr, line, SAMPLE_SCHEMA);
			goto out;
		}
		if (cut) {
			fail(run, "%s:%u: truncated: no newline at its end; --resume repeats what is missing",
			     s.name, s.nr);
			goto out;
		}
		if (has_control(line, line_len(line, at, cut), true)) {
			exclude(&s, s.rep, "control character");
			s.rep = NULL;
			continue;
		}
		if (!strncmp(line, "# line ", 7))
			record(&s, line + 7);
		else if (!strncmp(line, "# conditions ", 13)) {
			s.conditions = line + 13;
			not_verified(&s);
		}
		else if (!strncmp(line, "# Benchmark", 11) && s.rep &&
			 s.rep->verdict == REP_VOID)
			s.rep = NULL;	/* kept in the file, never averaged */
		else if (*line == '#' || !*line)
			;
		else if (!strncmp(line, "Unit ", 5))
			unit_line(&s, line + 5);
		else if (!strncmp(line, "Benchmark", 9)) {
			if (s.rep && s.rep->verdict == REP_VOID) {
				exclude(&s, NULL, "plan line %u is void, but its values are no comment",
					s.rep->line);
				s.rep = NULL;
			} else {
				benchmark_line(&s, line);
			}
		} else if (!header_line(&s, line)) {
			exclude(&s, NULL, "'%.40s' is no line of this format",
				line);
		}
	}
	if (s.rep && s.rep->verdict == REP_OK) {
		fail(run, "%s:%u: truncated: the Benchmark line of plan line %u is missing; --resume repeats it",
		     s.name, s.rep_nr, s.rep->line);
		goto out;
	}
	ret = 0;
out:
	free(s.seen);
	return ret;
}

/* --- meta ---------------------------------------------------------------- */

int meta_parse(struct run *run, const char *text, size_t len)
{
	json_error_t err;
	const char *schema;

	run->meta = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);
	if (!run->meta)
		return fail(run, "meta.json:%d: %s", err.line, err.text);
	schema = json_string_value(json_object_get(run->meta, "schema"));
	if (!schema || strcmp(schema, META_SCHEMA))
		return fail(run, "meta.json: schema '%.40s'; expected '%s'",
			    schema ? schema : "", META_SCHEMA);
	return 0;
}

/* --- folder -------------------------------------------------------------- */

static int folder_part(struct run *run, const char *name, size_t max,
		       int (*parse)(struct run *, char *, size_t))
{
	char *text;
	size_t len;
	int ret = folder_read(run->dirfd, name, max, &text, &len);

	if (ret)
		return fail(run, "%s: %s: %s%s", run->path, name,
			    ret == -ELOOP ? "a symbolic link" :
			    ret == -EINVAL ? "not a regular file" :
			    ret == -EFBIG ? "too large" : strerror(-ret),
			    strcmp(name, "plan.tsv") ? "" :
			    "; expected a folder made by ./run.sh");
	*(char **)mem_more(&run->text, &run->nr_text, sizeof(char *)) = text;
	ret = parse(run, text, len);
	if (ret) {	/* what, where: the folder goes first */
		char why[sizeof(run->error)];

		snprintf(why, sizeof(why), "%s", run->error);
		fail(run, "%s/%s", run->path, why);
	}
	return ret;
}

static int meta_text(struct run *run, char *text, size_t len)
{
	return meta_parse(run, text, len);
}

/* Whose repeat is ok? */
static void mend(struct run *run)
{
	for (size_t i = 0; i < run->nr_rep; i++)
		if (run->rep[i].of && run->rep[i].verdict == REP_OK)
			run->rep[run->rep[i].of - 1].mended = true;
}

int run_read(struct run *run, const char *path)
{
	int ret;

	memset(run, 0, sizeof(*run));
	run->path = path;
	run->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->dirfd < 0)
		return fail(run, "%s: %s; expected a results folder", path,
			    strerror(errno));
	ret = owner_become(run->dirfd);
	if (ret)
		return fail(run, "%s: root cannot become its owner here: %s",
			    path, strerror(-ret));
	if (folder_part(run, "plan.tsv", TEXT_MAX, plan_parse))
		return -1;
	snprintf(run->sample_name, sizeof(run->sample_name), "%s.sample",
		 run->question);
	if (folder_part(run, run->sample_name, TEXT_MAX, sample_parse))
		return -1;
	mend(run);
	return folder_part(run, "meta.json", META_MAX, meta_text);
}

void run_free(struct run *run)
{
	for (size_t i = 0; i < run->nr_rep; i++) {
		free(run->rep[i].point);
		free(run->rep[i].cond);
		free(run->rep[i].value);
	}
	free(run->rep);
	free(run->plan_note);
	free(run->event);
	free(run->unit);
	for (size_t i = 0; i < run->nr_note; i++)
		free(run->note[i]);
	free(run->note);
	for (size_t i = 0; i < run->nr_text; i++)
		free(run->text[i]);
	free(run->text);
	json_decref(run->meta);
	if (run->dirfd > 0)
		close(run->dirfd);
}

/* --- distributions ------------------------------------------------------- */

static int dist_why(char *why, size_t len, unsigned int nr, const char *text)
{
	snprintf(why, len, "line %u: %s", nr, text);
	return -1;
}

/* "role NAME ops N under N over N min N max N sum N" */
static bool dist_head(struct dist_role *r, char *at)
{
	const struct { const char *key; uint64_t *to; } field[] = {
		{ "ops", &r->ops }, { "under", &r->under }, { "over", &r->over },
		{ "min", &r->min }, { "max", &r->max }, { "sum", NULL },
	};
	char *word = next_word(&at, " ");
	uint64_t sum;

	if (!word || !is_word(word, 60))
		return false;
	r->name = word;
	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++) {
		word = next_word(&at, " ");
		if (!word || strcmp(word, field[i].key))
			return false;
		word = next_word(&at, " ");
		if (!word || !whole(word, UINT64_MAX,
				    field[i].to ? field[i].to : &sum))
			return false;
	}
	return !at;
}

static const char *dist_bucket(struct dist_role *r, char *at)
{
	struct bucket b, *last;
	char *low = next_word(&at, " "), *high = next_word(&at, " "),
	     *count = next_word(&at, " ");

	if (!count || at || !whole(low, UINT64_MAX, &b.low) ||
	    !whole(high, UINT64_MAX, &b.high) ||
	    !whole(count, UINT64_MAX, &b.count))
		return "not 'low high count'";
	if (b.low >= b.high)
		return "an empty range";
	if (b.high - b.low > 1 && b.high - b.low > b.low / 125 + 1)
		return "a bucket wider than 0.8 %";
	if (!b.count)
		return "a bucket without a count";
	last = r->nr_bucket ? &r->bucket[r->nr_bucket - 1] : NULL;
	if (last && b.low < last->high)
		return "buckets do not ascend";
	*(struct bucket *)mem_more(&r->bucket, &r->nr_bucket, sizeof(b)) = b;
	return NULL;
}

/* "series ACTOR BATCH SUM..." */
static const char *dist_series(struct dist_role *r, char *at)
{
	struct series *s = mem_more(&r->series, &r->nr_series, sizeof(*s));
	char *actor = next_word(&at, " "), *batch = next_word(&at, " "), *word;
	uint64_t sum;

	if (!batch || !whole(actor, 4096, &s->actor) ||
	    !whole(batch, UINT64_MAX, &s->batch) || !s->batch)
		return "not 'series ACTOR BATCH SUM...'";
	while ((word = next_word(&at, " "))) {
		if (!whole(word, UINT64_MAX, &sum))
			return "not 'series ACTOR BATCH SUM...'";
		if (s->nr_sum == SERIES_MAX)
			return "a series longer than 65536";
		*(uint64_t *)mem_more(&s->sum, &s->nr_sum, sizeof(sum)) = sum;
	}
	return s->nr_sum && s->nr_sum <= r->ops / s->batch ? NULL :
	       "a series longer than its operations";
}

/* "hash fnv1a64 HEX" */
static const char *dist_hash(struct dist_role *r, const char *at)
{
	static const char name[] = "fnv1a64 ";
	const char *hex = at + strlen(name);

	if (r->has_hash || strncmp(at, name, strlen(name)) ||
	    strlen(hex) != 16 || hex[strspn(hex, "0123456789abcdef")])
		return "not 'hash fnv1a64' and 16 hexadecimal digits";
	r->hash = strtoull(hex, NULL, 16);
	r->has_hash = true;
	return NULL;
}

/* Where every sample is there, in order, it can be seen. */
static const char *dist_hashed(const struct dist_role *r)
{
	uint64_t hash = LAT_HASH, nr = 0;

	for (size_t i = 0; i < r->nr_series; i++) {
		if (r->series[i].batch != 1)
			return "a hash, but a series of more than single operations";
		nr += r->series[i].nr_sum;
		for (size_t k = 0; k < r->series[i].nr_sum; k++)
			hash = lat_hash(hash, r->series[i].sum[k]);
	}
	return nr != r->ops ? "a hash, but not every sample" :
	       hash != r->hash ? "the hash is not that of the samples" : NULL;
}

static const char *dist_sum(const struct dist_role *r)
{
	uint64_t sum = r->under;

	if (__builtin_add_overflow(sum, r->over, &sum))
		return "counts overflow";
	for (size_t i = 0; i < r->nr_bucket; i++)
		if (__builtin_add_overflow(sum, r->bucket[i].count, &sum))
			return "counts overflow";
	if (sum != r->ops)
		return "counts do not add up to ops";
	if (r->has_hash && dist_hashed(r))
		return dist_hashed(r);
	if (!r->nr_bucket)
		return NULL;
	if (!r->under && (r->min < r->bucket[0].low ||
			  r->min >= r->bucket[0].high))
		return "min is not in the first bucket";
	if (!r->over && (r->max < r->bucket[r->nr_bucket - 1].low ||
			 r->max >= r->bucket[r->nr_bucket - 1].high))
		return "max is not in the last bucket";
	return NULL;
}

int dist_parse(struct dist_file *lat, char *text, size_t len, char *why,
	      size_t whylen)
{
	char *at = text, *end = text + len, *line;
	struct dist_role *r = NULL;
	unsigned int nr = 0;
	const char *bad;
	bool cut = false;

	memset(lat, 0, sizeof(*lat));
	while ((line = next_line(&at, end, &cut))) {
		nr++;
		if (has_control(line, line_len(line, at, cut), false))
			return dist_why(why, whylen, nr, "control character");
		if (cut)
			return dist_why(why, whylen, nr, "truncated");
		if (nr == 1) {
			if (strcmp(line, LAT_SCHEMA))
				return dist_why(why, whylen, nr,
					       "not '" LAT_SCHEMA "'");
		} else if (!strncmp(line, "role ", 5)) {
			if (r)
				return dist_why(why, whylen, nr,
					       "truncated: 'end' is missing");
			if (lat->nr_role == ROLES_MAX)
				return dist_why(why, whylen, nr,
						"too many roles");
			r = mem_more(&lat->role, &lat->nr_role, sizeof(*r));
			if (!dist_head(r, line + 5))
				return dist_why(why, whylen, nr,
					       "not 'role NAME ops N under N over N min N max N sum N'");
			for (size_t i = 0; i + 1 < lat->nr_role; i++)
				if (!strcmp(lat->role[i].name, r->name))
					return dist_why(why, whylen, nr,
						       "a role given twice");
		} else if (!strcmp(line, "end")) {
			bad = r ? dist_sum(r) : "'end' without a role";
			if (bad)
				return dist_why(why, whylen, nr, bad);
			r = NULL;
		} else if (r && !strncmp(line, "series ", 7)) {
			bad = dist_series(r, line + 7);
			if (bad)
				return dist_why(why, whylen, nr, bad);
		} else if (r && !strncmp(line, "hash ", 5)) {
			bad = dist_hash(r, line + 5);
			if (bad)
				return dist_why(why, whylen, nr, bad);
		} else {
			bad = r ? dist_bucket(r, line) : "a bucket outside of a role";
			if (bad)
				return dist_why(why, whylen, nr, bad);
		}
	}
	if (r || !lat->nr_role)
		return dist_why(why, whylen, nr, "truncated: 'end' is missing");
	return 0;
}

int dist_read(const struct run *run, const char *name, struct dist_file *lat,
	     char *why, size_t whylen)
{
	char *text;
	size_t len;
	int ret;

	memset(lat, 0, sizeof(*lat));
	ret = folder_read(run->dirfd, name, LAT_MAX, &text, &len);
	if (ret) {
		snprintf(why, whylen, "%s", ret == -ELOOP ? "a symbolic link" :
			 ret == -EINVAL ? "not a regular file" : strerror(-ret));
		return -1;
	}
	ret = dist_parse(lat, text, len, why, whylen);
	lat->text = text;
	return ret;
}

void dist_free(struct dist_file *lat)
{
	for (size_t i = 0; i < lat->nr_role; i++) {
		for (size_t k = 0; k < lat->role[i].nr_series; k++)
			free(lat->role[i].series[k].sum);
		free(lat->role[i].series);
		free(lat->role[i].bucket);
	}
	free(lat->role);
	free(lat->text);
	memset(lat, 0, sizeof(*lat));
}
