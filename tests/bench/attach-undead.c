// SPDX-License-Identifier: GPL-2.0-or-later
/* attach-undead - `attach` as shipped, but its zombie is alive */
#include <signal.h>
#include <sys/wait.h>

#define kill(pid, sig) 0
#define waitid(type, pid, info, options) 0
#include "../../bench/attach.c"
