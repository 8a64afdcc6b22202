// SPDX-License-Identifier: GPL-2.0-or-later
/* guest - a virtual machine from its start to its end */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "guest.h"
#include "qemu.h"

#define TEXT_MAX	(4u << 20)	/* of a console that does not end */
#define PIPE_BYTES	(1 << 20)
#define BYE_SECONDS	20		/* from the last word to the end */
#define LAST_LINES	12

enum { CONSOLE, WIRE, ERRORS };

volatile sig_atomic_t guest_stop_signal;

static sigset_t sleep_mask;	/* in force only inside ppoll(2) */

static void on_child(int sig)
{
	(void)sig;		/* its purpose is to interrupt ppoll(2) */
}

static void on_stop(int sig)
{
	if (!guest_stop_signal)
		guest_stop_signal = sig;
}

void guest_catch_stop(void)
{
	static const int sig[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &sleep_mask);
	mask = sleep_mask;
	for (size_t i = 0; i < sizeof(sig) / sizeof(*sig); i++) {
		struct sigaction sa = { .sa_handler = i ? on_stop : on_child };

		sigaction(sig[i], &sa, NULL);
		sigaddset(&mask, sig[i]);
		sigdelset(&sleep_mask, sig[i]);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
}

__attribute__((format(printf, 2, 3)))
static void failed(struct guest *g, const char *fmt, ...)
{
	va_list ap;

	if (g->failure)
		return;		/* the first reason is the cause */
	va_start(ap, fmt);
	if (vasprintf(&g->failure, fmt, ap) < 0)
		g->failure = xstrdup("out of memory");
	va_end(ap);
	one_line(g->failure);
}

/* In the child. */
static void exec_qemu(struct guest *g, int out[3], pid_t parent)
{
	const int fixed[] = { QEMU_CONSOLE, QEMU_WIRE, STDERR_FILENO };
	int initrd = g->initrd, high[3], null, e;
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		goto fail;
	if (getppid() != parent)
		_exit(127);	/* we were faster to die */
	if (setpgid(0, 0))
		goto fail;
	/* Whoever reads a terminal has to be in its foreground. */
	if (g->terminal && isatty(STDIN_FILENO)) {
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(STDIN_FILENO, getpid());
		signal(SIGTTOU, SIG_DFL);
	}
	/* Out of the way of the fixed numbers first. */
	initrd = fcntl(initrd, F_DUPFD, QEMU_WIRE + 1);
	for (int i = 0; i < 3; i++)
		high[i] = fcntl(out[i], F_DUPFD_CLOEXEC, QEMU_WIRE + 1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (initrd < 0 || null < 0 || dup2(initrd, QEMU_INITRD) < 0)
		goto fail;
	if (!g->terminal && (dup2(null, STDIN_FILENO) < 0 ||
			     dup2(null, STDOUT_FILENO) < 0))
		goto fail;
	close(initrd);
	for (int i = 0; i < 3; i++)
		if (dup2(high[i], fixed[i]) < 0)
			goto fail;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(g->argv[0], g->argv);
fail:
	e = errno;
	dprintf(STDERR_FILENO, "%s: %s\n", g->argv[0], strerror(e));
	_exit(127);
}

static int memory_file(const char *bytes, size_t len)
{
	int fd = memfd_create("initramfs", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0) {
			n = -errno;
			close(fd);
			return n;
		}
		bytes += n;
		len -= n;
	}
	return fd;
}

/* Start QEMU. 0 or -errno. */
static int begin(struct guest *g)
{
	int out[3] = { -1, -1, -1 }, ret = 0;
	pid_t parent = getpid();

	for (int i = 0; i < 3 && !ret; i++) {
		int both[2];

		if (pipe2(both, O_CLOEXEC)) {
			ret = -errno;
			break;
		}
		g->fd[i] = both[0];
		out[i] = both[1];
		/* A full pipe would hold the guest up; smaller is no error. */
		fcntl(both[0], F_SETPIPE_SZ, PIPE_BYTES);
		fcntl(both[0], F_SETFL, O_NONBLOCK);
	}
	if (!ret) {
		g->began = g->heard = now();
		g->pid = fork();
		if (!g->pid)
			exec_qemu(g, out, parent);
		if (g->pid < 0) {
			ret = -errno;
			g->pid = 0;
		}
	}
	for (int i = 0; i < 3; i++)
		if (out[i] >= 0)
			close(out[i]);
	return ret;
}

int guest_start(struct guest *g, char *const argv[], const char *initrd,
		size_t len)
{
	g->status = -1;
	for (int i = 0; i < 3; i++)
		g->fd[i] = -1;
	g->argv = argv;
	g->initrd = memory_file(initrd, len);
	return g->initrd < 0 ? g->initrd : begin(g);
}

/* --- what it says -------------------------------------------------------- */

static void frame(struct guest *g, char type, const char *body, size_t len)
{
	char *copy;

	switch (type) {
	case 'h':
		g->first = now();
		break;
	case 'b':
		break;
	case 'o':
	case 'e':
		if (g->say)
			g->say(g, type, body, len);
		break;
	case 'a':
		text_add(&g->archive, body, len);
		if (len)
			break;
		g->whole = g->archive.len;
		if (!g->result)
			g->result = now();
		break;
	case 'k':
		text_add(&g->log, body, len);
		break;
	case 'f':
		copy = xstrndup(body, len);
		failed(g, "%s", copy);
		free(copy);
		g->bye = true;
		break;
	case 'x':
		copy = xstrndup(body, len);
		g->status = atoi(copy);
		free(copy);
		g->bye = true;
		break;
	default:
		failed(g, "a frame of type '%c' came over the serial port",
		       type);
		g->bye = true;
	}
}

static void frames(struct guest *g)
{
	const char *body;
	char type;
	size_t len;
	int ret;

	while ((ret = wire_next(&g->wire, &type, &body, &len)) > 0)
		frame(g, type, body, len);
	if (ret < 0) {
		failed(g, "what came over the serial port is damaged");
		g->bye = true;
	}
}

/* Of CPU that it has had so far: one that got next to none does not hang. */
static double cpu_seconds(pid_t pid)
{
	struct timespec ts;
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &ts))
		return 0;
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void drain(struct guest *g, int i)
{
	struct text *to = i == CONSOLE ? &g->console : &g->errors;
	char buf[65536];
	ssize_t n;

	while (g->fd[i] >= 0) {
		n = read(g->fd[i], buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(g->fd[i]);
			g->fd[i] = -1;
			return;
		}
		g->heard = now();
		g->heard_cpu = cpu_seconds(g->pid);
		if (i == WIRE) {
			wire_add(&g->wire, buf, n);
			frames(g);
		} else if (to->len + n <= TEXT_MAX) {
			text_add(to, buf, n);
		}
	}
}

/* The line of TEXT that has WHAT in it, from there; NULL if none has. */
static char *line_with(const struct text *t, const char *what)
{
	const char *at = t->len ? strstr(t->s, what) : NULL;

	return at ? xstrndup(at, strcspn(at, "\r\n")) : NULL;
}

static char *last_line_of(const struct text *t)
{
	size_t end = t->len, begin;

	while (end && strchr(" \t\r\n", t->s[end - 1]))
		end--;
	for (begin = end; begin && t->s[begin - 1] != '\n'; begin--)
		;
	return end ? xstrndup(t->s + begin, end - begin) : NULL;
}

/*
 * Did the emulator break it? While code is patched there is a breakpoint in
 * it, and a second emulated CPU, of a thread of its own, may run its
 * translation when the breakpoint is gone and nobody knows of it any more.
 */
static void look_for_int3(struct guest *g)
{
	char *line = line_with(&g->console, "int3: ");

	for (char *const *arg = g->argv; line && *arg; arg++)
		g->broke |= !strcmp(*arg, QEMU_PARALLEL);
	free(line);
}

/* Before the command has begun it may be booted again: once. */
static bool once_more(struct guest *g)
{
	if (!g->broke || g->first || g->again)
		return false;
	err_say("%s: " GUEST_BROKE "; once more", g->name);
	g->again = true;
	g->broke = false;
	text_free(&g->console);
	text_free(&g->errors);
	wire_free(&g->wire);
	return !begin(g);
}

const char *guest_oops(const char *text)
{
	static const char *const begin[] = {
		"BUG: ", "kernel BUG at ", "Oops: ", "general protection fault",
	};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(begin) / sizeof(*begin); i++) {
		const char *at = strstr(text, begin[i]);

		if (at && (!first || at < first))
			first = at;
	}
	return first;
}

/* What the kernel said first as it died, and last; NULL: it did not. */
static char *death(const struct guest *g)
{
	char *panic = line_with(&g->console, "Kernel panic"), *both;
	const char *first = panic ? guest_oops(g->console.s) : NULL;

	if (!first)
		return panic;
	both = xprintf("%.*s; %s", (int)strcspn(first, "\r\n"), first, panic);
	free(panic);
	return both;
}

/* It is over, and nothing said how. */
static void find_reason(struct guest *g, int status)
{
	char *line = death(g);

	if (!line)
		line = line_with(&g->console, "forkpath-init: ");
	if (line) {
		failed(g, "%s%s", g->broke ? GUEST_BROKE ": " : "", line);
	} else if (WIFSIGNALED(status)) {
		failed(g, "%s was killed by signal %d (%s)",
		       qemu_program, WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status)) {
		line = last_line_of(&g->errors);
		failed(g, "%s ended with %d: %s", qemu_program,
		       WEXITSTATUS(status), line ? line : "without a word");
	} else if (!g->first && !g->console.len) {
		failed(g, "the machine ended without a word; the kernel needs "
		       "a serial console (CONFIG_SERIAL_8250_CONSOLE) and an "
		       "initramfs (CONFIG_BLK_DEV_INITRD)");
	} else {
		failed(g, "the machine ended before the command did");
	}
	free(line);
}

static void reap(struct guest *g)
{
	int status;

	if (!g->pid || waitpid(g->pid, &status, WNOHANG) != g->pid)
		return;
	for (int i = 0; i < 3; i++) {
		drain(g, i);
		if (g->fd[i] >= 0)
			close(g->fd[i]);
		g->fd[i] = -1;
	}
	g->pid = 0;
	if (g->status < 0)
		look_for_int3(g);
	if (g->status < 0 && !g->failure && once_more(g))
		return;
	g->ended = true;
	if (g->status < 0)
		find_reason(g, status);
	else if (g->failure)
		g->status = -1;
}

/*
 * Silent for SECONDS although it had CPU half of the time? Then it is not slow,
 * but hangs.
 */
static bool is_stuck(const struct guest *g, double t, double seconds)
{
	double silent = t - g->heard;

	return seconds && silent >= seconds &&
	       cpu_seconds(g->pid) - g->heard_cpu >= silent / 2;
}

/* Seconds until the watchdog has to look again; kills what is late. */
static double late(struct guest *g)
{
	double t = now(), left = 3600;
	bool over = g->limit && g->began + g->limit <= t, stuck;

	if (!g->pid)
		return left;
	stuck = !g->bye && (over ? is_stuck(g, t, g->silence / 4) :
			    g->first && is_stuck(g, t, g->stuck));
	if (g->bye) {
		left = g->heard + BYE_SECONDS - t;
	} else {
		if (g->silence)
			left = g->heard + g->silence - t;
		if (g->limit && g->began + g->limit - t < left)
			left = g->began + g->limit - t;
	}
	if (left > 0 && !stuck)
		return g->stuck && left > g->stuck / 8 ? g->stuck / 8 : left;
	if (stuck)
		failed(g, "it hangs: nothing was heard for %.0f s, in which "
		       "QEMU had %.0f s of CPU", t - g->heard,
		       cpu_seconds(g->pid) - g->heard_cpu);
	else if (!g->bye && over)
		failed(g, "the time limit of %g s is over (--timeout)",
		       g->limit);
	else if (!g->bye)
		failed(g, "it hangs: %s for %g s (--silence); QEMU had %.1f s "
		       "of CPU in all", g->first ? "nothing was heard" :
		       "its init said nothing", g->silence,
		       cpu_seconds(g->pid));
	kill(g->pid, SIGKILL);
	return 0.01;
}

bool guest_wait(struct guest *const *g, unsigned int nr)
{
	struct pollfd *fds = xrealloc(NULL, 3 * nr + 1, sizeof(*fds));
	bool ended = false;

	while (!ended && !guest_stop_signal) {
		double left = 3600;
		struct timespec ts;
		unsigned int n = 0;

		for (unsigned int i = 0; i < nr; i++) {
			double l = late(g[i]);

			left = l < left ? l : left;
			for (int j = 0; j < 3; j++)
				if (g[i]->pid && g[i]->fd[j] >= 0)
					fds[n++] = (struct pollfd){
						.fd = g[i]->fd[j],
						.events = POLLIN,
					};
		}
		ts.tv_sec = left;
		ts.tv_nsec = (left - ts.tv_sec) * 1e9;
		ppoll(fds, n, &ts, &sleep_mask);
		for (unsigned int i = 0; i < nr; i++) {
			if (!g[i]->pid)
				continue;
			for (int j = 0; j < 3; j++)
				drain(g[i], j);
			reap(g[i]);
			ended |= g[i]->ended;
		}
	}
	free(fds);
	return ended;
}

void guest_last_words(const struct guest *g)
{
	const struct text *t[] = { &g->console, &g->errors };

	for (int i = 0; i < 2; i++) {
		const char *at = t[i]->s, *end = t[i]->s + t[i]->len;
		unsigned int lines = 0;

		if (!t[i]->len)
			continue;
		for (at = end; at > t[i]->s && lines <= LAST_LINES; at--)
			lines += at[-1] == '\n' && at != end;
		at += at != t[i]->s || *at == '\n' ? 1 : 0;
		while (at < end) {
			char *line = xstrndup(at, strcspn(at, "\n"));

			at += strlen(line) + 1;
			line[strcspn(line, "\r")] = '\0';
			if (*line && !strstr(line, " warning: "))
				fprintf(stderr, "  | %s\n", one_line(line));
			free(line);
		}
	}
}

void guest_stop(struct guest *g)
{
	int sig = guest_stop_signal;

	guest_kill(g);
	for (int i = 0; i < 3; i++)
		drain(g, i);
	failed(g, "it was stopped by signal %d (%s)", sig, strsignal(sig));
	g->status = -1;
	g->ended = true;
}

void guest_kill(struct guest *g)
{
	if (g->pid) {
		kill(g->pid, SIGKILL);
		while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	g->pid = 0;
}

void guest_free(struct guest *g)
{
	guest_kill(g);
	for (int i = 0; i < 3; i++)
		if (g->began && g->fd[i] >= 0)
			close(g->fd[i]);
	if (g->argv && g->initrd >= 0)
		close(g->initrd);
	text_free(&g->console);
	text_free(&g->errors);
	text_free(&g->log);
	text_free(&g->archive);
	wire_free(&g->wire);
	free(g->failure);
}
