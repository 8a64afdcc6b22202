// SPDX-License-Identifier: GPL-2.0-or-later
/* attach-uncounted - `attach` as shipped, on a kernel that counts no writes */
#define _GNU_SOURCE
#include <stdio.h>

static FILE *not_there(const char *path, const char *mode)
{
	(void)path;
	(void)mode;
	return NULL;
}
#define fopen not_there
#include "../../lib/mover.c"
#undef fopen
#include "../../bench/attach.c"
