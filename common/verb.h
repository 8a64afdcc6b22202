/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verb - a program of verbs: PROGRAM VERB [ARGUMENT]... [OPTION]...
 *
 * A verb is a function and a row of a table; --help, of the program and of
 * each verb, and what is said of an unknown one are made of the table.
 */
#ifndef FORKPATH_VERB_H
#define FORKPATH_VERB_H

#include "opt.h"

struct verb {
	const char	 *name, *usage, *summary;
	const struct opt *opts;
	int		(*run)(char **arg, int nr);
	const char	 *more;		/* rest of --help: EXAMPLES */
};

struct verb_prog {
	const char		*name, *summary;
	const char		*usage;		/* after the name */
	const char		*examples;	/* lines of --help */
	const struct verb	*verbs;		/* up to one without a name */
};

/* What main() returns: the verb's exit code, or EXIT_BAD. */
int verb_main(const struct verb_prog *prog, int argc, char **argv);

#endif
