// SPDX-License-Identifier: GPL-2.0-or-later
/* mem - memory and strings; these do not return when there is no memory */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "mem.h"

static void *must(void *p)
{
	if (!p) {
		err_say("out of memory");
		exit(EXIT_FAIL);
	}
	return p;
}

void *xrealloc(void *old, size_t nr, size_t size)
{
	return must(reallocarray(old, nr ? nr : 1, size));
}

void *mem_get(size_t nr, size_t size)
{
	return must(calloc(nr ? nr : 1, size));
}

void *mem_more(void *vec, size_t *nr, size_t size)
{
	void **p = vec;
	char *one;

	/* Full at every power of two: no capacity to carry about. */
	if (!(*nr & (*nr - 1)))
		*p = xrealloc(*p, *nr ? 2 * *nr : 1, size);
	one = (char *)*p + *nr * size;
	memset(one, 0, size);
	++*nr;
	return one;
}

void mem_drop(void *pointer)
{
	free(*(void **)pointer);
}

void *xzalloc(size_t size)
{
	return must(calloc(1, size));
}

char *xstrdup(const char *s)
{
	return must(strdup(s));
}

char *xstrndup(const char *s, size_t len)
{
	return must(strndup(s, len));
}

FILE *mem_stream(char **text, size_t *len)
{
	return must(open_memstream(text, len));
}

char *mem_vtext(const char *fmt, va_list ap)
{
	char *s;

	return must(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

char *xprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vtext(fmt, ap);
	va_end(ap);
	return s;
}

void strv_add(struct strv *s, char *owned)
{
	s->v = xrealloc(s->v, s->nr + 2, sizeof(*s->v));
	s->v[s->nr++] = owned;
	s->v[s->nr] = NULL;
}

void strv_split(struct strv *s, const char *text, const char *separators)
{
	for (;;) {
		size_t len;

		text += strspn(text, separators);
		len = strcspn(text, separators);
		if (!len)
			return;
		strv_add(s, xstrndup(text, len));
		text += len;
	}
}

char *mem_join(const struct strv *s, const char *between)
{
	struct text t = { 0 };

	text_add(&t, "", 0);
	for (unsigned int i = 0; i < s->nr; i++)
		text_printf(&t, "%s%s", i ? between : "", s->v[i]);
	return t.s;
}

bool mem_has(const struct strv *s, const char *one)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (!strcmp(s->v[i], one))
			return true;
	return false;
}

void strv_free(struct strv *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strv){ 0 };
}

/*
 * A large one in steps of a power of two: an initramfs comes in thousands of
 * pieces, and would be copied for each. A small one to the byte, so that a
 * checker of memory sees what is read behind its end.
 */
static size_t text_size(size_t need)
{
	size_t size = 65536;

	if (need <= size)
		return need;
	while (size < need && size <= SIZE_MAX / 2)
		size *= 2;
	return size < need ? need : size;
}

void text_add(struct text *t, const char *s, size_t len)
{
	size_t size = text_size(t->len + len + 1);

	if (!t->s || size != text_size(t->len + 1))
		t->s = xrealloc(t->s, size, 1);
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vtext(fmt, ap);
	va_end(ap);
	text_add(t, s, strlen(s));
	free(s);
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

static bool alnum(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9');
}

bool word_ok(const char *s)
{
	if (!alnum(*s) || strlen(s) > 64)
		return false;
	for (; *s; s++)
		if (!alnum(*s) && !strchr("_.+-", *s))
			return false;
	return true;
}

bool mem_ends(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n > t && !strcmp(s + n - t, tail);
}

char *one_line(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
	return s;
}

/* Length of the UTF-8 character at S (at most LEN bytes), 0: none. */
static size_t utf8_char(const unsigned char *s, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 :
		   s[0] >> 3 == 30 ? 4 : 0;
	uint32_t c;

	if (!n || n > len)
		return 0;
	if (n == 1)
		return (s[0] >= ' ' && s[0] != 0x7f) || s[0] == '\t';
	c = s[0] & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
	    (c >= 0x80 && c < 0xa0))
		return 0;
	return n;
}

size_t utf8_span(const char *s, size_t len)
{
	size_t at = 0, n;

	while (at < len && (n = utf8_char((const void *)(s + at), len - at)))
		at += n;
	return at;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}
