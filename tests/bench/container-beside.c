// SPDX-License-Identifier: GPL-2.0-or-later
/* container-beside - `container` as shipped, but two of three are made beside it */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"

static unsigned int made;

static pid_t beside(int cgroup)
{
	return made++ % 3 ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) :
			  child_into(cgroup);
}
#define child_into beside
#include "../../bench/container.c"
