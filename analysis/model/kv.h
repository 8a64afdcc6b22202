/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kv - text cut in place: into lines, words, key=value pairs, numbers */
#ifndef FORKPATH_KV_H
#define FORKPATH_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lines of a text, a NUL behind it: AT and END are set, TABS too. */
struct kv_text {
	char		*at, *end;
	bool		 tabs;		/* are no control characters */
	unsigned int	 nr;		/* of the line, from 1 */
	bool		 cut;		/* it has no newline */
	bool		 control;	/* it has a control character */
};

/* The next one, without its newline; NULL at the end. */
char *kv_line(struct kv_text *t);

/* The word at *AT, ended by one of SEP; NULL at the end of the line. */
char *kv_word(char **at, const char *sep);

/* At most MAX of A-Z a-z 0-9 _.:+- and no fewer than one? */
bool kv_is_word(const char *text, size_t max);

/* Decimal, no sign, no blank: 0..MAX. */
bool kv_whole(const char *text, uint64_t max, uint64_t *v);

/* "2026-01-02T03:04:05Z", or its first LEAST characters or more? */
bool kv_is_date(const char *text, size_t least);

/* Is TEXT a plain decimal number (digits, point, exponent)? */
bool kv_number(const char *text, double *v);

struct kv {
	const char	*key, *value;
};

/* Value of KEY, NULL if there is no such key. */
const char *kv_get(const struct kv *kv, size_t nr, const char *key);

/* "k=v k=v" separated by SEP into *KV; false if it is something else. */
bool kv_split(char *text, const char *sep, struct kv **kv, size_t *nr);

/* A key of the plan that says how long, not what. */
bool kv_is_length(const char *key);

#endif
