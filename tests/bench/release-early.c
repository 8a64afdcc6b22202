// SPDX-License-Identifier: GPL-2.0-or-later
/* release-early - `release` as shipped, but any news is that of an end */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

static ssize_t good_news(int fd, char *text, size_t len, off_t at)
{
	(void)fd;
	(void)len;
	(void)at;
	return strlen(strcpy(text, "populated 0\n"));
}
#define pread good_news
#include "../../bench/release.c"
