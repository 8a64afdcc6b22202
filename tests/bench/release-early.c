// SPDX-License-Identifier: GPL-2.0-or-later
/* release-early - `release` as shipped, but any news is that of an end */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <unistd.h>

static unsigned int looks;

/* The first look of each operation is at whether the process lives. */
static ssize_t good_news(int fd, char *text, size_t len, off_t at)
{
	if (looks++ % 2 == 0)
		return pread(fd, text, len, at);
	return strlen(strcpy(text, "populated 0\n"));
}
#define pread good_news
#define poll(...) ((void)0)
#include "../../bench/release.c"
