// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * idle - no load: a process that sleeps until it is told to stop
 *
 * Models a machine that does nothing else. It exists so that every
 * repetition goes through the same steps, whatever its workload.
 */
#include "load.h"

int main(int argc, char **argv)
{
	static const struct load load = {
		.name = "idle",
		.summary = "no load: a process that sleeps until it is told to stop",
	};

	return load_run(&load, argc, argv);
}
