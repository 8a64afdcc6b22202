/* SPDX-License-Identifier: GPL-2.0-or-later */
/* anatomy - in which functions is one operation? Verbs fold, table and lines */
#ifndef FORKPATH_ANATOMY_H
#define FORKPATH_ANATOMY_H

#include "opt.h"

extern const struct opt anatomy_opts[], fold_opts[], lines_opts[];
extern const char anatomy_more[], fold_more[], lines_more[];

int anatomy_verb(char **arg, int nr);
int fold_verb(char **arg, int nr);
int lines_verb(char **arg, int nr);

#endif
