// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf - one text file, one question
 *
 * libinih does the parsing. It cuts long lines, names and inline comments
 * without a word and forgets sections that have no key; so the lines go
 * through read_line(), which refuses what would be cut and sees sections
 * as they pass. A list too long for one line goes on in indented lines.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf.h"
#include "err.h"
#include "opt.h"

#define INI_NAME 50	/* libinih keeps names up to this, its NUL included */

struct source {
	FILE		*from;
	struct conf	*conf;
	char		*buf;
	size_t		 size;
	unsigned int	 line;
	unsigned int	 question_line;	/* 0: no [question] yet */
	bool		 in_question;
	bool		 in_ask;	/* [answer NAME], [claim NAME] */
	bool		 only_asks;	/* nothing else is right here */
	bool		 indented;
	bool		 failed;
	struct strv	 seen;		/* keys of [question] */
};

static unsigned long repeat_to;
static double seconds_to;

static const struct opt question_keys[] = {
	{ "repeat", OPT_UINT, &repeat_to, "1", "1..10000", "blocks" },
	{ "seconds", OPT_TIME, &seconds_to, NULL, "0.1..1000000", "budget" },
	OPT_END
};

__attribute__((format(printf, 3, 4)))
static void refuse(struct source *s, unsigned int line, const char *fmt, ...)
{
	char what[800];
	va_list ap;

	if (s->failed)
		return;		/* the first one is the cause */
	s->failed = true;
	va_start(ap, fmt);
	err_vtext(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_say("%s:%u: %s", s->conf->file, line, one_line(what));
}

static bool is_ask(const char *word)
{
	return !strcmp(word, "answer") || !strcmp(word, "claim");
}

static void new_section(struct source *s, const char *bench, const char *part)
{
	struct conf *c = s->conf;
	struct conf_section **list = s->in_ask ? &c->asks : &c->sections;
	unsigned int *nr = s->in_ask ? &c->nr_asks : &c->nr;

	*list = xrealloc(*list, *nr + 1, sizeof(**list));
	(*list)[(*nr)++] = (struct conf_section){
		.bench = xstrdup(bench), .part = xstrdup(part), .line = s->line,
	};
}

static void section(struct source *s, const char *line, size_t len)
{
	const char *close = memchr(line, ']', len);
	struct strv words = { 0 };
	char *name;

	if (!close || close[1 + strspn(close + 1, " \t")]) {
		refuse(s, s->line, "a section is [BENCH PART] alone on its line");
		return;
	}
	if (close - line > INI_NAME) {
		refuse(s, s->line, "a section name has at most %d characters",
		       INI_NAME - 1);
		return;
	}
	name = xstrndup(line + 1, close - line - 1);
	strv_split(&words, name, " \t");
	s->in_question = words.nr == 1 && !strcmp(words.v[0], "question");
	s->in_ask = words.nr == 2 && is_ask(words.v[0]);
	if (s->only_asks && !s->in_ask) {
		refuse(s, s->line, "expected [answer NAME] or [claim NAME], got [%s]",
		       name);
	} else if (s->in_question) {
		if (s->question_line)
			refuse(s, s->line, "[question] was already in line %u",
			       s->question_line);
		s->question_line = s->line;
	} else if (words.nr != 2 || !word_ok(words.v[0]) ||
		   !word_ok(words.v[1])) {
		refuse(s, s->line, "[%s] is neither [question], [BENCH PART], [answer NAME] nor [claim NAME]",
		       name);
	} else {
		new_section(s, words.v[0], words.v[1]);
	}
	strv_free(&words);
	free(name);
}

/* Stands in for fgets(3) in libinih. */
static char *read_line(char *to, int size, void *arg)
{
	struct source *s = arg;
	ssize_t got = getline(&s->buf, &s->size, s->from);
	char *line = s->buf;
	size_t len, blank;

	if (s->failed)
		return NULL;
	if (got < 0) {
		if (ferror(s->from))
			refuse(s, s->line + 1, "cannot be read: %s",
			       strerror(errno));
		return NULL;
	}
	len = got;
	s->line++;
	if (len && line[len - 1] == '\n')
		line[--len] = '\0';
	if (len && line[len - 1] == '\r')
		line[--len] = '\0';
	/* All of them: libinih would take one more, and see what we did not. */
	while (s->line == 1 && !strncmp(line, "\xef\xbb\xbf", 3)) {
		line += 3;
		len -= 3;
	}
	if (utf8_span(line, len) != len) {
		refuse(s, s->line, "column %zu: not text (UTF-8 without "
		       "control characters)", utf8_span(line, len) + 1);
		return NULL;
	}
	blank = strspn(line, " \t");
	s->indented = blank;
	if (!line[blank] || line[blank] == '#' || line[blank] == ';')
		return strcpy(to, "\n");
	if (line[blank] == '[') {
		if (blank) {
			refuse(s, s->line, "a section starts in the first column");
			return NULL;
		}
		section(s, line, len);
		if (s->failed)
			return NULL;
	} else if (strstr(line, " ;") || strstr(line, "\t;")) {
		refuse(s, s->line, "a comment goes on a line of its own");
		return NULL;
	} else if (!blank && strcspn(line, "=:") >= INI_NAME) {
		refuse(s, s->line, "a line is KEY = VALUE, [BENCH PART] "
		       "or # comment");
		return NULL;
	}
	if (len + 3 > (size_t)size) {
		refuse(s, s->line, "%zu characters are too many for a line, %d "
		       "fit; go on in an indented line", len, size - 3);
		return NULL;
	}
	memcpy(to, line, len);
	strcpy(to + len, "\n");
	return to;
}

static void question_key(struct source *s, const char *name, const char *value)
{
	const struct opt *o = opt_find(question_keys, name);
	bool again = mem_has(&s->seen, name);
	struct conf *c = s->conf;
	char why[300];

	if (!o && strcmp(name, "title")) {
		refuse(s, s->line, "%s: unknown in [question]; known: title "
		       "repeat seconds", name);
	} else if (!o) {
		char *old = c->title;

		if (again && !s->indented) {
			refuse(s, s->line, "title: given twice");
			return;
		}
		c->title = old ? xprintf("%s %s", old, value) : xstrdup(value);
		free(old);
	} else if (again) {
		refuse(s, s->line, "%s: given twice", name);
	} else if (opt_set(o, value, why, sizeof(why))) {
		refuse(s, s->line, "%s", why);
	}
	if (!again)
		strv_add(&s->seen, xstrdup(name));
}

static void axis(struct source *s, struct conf_section *sec, const char *name,
		 const char *value)
{
	struct conf_key *key = sec->nr ? &sec->keys[sec->nr - 1] : NULL;

	if (!key || !s->indented || strcmp(key->name, name)) {
		for (unsigned int i = 0; i < sec->nr; i++) {
			if (strcmp(sec->keys[i].name, name))
				continue;
			refuse(s, s->line, "%s: already in line %u", name,
			       sec->keys[i].line);
			return;
		}
		sec->keys = xrealloc(sec->keys, sec->nr + 1, sizeof(*key));
		key = &sec->keys[sec->nr++];
		*key = (struct conf_key){
			.name = xstrdup(name), .line = s->line,
		};
	}
	strv_split(&key->values, value, " \t");
	if (!key->values.nr)
		refuse(s, s->line, "%s: a value is missing", name);
}

static int handle(void *arg, const char *sec, const char *name,
		  const char *value)
{
	struct source *s = arg;
	struct conf *c = s->conf;

	if (s->failed)
		return 0;
	if (!*sec)
		refuse(s, s->line, "%s: stands before the first [section]",
		       name);
	else if (!*name)
		refuse(s, s->line, "a line is KEY = VALUE, [BENCH PART] "
		       "or # comment");
	else if (s->in_question)
		question_key(s, name, value ? value : "");
	else
		axis(s, s->in_ask ? &c->asks[c->nr_asks - 1] :
		     &c->sections[c->nr - 1], name, value ? value : "");
	return !s->failed;
}

/* All lines of FROM; false after saying why not. */
static bool parse(struct source *s)
{
	int bad = ini_parse_stream(read_line, s, handle, s);

	if (bad > 0)
		refuse(s, bad, "a line is KEY = VALUE, [BENCH PART] "
		       "or # comment");
	else if (bad)
		refuse(s, s->line, "out of memory");
	return !s->failed;
}

int conf_read(struct conf *c, const char *file, const char *question,
	      FILE *from)
{
	struct source s = { .from = from, .conf = c };

	*c = (struct conf){
		.file = xstrdup(file), .question = xstrdup(question),
	};
	opt_defaults(question_keys);
	parse(&s);
	if (!s.question_line)
		refuse(&s, s.line ? s.line : 1, "the [question] section is missing");
	else if (!c->title || !*c->title)
		refuse(&s, s.question_line, "title: is missing");
	else if (!c->nr)
		refuse(&s, s.line, "plans nothing: a [BENCH PART] section is "
		       "missing");
	c->repeat = repeat_to;
	c->seconds = seconds_to;
	strv_free(&s.seen);
	free(s.buf);
	return s.failed ? -EINVAL : 0;
}

int conf_read_asks(struct conf *c, const char *file, FILE *from)
{
	struct source s = { .from = from, .conf = c, .only_asks = true };

	*c = (struct conf){ .file = xstrdup(file) };
	parse(&s);
	strv_free(&s.seen);
	free(s.buf);
	return s.failed ? -EINVAL : 0;
}

int conf_open(struct conf *c, const char *file)
{
	const char *base = strrchr(file, '/');
	size_t len;
	char *question;
	struct stat st;
	FILE *from;
	int ret;

	*c = (struct conf){ 0 };
	base = base ? base + 1 : file;
	len = strlen(base);
	if (len > 5 && !strcmp(base + len - 5, ".conf"))
		len -= 5;
	question = xstrndup(base, len);
	if (!word_ok(question)) {
		err_say("%s: the name of a question is [A-Za-z0-9_.+-]+", file);
		free(question);
		return -EINVAL;
	}
	from = fopen(file, "re");
	if (!from || fstat(fileno(from), &st) || S_ISDIR(st.st_mode)) {
		err_say("%s: %s; see 'list' for the questions", file,
			strerror(from ? EISDIR : errno));
		ret = -EINVAL;
	} else {
		ret = conf_read(c, file, question, from);
	}
	if (from)
		fclose(from);
	free(question);
	return ret;
}

static void sections_free(struct conf_section *list, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct conf_section *sec = &list[i];

		for (unsigned int j = 0; j < sec->nr; j++) {
			free(sec->keys[j].name);
			strv_free(&sec->keys[j].values);
		}
		free(sec->keys);
		free(sec->bench);
		free(sec->part);
	}
	free(list);
}

void conf_free(struct conf *c)
{
	sections_free(c->sections, c->nr);
	sections_free(c->asks, c->nr_asks);
	free(c->file);
	free(c->question);
	free(c->title);
	*c = (struct conf){ 0 };
}
