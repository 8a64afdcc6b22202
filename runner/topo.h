/* SPDX-License-Identifier: GPL-2.0-or-later */
/* topo - the shape of the machine, as hwloc sees it */
#ifndef FORKPATH_TOPO_H
#define FORKPATH_TOPO_H

/*
 * The name of a variable of the environment that shows hwloc or libpfm4
 * another machine (HWLOC_SYNTHETIC, HWLOC_XMLFILE, LIBPFM_FORCE_PMU...), or
 * NULL. A plan may be made so; to measure here is wrong.
 */
const char *topo_borrowed(void);

/* NULL where hwloc cannot say. HWLOC_SYNTHETIC and HWLOC_XMLFILE work. */
struct topo {
	char		*xml;		/* hand it to lstopo -i */
	char		*synthetic;	/* "Package:2 [NUMANode] L3Cache:2 ..." */
	int		 cpus, cores, nodes, packages;	/* -1: unknown */
};

void topo_load(struct topo *t);
void topo_free(struct topo *t);

#endif
