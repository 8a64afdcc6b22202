// SPDX-License-Identifier: GPL-2.0-or-later
/* sweep-unwritten - `sweep` as shipped, but its writes are only claimed */
#define _GNU_SOURCE
#include <unistd.h>

static ssize_t unwritten(int fd, const void *from, size_t len)
{
	(void)fd;
	(void)from;
	return len;
}
#include "mover.h"
#define write unwritten
#define PASSES_MAX 100
#include "../../bench/sweep.c"
