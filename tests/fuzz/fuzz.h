/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz - what the fuzz targets of this directory share
 *
 * A target hands arbitrary bytes to one reader as it is shipped; the
 * sanitizers judge. `make fuzz` runs them, tests/slow/fuzz.t briefly.
 */
#ifndef FORKPATH_TESTS_FUZZ_H
#define FORKPATH_TESTS_FUZZ_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* In place of lib/err.c: the message is put together, and not shown. */
const char *err_prog = "fuzz";

void err_say(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
}

/* A copy to write to, with the NUL behind it that the readers ask for. */
static inline char *fuzz_text(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		abort();
	if (len)
		memcpy(text, data, len);
	text[len] = 0;
	return text;
}

/* The same as a file to read; fmemopen(3) takes no empty one. */
static inline FILE *fuzz_file(const uint8_t *data, size_t len)
{
	return len ? fmemopen((void *)data, len, "r") : NULL;
}

#endif
