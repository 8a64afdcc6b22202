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
#include "opt.h"

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
	err_vtext(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_say("beware: %s", text);
}

/* Whatever else stands there was meant for somebody: nothing is put on. */
static int read_options(const struct load *load, int argc, char **argv)
{
	static const struct opt none[] = { OPT_END };
	const struct opt_prog prog = {
		.name = load->name, .summary = load->summary,
		.usage = "[OPTION]", .tables = { none, NULL },
		.more = "Says \"ready\" when the load is on, keeps it until "
			"SIGTERM, then says its\nrate. Exit: 0 done, 1 fail, 2 "
			"bad input, 4 skip (cannot be done here).\n",
	};
	int at = opt_parse(&prog, argc, argv);

	if (at >= 0 && at < argc)
		err_say("'%s': there is nothing to be said but --help or "
			"--version", argv[at]);
	return at == argc ? EXIT_OK : EXIT_BAD;
}

int load_run(const struct load *load, int argc, char **argv)
{
	uint64_t begin, before = 0;
	int sig, ret;

	err_prog = load->name;
	ret = read_options(load, argc, argv);
	if (ret)
		return ret;
	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	ret = load->start ? load->start() : EXIT_OK;
	if (ret)
		goto out;
	puts("ready");
	ret = err_end(EXIT_OK);
	if (ret)
		goto out;
	begin = clock_ns();
	if (load->done)
		before = load->done();
	sigwait(&stops, &sig);
	if (load->done)
		printf("rate %.6g %s\n", (load->done() - before) * 1e9 /
		       (clock_ns() - begin), load->what);
	ret = err_end(EXIT_OK);
out:
	if (load->stop)
		load->stop();
	return ret;
}
