/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor - is this machine fit to measure on?
 *
 * One line for each thing looked at, at most 72 columns:
 *
 *     ok      clock source tsc
 *     beware  governor powersave - set it to performance
 *     unfit   PROVE_LOCKING in the kernel - boot one without it
 *
 * beware: numbers are good for a comparison on this machine; unfit: timings
 * mean nothing here (counts and errors still do).
 */
#ifndef FORKPATH_DOCTOR_H
#define FORKPATH_DOCTOR_H

#include <stdio.h>

/* Returns EXIT_FAIL if anything is unfit, else EXIT_OK. */
int doctor(FILE *to);

#endif
