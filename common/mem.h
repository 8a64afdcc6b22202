/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem - memory and strings; these do not return when there is no memory */
#ifndef FORKPATH_MEM_H
#define FORKPATH_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

void *mem_get(size_t nr, size_t size);			/* zeroed */

/* One more element at the end of the array *VEC of *NR; it is zeroed. */
void *mem_more(void *vec, size_t *nr, size_t size);
/* The same, which is VALUE. */
#define mem_push(vec, nr, ...) \
	(*(typeof(*(vec)))mem_more(vec, nr, sizeof(**(vec))) = (__VA_ARGS__))

void *xrealloc(void *old, size_t nr, size_t size);
void *xzalloc(size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define mem_text xprintf
/* What is written to it is *TEXT of *LEN, to be freed, once it is closed. */
FILE *mem_stream(char **text, size_t *len);
char *mem_vtext(const char *fmt, va_list ap);

/* "scoped double *v = ..": freed where the block ends that declares it. */
#define scoped __attribute__((cleanup(mem_drop)))
void mem_drop(void *pointer);

/* A list of strings that ends in NULL, so that it can be an argv. */
struct strv {
	char		**v;
	unsigned int	  nr;
};

void strv_add(struct strv *s, char *owned);
void strv_split(struct strv *s, const char *text, const char *separators);
/* All of them on one line, BETWEEN in between; to be freed. */
char *mem_join(const struct strv *s, const char *between);
bool mem_has(const struct strv *s, const char *one);
void strv_free(struct strv *s);

/* A byte string that grows; always ends in a NUL that is not counted. */
struct text {
	char	*s;
	size_t	 len;
};

void text_add(struct text *t, const char *s, size_t len);
void text_printf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

/* Names of questions, benchmarks, parts: [A-Za-z0-9][A-Za-z0-9_.+-]* */
bool word_ok(const char *s);

/* Does S end in TAIL, and not only of it? */
bool mem_ends(const char *s, const char *tail);

/* Control characters to '?', so that one record stays one line. */
char *one_line(char *s);

/* How many bytes of S (at most LEN) are valid UTF-8 without controls? */
size_t utf8_span(const char *s, size_t len);

/* Seconds of CLOCK_MONOTONIC. */
double now(void);

#endif
