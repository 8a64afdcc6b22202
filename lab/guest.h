/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest - a virtual machine from its start to its end
 *
 * QEMU has a process group of its own, is killed by the kernel when we die
 * (PR_SET_PDEATHSIG), and touches no file: the initramfs is a memfd, both
 * serial ports are pipes. What it says is read as it comes, so that a guest
 * never waits for us.
 *
 * A guest ends by itself, or after SILENCE seconds without a word (its init
 * says something every second), or after LIMIT seconds in all. It has then
 * either an exit status, or a failure: one sentence that says what happened.
 * A guest that is silent for long before LIMIT although QEMU had CPU hangs; else
 * at LIMIT it may just be slow. With STUCK one that is silent for so many seconds
 * once its init has spoken, and had CPU for half of them, hangs at any time: not
 * where a second of the guest's takes minutes of ours (exact mode).
 * A boot that QEMU broke (it ran a breakpoint that was there while code was
 * patched; only where CPUs have threads of their own) is done a second time,
 * and said; a guest that it broke later has BROKE: its kernel is no matter.
 */
#ifndef FORKPATH_GUEST_H
#define FORKPATH_GUEST_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "mem.h"
#include "wire.h"

#define GUEST_BROKE	"QEMU ran a breakpoint when it was gone, no fault of " \
			"the kernel"

struct guest {
	/* Set before guest_start(): */
	const char	*name;
	double		 silence, limit, stuck;	/* seconds; 0: none */
	bool		 terminal;		/* the console is our terminal */
	void		(*say)(struct guest *g, char type, const char *text,
			       size_t len);	/* output of the command */
	void		*of;			/* for say() */

	char *const	*argv;			/* set by guest_start() */
	int		 initrd;
	bool		 again;			/* it was booted twice */
	bool		 broke;			/* QEMU broke it, see below */
	pid_t		 pid;			/* 0: none */
	bool		 ended;
	int		 status;		/* of the command; -1: none */
	char		*failure;		/* why there is none */
	double		 began, heard, first;	/* first: word of init */
	double		 heard_cpu;		/* of QEMU until then, seconds */
	double		 result;		/* the first result came; 0: none */
	int		 fd[3];			/* console, wire, errors */
	struct text	 console, errors, log, archive;
	size_t		 whole;			/* so much of the archive is */
	struct wire	 wire;
	bool		 bye;			/* QEMU may be ended */
};

/*
 * QEMU as ARGV says, with the initramfs of LEN bytes. ARGV stays until it has
 * ended. 0 or -errno.
 */
int guest_start(struct guest *g, char *const argv[], const char *initrd,
		size_t len);

/*
 * Wait until something ended or a stop signal came. Returns true if one of
 * the NR guests has ended that had not before.
 */
bool guest_wait(struct guest *const *g, unsigned int nr);

/* The last lines of the console, and what QEMU said, to stderr. */
void guest_last_words(const struct guest *g);

/*
 * End it for the stop signal: it has ended, and failed for that; what it had
 * said is read to the end.
 */
void guest_stop(struct guest *g);

/* Where in TEXT a kernel begins to say what it dies of, first; or NULL. */
const char *guest_oops(const char *text);

/* End it now. */
void guest_kill(struct guest *g);

void guest_free(struct guest *g);

/*
 * Before the first guest: from here on SIGINT, SIGTERM and SIGHUP only set
 * this.
 */
extern volatile sig_atomic_t guest_stop_signal;
void guest_catch_stop(void);

#endif
