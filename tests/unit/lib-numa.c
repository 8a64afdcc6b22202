// SPDX-License-Identifier: GPL-2.0-or-later
/* Free blocks as the kernel tells of them; medians of rings */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "numa.h"
#include "ring.h"

static const char two_nodes[] =
	"Node 0, zone      DMA      0      1      2\n"
	"Node 0, zone    DMA32     10     20     30\n"
	"Node 1, zone   Normal    100    200    300\n"
	"Node 10, zone  Normal      7      7      7\n";

static void test_blocks(void **state)
{
	unsigned long block[NUMA_ORDERS];

	(void)state;
	assert_int_equal(numa_blocks(0, two_nodes, block), 3);
	assert_int_equal(block[0], 10);
	assert_int_equal(block[2], 32);		/* zones add up */
	assert_int_equal(block[3], 0);
	assert_int_equal(numa_blocks(1, two_nodes, block), 3);
	assert_int_equal(block[1], 200);	/* and 10 is not 1 */
	assert_int_equal(numa_blocks(2, two_nodes, block), -ENOENT);
	assert_int_equal(numa_blocks(0, "", block), -ENOENT);
	assert_int_equal(numa_blocks(0, "nonsense\nNode x\n", block), -ENOENT);
	/* A cut line, and more orders than there is room for. */
	assert_int_equal(numa_blocks(0, "Node 0, zone DMA 5", block), 1);
	assert_int_equal(block[0], 5);
	assert_int_equal(numa_blocks(0, "Node 0, zone D 1 1 1 1 1 1 1 1 1 1 1 1 "
				     "1 1 1 1 1 1 1 1\n", block), NUMA_ORDERS);
}

static void test_here(void **state)
{
	unsigned long block[NUMA_ORDERS];
	unsigned int node[NUMA_MAX];
	int nr = numa_nodes(node, NUMA_MAX);

	(void)state;
	assert_true(nr >= 1);
	assert_true(numa_here() >= 0);
	assert_true(numa_blocks(node[0], NULL, block) > 0);
}

static void test_median(void **state)
{
	static struct ring r[2];

	(void)state;
	assert_true(isnan(ring_median(r, 2, sizeof(*r))));
	ring_add(&r[0], 7);
	assert_true(ring_median(r, 2, sizeof(*r)) == 7);
	ring_add(&r[1], 1);
	assert_true(ring_median(r, 2, sizeof(*r)) == 4);
	ring_add(&r[1], 100);
	assert_true(ring_median(r, 2, sizeof(*r)) == 7);
	/* Only the last ones are kept. */
	for (int i = 0; i < RING_SIZE; i++)
		ring_add(&r[0], 50);
	assert_true(ring_median(r, 1, 0) == 50);
	assert_int_equal(r[0].nr, RING_SIZE + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
