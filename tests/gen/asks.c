// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * asks - how often do the programs of a command ask instead of waiting?
 *
 * Usage: asks COMMAND...
 *
 * Prints a line "PROGRAM CALL TIMES" for each program that the command runs,
 * after it has ended; the command's own output goes to stderr. CALL is
 *
 *   wait   wait4(2) and waitid(2) with WNOHANG; both take tasklist_lock
 *   sleep  poll(2), ppoll(2), nanosleep(2) and clock_nanosleep(2)
 *
 * A seccomp filter tells each call to this program, which lets it go on.
 * Exit 77: this kernel has no such filter; otherwise that of the command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define TELL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)
#define SLEEP(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), TELL
/* Argument OPTIONS, whose lower half comes first where we run. */
#define WAIT(call, options) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 4), \
	LOAD(args[options]), \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, WNOHANG, 0, 1), TELL, \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

enum { WAITS, SLEEPS, NR_CALLS };

static struct {
	char		name[32];
	unsigned long	nr[NR_CALLS];
} program[64];

static char stack[65536] __attribute__((aligned(16)));
static int talk[2];		/* child, parent */

static int filter(void)
{
	struct sock_filter code[] = {
		LOAD(nr), WAIT(wait4, 2), WAIT(waitid, 3), SLEEP(ppoll),
		SLEEP(clock_nanosleep), SLEEP(nanosleep),
#ifdef SYS_poll
		SLEEP(poll),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

/* Shares its descriptors with the parent until it is another program. */
static int child(void *argv)
{
	char *const *command = argv;
	int listener = filter();
	char go;

	if (write(talk[0], &listener, sizeof(listener)) < 0 || listener < 0 ||
	    read(talk[0], &go, 1) != 1)
		_exit(77);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

static void count(const struct seccomp_notif *asked)
{
	int call = asked->data.nr == SYS_wait4 || asked->data.nr == SYS_waitid ?
		   WAITS : SLEEPS;
	char path[64], name[32] = "";
	size_t i = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", asked->pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, sizeof(name), f))
		snprintf(name, sizeof(name), "?");
	if (f)
		fclose(f);
	name[strcspn(name, "\n")] = '\0';
	while (i < 63 && *program[i].name && strcmp(program[i].name, name))
		i++;
	strcpy(program[i].name, name);
	program[i].nr[call]++;
}

/* Until nobody is left who has the filter. */
static void listen_to(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, -1) >= 0 && p.revents & POLLIN) {
		struct seccomp_notif asked = { 0 };
		struct seccomp_notif_resp answer = {
			.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
		};

		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked))
			continue;	/* it has died meanwhile */
		count(&asked);
		answer.id = asked.id;
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

int main(int argc, char **argv)
{
	int status, fd = -1;
	pid_t pid;

	if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk))
		return 2;
	pid = clone(child, stack + sizeof(stack), CLONE_FILES | SIGCHLD,
		    argv + 1);
	if (pid < 0 || read(talk[1], &fd, sizeof(fd)) != sizeof(fd))
		return 2;
	if (fd >= 0 && write(talk[1], "", 1) == 1)
		listen_to(fd);
	if (waitpid(pid, &status, 0) != pid)
		return 2;
	for (int i = 0; *program[i].name; i++)
		printf("%s wait %lu\n%s sleep %lu\n", program[i].name,
		       program[i].nr[WAITS], program[i].name,
		       program[i].nr[SLEEPS]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
