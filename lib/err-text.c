// SPDX-License-Identifier: GPL-2.0-or-later
/* err-text - messages for somebody else to say */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

size_t err_vtext(char *text, size_t len, const char *fmt, va_list ap)
{
	static const char cut[] = " [...]";
	int n = vsnprintf(text, len, fmt, ap);

	if (n >= 0 && (size_t)n < len)
		return n;
	if (len > sizeof(cut))
		memcpy(text + len - sizeof(cut), cut, sizeof(cut));
	return strlen(text);
}

size_t err_text(char *text, size_t len, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = err_vtext(text, len, fmt, ap);
	va_end(ap);
	return n;
}
