// SPDX-License-Identifier: GPL-2.0-or-later
/* forkpath-anatomy - in which functions of a kernel is one operation? */
#include <signal.h>

#include "anatomy.h"
#include "verb.h"

static const struct verb verbs[] = {
	{ "fold", "TRACE SYMBOLS [OPTION]...",
	  "a trace of one operation to counts per function",
	  fold_opts, fold_verb, fold_more },
	{ "table", "COUNTS... [OPTION]...",
	  "counts per function, kernels side by side",
	  anatomy_opts, anatomy_verb, anatomy_more },
	{ "lines", "RECORD SYMBOLS [OPTION]...",
	  "lines of memory that operations on two CPUs share",
	  lines_opts, lines_verb, lines_more },
	{ "forecast", "ORDER --transfer NS[:NS[:NS]] [OPTION]...",
	  "what they do on 1 to 512 CPUs, simulated",
	  forecast_opts, forecast_verb, forecast_more },
	{ "slab", "BTF SYMBOLS",
	  "where a kernel has its slab caches, for the plugin",
	  slab_opts, slab_verb, slab_more },
	{ "verdict", "BASE NEW [BASE NEW]... [OPTION]...",
	  "is a difference that of code that changed, or of its state?",
	  verdict_opts, verdict_verb, verdict_more },
	{ .name = NULL }
};

int main(int argc, char **argv)
{
	static const struct verb_prog prog = {
		.name = "forkpath-anatomy",
		.summary = "in which functions of a kernel is one operation?",
		.usage = "VERB FILE... [OPTION]...",
		.examples =
		"  forkpath-anatomy table 6.12.anatomy 6.18.anatomy\n"
		"  forkpath-anatomy table --help\n",
		.verbs = verbs,
	};

	signal(SIGPIPE, SIG_IGN);
	return verb_main(&prog, argc, argv);
}
