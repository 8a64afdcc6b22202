// SPDX-License-Identifier: GPL-2.0-or-later
/* tool - what another program prints */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "tool.h"

volatile sig_atomic_t tool_stopped;
static volatile pid_t running;

static void pass_on(int sig, siginfo_t *info, void *context)
{
	(void)context;
	tool_stopped = sig;
	if (running > 0 && info->si_code == SI_USER)
		kill(running, sig);
}

void tool_catch_stop(void)
{
	struct sigaction act = { .sa_sigaction = pass_on,
				 .sa_flags = SA_SIGINFO };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
}

/* Its number is its own until it has been waited for. */
static int wait_for(pid_t pid)
{
	siginfo_t info;
	int status = 0;

	while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) && errno == EINTR)
		;
	running = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int tool_run(char *const argv[], struct text *said)
{
	int fd[2] = { -1, -1 };
	char buf[4096];
	ssize_t got;
	pid_t pid;

	if (said)
		text_add(said, "", 0);
	if (said && pipe2(fd, O_CLOEXEC)) {
		err_say("%s: a pipe: %s", argv[0], strerror(errno));
		return 127;
	}
	pid = running = fork();
	if (pid < 0)
		err_say("%s: fork: %s", argv[0], strerror(errno));
	if (!pid) {
		if (!said || dup2(fd[1], STDOUT_FILENO) >= 0)
			execvp(argv[0], argv);
		err_say("%s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	if (said)
		close(fd[1]);
	while (said && ((got = read(fd[0], buf, sizeof(buf))) > 0 ||
	       (got < 0 && errno == EINTR)))
		if (got > 0)
			text_add(said, buf, got);
	if (said)
		close(fd[0]);
	return pid < 0 ? 127 : wait_for(pid);
}
