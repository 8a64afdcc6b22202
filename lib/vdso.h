/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vdso - the code that the kernel maps into every program
 *
 * It is in no file, and lies elsewhere in each process. Whoever records what
 * is executed asks the program itself.
 */
#ifndef FORKPATH_VDSO_H
#define FORKPATH_VDSO_H

#include <stdio.h>

/*
 * To TO, "vdso ADDRESS BYTES NAME" for each function that it says to have;
 * nothing where there is none.
 */
void vdso_print(FILE *to);

#endif
