/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tool - what another program prints */
#ifndef FORKPATH_TOOL_H
#define FORKPATH_TOOL_H

#include <signal.h>

#include "mem.h"

/*
 * Run ARGV (a path, or a name to be found in PATH) to its end; what it
 * prints goes to SAID (to be freed; NULL: where ours goes), its errors where
 * ours go. Returns its
 * exit code; 127 if it does not start, 128 + the signal that ended it.
 */
int tool_run(char *const argv[], struct text *said);

/*
 * From here on SIGINT, SIGTERM and SIGHUP end no more than the program that
 * runs; tool_stopped is the last one, 0: none came. What the terminal sends
 * has reached it already.
 */
extern volatile sig_atomic_t tool_stopped;
void tool_catch_stop(void);

#endif
