/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc - start a process, hear what it says, see the last of it
 *
 * Summary: a child is started with its own process group, /dev/null as
 * input and two pipes, gets SIGTERM when the runner dies, and carries
 * FORKPATH_RUN=<token>. The runner is a child subreaper: whatever a child
 * leaves behind becomes a child of the runner, and once waitpid(2) says
 * ECHILD no process of the run exists any more. That is the proof.
 *
 * While a repetition measures, the runner sleeps in ppoll(2) and wakes for
 * nothing but output, the end of a child, a signal or the time limit.
 *
 * Of each stream PROC_OUTPUT_MAX bytes are kept: of stdout the first, for it
 * is to be read from its begin, of stderr the last, for the reason is its
 * last line. What was dropped is counted; who reads a text that may be cut
 * must look.
 */
#ifndef FORKPATH_PROC_H
#define FORKPATH_PROC_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "mem.h"

#define PROC_OUTPUT_MAX (1 << 20)	/* a sample is a few kilobytes */

struct proc {
	pid_t		 pid;		/* 0: none */
	bool		 done;		/* reaped; status is valid */
	int		 status;	/* as of waitpid(2) */
	int		 fd[2];		/* stdout, stderr; -1: closed */
	struct text	 text[2];	/* what came out of them */
	size_t		 dropped[2];	/* bytes of it that were not kept */
	/* Who takes stdout, all of it, instead of text[0]; NULL: nobody. */
	void		(*sink)(void *arg, const char *s, size_t len);
	void		*sink_arg;
};

enum proc_event {
	PROC_DONE,	/* it has ended and all of its output is here */
	PROC_READY,	/* the awaited text came */
	PROC_TIME,	/* the time is over */
	PROC_STOP,	/* somebody wants us to stop: proc_stop_signal */
};

/* The signal that asked the runner to stop; 0: none has. */
extern volatile sig_atomic_t proc_stop_signal;

/* Once, first: subreaper, SIGCHLD, the token. Returns 0 or -errno. */
int proc_init(void);

/* From here on SIGINT, SIGTERM and SIGHUP only set proc_stop_signal. */
void proc_catch_stop(void);

const char *proc_token(void);

/*
 * Start ARGV (a path, or a name to be found in PATH) in the directory
 * DIRFD (-1: here). Returns 0 or -errno; what exec says is in it.
 */
int proc_start(struct proc *p, char *const argv[], int dirfd);

/*
 * Wait for P to end or, with READY, for a line of its output that contains
 * it; until now() is UNTIL (0: for ever). Drains BESIDE meanwhile and notices
 * its end, but does not return for it.
 */
enum proc_event proc_wait(struct proc *p, struct proc *beside, double until,
			  const char *ready);

/* SIGTERM, GRACE seconds, SIGKILL. P has ended afterwards, if it can. */
void proc_stop(struct proc *p, struct proc *beside, double grace);

/*
 * SIGKILL for every descendant until none is left. Returns how many had to
 * be killed, or -EBUSY when some would not die within so many SECONDS.
 */
int proc_kill_tree(double seconds);

/* Forget P: close what is open, free what it said. */
void proc_free(struct proc *p);

/*
 * Run ARGV to its end, at most LIMIT seconds; ten times as long on a machine
 * where somebody waits for a CPU and gets none (turn.h), for that is not the
 * program's fault. Returns its exit code, 128 + the signal that ended it,
 * -ETIME, -EINTR (stop signal), or what proc_start() says. P holds the output.
 */
int proc_run(struct proc *p, char *const argv[], double limit);

/* The same; stdout, however much it is, goes to SINK piece by piece. */
int proc_run_to(struct proc *p, char *const argv[], double limit,
		void (*sink)(void *arg, const char *s, size_t len), void *arg);

/* As exit code of a shell: 0..255, 128 + signal. */
int proc_code(int status);

/* The last line of TEXT that is not empty, cleaned up; the caller frees it. */
char *last_line(const struct text *t);

#endif
