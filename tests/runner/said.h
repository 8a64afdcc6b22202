/* SPDX-License-Identifier: GPL-2.0-or-later */
/* said - what a function under test says on stderr */
#ifndef FORKPATH_TESTS_SAID_H
#define FORKPATH_TESTS_SAID_H

#include <stdio.h>
#include <unistd.h>

static int said_old = -1;
static char said_text[8192];

static inline void said_begin(void)
{
	FILE *f = tmpfile();

	fflush(stderr);
	said_old = dup(STDERR_FILENO);
	dup2(fileno(f), STDERR_FILENO);
	fclose(f);
}

/* Everything since said_begin(). */
static inline const char *said_end(void)
{
	ssize_t n = pread(STDERR_FILENO, said_text, sizeof(said_text) - 1, 0);

	said_text[n > 0 ? n : 0] = '\0';
	dup2(said_old, STDERR_FILENO);
	close(said_old);
	return said_text;
}

#endif
