// SPDX-License-Identifier: GPL-2.0-or-later
/* topo - the shape of the machine, as hwloc sees it */
#define _GNU_SOURCE
#include <hwloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "topo.h"

/* Serial numbers and the like are nobody's business: results get published. */
static char *without_serials(const char *xml)
{
	static const char *const secret[] = { "Serial", "UUID", "AssetTag" };
	struct text t = { 0 };

	text_add(&t, "", 0);
	while (*xml) {
		size_t n = strcspn(xml, "\n"), full = n + !!xml[n];
		char *line = xstrndup(xml, n);
		bool keep = true;

		for (int i = 0; i < 3 && strstr(line, "<info name="); i++)
			keep = keep && !strstr(line, secret[i]);
		if (keep)
			text_add(&t, xml, full);
		xml += full;
		free(line);
	}
	return t.s;
}

const char *topo_borrowed(void)
{
	static const char *const theirs[] = { "HWLOC_", "LIBPFM_" };
	/* These only talk. */
	static const char *const harmless[] = {
		"_VERBOSE", "_HIDE_ERRORS", "_DEBUG", "_DEBUG_STDOUT",
	};
	static char *name;

	for (char **e = environ; e && *e; e++) {
		size_t n = strcspn(*e, "=");
		bool borrowed = false;

		for (int i = 0; i < 2; i++)
			borrowed |= !strncmp(*e, theirs[i], strlen(theirs[i]));
		for (int i = 0; i < 4; i++) {
			size_t tail = strlen(harmless[i]);

			borrowed &= n < tail ||
				strncmp(*e + n - tail, harmless[i], tail);
		}
		if (!borrowed)
			continue;
		free(name);
		name = xstrndup(*e, n);
		return one_line(name);
	}
	return NULL;
}

void topo_load(struct topo *t)
{
	char buf[4096], *xml;
	hwloc_topology_t h;
	int len;

	*t = (struct topo){ .cpus = -1, .cores = -1, .nodes = -1,
			    .packages = -1 };
	if (hwloc_topology_init(&h))
		return;
	if (hwloc_topology_load(h))
		goto out;
	t->cpus = hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_PU);
	t->cores = hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_CORE);
	t->nodes = hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_NUMANODE);
	t->packages = hwloc_get_nbobjs_by_type(h, HWLOC_OBJ_PACKAGE);
	if (!hwloc_topology_export_xmlbuffer(h, &xml, &len, 0)) {
		t->xml = without_serials(xml);
		hwloc_free_xmlbuffer(h, xml);
	}
	if (hwloc_topology_export_synthetic(h, buf, sizeof(buf), 0) > 0)
		t->synthetic = xstrdup(buf);
out:
	hwloc_topology_destroy(h);
}

void topo_free(struct topo *t)
{
	free(t->xml);
	free(t->synthetic);
	*t = (struct topo){ 0 };
}
