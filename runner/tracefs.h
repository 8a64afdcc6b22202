/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracefs - ids of tracepoints, also where nobody has mounted it
 *
 * Root can have a mount of its own that is nowhere in the tree, which is
 * enough to read files; perf(1), which wants it at its place, gets a mount
 * namespace. The machine's mounts stay as they are.
 */
#ifndef FORKPATH_TRACEFS_H
#define FORKPATH_TRACEFS_H

#include "mem.h"

/*
 * The id of a tracepoint; 0: there is none such, -1: nor such a subsystem,
 * -2: there is no tracefs to look at, errno says why.
 */
long tracefs_id(const char *subsystem, const char *event);

/*
 * Words to begin a command with so that it finds tracefs, and others for
 * what it starts in turn, which is back among the machine's mounts then.
 * None are added where it is mounted.
 */
void tracefs_inside(struct strv *argv);
void tracefs_outside(struct strv *argv);

/* What these words do: main() hands its own to here. An exit code, if any. */
int tracefs_main(int argc, char **argv);

#endif
