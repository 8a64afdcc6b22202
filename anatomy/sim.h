/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim - CPUs that do recorded operations, and wait for each other's lines
 *
 * A discrete-event simulation. A CPU does one operation after another, drawn
 * from those recorded: it works for itself, then touches a line, and so on. A
 * line that it has (to write: alone) costs nothing. Else it is brought from
 * where it was last, which takes a time that the distance of the two nodes
 * decides; a line goes to one CPU at a time, in the order in which they asked.
 * Who takes a lock in it keeps it as long as the holder works alone: what he
 * himself waits for meanwhile is not in that, so that none can wait in a ring.
 * Nobody waits for anything else.
 *
 * The same seed gives the same result to the bit.
 */
#ifndef FORKPATH_SIM_H
#define FORKPATH_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_DISTANCES = 3 };	/* same node, next one, farther */

struct sim_step {
	unsigned int	line;
	bool		write;
	double		work;		/* ns before it */
	double		hold;		/* ns that nobody else gets the line */
};

struct sim_op {
	struct sim_step	*step;
	size_t		 nr;
	double		 work;		/* ns behind the last step */
};

struct sim {
	const struct sim_op *op;
	size_t		 nr_op;
	unsigned int	 lines;
	unsigned int	 cpus, nodes;	/* nodes in a ring, CPUs in their order */
	double		 transfer[SIM_DISTANCES];	/* ns */
	uint64_t	 ops;		/* of each CPU; a tenth more before them */
	uint64_t	 seed;
	bool		 random;	/* times are means of exponential ones */
};

struct sim_result {
	double		 rate;		/* operations per second, of all */
	double		 p50, p99;	/* ns of one */
	unsigned int	 busiest;	/* line */
	double		 busy;		/* share of the time it was brought, or held */
};

/* 0, or -EINVAL: nothing to do, or a step of a line that there is not. */
int sim_run(const struct sim *s, struct sim_result *to);

/* How far CPUs A and B are apart, 0 to SIM_DISTANCES - 1. */
unsigned int sim_distance(const struct sim *s, unsigned int a, unsigned int b);

#endif
