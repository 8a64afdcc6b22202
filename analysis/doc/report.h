/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report - one results folder as something to read
 *
 * Everything that a format needs is computed once into struct report; a
 * format (text here) only lays it out. Another one is a function more in
 * the table of main.c.
 */
#ifndef FORKPATH_REPORT_H
#define FORKPATH_REPORT_H

#include "answer.h"
#include "cond.h"
#include "doc.h"
#include "plot.h"
#include "point-est.h"

/* Read and compute. Returns 0, or -1 with r->run.error. */
int report_make(struct report *r, const char *path);
void report_free(struct report *r);

/* All of it. */
void report_doc(struct report *r, struct doc *to);
void report_head(const struct report *r, struct doc *to);

/* screen.c: what one screen holds of it. */
void screen_doc(struct report *r, struct doc *to);

/*
 * format-*.c: the others, one to a file. They return 0, or -1 after one line
 * on stderr where something could not be written.
 */
int format_ktap(struct report *r, FILE *to);
int format_gobench(struct report *r, FILE *to);
int format_hgrm(struct report *r, FILE *to);
int format_json(struct report *r, FILE *to);
/* Of many folders, or trees of them, one document. 0 or -1, what is wrong said. */
int format_kcidb(char *const *path, size_t nr, FILE *to);

/* Its sections, one file each. sizes.c: lines through the costs of moves. */
void sizes_section(const struct report *r, struct doc *to);

/* counted.c: events per operation. */
void counted_section(const struct report *r, struct doc *to);

/* latency.c: the tables of all points, one for each part, bench and role. */
void latency_tables(const struct report *r, struct doc *to);

/* Do the repetitions behind E contradict each other? */
bool latency_torn(const struct est *e);

/* omitted.c: what did not become a number, and why. */
void omitted_section(const struct report *r, struct doc *to);

/* MSER-5 found no steady state in these; they are in the numbers. */
void omitted_unsettled(const struct report *r, struct doc *to);

/* "1 failed, 2 void" of what the NR runs were to measure; "" if nothing. */
const char *omitted_lost(const struct run *const *run, size_t nr, char *buf,
			 size_t len);

/*
 * inside.c: what the kernel module measured, if it did; and the share refused
 * against size, one figure for each state of the memory.
 */
bool inside_sections(const struct report *r, struct doc *to);
void inside_plots(struct report *r, int fd, bool text_only);

/*
 * figures.c: all figures of R into folder FD (-1: none can be kept, only the
 * texts for the report are made, in a folder of our own that goes again).
 */
void figures_make(struct report *r, int fd);

#endif
