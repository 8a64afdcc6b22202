// SPDX-License-Identifier: GPL-2.0-or-later
/* place - from a word for nearness to CPUs */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "place.h"

static const char *const words[] = {
	"same-core", "same-cache", "same-node", "other-node", "farthest",
	"compact", "spread",
};

enum {
	SAME_CORE, SAME_CACHE, SAME_NODE, OTHER_NODE, FARTHEST, COMPACT, SPREAD,
	NR_WORDS,
};

struct core {
	hwloc_obj_t	 obj, node;	/* node: the nearest memory */
	hwloc_obj_t	 cache;		/* last-level; NULL: not known */
	unsigned int	 kind;		/* 0 the fastest */
};

struct map {
	hwloc_topology_t topo;
	/* By kind; of each kind the one with the first CPU last. */
	struct core	*core;
	unsigned int	 nr, kinds;
	struct hwloc_distances_s *dist;	/* NULL: not known */
};

/* CPUs, by side, while they are chosen. */
struct sides {
	unsigned int	 want[2], got[2];
	unsigned int	*cpu[2];
};

bool place_known(const char *word)
{
	for (int i = 0; i < NR_WORDS; i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* Of the nodes with this core, the one with the fewest CPUs. */
static hwloc_obj_t node_of(hwloc_topology_t topo, hwloc_obj_t core)
{
	hwloc_obj_t node = NULL, best = NULL;

	while ((node = hwloc_get_next_obj_by_type(topo, HWLOC_OBJ_NUMANODE,
						  node)))
		if (hwloc_bitmap_isincluded(core->cpuset, node->cpuset) &&
		    (!best || hwloc_bitmap_weight(node->cpuset) <
			      hwloc_bitmap_weight(best->cpuset)))
			best = node;
	return best;
}

#if HWLOC_API_VERSION >= 0x00020400
static const char *info_of(const struct hwloc_info_s *info, unsigned int nr,
			   const char *name)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!strcmp(info[i].name, name))
			return info[i].value;
	return "";
}

/*
 * Which cores are as fast as each other (big.LITTLE, P and E cores). hwloc has
 * its kinds from the slowest to the fastest; what firmware or frequencies make
 * a little different is one kind here.
 */
static void read_kinds(struct map *m)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	char type[32] = "";
	long most = 0;

	for (int i = hwloc_cpukinds_get_nr(m->topo, 0) - 1; i >= 0; i--) {
		struct hwloc_info_s *info;
		unsigned int nr;
		const char *t;
		long capacity;

		if (hwloc_cpukinds_get_info(m->topo, i, set, NULL, &nr, &info,
					    0))
			continue;
		t = info_of(info, nr, "CoreType");
		capacity = atol(info_of(info, nr, "LinuxCapacity"));
		if (!m->kinds || strcmp(t, type) || 10 * capacity < 9 * most) {
			m->kinds++;
			most = capacity;
			snprintf(type, sizeof(type), "%s", t);
		}
		for (unsigned int k = 0; k < m->nr; k++)
			if (hwloc_bitmap_isincluded(m->core[k].obj->cpuset,
						    set))
				m->core[k].kind = m->kinds - 1;
	}
	hwloc_bitmap_free(set);
}
#else
static void read_kinds(struct map *m)
{
	(void)m;
}
#endif

static void sort_by_kind(struct map *m)
{
	struct core *sorted = xzalloc((m->nr + 1) * sizeof(*sorted));
	unsigned int nr = 0;

	if (!m->kinds)
		m->kinds = 1;
	for (unsigned int kind = 0; kind < m->kinds; kind++)
		for (unsigned int i = 0; i < m->nr; i++)
			if (m->core[i].kind == kind)
				sorted[nr++] = m->core[i];
	free(m->core);
	m->core = sorted;
}

static void read_map(struct map *m, hwloc_topology_t topo)
{
	hwloc_obj_type_t type = HWLOC_OBJ_CORE;
	unsigned int nr_dist = 1;
	int nr = hwloc_get_nbobjs_by_type(topo, type);

	if (nr <= 0) {
		type = HWLOC_OBJ_PU;
		nr = hwloc_get_nbobjs_by_type(topo, type);
	}
	*m = (struct map){ .topo = topo };
	m->core = xzalloc((nr > 0 ? nr : 1) * sizeof(*m->core));
	for (int i = 1; i <= nr; i++) {
		struct core *c = &m->core[m->nr++];

		c->obj = hwloc_get_obj_by_type(topo, type, i % nr);
		c->node = node_of(topo, c->obj);
		/* Where no more than the first level is told, there is more. */
		for (hwloc_obj_t o = c->obj; o; o = o->parent)
			if (hwloc_obj_type_is_dcache(o->type) &&
			    o->attr->cache.depth > 1)
				c->cache = o;
	}
	read_kinds(m);
	sort_by_kind(m);
	if (hwloc_distances_get_by_type(topo, HWLOC_OBJ_NUMANODE, &nr_dist,
					&m->dist, HWLOC_DISTANCES_KIND_MEANS_LATENCY,
					0) || !nr_dist)
		m->dist = NULL;
}

static void free_map(struct map *m)
{
	if (m->dist)
		hwloc_distances_release(m->topo, m->dist);
	free(m->core);
}

/* Twice the distance of two nodes; the larger the farther. */
static unsigned long distance(const struct map *m, hwloc_obj_t a, hwloc_obj_t b)
{
	hwloc_uint64_t there, back;
	hwloc_obj_t common;

	if (m->dist && !hwloc_distances_obj_pair_values(m->dist, a, b, &there,
							&back))
		return there + back;
	/* The higher the ancestor that both have, the farther. */
	common = hwloc_get_common_ancestor_obj(m->topo, a->parent, b->parent);
	return 1000 - (common ? common->depth : 0);
}

static unsigned int pus_of(const struct core *c)
{
	return hwloc_bitmap_weight(c->obj->cpuset);
}

/* CPU NR of the core, 0 the first. */
static unsigned int pu_of(const struct core *c, unsigned int nr)
{
	int cpu = hwloc_bitmap_first(c->obj->cpuset);

	while (nr--)
		cpu = hwloc_bitmap_next(c->obj->cpuset, cpu);
	return cpu;
}

static void take(struct sides *s, int side, unsigned int cpu)
{
	s->cpu[side][s->got[side]++] = cpu;
}

static bool enough(const struct sides *s)
{
	return s->got[0] == s->want[0] && s->got[1] == s->want[1];
}

/* One of side 1 on each core, those of side 0 on the siblings in turn. */
static bool same_core(const struct map *m, struct sides *s, char *why,
		      size_t len)
{
	unsigned int each = (s->want[0] + s->want[1] - 1) / s->want[1];
	const struct core **core = xzalloc((m->nr + 1) * sizeof(*core));
	unsigned int nr = 0, smt = 1;

	for (unsigned int i = 0; i < m->nr; i++) {
		if (pus_of(&m->core[i]) > smt)
			smt = pus_of(&m->core[i]);
		if (pus_of(&m->core[i]) > each && nr < s->want[1])
			core[nr++] = &m->core[i];
	}
	if (nr == s->want[1]) {
		for (unsigned int i = 0; i < nr; i++)
			take(s, 1, pu_of(core[i], 0));
		for (unsigned int i = 0; i < s->want[0]; i++)
			take(s, 0, pu_of(core[i % nr], 1 + i / nr));
	}
	free(core);
	if (smt == 1)
		snprintf(why, len, "no core has a second thread (no SMT, or it "
			 "is off)");
	else
		snprintf(why, len, "%u core%s with %u threads would be needed",
			 s->want[1], s->want[1] == 1 ? "" : "s", each + 1);
	return enough(s);
}

/*
 * One core for each actor: side 1 from cores like A, side 0 from cores that
 * are to A what the word says.
 */
static bool by_core(const struct map *m, struct sides *s, const struct core *a,
		    int word, hwloc_obj_t other)
{
	s->got[0] = s->got[1] = 0;
	for (unsigned int i = 0; i < m->nr; i++) {
		const struct core *c = &m->core[i];
		/* What is not known is neither the same nor another. */
		bool node = a->node && c->node == a->node;
		bool cache = a->cache && c->cache == a->cache;
		bool home = word >= OTHER_NODE ? node : node && cache;
		bool there = word == SAME_CACHE ? home :
			     word == SAME_NODE ? node && a->cache && c->cache &&
						 !cache :
			     c->node == other;

		if (home && s->got[1] < s->want[1])
			take(s, 1, pu_of(c, 0));
		else if (there && s->got[0] < s->want[0])
			take(s, 0, pu_of(c, 0));
	}
	return enough(s);
}

static bool near(const struct map *m, struct sides *s, int word, char *why,
		 size_t len)
{
	bool shared = false, split = false, cached = false;

	for (unsigned int i = 0; i < m->nr; i++)
		if (by_core(m, s, &m->core[i], word, NULL))
			return true;
	for (unsigned int i = 0; i < m->nr; i++) {
		for (unsigned int k = 0; k < i; k++) {
			const struct core *a = &m->core[i], *b = &m->core[k];

			if (!a->node || a->node != b->node || !a->cache ||
			    !b->cache)
				continue;
			shared |= a->cache == b->cache;
			split |= a->cache != b->cache;
		}
		cached |= !!m->core[i].cache;
	}
	if (!cached)
		snprintf(why, len, "which CPUs share a cache is not known here");
	else if (word == SAME_CACHE && !shared)
		snprintf(why, len, "no two cores share a last-level cache");
	else if (word == SAME_NODE && !split)
		snprintf(why, len, "no node has two last-level caches; "
			 "same-cache is the same there");
	else
		snprintf(why, len, "there are not %u and %u cores so near "
			 "together", s->want[0], s->want[1]);
	return false;
}

/* The nearest or the most distant pair of nodes that has the cores. */
static bool far(const struct map *m, struct sides *s, int word, char *why,
		size_t len)
{
	unsigned long least = -1ul, most = 0, want, nodes = 1;

	for (unsigned int i = 0; i < m->nr; i++) {
		for (unsigned int k = 0; k < m->nr; k++) {
			hwloc_obj_t a = m->core[i].node, b = m->core[k].node;
			unsigned long d;

			if (!a || !b || a == b)
				continue;
			d = distance(m, a, b);
			least = d < least ? d : least;
			most = d > most ? d : most;
			nodes = 2;
		}
	}
	if (nodes < 2) {
		snprintf(why, len, "CPUs of one node only");
		return false;
	}
	if (word == FARTHEST && most == least) {
		snprintf(why, len, "no two nodes are farther apart than "
			 "other-node");
		return false;
	}
	want = word == FARTHEST ? most : least;
	for (unsigned int i = 0; i < m->nr; i++) {
		for (unsigned int k = 0; k < m->nr; k++) {
			hwloc_obj_t a = m->core[i].node, b = m->core[k].node;

			if (a && b && a != b && distance(m, a, b) == want &&
			    by_core(m, s, &m->core[i], word, b))
				return true;
		}
	}
	snprintf(why, len, "there are not %u and %u cores on two such nodes",
		 s->want[0], s->want[1]);
	return false;
}

struct seat {			/* a CPU, and when it is taken */
	unsigned int	node, thread, core, cpu;
	unsigned int	in_node;	/* how many of its node come before it */
};

static int by_node(const void *pa, const void *pb)
{
	const struct seat *a = pa, *b = pb;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	if (a->thread != b->thread)
		return a->thread < b->thread ? -1 : 1;
	return a->core < b->core ? -1 : a->core > b->core;
}

static int by_turn(const void *pa, const void *pb)
{
	const struct seat *a = pa, *b = pb;

	if (a->in_node != b->in_node)
		return a->in_node < b->in_node ? -1 : 1;
	return by_node(pa, pb);
}

/* All CPUs in the order in which WORD takes them; to be freed. */
static struct seat *seats(const struct map *m, int word, unsigned int *nr,
			  unsigned int *nodes)
{
	struct seat *all = NULL;

	*nr = *nodes = 0;
	for (unsigned int i = 0; i < m->nr; i++) {
		const struct core *c = &m->core[i];

		for (unsigned int k = 0; k < pus_of(c); k++) {
			all = xrealloc(all, *nr + 1, sizeof(*all));
			all[(*nr)++] = (struct seat){
				.node = c->node ? c->node->logical_index : 0,
				.thread = k, .core = i, .cpu = pu_of(c, k),
			};
		}
	}
	qsort(all, *nr, sizeof(*all), by_node);
	for (unsigned int i = 0; i < *nr; i++) {
		bool same = i && all[i].node == all[i - 1].node;

		all[i].in_node = same ? all[i - 1].in_node + 1 : 0;
		*nodes += !same;
	}
	if (word == SPREAD)
		qsort(all, *nr, sizeof(*all), by_turn);
	return all;
}

/* The actors of the first role first; of one role its first is side 1. */
static bool fill(const struct map *m, struct sides *s, int word, bool one_role,
		 char *why, size_t len)
{
	unsigned int nr, nodes, want = s->want[0] + s->want[1];
	struct seat *all = seats(m, word, &nr, &nodes);
	int first = one_role ? 1 : 0;

	if (word == SPREAD && nodes < 2)
		snprintf(why, len, "CPUs of one node only; compact is the same "
			 "there");
	else if (want > nr)
		snprintf(why, len, "%u actors need a CPU each; there are %u",
			 want, nr);
	else
		for (unsigned int i = 0; i < want; i++)
			take(s, i < s->want[first] ? first : !first,
			     all[i].cpu);
	free(all);
	return enough(s);
}

static bool pair(const struct map *m, struct sides *s, int word, char *why,
		 size_t len)
{
	return word == SAME_CORE ? same_core(m, s, why, len) :
	       word < OTHER_NODE ? near(m, s, word, why, len) :
				   far(m, s, word, why, len);
}

/* Actors on a fast and on a slow core would be two things compared as one. */
static bool pair_of_kind(const struct map *m, struct sides *s, int word,
			 char *why, size_t len)
{
	struct map of = *m;

	for (of.core = m->core; of.core < m->core + m->nr; of.core += of.nr) {
		for (of.nr = 1; of.core + of.nr < m->core + m->nr &&
				of.core[of.nr].kind == of.core->kind; )
			of.nr++;
		if (pair(&of, s, word, why, len))
			return true;
	}
	if (m->kinds > 1 && pair(m, s, word, why, len))
		snprintf(why, len, "only with cores of different speed (there "
			 "are %u kinds)", m->kinds);
	return false;
}

static char *list_of(const unsigned int *cpu, unsigned int nr)
{
	struct text t = { 0 };

	for (unsigned int i = 0; i < nr; i++)
		text_printf(&t, "%s%u", i ? "," : "", cpu[i]);
	return t.s;
}

int place_find(hwloc_topology_t topo, const char *word, unsigned int nr,
	       const unsigned int *n, char **list, char *why, size_t len)
{
	/* Of one role: the others, and the first. */
	unsigned int b = nr == 1 ? n[0] - 1 : n[0], a = nr == 1 ? 1 : n[1];
	struct sides s = { .want = { b, a } };
	struct map m;
	size_t n_why;
	bool found;
	int w = 0;

	if (nr < 1 || nr > 2) {
		snprintf(why, len, "place %s: for one or two roles, not %u",
			 word, nr);
		return -ENODEV;
	}
	while (w < NR_WORDS - 1 && strcmp(word, words[w]))
		w++;
	if ((!a || !b) && w < COMPACT) {
		snprintf(why, len, "place %s: one actor has nobody to be near "
			 "to", word);
		return -ENODEV;
	}
	n_why = err_text(why, len, "place %s: ", word);
	why += n_why;
	len -= n_why;
	read_map(&m, topo);
	s.cpu[0] = xzalloc((a + b) * sizeof(*s.cpu[0]));
	s.cpu[1] = s.cpu[0] + b;
	found = w >= COMPACT ? fill(&m, &s, w, nr == 1, why, len) :
			       pair_of_kind(&m, &s, w, why, len);
	if (found && nr == 1) {
		char *first = list_of(s.cpu[1], 1), *rest = list_of(s.cpu[0], b);

		list[0] = xprintf("%s%s%s", first, b ? "," : "",
				  b ? rest : "");
		free(first);
		free(rest);
	} else if (found) {
		list[0] = list_of(s.cpu[0], b);
		list[1] = list_of(s.cpu[1], a);
	}
	free(s.cpu[0]);
	free_map(&m);
	return found ? 0 : -ENODEV;
}

int place_here(const char *word, unsigned int nr, const unsigned int *n,
	       char **list, char *why, size_t len)
{
	hwloc_topology_t topo;
	int ret;

	if (hwloc_topology_init(&topo)) {
		snprintf(why, len, "place %s: no topology", word);
		return -ENODEV;
	}
	if (hwloc_topology_load(topo)) {
		snprintf(why, len, "place %s: hwloc cannot read this machine",
			 word);
		ret = -ENODEV;
	} else {
		ret = place_find(topo, word, nr, n, list, why, len);
	}
	hwloc_topology_destroy(topo);
	return ret;
}
