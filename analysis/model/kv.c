// SPDX-License-Identifier: GPL-2.0-or-later
/* kv - text cut in place: into lines, words, key=value pairs, numbers */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kv.h"
#include "mem.h"

/*
 * More pairs than any program prints: looked up one by one, they would make a
 * reader of an absurd file seem to hang.
 */
#define PAIRS_MAX	64U
#define VALUE_LEN	4096U	/* of a value; a list of all CPUs, of events */

char *kv_line(struct kv_text *t)
{
	char *line = t->at, *nl;
	bool control = false, tabs = t->tabs;

	if (line == t->end)
		return NULL;
	nl = memchr(line, '\n', t->end - line);
	t->nr++;
	t->cut = !nl;
	t->at = nl ? nl + 1 : t->end;
	nl = nl ? nl : t->end;
	*nl = 0;
	for (const unsigned char *c = (unsigned char *)line; c < (unsigned char *)nl; c++)
		control |= (*c < ' ' && !(tabs && *c == '\t')) ||
			   *c == 0x7f;
	t->control = control;
	return line;
}

char *kv_word(char **at, const char *sep)
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

bool kv_is_word(const char *text, size_t max)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789_.:+-");

	return n && !text[n] && n <= max;
}

bool kv_whole(const char *text, uint64_t max, uint64_t *v)
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

bool kv_is_date(const char *text, size_t least)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	size_t n = strlen(text);

	if (n < least || n >= sizeof(form))
		return false;
	for (size_t i = 0; i < n; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) :
		    text[i] != form[i])
			return false;
	return true;
}

bool kv_number(const char *text, double *v)
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

bool kv_split(char *text, const char *sep, struct kv **kv, size_t *nr)
{
	char *word;

	while ((word = kv_word(&text, sep))) {
		char *eq = strchr(word, '=');
		struct kv *one;

		if (!eq || eq == word || *nr == PAIRS_MAX)
			return false;
		*eq = 0;
		if (!kv_is_word(word, 64) || strlen(eq + 1) > VALUE_LEN ||
		    kv_get(*kv, *nr, word))
			return false;
		one = mem_more(kv, nr, sizeof(**kv));
		one->key = word;
		one->value = eq + 1;
	}
	return true;
}

bool kv_is_length(const char *key)
{
	static const char *const name[] = {
		"time", "warmup", "ops", "min-ops", "lat"
	};

	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		if (!strcmp(key, name[i]))
			return true;
	return false;
}
