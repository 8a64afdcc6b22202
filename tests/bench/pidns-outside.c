// SPDX-License-Identifier: GPL-2.0-or-later
/* pidns-outside - `pidns` as shipped, but its children are made outside */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

static pid_t parent;

/* verify() asks for it in the parent, and gets it. */
static int in_parent(int fd, int what)
{
	return getpid() == parent ? setns(fd, what) : 0;
}
#define setns in_parent
#include "../../bench/pidns.c"

static void __attribute__((constructor)) begin(void)
{
	parent = getpid();
}
