// SPDX-License-Identifier: GPL-2.0-or-later
/* err - exit codes and the one way to say that something is wrong */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

const char *err_prog = "forkpath";

/* TEXT in one line, as the mount table has it: a newline is \012. */
static size_t escape(char *line, size_t room, const char *text)
{
	size_t len = 0;

	for (; *text && len + 5 < room; text++) {
		unsigned char c = *text;

		if (c < ' ' || c == 0x7f)
			len += snprintf(line + len, room - len, "\\%03o", c);
		else
			line[len++] = c;
	}
	return len;
}

void err_say(const char *fmt, ...)
{
	static const char cut[] = " [...]\n";
	int saved = errno;
	char text[4096], line[sizeof(text) + sizeof(cut)];
	size_t len;
	int more;
	va_list ap;

	/* One write: lines of several processes do not mix. */
	len = snprintf(text, sizeof(text), "%s: ", err_prog);
	va_start(ap, fmt);
	more = vsnprintf(text + len, sizeof(text) - len, fmt, ap);
	va_end(ap);
	len = escape(line, sizeof(text), text);
	if (more >= (int)(sizeof(text) - strlen(err_prog) - 2) ||
	    len + 5 >= sizeof(text)) {
		memcpy(line + len, cut, sizeof(cut) - 1);
		len += sizeof(cut) - 1;
	} else {
		line[len++] = '\n';
	}
	if (write(STDERR_FILENO, line, len) < 0) {
		/* nobody left to tell */
	}
	errno = saved;
}
