// SPDX-License-Identifier: GPL-2.0-or-later
/* memory-unasked - `clone` as shipped, but nobody says where its memory is */
#include <errno.h>
#include <sys/syscall.h>

#include "../unit/deny.h"

__attribute__((constructor)) static void refuse(void)
{
	deny(SYS_move_pages, SECCOMP_RET_ERRNO | ENOSYS);
}
#include "../../bench/clone.c"
