/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opt - one table of options feeds parser, --help, --describe, plan, sample
 *
 * A row is all there is to know about an option. Options are long
 * (--name VALUE or --name=VALUE); a flag takes no value. What the user
 * types, what a config says and what a sample records is the same word and
 * is checked by the same function, opt_set().
 *
 * type    | to            | range                    | value
 * uint    | unsigned long | "MIN..MAX"               | decimal
 * time    | double        | "MIN..MAX"               | seconds, decimal
 * choice  | int           | the words, by spaces     | index of the word
 * cpus    | const char *  | -                        | a CPU list, 0,2-5
 * word    | const char *  | -                        | [A-Za-z0-9_.:+=-]+
 * list    | const char *  | -                        | words, by commas
 * path    | const char *  | -                        | any file name
 * text    | const char *  | -                        | printable ASCII
 * flag    | bool          | -                        | no value: true
 *
 * Errors: -EINVAL with the reason in WHY (what, and what would be right).
 */
#ifndef FORKPATH_OPT_H
#define FORKPATH_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum opt_type {
	OPT_UINT, OPT_TIME, OPT_CHOICE, OPT_CPUS, OPT_WORD, OPT_LIST, OPT_PATH,
	OPT_TEXT, OPT_FLAG,
};

struct opt {
	const char	*name;
	enum opt_type	 type;
	void		*to;
	const char	*def;	/* as it would be typed; NULL: none */
	const char	*range;
	const char	*help;
};

#define OPT_END { .name = NULL }

/* What a program says of itself; tables are searched in order. */
struct opt_prog {
	const char		*name;
	const char		*summary;	/* one line */
	const char		*usage;		/* after the name, "[OPTION]..." */
	const struct opt	*tables[5];	/* NULL-terminated */
	const char		*more;		/* rest of --help: verbs, EXAMPLES */
};

const char *opt_type_name(enum opt_type type);
const struct opt *opt_find(const struct opt *table, const char *name);

/* Every option of TABLE to its default. */
void opt_defaults(const struct opt *table);

/* Check VALUE and store it (a copy of the pointer for words and lists). */
int opt_set(const struct opt *o, const char *value, char *why, size_t len);

/* As opt_set(), but stores nothing. */
int opt_check(const struct opt *o, const char *value, char *why, size_t len);

/*
 * The value now in force, as it would be typed: in BUF (of OPT_SHOW bytes)
 * where it has to be made, or what was typed, of any length.
 */
#define OPT_SHOW 128
const char *opt_show(const struct opt *o, char *buf, size_t len);

/*
 * Defaults, then argv. -h and --help print the help and exit 0; --version
 * likewise. Returns the index of the first argument that is no option, or
 * -EINVAL after saying why on stderr.
 */
int opt_parse(const struct opt_prog *prog, int argc, char **argv);

void opt_help(const struct opt_prog *prog, FILE *to);

#endif
