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

int tool_run(char *const argv[], struct text *said)
{
	int fd[2], status = 0;
	char buf[4096];
	ssize_t got;
	pid_t pid;

	text_add(said, "", 0);
	if (pipe2(fd, O_CLOEXEC)) {
		err_say("%s: a pipe: %s", argv[0], strerror(errno));
		return 127;
	}
	pid = fork();
	if (pid < 0)
		err_say("%s: fork: %s", argv[0], strerror(errno));
	if (!pid) {
		if (dup2(fd[1], STDOUT_FILENO) >= 0)
			execvp(argv[0], argv);
		err_say("%s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	close(fd[1]);
	while ((got = read(fd[0], buf, sizeof(buf))) > 0 ||
	       (got < 0 && errno == EINTR))
		if (got > 0)
			text_add(said, buf, got);
	close(fd[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 ? 127 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
						     WEXITSTATUS(status);
}
