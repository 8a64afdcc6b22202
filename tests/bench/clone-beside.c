// SPDX-License-Identifier: GPL-2.0-or-later
/* clone-beside - `clone` as shipped, but each second child is made elsewhere */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned int made;

#define syscall(nr, ...) \
	((nr) == SYS_clone3 && made++ % 2 ? \
	 syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : syscall(nr, __VA_ARGS__))
#include "../../lib/child.c"
#undef syscall
#include "../../bench/clone.c"
