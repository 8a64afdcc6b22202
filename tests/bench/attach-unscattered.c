// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach-unscattered - `attach` as shipped, but all threads that are put
 * apart go to one cgroup
 */
#define _GNU_SOURCE
#include "cg.h"

static int to_one(const struct cg *cg, const char *file, pid_t pid)
{
	static const struct cg *one;

	if (file == cg_threads_file(cg)) {
		one = one ? one : cg;
		cg = one;
	}
	return cg_write_pid(cg, file, pid);
}
#define cg_write_pid to_one
#include "../../bench/attach.c"
