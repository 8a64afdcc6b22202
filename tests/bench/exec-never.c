// SPDX-License-Identifier: GPL-2.0-or-later
/* exec-never - `exec` as shipped, but children exit without executing */
#define _GNU_SOURCE
#include <unistd.h>

#include "image.h"

#define image_exec(fd) _exit(0)
#include "../../bench/exec.c"
