/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asks - what a config wants to know, checked and kept with the results
 *
 * Whoever reads the results later must find the questions that were asked
 * then: a run keeps copies of configs/answers.conf and of its own config.
 */
#ifndef FORKPATH_ASKS_H
#define FORKPATH_ASKS_H

#include "conf.h"
#include "folder.h"

/*
 * Are the [answer] and [claim] sections of C right, and are there such
 * benchmarks, with such options? 0, or -EINVAL after one line on stderr.
 */
int asks_check(const struct conf *c);

/* The same of configs/answers.conf. */
int asks_check_general(void);

/* Copies into F; C without a question: of answers.conf only. 0 or -errno. */
int asks_keep(const struct folder *f, const struct conf *c);

#endif
