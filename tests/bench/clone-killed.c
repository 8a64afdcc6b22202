// SPDX-License-Identifier: GPL-2.0-or-later
/* clone-killed - `clone` as shipped, but each third child is killed first */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned int made;

#define syscall(nr, ...) \
	((nr) == SYS_clone && made++ % 3 == 2 ? \
	 killed() : syscall(nr, __VA_ARGS__))

static int killed(void)
{
	int pid = fork();

	if (!pid)
		raise(SIGKILL);
	return pid;
}
#include "../../lib/child.c"
#undef syscall
#include "../../bench/clone.c"
