// SPDX-License-Identifier: GPL-2.0-or-later
/* load - the frame of a background load (workloads/NAME.c) */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "clock.h"
#include "err.h"
#include "load.h"

static sigset_t stops;

void load_child(void)
{
	sigprocmask(SIG_UNBLOCK, &stops, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void load_less(const char *fmt, ...)
{
	static unsigned int said;
	char text[200];
	va_list ap;

	if (__atomic_exchange_n(&said, 1, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_say("beware: %s", text);
}

int load_run(const struct load *load)
{
	uint64_t begin, before = 0;
	int sig, ret;

	err_prog = load->name;
	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	ret = load->start ? load->start() : EXIT_OK;
	if (ret)
		goto out;
	puts("ready");
	fflush(stdout);
	begin = clock_ns();
	if (load->done)
		before = load->done();
	sigwait(&stops, &sig);
	if (load->done)
		printf("rate %.6g %s\n", (load->done() - before) * 1e9 /
		       (clock_ns() - begin), load->what);
	fflush(stdout);
out:
	if (load->stop)
		load->stop();
	return ret;
}
