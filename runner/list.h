/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list - which questions, benchmarks and workloads are there? */
#ifndef FORKPATH_LIST_H
#define FORKPATH_LIST_H

#include <stdio.h>

/* Returns EXIT_BAD if a config cannot be read, else EXIT_OK. */
int list(FILE *to);

#endif
