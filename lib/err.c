// SPDX-License-Identifier: GPL-2.0-or-later
/* err - exit codes and the one way to say that something is wrong */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "err.h"

const char *err_prog = "forkpath";

void err_say(const char *fmt, ...)
{
	int saved = errno;
	char line[1024];
	int len, more;
	va_list ap;

	/* One write: lines of several processes do not mix. */
	len = snprintf(line, sizeof(line) - 1, "%s: ", err_prog);
	va_start(ap, fmt);
	more = vsnprintf(line + len, sizeof(line) - 1 - len, fmt, ap);
	va_end(ap);
	if (more > 0)
		len += more;
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0) {
		/* nobody left to tell */
	}
	errno = saved;
}
