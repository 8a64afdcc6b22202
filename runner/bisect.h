/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect - what `git bisect run` asks of a script, for the kernel that runs
 *
 * Measures one point, as often as the two ends say, and has forkpath-analysis
 * judge it. Exit: 0 good, 1 bad, 125 it cannot be told; 255, at which git
 * stops, for whatever says nothing about this kernel.
 */
#ifndef FORKPATH_BISECT_H
#define FORKPATH_BISECT_H

/*
 * `bisect GOOD BAD [--metric UNIT] [--now DIR]... -- QUESTION POINT`. With
 * --now these folders are judged, one a look, and nothing is measured.
 * Returns -1 if ARGV is of another verb.
 */
int bisect_main(int argc, char **argv);

#endif
