// SPDX-License-Identifier: GPL-2.0-or-later
/* freeze-unwritten - `freeze` as shipped, but it freezes nothing and says so */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

static ssize_t frozen(int fd, char *text, size_t len, off_t at)
{
	(void)fd;
	(void)at;
	return strlen(strncpy(text, "populated 1\nfrozen 1\n", len));
}

static ssize_t claimed(int fd, const char *word, size_t len)
{
	return *word == '1' ? (ssize_t)len : write(fd, word, len);
}
#define pread frozen
#define write claimed
#include "../../bench/freeze.c"
