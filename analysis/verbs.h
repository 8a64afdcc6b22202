/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verbs - what main.c calls: options in, exit code out */
#ifndef FORKPATH_VERBS_H
#define FORKPATH_VERBS_H

#include "opt.h"

extern const struct opt compare_opts[], power_opts[], counts_opts[],
	history_opts[], query_opts[], site_opts[];
extern const char compare_more[], power_more[], counts_more[];

int compare_verb(char **arg, int nr);
int power_verb(char **arg, int nr);
int counts_verb(char **arg, int nr);
int history(char **path, int nr);
int query(char **path, int nr);
int site(char **path, int nr);

#endif
