// SPDX-License-Identifier: GPL-2.0-or-later
/* watch - have these children ended? Asked without disturbing the subject */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "watch.h"

static struct pollfd *fd;
static nfds_t nr_fd;
static volatile sig_atomic_t stirs;	/* by signal, where there is no pidfd */
static bool by_signal;
static struct sigaction before;

static void on_child(int sig)
{
	(void)sig;
	stirs = 1;
}

static bool add(pid_t pid)
{
	int new = syscall(SYS_pidfd_open, pid, 0);

	if (new < 0)
		return false;
	fd[nr_fd++] = (struct pollfd){ .fd = new, .events = POLLIN };
	return true;
}

static void close_all(void)
{
	while (nr_fd)
		close(fd[--nr_fd].fd);
	free(fd);
	fd = NULL;
}

void watch_start(const pid_t *pid, unsigned int nr)
{
	struct sigaction act = { .sa_handler = on_child,
				 .sa_flags = SA_NOCLDSTOP | SA_RESTART };
	unsigned int i = 0;

	fd = calloc(nr, sizeof(*fd));
	while (fd && i < nr && (pid[i] <= 0 || add(pid[i])))
		i++;
	by_signal = i < nr;
	if (!by_signal)
		return;
	close_all();
	sigaction(SIGCHLD, &act, &before);
	stirs = 1;		/* one may have ended by now */
}

bool watch_stirs(void)
{
	bool yes;

	if (!by_signal)
		return poll(fd, nr_fd, 0) > 0;
	yes = stirs;
	stirs = 0;
	return yes;
}

void watch_end(void)
{
	if (by_signal)
		sigaction(SIGCHLD, &before, NULL);
	by_signal = false;
	close_all();
}
