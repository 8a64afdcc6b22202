// SPDX-License-Identifier: GPL-2.0-or-later
/* proc - start a process, hear what it says, see the last of it */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kill.h"
#include "proc.h"
#include "turn.h"

/* So often a limit begins anew where somebody starves. */
#define LIMIT_TIMES	10

volatile sig_atomic_t proc_stop_signal;

static char token[17];
static sigset_t sleep_mask;	/* in force only inside ppoll(2) */
static sigset_t child_mask;	/* what we were started with */

static volatile sig_atomic_t child_ended;	/* since it was last asked for */

/* It also interrupts ppoll(2). */
static void on_child(int sig)
{
	(void)sig;
	child_ended = 1;
}

static void on_stop(int sig)
{
	if (!proc_stop_signal)
		proc_stop_signal = sig;
}

static void catch(int sig, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler };
	sigset_t one;

	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_BLOCK, &one, NULL);
	sigdelset(&sleep_mask, sig);
}

int proc_init(void)
{
	unsigned long long r = 0;

	if (token[0])
		return 0;
	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != sizeof(r))
		r = (unsigned long long)getpid() << 32 ^ (unsigned long)time(NULL);
	snprintf(token, sizeof(token), "%016llx", r);
	if (setenv("FORKPATH_RUN", token, 1))
		return -errno;
	sigprocmask(SIG_SETMASK, NULL, &child_mask);
	sleep_mask = child_mask;
	catch(SIGCHLD, on_child);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return -errno;
	return 0;
}

void proc_catch_stop(void)
{
	catch(SIGINT, on_stop);
	catch(SIGTERM, on_stop);
	catch(SIGHUP, on_stop);
	signal(SIGPIPE, SIG_IGN);
}

const char *proc_token(void)
{
	return token;
}

/* In the child. Only async-signal-safe calls; errno goes through SAY. */
static void exec_child(char *const argv[], int dirfd, int null, int out,
		       int err, int say, pid_t parent)
{
	static const int reset[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD };
	int e;

	for (size_t i = 0; i < sizeof(reset) / sizeof(*reset); i++)
		signal(reset[i], SIG_DFL);
	if (setpgid(0, 0) || prctl(PR_SET_PDEATHSIG, SIGTERM))
		goto fail;
	if (getppid() != parent)
		_exit(127);	/* the runner was faster to die */
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		goto fail;
	if (dirfd >= 0 && fchdir(dirfd))
		goto fail;
	sigprocmask(SIG_SETMASK, &child_mask, NULL);
	execvp(argv[0], argv);
fail:
	e = errno;
	if (write(say, &e, sizeof(e)) < 0)
		_exit(126);
	_exit(127);
}

int proc_start(struct proc *p, char *const argv[], int dirfd)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, say[2] = { -1, -1 };
	int null, ret = 0, e;
	pid_t parent = getpid();
	ssize_t got;

	*p = (struct proc){ .fd = { -1, -1 } };
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) ||
	    pipe2(say, O_CLOEXEC)) {
		ret = -errno;
		goto out;
	}
	p->pid = fork();
	if (!p->pid)
		exec_child(argv, dirfd, null, out[1], err[1], say[1], parent);
	if (p->pid < 0) {
		ret = -errno;
		p->pid = 0;
		goto out;
	}
	close(say[1]);
	say[1] = -1;
	do {
		got = read(say[0], &e, sizeof(e));
	} while (got < 0 && errno == EINTR);
	if (got == sizeof(e)) {
		waitpid(p->pid, NULL, 0);
		p->pid = 0;
		ret = -e;
		goto out;
	}
	p->fd[0] = out[0];
	p->fd[1] = err[0];
	out[0] = err[0] = -1;
	fcntl(p->fd[0], F_SETFL, O_NONBLOCK);
	fcntl(p->fd[1], F_SETFL, O_NONBLOCK);
	text_add(&p->text[0], "", 0);
	text_add(&p->text[1], "", 0);
out:
	for (int i = 0; i < 2; i++) {
		if (out[i] >= 0)
			close(out[i]);
		if (err[i] >= 0)
			close(err[i]);
		if (say[i] >= 0)
			close(say[i]);
	}
	if (null >= 0)
		close(null);
	return ret;
}

/* LEN bytes that came out of stream I. */
static void said(struct proc *p, int i, const char *s, size_t len)
{
	struct text *t = &p->text[i];
	size_t keep = len, old;

	if (!i && p->sink) {
		p->sink(p->sink_arg, s, len);
		return;
	}
	if (!i && t->len + len > PROC_OUTPUT_MAX)
		keep = PROC_OUTPUT_MAX - t->len;
	text_add(t, s, keep);
	p->dropped[i] += len - keep;
	if (t->len > PROC_OUTPUT_MAX) {
		old = t->len - PROC_OUTPUT_MAX / 2;
		memmove(t->s, t->s + old, t->len - old + 1);
		t->len -= old;
		p->dropped[i] += old;
	}
}

static void drain(struct proc *p, int i)
{
	char buf[65536];
	ssize_t got;

	while (p->fd[i] >= 0) {
		got = read(p->fd[i], buf, sizeof(buf));
		if (got > 0) {
			said(p, i, buf, got);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		close(p->fd[i]);
		p->fd[i] = -1;
	}
}

static void reap(struct proc *p)
{
	if (!p || !p->pid || p->done ||
	    waitpid(p->pid, &p->status, WNOHANG) != p->pid)
		return;
	p->done = true;
	/* Not to the end of file: an orphan may hold the pipe open. */
	drain(p, 0);
	drain(p, 1);
}

static bool has_line(const struct text *t, const char *what)
{
	const char *at = t->s ? strstr(t->s, what) : NULL;

	return at && strchr(at, '\n');
}

/*
 * waitpid(2) takes a lock of what is measured (tasklist_lock), so it is asked
 * only when a child has ended, not whenever somebody prints a line.
 */
static enum proc_event wait_by(int pidfd, struct proc *p, struct proc *beside,
			       double until, const char *ready)
{
	child_ended = 1;	/* perhaps while nobody waited for it */
	for (;;) {
		struct proc *both[] = { p, beside };
		struct timespec ts, *timeout = NULL;
		struct pollfd fds[5] = { { .fd = pidfd, .events = POLLIN } };
		struct proc *of[5];
		int which[5], n = 1;
		double left;

		if (child_ended) {
			child_ended = 0;
			reap(p);
			reap(beside);
		}
		if (ready && (has_line(&p->text[0], ready) ||
			      has_line(&p->text[1], ready)))
			return PROC_READY;
		if (p->done || !p->pid)
			return PROC_DONE;
		if (proc_stop_signal)
			return PROC_STOP;
		if (until) {
			left = until - now();
			if (left <= 0)
				return PROC_TIME;
			ts.tv_sec = left;
			ts.tv_nsec = (left - ts.tv_sec) * 1e9;
			timeout = &ts;
		}
		for (int i = 0; i < 2; i++) {
			for (int j = 0; both[i] && j < 2; j++) {
				if (both[i]->fd[j] < 0)
					continue;
				fds[n] = (struct pollfd){
					.fd = both[i]->fd[j], .events = POLLIN,
				};
				of[n] = both[i];
				which[n++] = j;
			}
		}
		if (ppoll(fds, n, timeout, &sleep_mask) <= 0)
			continue;
		child_ended |= !!fds[0].revents;
		for (int i = 1; i < n; i++)
			if (fds[i].revents)
				drain(of[i], which[i]);
	}
}

/*
 * Woken by the end of P, whether SIGCHLD is caught here (proc_init()) or not;
 * without pidfds (before Linux 5.3) by SIGCHLD alone.
 */
enum proc_event proc_wait(struct proc *p, struct proc *beside, double until,
			  const char *ready)
{
	int pidfd = p->pid > 0 && !p->done ?
		    (int)syscall(SYS_pidfd_open, p->pid, 0) : -1;
	enum proc_event event = wait_by(pidfd, p, beside, until, ready);

	if (pidfd >= 0)
		close(pidfd);
	return event;
}


void proc_stop(struct proc *p, struct proc *beside, double grace)
{
	sig_atomic_t asked = proc_stop_signal;

	if (!p->pid || p->done)
		return;
	/* Being asked to stop is no reason not to wait for the end. */
	kill(p->pid, SIGTERM);
	proc_stop_signal = 0;
	if (proc_wait(p, beside, now() + grace, NULL) != PROC_DONE) {
		kill(-p->pid, SIGKILL);
		kill(p->pid, SIGKILL);
		proc_stop_signal = 0;
		proc_wait(p, beside, now() + 10, NULL);
	}
	if (asked)
		proc_stop_signal = asked;
}

/* Parent of PID, or 0. A name may hold any character: look for the last ). */
static pid_t parent_of(const char *pid)
{
	char path[64], buf[512], *p;
	ssize_t got;
	int fd, parent;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (got <= 0)
		return 0;
	buf[got] = '\0';
	p = strrchr(buf, ')');
	return p && sscanf(p + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

static bool has_parent(pid_t pid, const void *parent)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	return parent_of(number) == *(const pid_t *)parent;
}

/* One signal to everybody below us. Returns how many were found. */
static int kill_below(int sig)
{
	struct { pid_t pid, parent; bool ours; } *all = NULL;
	bool more = true;
	struct dirent *e;
	int n = 0, found = 0;
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		all = xrealloc(all, n + 1, sizeof(*all));
		all[n].pid = atoi(e->d_name);	/* the kernel's own number */
		all[n].parent = parent_of(e->d_name);
		all[n++].ours = false;
	}
	if (d)
		closedir(d);
	while (more) {
		more = false;
		for (int i = 0; i < n; i++) {
			bool below = all[i].parent == getpid();

			for (int j = 0; j < n && !below; j++)
				below = all[j].ours &&
					all[j].pid == all[i].parent;
			if (all[i].ours || !below)
				continue;
			all[i].ours = more = true;
			found++;
			kill_sure(all[i].pid, sig, has_parent, &all[i].parent);
		}
	}
	free(all);
	return found;
}

int proc_kill_tree(double seconds)
{
	double until = now() + seconds;
	int killed = 0;

	for (;;) {
		struct timespec nap = { .tv_nsec = 2000000 };
		pid_t pid;
		int n;

		do {
			pid = waitpid(-1, NULL, WNOHANG);
		} while (pid > 0);
		if (pid < 0 && errno == ECHILD)
			return killed;
		if (now() > until)
			return -EBUSY;
		n = kill_below(SIGKILL);
		if (n > killed)
			killed = n;
		ppoll(NULL, 0, &nap, &sleep_mask);
	}
}

void proc_free(struct proc *p)
{
	for (int i = 0; i < 2; i++) {
		if (p->pid && p->fd[i] >= 0)
			close(p->fd[i]);
		text_free(&p->text[i]);
	}
	*p = (struct proc){ .fd = { -1, -1 } };
}

int proc_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int proc_run_to(struct proc *p, char *const argv[], double limit,
		void (*sink)(void *arg, const char *s, size_t len), void *arg)
{
	int ret = proc_start(p, argv, -1), times = 1;
	enum proc_event event;

	if (ret)
		return ret;
	p->sink = sink;
	p->sink_arg = arg;
	do
		event = proc_wait(p, NULL, now() + limit, NULL);
	while (event == PROC_TIME && times++ < LIMIT_TIMES && turn_starves());
	switch (event) {
	case PROC_DONE:
		return proc_code(p->status);
	case PROC_STOP:
		ret = -EINTR;
		break;
	default:
		ret = -ETIME;
	}
	proc_stop(p, NULL, 1);
	return ret;
}

int proc_run(struct proc *p, char *const argv[], double limit)
{
	return proc_run_to(p, argv, limit, NULL, NULL);
}

char *last_line(const struct text *t)
{
	size_t end = t->len, begin;
	char *line;

	while (end && strchr(" \t\n", t->s[end - 1]))
		end--;
	for (begin = end; begin && t->s[begin - 1] != '\n'; begin--)
		;
	line = xstrndup(t->s ? t->s + begin : "", end - begin);
	line[utf8_span(line, strlen(line))] = '\0';
	return one_line(line);
}
