/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * set - results folders gathered into labelled sets of boots
 *
 * An argument is a results folder, a folder that holds some (folders.h), or
 * NAME=FOLDER,FOLDER... A set is what has one name: NAME, or the label of
 * meta.json, or the kernel release. Where that makes one set of several
 * arguments, each argument is a set.
 *
 * Folders with the same boot_id are one boot; those without any are taken
 * for one, since nothing says that they are more. Boots stand in the order
 * of their time.
 */
#ifndef FORKPATH_SET_H
#define FORKPATH_SET_H

#include "point.h"
#include "run.h"

struct set_folder {
	struct run	 run;
	struct points	 points;
	char		*path, *name;
	const char	*boot, *utc;	/* of meta.json; "" if not known */
	int		 arg;		/* which argument it came from */
	unsigned long	 dev, ino;
};

struct set_boot {
	const char	*id, *utc;
	struct set_folder **folder;
	size_t		 nr_folder;
};

struct set {
	const char	*name;
	struct set_boot	*boot;
	size_t		 nr_boot;
	struct set_folder **folder;	/* of all boots, in their order */
	size_t		 nr_folder;
};

struct sets {
	struct set_folder **folder;
	size_t		 nr_folder;
	struct set	*set;
	size_t		 nr_set;
	char		 error[1024];
};

/* Read what ARG names. Returns 0, or -1 with all->error. */
int sets_read(struct sets *all, char **arg, int nr);

/* Folders of question QUESTION, moved from FROM to TO. */
void sets_take(struct sets *from, struct sets *to, const char *question);

/*
 * Make the sets. LABELS (NULL or "": all): names separated by commas; only
 * those, in that order. Returns 0, or -1 with all->error.
 */
int sets_group(struct sets *all, const char *labels);

/* One set of all folders, for a pilot or a control. As sets_group(). */
int sets_one(struct sets *all, const char *name);

void sets_free(struct sets *all);

#endif
