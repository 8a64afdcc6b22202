/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * desc - what a bench program says of itself (--describe)
 *
 * The rows of its option tables come back as struct opt, so that a config
 * is checked by the function that checks the command line of the program.
 * Nothing is stored through them: "to" is NULL.
 */
#ifndef FORKPATH_DESC_H
#define FORKPATH_DESC_H

#include "mem.h"
#include "opt.h"

struct desc {
	char		*name;
	char		*summary;
	char		*program;	/* absolute path */
	struct opt	*opts;		/* its own: they make its points */
	struct opt	*common;	/* every program's: conditions */
	unsigned int	 nr_opts, nr_common;
	struct strv	 roles;
	bool		 module;	/* needs the kernel module */
	struct desc	*next;
};

/*
 * The description of benchmark NAME, or of the stress test NAME if it begins
 * with "stress/"; asked once, kept. Returns 0, -ENOENT
 * when there is no such program, or another -errno with the reason in WHY.
 */
int desc_get(const char *name, const struct desc **d, char *why, size_t len);

/* Parse what --describe printed. 0, or -EINVAL with the reason in WHY. */
int desc_parse(struct desc *d, const char *text, char *why, size_t len);

void desc_forget(void);

#endif
