/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf - one text file, one question
 *
 * Knows the shape of configs/QUESTION.conf, not what the keys mean: that is
 * the benchmarks' own business, plan.c asks them. Every key and section
 * remembers its line, so that whoever refuses it can say where it stands.
 */
#ifndef FORKPATH_CONF_H
#define FORKPATH_CONF_H

#include <stdio.h>

#include "mem.h"

struct conf_key {
	char		*name;
	unsigned int	 line;
	struct strv	 values;
};

struct conf_section {
	char		*bench;
	char		*part;
	unsigned int	 line;
	struct conf_key	*keys;
	unsigned int	 nr;
};

struct conf {
	char		*file;		/* as it is to be called in messages */
	char		*question;
	char		*title;
	unsigned long	 repeat;	/* blocks; 1 if not given */
	double		 seconds;	/* budget; 0: none */
	struct conf_section *sections;
	unsigned int	 nr;
};

/*
 * Read FROM, which is called FILE; QUESTION is its name. Returns 0, or
 * -EINVAL after one line on stderr, "FILE:LINE: what; what would be right".
 */
int conf_read(struct conf *c, const char *file, const char *question,
	      FILE *from);

/* The same, opening FILE; its base name without ".conf" is the question. */
int conf_open(struct conf *c, const char *file);

void conf_free(struct conf *c);

#endif
