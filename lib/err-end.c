// SPDX-License-Identifier: GPL-2.0-or-later
/* err-end - did what was printed arrive? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

const char *err_stdout(void)
{
	static int first;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout) && !first)
		return NULL;
	/* It failed some lines ago: errno is of something else. Does it still? */
	if (!errno && !first && write(STDOUT_FILENO, "\n", 1) == 1)
		errno = EIO;
	if (!first)
		first = errno;
	errno = first;
	return strerror(first);
}

int err_end(int ret)
{
	const char *why = err_stdout();

	if (!why || errno == EPIPE)
		return ret;
	err_say("standard output: %s", why);
	return ret ? ret : EXIT_FAIL;
}
