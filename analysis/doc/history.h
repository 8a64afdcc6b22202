/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history - many results folders in order: one table and figure per point
 *
 * A value is one folder, which is one boot: the median over its repetitions.
 * Folders are ordered by kernel release or by date; change points are those
 * of series_edivisive() on the logarithms of the values. Points are the same
 * where part, bench, options, workload and placement are; several hosts are
 * never put into one series.
 */
#ifndef FORKPATH_HISTORY_H
#define FORKPATH_HISTORY_H

#include "opt.h"

extern const struct opt history_opts[];

/* The verb; returns an exit code. */
int history(char **path, int nr);

#endif
