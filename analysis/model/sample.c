// SPDX-License-Identifier: GPL-2.0-or-later
/* sample - what was measured: QUESTION.sample */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "run.h"

#define SCHEMA		"forkpath-sample/1"
#define VALUES_MAX	256U	/* of a Benchmark line */
#define UNITS_MAX	1024U

/* Above this, no rate, latency (100 s) or count is a measurement. */
#define VALUE_MAX	1e15

struct sample {
	struct run	*run;
	const char	*name;
	struct kv_text	 t;
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
	run_note(s->run, "%s:%u: %s", s->name, s->t.nr, why);
	if (rep) {
		rep->verdict = REP_EXCLUDED;
		rep->reason = s->run->note[s->run->nr_note - 1];
		rep->nr_value = 0;
	}
}

/* Tabs and runs of blanks separate, as in the Go format: to one blank each. */
static void squeeze(char *line)
{
	char *at = line;

	for (const char *c = line; *c; c++) {
		char one = *c == '\t' ? ' ' : *c;

		if (one != ' ' || (at > line && at[-1] != ' '))
			*at++ = one;
	}
	while (at > line && at[-1] == ' ')
		at--;
	*at = 0;
}

/* "ops/s": a unit may hold one slash. */
static bool is_unit(const char *unit)
{
	const char *slash = strchr(unit, '/');

	return kv_is_word(unit, 90) ||
	       (slash && slash != unit && strlen(unit) <= 90 &&
		kv_is_word(slash + 1, 90));
}

/* Is it one of REP's? If not, REP is excluded. */
static bool add_value(struct sample *s, struct rep *rep, const char *word,
		      const char *unit)
{
	struct value *one;
	double v, other;

	if (!unit || !is_unit(unit))
		exclude(s, rep, "line %u: value '%.40s' has unit '%.40s'",
			rep->line, word, unit ? unit : "");
	else if (!kv_number(word, &v) || v > VALUE_MAX)
		exclude(s, rep, "line %u: %s is '%.40s': not a number in 0..1e15",
			rep->line, unit, word);
	else if (rep_value(rep, unit, &other))
		exclude(s, rep, "line %u: %s given twice", rep->line, unit);
	else if (rep->nr_value == VALUES_MAX)
		exclude(s, rep, "line %u: more than %u values", rep->line,
			VALUES_MAX);
	else {
		one = mem_more(&rep->value, &rep->nr_value, sizeof(*one));
		one->unit = unit;
		one->v = v;
		return true;
	}
	return false;
}

/* The first number of operations among the values is that of the line. */
static void check_ops(struct sample *s, struct rep *rep, uint64_t ops)
{
	const struct value *v = rep_ops(rep);

	if (v && v->v != ops)
		exclude(s, rep, "line %u: %.0f %s, %" PRIu64 " operations",
			rep->line, v->v, v->unit, ops);
}

/* "Name N value unit value unit..." of s->rep. */
static void benchmark_line(struct sample *s, char *line)
{
	char *at = line, *name, *word;
	struct rep *rep = s->rep;
	const char *why;
	uint64_t ops;

	s->rep = NULL;
	if (!rep) {
		if (!s->drop)
			exclude(s, NULL, "a Benchmark line without its '# line N ok'");
		s->drop = false;
		return;
	}
	squeeze(line);
	name = kv_word(&at, " ");
	word = kv_word(&at, " ");
	if (!word || !kv_whole(word, VALUE_MAX, &ops)) {
		exclude(s, rep, "line %u: number of operations '%.40s'",
			rep->line, word ? word : "");
		return;
	}
	if (!rep_named(rep, name)) {
		exclude(s, rep, "not the point of plan line %u", rep->line);
		return;
	}
	while ((word = kv_word(&at, " ")))
		if (!add_value(s, rep, word, kv_word(&at, " ")))
			return;
	why = rep->nr_value ? rep_disorder(rep) : "no values";
	if (why) {
		exclude(s, rep, "line %u: %s", rep->line, why);
		return;
	}
	check_ops(s, rep, ops);
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

/* What an ok record says of REP, "seconds=1.0 lat=lat/0001.lat". */
static bool record_word(struct rep *rep, char *word)
{
	double v;

	if (!strncmp(word, "seconds=", 8)) {
		if (!kv_number(word + 8, &v) || v > VALUE_MAX)
			return false;
		rep->seconds = v;
	} else if (!strncmp(word, "workload=", 9)) {
		return !strcmp(word + 9, rep->workload);
	} else if (!strncmp(word, "lat=", 4)) {
		if (!dist_name(word + 4))
			return false;
		rep->lat = word + 4;
	} else {
		return strchr(word, '=');	/* a later suite may say more */
	}
	return true;
}

/* The repetition of "N VERDICT ..." at *AT, and its verdict; NULL: none. */
static struct rep *record_of(struct sample *s, char **at, enum verdict *verdict)
{
	static const char *const words[NR_VERDICTS] = {
		[REP_OK] = "ok", [REP_SKIP] = "skip", [REP_FAIL] = "fail",
		[REP_VOID] = "void",
	};
	char *nr_text = kv_word(at, " "), *word = kv_word(at, " ");
	struct run *run = s->run;
	struct rep *rep;
	uint64_t nr;

	if (!nr_text || !kv_whole(nr_text, run->nr_rep, &nr) || !nr) {
		exclude(s, NULL, "'# line %.20s': the plan has lines 1 to %zu",
			nr_text ? nr_text : "", run->nr_rep);
		return NULL;
	}
	rep = &run->rep[nr - 1];
	if (s->seen[nr - 1]) {
		/* The first stands; what follows this one is not taken. */
		exclude(s, NULL, "a second record of plan line %" PRIu64, nr);
		return NULL;
	}
	s->seen[nr - 1] = true;
	*verdict = REP_PLANNED;
	for (int v = 0; word && v < NR_VERDICTS; v++)
		if (words[v] && !strcmp(word, words[v]))
			*verdict = v;
	if (*verdict == REP_PLANNED) {
		exclude(s, rep, "line %" PRIu64 ": verdict '%.20s'; expected ok, skip, fail or void",
			nr, word ? word : "");
		return NULL;
	}
	if (rep->verdict == REP_SKIP && *verdict != REP_SKIP) {
		exclude(s, rep, "line %" PRIu64 " is '%s', but the plan skips it",
			nr, word);
		return NULL;
	}
	return rep;
}

/* What follows "# line " */
static void record(struct sample *s, char *at)
{
	enum verdict verdict;
	struct rep *rep;
	char *word;

	no_benchmark(s);
	s->drop = true;		/* until this record has proved good */
	rep = record_of(s, &at, &verdict);
	if (!rep)
		return;
	rep->verdict = verdict;
	if (verdict != REP_OK)
		rep->reason = at && *at ? at : "no reason given";
	while (verdict == REP_OK && (word = kv_word(&at, " "))) {
		if (record_word(rep, word))
			continue;
		exclude(s, rep, "line %u: '%.60s'", rep->line, word);
		return;
	}
	s->drop = false;
	if (verdict == REP_OK || verdict == REP_VOID) {
		s->rep = rep;
		s->rep_nr = s->t.nr;
	}
}

static void unit_line(struct sample *s, char *at)
{
	char *name = kv_word(&at, " "), *word;
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
	while ((word = kv_word(&at, " "))) {
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
				 s->name, s->t.nr, line, *keep[i].to, value);
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
			 s->t.nr, (int)strcspn(what + 13, " "), what + 13);
	s->unverified |= what != NULL;
}

/* What may stand in a file before anything else, and any file can do. */
static int sample_head(struct sample *s, char *line)
{
	if (!strncmp(line, "schema:", 7)) {
		line += 7 + (line[7] == ' ');
		s->schema = !strcmp(line, SCHEMA);
		return s->schema ? 1 :
		       run_fail(s->run, "%s:%u: schema '%.40s'; expected '%s'",
				s->name, s->t.nr, line, SCHEMA);
	}
	/* The runner may say what it skipped before the first bench. */
	if (!s->schema && *line && *line != '#')
		return run_fail(s->run, "%s:%u: '%.40s'; expected 'schema: %s'",
				s->name, s->t.nr, line, SCHEMA);
	if (s->t.cut)
		return run_fail(s->run, "%s:%u: truncated: no newline at its end; --resume repeats what is missing",
				s->name, s->t.nr);
	return 0;
}

static void sample_line(struct sample *s, char *line)
{
	bool in_void = s->rep && s->rep->verdict == REP_VOID;

	if (s->t.control) {
		exclude(s, s->rep, "control character");
		s->rep = NULL;
	} else if (!strncmp(line, "# line ", 7)) {
		record(s, line + 7);
	} else if (!strncmp(line, "# conditions ", 13)) {
		s->conditions = line + 13;
		not_verified(s);
	} else if (!strncmp(line, "# Benchmark", 11) && in_void) {
		s->rep = NULL;	/* kept in the file, never averaged */
	} else if (*line == '#' || !*line) {
		;
	} else if (!strncmp(line, "Unit ", 5)) {
		unit_line(s, line + 5);
	} else if (!strncmp(line, "Benchmark", 9) && in_void) {
		exclude(s, NULL, "plan line %u is void, but its values are no comment",
			s->rep->line);
		s->rep = NULL;
	} else if (!strncmp(line, "Benchmark", 9)) {
		benchmark_line(s, line);
	} else if (!header_line(s, line)) {
		exclude(s, NULL, "'%.40s' is no line of this format", line);
	}
}

int sample_parse(struct run *run, char *text, size_t len)
{
	scoped bool *seen = mem_get(run->nr_rep, sizeof(*seen));
	struct sample s = {
		.run = run, .name = run->sample_name, .seen = seen,
		.t = { .at = text, .end = text + len, .tabs = true },
	};
	char *line;

	while ((line = kv_line(&s.t))) {
		int ret = sample_head(&s, line);

		if (ret < 0)
			return ret;
		if (!ret)
			sample_line(&s, line);
	}
	if (s.rep && s.rep->verdict == REP_OK)
		return run_fail(run, "%s:%u: truncated: the Benchmark line of plan line %u is missing; --resume repeats it",
				s.name, s.rep_nr, s.rep->line);
	return 0;
}
