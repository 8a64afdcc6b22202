/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod - the kernel module, for those benchmarks that need it
 *
 * build/kmod/RELEASE/forkpath.ko is loaded before a plan is made, unless it
 * is loaded already, and unloaded by undo_all() or, after kill -9, by
 * undo_clean(). Where it cannot be loaded, the points that need it are
 * skipped, with the reason: programs hear it as FORKPATH_NO_MODULE.
 */
#ifndef FORKPATH_RUNNER_KMOD_H
#define FORKPATH_RUNNER_KMOD_H

/* Benchmark NAME is going to run. */
void kmod_for(const char *name);

#endif
