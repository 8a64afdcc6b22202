/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asked - what was asked of a results folder
 *
 * A run keeps copies of configs/answers.conf and of its question's config, so
 * that an old folder keeps its questions; where there is none of one, the one
 * that is installed is meant. What cannot be understood is said on stderr, and
 * that file asks nothing.
 */
#ifndef FORKPATH_ASKED_H
#define FORKPATH_ASKED_H

#include "ask.h"
#include "run.h"

/* ask_free() afterwards. */
void asked_of(const struct run *run, struct asks *all);

#endif
