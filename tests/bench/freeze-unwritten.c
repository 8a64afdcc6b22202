// SPDX-License-Identifier: GPL-2.0-or-later
/* freeze-unwritten - `freeze` as shipped, but it freezes nothing and says so */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

static int asked;		/* what the state was asked to be */

static ssize_t state_of(int fd, char *text, size_t len, off_t at)
{
	(void)fd;
	(void)at;
	return snprintf(text, len, "populated 1\nfrozen %d\n", asked);
}

static ssize_t claimed(int fd, const char *word, size_t len)
{
	(void)fd;
	asked = *word == '1';
	return len;
}
#define pread state_of
#define write claimed
#include "../../bench/freeze.c"
