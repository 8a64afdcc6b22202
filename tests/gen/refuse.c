// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refuse - run a command under a seccomp filter, as containers have one
 *
 * Usage: refuse clone3|container|mkdir|fork COMMAND...
 *
 *   clone3     is not known (ENOSYS)
 *   container  and mount, umount2, unshare, setns, and clone with a
 *              namespace are not permitted (EPERM), which is about what the
 *              profile of Docker does to a process without CAP_SYS_ADMIN
 *   mkdir      no directory by mkdirat(2) (ENOSPC), no process (EAGAIN): a
 *   fork       set-up ends early. Whoever closes descriptor 0 on his way out,
 *              which is not his, is killed (SIGSYS)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAMESPACES (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | \
		    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)
#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(value, then) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, then)
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE_FOR(call, error) \
	IS(SYS_##call, 1), ANSWER(SECCOMP_RET_ERRNO | (error))
#define REFUSE(call) IS(SYS_##call, 1), ANSWER(SECCOMP_RET_ERRNO | EPERM)

#define KEEP_STDIN \
	IS(SYS_close, 3), LOAD(args[0]), IS(0, 1), \
	ANSWER(SECCOMP_RET_KILL_PROCESS), ANSWER(SECCOMP_RET_ALLOW)

static struct sock_filter no_mkdir[] = {
	LOAD(nr), REFUSE_FOR(mkdirat, ENOSPC),
	KEEP_STDIN,
};

static struct sock_filter no_fork[] = {
	LOAD(nr), REFUSE_FOR(clone3, EAGAIN), REFUSE_FOR(clone, EAGAIN),
	REFUSE_FOR(fork, EAGAIN), REFUSE_FOR(vfork, EAGAIN), KEEP_STDIN,
};

#define PROGRAM(f) \
	(struct sock_fprog){ .len = sizeof(f) / sizeof(*f), .filter = f }

int main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		LOAD(nr),
		IS(SYS_clone3, 1), ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
		/* With `clone3` this is the end. */
		ANSWER(SECCOMP_RET_ALLOW),
		REFUSE(mount), REFUSE(umount2), REFUSE(unshare), REFUSE(setns),
		IS(SYS_clone, 3), LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1),
		ANSWER(SECCOMP_RET_ERRNO | EPERM),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = PROGRAM(filter);

	if (argc >= 3 && !strcmp(argv[1], "mkdir")) {
		program = PROGRAM(no_mkdir);
	} else if (argc >= 3 && !strcmp(argv[1], "fork")) {
		program = PROGRAM(no_fork);
	} else if (argc >= 3 && !strcmp(argv[1], "container")) {
		filter[3] = (struct sock_filter)LOAD(nr);
	} else if (argc < 3 || strcmp(argv[1], "clone3")) {
		fprintf(stderr, "refuse: clone3|container|mkdir|fork COMMAND... "
			"is right\n");
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("refuse: seccomp");
		return 4;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
