/* SPDX-License-Identifier: GPL-2.0-or-later */
/* anatomy - in which functions is one operation? Verbs of a program of its own */
#ifndef FORKPATH_ANATOMY_H
#define FORKPATH_ANATOMY_H

#include <stdbool.h>
#include <stddef.h>

#include "opt.h"

extern const struct opt anatomy_opts[], fold_opts[], lines_opts[];
extern const struct opt verdict_opts[], forecast_opts[], slab_opts[];
extern const char anatomy_more[], fold_more[], lines_more[], verdict_more[];
extern const char forecast_more[], slab_more[];

int anatomy_verb(char **arg, int nr);
int fold_verb(char **arg, int nr);
int forecast_verb(char **arg, int nr);
int slab_verb(char **arg, int nr);
int lines_verb(char **arg, int nr);
int verdict_verb(char **arg, int nr);

/* Regular file PATH with a NUL behind it; NULL after saying why not. */
char *anatomy_whole(const char *path, size_t *len);

/*
 * The lines of TEXT, which is cut: HEAD, then what READ takes, until it says
 * that one was the last. An exit code; what was EXPECTED, and in which file,
 * is said.
 */
int anatomy_lines(const char *path, char *text, const char *head,
		  const char *expected,
		  bool (*read)(void *of, const char *line, bool *ended),
		  void *of);

#endif
