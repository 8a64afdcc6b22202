// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places on machines that are not here: each as hwloc makes it of a line and
 * a table of distances, and once more read back from the XML of that, as
 * meta.json keeps it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/place.h"
#include "../../runner/topo.h"

struct machine {
	const char	*synthetic;
	unsigned int	 nodes;		/* with distances; 0: none known */
	unsigned int	 distance[64];	/* row by row */
	struct {
		const char *cpus, *capacity;
	}		 kind[5];	/* none: all cores are alike */
};

static const struct machine
laptop = { .synthetic = "pack:1 [numa] l3:1 core:2 pu:1" },
unknown = { .synthetic = "core:4 pu:1" },
no_caches = { .synthetic = "pack:1 core:8 pu:1" },
single = { .synthetic = "l2:1 pu:1" },
only_l3 = { .synthetic = "l3:1 core:4 pu:1" },
only_l2 = { .synthetic = "l2:2 core:2 pu:1" },
private_l2 = { .synthetic = "core:4 l2:1 pu:1" },
only_l1 = { .synthetic = "core:4 l1:1 pu:1" },
smt_l2 = { .synthetic = "l2:1 core:4 pu:2" },
/* CPUs of a core: 2k and 2k + 1; 8 cores a node, 4 a cache. */
two = { .synthetic = "pack:2 [numa] l3:2 core:4 pu:2", .nodes = 2,
	.distance = { 10, 21,
		      21, 10 } },
/* A ring: 0 and 2, 1 and 3 are two steps apart. */
four = { .synthetic = "pack:4 [numa] l3:1 core:2 pu:1", .nodes = 4,
	.distance = { 10, 16, 22, 16,
		      16, 10, 16, 22,
		      22, 16, 10, 16,
		      16, 22, 16, 10 } },
/* The 40 there comes with 14 back: 3 and 5 are farther apart. */
eight = { .synthetic = "pack:8 [numa] l3:1 core:2 pu:1", .nodes = 8,
	.distance = {
		10, 20, 20, 20, 20, 20, 20, 20,
		20, 10, 20, 20, 20, 20, 20, 20,
		20, 20, 10, 20, 20, 20, 20, 40,
		20, 20, 20, 10, 20, 30, 20, 20,
		20, 20, 20, 20, 10, 20, 15, 20,
		20, 20, 20, 30, 20, 10, 20, 20,
		20, 20, 20, 20, 15, 20, 10, 20,
		20, 20, 14, 20, 20, 20, 20, 10 } },
/* Two nodes in each package, and nothing said about distances. */
sub = { .synthetic = "pack:2 group:2 [numa] l3:1 core:2 pu:1" },
/* Memory of its own beside that of the packages, nearer than they are. */
extra = { .synthetic = "[numa] pack:2 [numa] l3:1 core:2 pu:1", .nodes = 3,
	.distance = { 10, 17, 28,
		      17, 10, 28,
		      28, 28, 10 } };

/*
 * Machines of arm64, as hwloc recorded them and its users published it (of
 * altra it was lscpu), in as far as a place depends on it.
 *
 * kunpeng (920, 2 sockets): hwloc's test 128arm-2pa2n8cluster4co. Four cores
 *	are a cluster, eight clusters share an L3.
 * gb10 (DGX Spark): hwloc's test nvidia-dgx-gb10. Two L3, each of five small
 *	and five big cores, which by their firmware are of five speeds.
 * graviton2: xmrig, issue 1809.
 * grace (2 sockets): hwloc, issue 689. Distances are not told.
 * a64fx (Ookami): hwloc, issue 553. A package for each node, groups of two by
 *	distance, and no caches.
 * altra (2 sockets): vllm, pull request 39191. No cache beyond a core's own.
 * phone (A510, A710, A715, X3): util-linux's test of lscpu. One L3 for all;
 *	that two of the small cores share an L2, and that each kind is a
 *	package, makes no place.
 */
static const struct machine
kunpeng = { .synthetic = "pack:2 l3:2 [numa] group:8 l2:4 core:1 pu:1",
	.nodes = 4,
	.distance = { 10, 16, 32, 33,
		      16, 10, 25, 32,
		      32, 25, 10, 16,
		      33, 32, 16, 10 } },
gb10 = { .synthetic = "pack:1 [numa] l3:2 l2:10 core:1 pu:1", .kind = {
		{ "0-4", "718" }, { "5-9", "997" }, { "10-14", "731" },
		{ "15-18", "1017" }, { "19", "1024" } } },
graviton2 = { .synthetic = "pack:1 [numa] l3:1 l2:64 core:1 pu:1" },
grace = { .synthetic = "pack:2 [numa] l3:1 l2:72 core:1 pu:1" },
a64fx = { .synthetic = "group:2 pack:2 [numa] die:12 core:1 pu:1" },
altra = { .synthetic = "pack:2 [numa] l2:80 core:1 pu:1" },
phone = { .synthetic = "[numa] l3:1 core:8 pu:1", .kind = {
		{ "0-2", "280" }, { "3-6", "855" }, { "7", "1024" } } };

/* Not recorded: as they are described. Four threads a core. */
static const struct machine
thunderx2 = { .synthetic = "pack:2 [numa] l3:1 l2:32 core:1 pu:4", .nodes = 2,
	.distance = { 10, 20,
		      20, 10 } };

static void add_kinds(hwloc_topology_t t, const struct machine *m)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	for (int i = 0; i < 5 && m->kind[i].cpus; i++) {
		struct hwloc_info_s info = { .name = (char *)"LinuxCapacity" };

		info.value = (char *)m->kind[i].capacity;
		hwloc_bitmap_list_sscanf(set, m->kind[i].cpus);
		assert_int_equal(hwloc_cpukinds_register(t, set,
				 atoi(info.value), 1, &info, 0), 0);
	}
	hwloc_bitmap_free(set);
}

static void add_distances(hwloc_topology_t t, const struct machine *m)
{
	hwloc_distances_add_handle_t add;
	hwloc_uint64_t value[64];
	hwloc_obj_t node[8];

	assert_int_equal(hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_NUMANODE),
			 m->nodes);
	for (unsigned int i = 0; i < m->nodes; i++)
		node[i] = hwloc_get_obj_by_type(t, HWLOC_OBJ_NUMANODE, i);
	for (unsigned int i = 0; i < m->nodes * m->nodes; i++)
		value[i] = m->distance[i];
	add = hwloc_distances_add_create(t, "NUMALatency",
					 HWLOC_DISTANCES_KIND_MEANS_LATENCY |
					 HWLOC_DISTANCES_KIND_FROM_USER, 0);
	assert_non_null(add);
	assert_int_equal(hwloc_distances_add_values(t, add, m->nodes, node,
						    value, 0), 0);
	assert_int_equal(hwloc_distances_add_commit(t, add, 0), 0);
}

static hwloc_topology_t make(const struct machine *m)
{
	hwloc_topology_t t;

	assert_int_equal(hwloc_topology_init(&t), 0);
	assert_int_equal(hwloc_topology_set_synthetic(t, m->synthetic), 0);
	assert_int_equal(hwloc_topology_load(t), 0);
	if (m->nodes)
		add_distances(t, m);
	add_kinds(t, m);
	return t;
}

static hwloc_topology_t reread(hwloc_topology_t from)
{
	hwloc_topology_t t;
	char *xml;
	int len;

	assert_int_equal(hwloc_topology_export_xmlbuffer(from, &xml, &len, 0),
			 0);
	assert_int_equal(hwloc_topology_init(&t), 0);
	assert_int_equal(hwloc_topology_set_xmlbuffer(t, xml, len), 0);
	assert_int_equal(hwloc_topology_load(t), 0);
	hwloc_free_xmlbuffer(from, xml);
	return t;
}

/* WANT: "CLONERS ATTACHERS", "CLONERS" of one role, or "- reason". */
static void place(const struct machine *m, const char *word, unsigned int nr,
		  unsigned int cloners, unsigned int attachers,
		  const char *want)
{
	const unsigned int n[] = { cloners, attachers };
	hwloc_topology_t t[2] = { make(m) };

	t[1] = reread(t[0]);
	for (int i = 0; i < 2; i++) {
		char *list[2] = { NULL, NULL }, why[200] = "", got[400];

		if (place_find(t[i], word, nr, n, list, why, sizeof(why)))
			snprintf(got, sizeof(got), "- %s", why);
		else
			snprintf(got, sizeof(got), "%s%s%s", list[0],
				 list[1] ? " " : "", list[1] ? list[1] : "");
		if (*want == '-' ? !strstr(got, want + 2) || *got != '-' :
				   strcmp(got, want) != 0)
			fail_msg("%s: %s %u %u: '%s', not '%s'", m->synthetic,
				 word, cloners, attachers, got, want);
		free(list[0]);
		free(list[1]);
		hwloc_topology_destroy(t[i]);
	}
}

static void test_small(void **state)
{
	(void)state;
	place(&laptop, "same-core", 2, 1, 1, "- no SMT");
	place(&laptop, "same-cache", 2, 1, 1, "0 1");
	place(&laptop, "same-node", 2, 1, 1, "- no node has two last-level");
	place(&laptop, "other-node", 2, 1, 1, "- CPUs of one node only");
	place(&laptop, "farthest", 2, 1, 1, "- CPUs of one node only");
	place(&unknown, "same-cache", 2, 1, 1, "- is not known here");
	place(&unknown, "same-node", 2, 1, 1, "- place same-node: which CPUs "
	      "share a cache is not known here");
	place(&single, "same-core", 2, 1, 1, "- no SMT");
	place(&single, "same-cache", 2, 1, 1, "- no two cores share");
	place(&single, "same-node", 2, 1, 1, "- no node has two");
	place(&single, "other-node", 2, 1, 1, "- one node only");
}

/* Caches as some machines tell of them: all, one level, or nothing. */
static void test_caches(void **state)
{
	(void)state;
	place(&no_caches, "same-cache", 2, 1, 1, "- is not known here");
	place(&no_caches, "same-node", 2, 1, 1, "- is not known here");
	place(&no_caches, "other-node", 2, 1, 1, "- CPUs of one node only");
	/* One cache for all, whatever its level. */
	place(&only_l3, "same-cache", 2, 1, 1, "2 1");
	place(&only_l3, "same-node", 2, 1, 1, "- no node has two last-level");
	place(&only_l2, "same-cache", 2, 1, 1, "0 1");
	place(&only_l2, "same-node", 2, 1, 1, "2 1");
	place(&private_l2, "same-cache", 2, 1, 1, "- no two cores share");
	place(&private_l2, "same-node", 2, 1, 1, "2 1");
	/* There is a second level, if nobody tells of it. */
	place(&only_l1, "same-cache", 2, 1, 1, "- is not known here");
	place(&only_l1, "same-node", 2, 1, 1, "- is not known here");
	/* Siblings share a core's; the core counts once. */
	place(&smt_l2, "same-core", 2, 1, 1, "3 2");
	place(&smt_l2, "same-cache", 2, 1, 1, "4 2");
	place(&smt_l2, "same-node", 2, 1, 1, "- no node has two last-level");
}

/* CPUs that are taken away: by a cpuset, or because they are offline. */
static void test_restricted(void **state)
{
	hwloc_topology_t t = make(&two);
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	const unsigned int n[] = { 1, 1 };
	char *list[2] = { NULL, NULL }, why[200];

	(void)state;
	/* Of node 0 one thread of CPUs 4,5 and of 8,9; of node 1 a core. */
	assert_int_equal(hwloc_bitmap_list_sscanf(set, "5,8,18-19"), 0);
	assert_int_equal(hwloc_topology_restrict(t, set, 0), 0);
	assert_int_equal(place_find(t, "same-core", 2, n, list, why,
				    sizeof(why)), 0);
	assert_string_equal(list[0], "19");
	assert_string_equal(list[1], "18");
	free(list[0]);
	free(list[1]);
	/* 5 and 8 are of two caches of one node. */
	assert_int_equal(place_find(t, "same-node", 2, n, list, why,
				    sizeof(why)), 0);
	assert_string_equal(list[0], "5");
	assert_string_equal(list[1], "8");
	free(list[0]);
	free(list[1]);
	assert_int_not_equal(place_find(t, "same-cache", 2, n, list, why,
					sizeof(why)), 0);
	assert_non_null(strstr(why, "no two cores share a last-level cache"));
	/* Less room than its begin takes: nothing behind it is written. */
	memset(why, '#', sizeof(why));
	assert_int_not_equal(place_find(t, "same-cache", 2, n, list, why, 12),
			     0);
	assert_string_equal(why, "place [...]");
	assert_int_equal(why[12], '#');
	hwloc_bitmap_free(set);
	hwloc_topology_destroy(t);
}

/* A variable that shows another machine, and such as only talk. */
static void test_borrowed(void **state)
{
	static const char *const bad[] = {
		"HWLOC_SYNTHETIC", "HWLOC_XMLFILE", "HWLOC_FSROOT",
		"HWLOC_COMPONENTS", "HWLOC_THISSYSTEM", "HWLOC_CPUID_PATH",
		"LIBPFM_FORCE_PMU",
	};
	static const char *const good[] = {
		"HWLOC_COMPONENTS_VERBOSE", "HWLOC_HIDE_ERRORS", "HWLOC",
		"HWLOC_DEBUG", "LIBPFM_VERBOSE", "MY_HWLOC_SYNTHETIC",
	};

	(void)state;
	clearenv();
	assert_null(topo_borrowed());
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		setenv(good[i], "1", 1);
		assert_null(topo_borrowed());
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		setenv(bad[i], "", 1);
		assert_string_equal(topo_borrowed(), bad[i]);
		unsetenv(bad[i]);
	}
}

static void test_two(void **state)
{
	(void)state;
	/* The core of CPU 0 is the last to be used. */
	place(&two, "same-core", 2, 1, 1, "3 2");
	place(&two, "same-core", 2, 2, 3, "3,5 2,4,6");
	place(&two, "same-core", 2, 3, 2, "- 2 cores with 3 threads");
	place(&two, "same-cache", 2, 1, 1, "4 2");
	place(&two, "same-cache", 2, 3, 1, "4,6,0 2");
	place(&two, "same-cache", 2, 4, 1, "- not 4 and 1 cores so near");
	place(&two, "same-node", 2, 2, 2, "8,10 2,4");
	place(&two, "other-node", 2, 2, 1, "16,18 2");
	place(&two, "other-node", 2, 9, 1, "- not 9 and 1 cores on two");
	place(&two, "farthest", 2, 1, 1, "- no two nodes are farther");
}

static void test_distances(void **state)
{
	(void)state;
	place(&four, "other-node", 2, 1, 1, "2 1");
	place(&four, "farthest", 2, 2, 2, "4,5 1,0");
	place(&eight, "other-node", 2, 1, 1, "12 8");
	place(&eight, "farthest", 2, 1, 1, "10 6");
	place(&sub, "other-node", 2, 1, 1, "2 1");
	place(&sub, "farthest", 2, 1, 1, "4 1");
	place(&sub, "same-cache", 2, 1, 1, "0 1");
	/* Not its memory node: nobody runs there. */
	place(&extra, "other-node", 2, 1, 1, "2 1");
	place(&extra, "farthest", 2, 1, 1, "- no two nodes are farther");
}

static void test_arm64(void **state)
{
	(void)state;
	/* Dies of a package: 16; the nearest of two packages: 25. */
	place(&kunpeng, "same-core", 2, 1, 1, "- no SMT");
	place(&kunpeng, "same-cache", 2, 4, 1, "2,3,4,5 1");
	place(&kunpeng, "same-node", 2, 1, 1, "- no node has two last-level");
	place(&kunpeng, "other-node", 2, 1, 1, "32 1");
	place(&kunpeng, "farthest", 2, 1, 1, "96 1");
	place(&kunpeng, "compact", 1, 33, 0, "1,2,3,4,5,6,7,8,9,10,11,12,13,"
	      "14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,0,32");
	place(&kunpeng, "spread", 1, 6, 0, "1,32,64,96,2,33");
	place(&graviton2, "same-cache", 2, 1, 1, "2 1");
	place(&graviton2, "same-node", 2, 1, 1, "- no node has two last-level");
	place(&graviton2, "other-node", 2, 1, 1, "- CPUs of one node only");
	place(&graviton2, "compact", 1, 2, 0, "1,2");
	place(&graviton2, "spread", 1, 2, 0, "- compact is the same there");
	place(&grace, "same-cache", 2, 1, 1, "2 1");
	place(&grace, "other-node", 2, 1, 1, "72 1");
	place(&grace, "farthest", 2, 1, 1, "- no two nodes are farther");
	place(&grace, "compact", 2, 2, 1, "1,2 3");
	place(&grace, "spread", 2, 2, 1, "1,72 2");
	place(&a64fx, "same-cache", 2, 1, 1, "- is not known here");
	place(&a64fx, "same-node", 2, 1, 1, "- is not known here");
	place(&a64fx, "other-node", 2, 1, 1, "12 1");
	place(&a64fx, "farthest", 2, 1, 1, "24 1");
	place(&a64fx, "compact", 1, 13, 0, "1,2,3,4,5,6,7,8,9,10,11,0,12");
	place(&a64fx, "spread", 1, 5, 0, "1,12,24,36,2");
	place(&altra, "same-cache", 2, 1, 1, "- no two cores share");
	place(&altra, "same-node", 2, 1, 1, "2 1");
	place(&altra, "other-node", 2, 1, 1, "80 1");
	place(&altra, "compact", 1, 2, 0, "1,2");
	place(&altra, "spread", 1, 3, 0, "1,80,2");
	place(&thunderx2, "same-core", 2, 1, 1, "5 4");
	place(&thunderx2, "same-cache", 2, 1, 1, "8 4");
	place(&thunderx2, "other-node", 2, 1, 1, "128 4");
	place(&thunderx2, "compact", 1, 2, 0, "4,8");
}

/* Both sides on cores of one kind, the fastest with enough of them. */
static void test_kinds(void **state)
{
	(void)state;
	place(&gb10, "same-core", 2, 1, 1, "- no SMT");
	place(&gb10, "same-cache", 2, 1, 1, "6 5");
	place(&gb10, "same-cache", 2, 4, 1, "6,7,8,9 5");
	place(&gb10, "same-cache", 2, 5, 1, "- only with cores of different "
	      "speed (there are 2 kinds)");
	place(&gb10, "same-cache", 2, 9, 2, "- there are not 9 and 2 cores");
	place(&gb10, "same-node", 2, 2, 2, "15,16 5,6");
	place(&gb10, "other-node", 2, 1, 1, "- CPUs of one node only");
	place(&gb10, "compact", 1, 20, 0, "5,6,7,8,9,15,16,17,18,19,"
	      "1,2,3,4,10,11,12,13,14,0");
	place(&gb10, "spread", 1, 2, 0, "- compact is the same there");
	place(&phone, "same-cache", 2, 1, 1, "4 3");
	place(&phone, "same-cache", 2, 3, 1, "4,5,6 3");
	place(&phone, "same-cache", 2, 4, 1, "- only with cores of different "
	      "speed (there are 3 kinds)");
	place(&phone, "same-node", 2, 1, 1, "- no node has two last-level");
	place(&phone, "other-node", 2, 1, 1, "- CPUs of one node only");
	place(&phone, "compact", 1, 8, 0, "7,3,4,5,6,1,2,0");
}

/* Of one role, the first actor is one side. */
static void test_one_role(void **state)
{
	(void)state;
	place(&two, "same-core", 1, 2, 0, "2,3");
	place(&two, "other-node", 1, 4, 0, "2,16,18,20");
	place(&two, "same-core", 1, 1, 0, "- one actor has nobody");
	place(&two, "same-core", 0, 1, 0, "- for one or two roles, not 0");
}

/* The whole machine: cores first, their second threads later. */
static void test_fill(void **state)
{
	(void)state;
	place(&laptop, "compact", 1, 1, 0, "1");
	place(&laptop, "compact", 1, 2, 0, "1,0");
	place(&laptop, "compact", 1, 3, 0, "- 3 actors need a CPU each; there are 2");
	place(&laptop, "compact", 2, 1, 1, "1 0");
	place(&laptop, "compact", 2, 2, 1, "- 3 actors need a CPU each");
	place(&laptop, "spread", 1, 2, 0, "- compact is the same there");
	place(&two, "compact", 1, 10, 0, "2,4,6,8,10,12,14,0,3,5");
	place(&two, "spread", 1, 1, 0, "2");
	place(&two, "spread", 1, 5, 0, "2,16,4,18,6");
	place(&two, "spread", 2, 3, 2, "2,16,4 18,6");
	place(&four, "spread", 1, 8, 0, "1,2,4,6,0,3,5,7");
	place(&four, "compact", 1, 5, 0, "1,0,2,3,4");
}

static void test_words(void **state)
{
	(void)state;
	assert_true(place_known("same-core"));
	assert_true(place_known("farthest"));
	assert_true(place_known("spread"));
	assert_false(place_known("near"));
	assert_false(place_known(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_caches),
		cmocka_unit_test(test_restricted),
		cmocka_unit_test(test_borrowed),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_distances),
		cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_one_role),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
