/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deny - from now on this process is answered otherwise */
#ifndef FORKPATH_DENY_H
#define FORKPATH_DENY_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#define DENY_NOT_HERE	77	/* exit code: there is no seccomp */

/* Call NR is answered so; SECCOMP_RET_KILL_PROCESS ends us. */
static void deny(unsigned int nr, unsigned int answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		_exit(DENY_NOT_HERE);
}

#endif
