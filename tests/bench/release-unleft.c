// SPDX-License-Identifier: GPL-2.0-or-later
/* release-unleft - `release` as shipped, but nobody leaves and it says so */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <unistd.h>

static unsigned int looks;

/* The first look of each operation is at whether the processes live. */
static ssize_t good_news(int fd, char *text, size_t len, off_t at)
{
	if (looks++ % 2 == 0)
		return pread(fd, text, len, at);
	return strlen(strcpy(text, "populated 0\n"));
}

static ssize_t claimed(int fd, const void *value, size_t len)
{
	(void)fd;
	(void)value;
	return len;
}
#define pread good_news
#define write claimed
#define poll(...) ((void)0)
#include "../../bench/release.c"
