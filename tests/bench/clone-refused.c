// SPDX-License-Identifier: GPL-2.0-or-later
/* clone-refused - `clone` as shipped, but each third fork is refused */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned int made;

#define syscall(nr, ...) \
	((nr) == SYS_clone && made++ % 3 == 2 ? \
	 (errno = EAGAIN, -1) : syscall(nr, __VA_ARGS__))
#include "../../lib/child.c"
#undef syscall
#include "../../bench/clone.c"
