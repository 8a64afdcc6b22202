// SPDX-License-Identifier: GPL-2.0-or-later
/* mem - allocation that does not fail, text that grows */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void *mem_get(size_t nr, size_t size)
{
	return must(calloc(nr ? nr : 1, size));
}

void *mem_grow(void *old, size_t nr, size_t size)
{
	return must(reallocarray(old, nr ? nr : 1, size));
}

void *mem_more(void *vec, size_t *nr, size_t size)
{
	void **p = vec;
	char *one;

	/* Full at every power of two: no capacity to carry about. */
	if (!(*nr & (*nr - 1)))
		*p = mem_grow(*p, *nr ? 2 * *nr : 1, size);
	one = (char *)*p + *nr * size;
	memset(one, 0, size);
	++*nr;
	return one;
}

char *mem_text(const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return must(n < 0 ? NULL : text);
}
