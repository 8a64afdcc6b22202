/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cond - what meta.json says, in words */
#ifndef FORKPATH_COND_H
#define FORKPATH_COND_H

#include "doc.h"
#include "run.h"

const char *cond_kernel(const struct run *run, char *buf, size_t len);
/* The machine, and its lock mode unless that is the default. */
const char *cond_where(const struct run *run, char *buf, size_t len);
const char *cond_machine(const struct run *run, char *buf, size_t len);
const char *cond_lock(const struct run *run, char *buf, size_t len);
/* What makes the timings meaningless; NULL: nothing known. */
const char *cond_beware(const struct run *run, char *buf, size_t len);
/* How a guest died, if it did; else NULL. */
const char *cond_died(const struct run *run, char *buf, size_t len);
void cond_print(const struct run *run, struct doc *to);

/* A scalar of meta.json, "cpu.model", as text; NULL if it is not known. */
const char *cond_text(const struct run *run, const char *path, char *buf,
		      size_t len);

#endif
