// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-lat - buckets against exact values, nothing dropped, quantiles */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "lat.h"

static struct lat lat;

static void buckets_touch_and_are_narrow(void **state)
{
	unsigned int last = lat_bucket(LAT_MAX_NS);

	(void)state;
	assert_true(last < LAT_BUCKETS);
	for (unsigned int i = 1; i <= last; i++) {
		uint64_t low = lat_low(i), high = lat_high(i);

		assert_true(high > low);
		assert_int_equal(lat_low(i + 1), high);
		assert_int_equal(lat_bucket(low), i);
		assert_int_equal(lat_bucket(high - 1), i);
		if (high - low > 1)
			assert_true((double)(high - low) / low <= 0.008);
	}
}

static void every_value_is_where_it_belongs(void **state)
{
	(void)state;
	for (uint64_t v = 1; v < LAT_MAX_NS; v += 1 + v / 1013) {
		unsigned int i = lat_bucket(v);

		assert_true(lat_low(i) <= v && v < lat_high(i));
	}
}

static void nothing_is_dropped(void **state)
{
	uint64_t sum = 0;

	(void)state;
	lat_clear(&lat);
	lat_add(&lat, 0);
	lat_add(&lat, 1);
	lat_add(&lat, LAT_MAX_NS);
	lat_add(&lat, LAT_MAX_NS + 1);
	lat_add(&lat, UINT64_MAX / 4);
	assert_int_equal(lat.ops, 5);
	assert_int_equal(lat.under, 1);
	assert_int_equal(lat.over, 2);
	for (unsigned int i = 0; i < LAT_BUCKETS; i++)
		sum += lat.count[i];
	assert_int_equal(sum + lat.under + lat.over, lat.ops);
	assert_int_equal(lat.min, 0);
	assert_int_equal(lat.max, UINT64_MAX / 4);
}

static void quantiles_of_known_numbers(void **state)
{
	uint64_t ns;

	(void)state;
	lat_clear(&lat);
	for (uint64_t v = 1; v <= 200; v++)
		lat_add(&lat, v);
	assert_true(lat_quantile(&lat, 0.5, &ns));
	assert_int_equal(ns, 100);
	assert_true(lat_quantile(&lat, 0.9, &ns));
	assert_int_equal(ns, 180);
	/* Two operations above p99: it is not known. */
	assert_false(lat_quantile(&lat, 0.99, &ns));

	for (int i = 0; i < 800; i++)
		lat_add(&lat, 1000000);
	assert_true(lat_quantile(&lat, 0.99, &ns));
	assert_true(ns >= 1000000 && ns <= 1008000);
	/* Never above what was really seen. */
	assert_true(ns <= lat.max);

	lat_clear(&lat);
	assert_false(lat_quantile(&lat, 0.5, &ns));
	lat_add(&lat, 12345);
	assert_true(lat_quantile(&lat, 0.5, &ns));
	assert_int_equal(ns, 12345);
}

static void merging_adds(void **state)
{
	static struct lat other;

	(void)state;
	lat_clear(&lat);
	lat_clear(&other);
	lat_add(&lat, 10);
	lat_add(&other, 5);
	lat_add(&other, LAT_MAX_NS + 1);
	lat_merge(&lat, &other);
	assert_int_equal(lat.ops, 3);
	assert_int_equal(lat.over, 1);
	assert_int_equal(lat.min, 5);
	assert_int_equal(lat.max, LAT_MAX_NS + 1);
	assert_int_equal(lat.sum, 15 + LAT_MAX_NS + 1);
	assert_int_equal(lat.count[lat_bucket(5)], 1);
	assert_int_equal(lat.count[lat_bucket(10)], 1);
}

static void printed_as_documented(void **state)
{
	char text[256] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");
	const struct lat *each = &lat;

	(void)state;
	lat_clear(&lat);
	lat_add(&lat, 7);
	lat_add(&lat, 7);
	lat_add(&lat, 300);
	assert_int_equal(lat_print(&lat, "cloner", &each, 1, f), 0);
	fclose(f);
	assert_string_equal(text, "role cloner ops 3 under 0 over 0 min 7 "
			    "max 300 sum 314\n7 8 2\n300 302 1\n"
			    "series 0 1 7 7 300\nend\n");
}

static void the_order_is_kept_in_batches(void **state)
{
	uint64_t sum = 0;

	(void)state;
	lat_clear(&lat);
	for (uint64_t v = 1; v <= 1000; v++)
		lat_add(&lat, v);
	assert_int_equal(lat.batch, 4);
	assert_int_equal(lat.nr_series, 250);
	assert_int_equal(lat.series[0], 1 + 2 + 3 + 4);
	assert_int_equal(lat.series[249], 997 + 998 + 999 + 1000);
	for (unsigned int i = 0; i < lat.nr_series; i++)
		sum += lat.series[i];
	assert_int_equal(sum + lat.fill_sum, lat.sum);
}

static void a_loop_ends_where_it_should(void **state)
{
	uint32_t phase = 1;
	unsigned int turns = 0;

	(void)state;
	lat_clear(&lat);
	lat.phase = &phase;
	lat.until = 2;
	lat.limit = 5;
	while (loop_more(&lat)) {
		lat_add(&lat, 1);
		turns++;
	}
	assert_int_equal(turns, 5);
	lat.limit = UINT64_MAX;
	while (loop_more(&lat)) {
		lat_add(&lat, 1);
		if (++turns == 9)
			phase = 2;
	}
	assert_int_equal(lat.ops, 9);
}

/* Hashes by another implementation. */
static void every_sample_is_kept_in_exact_mode(void **state)
{
	static const uint64_t first[] = { 3000000, 7, 7, 0, 2999999 };
	static uint64_t each[2][8];
	static struct lat two[2];
	const struct lat *const from[] = { &two[0], &two[1] };
	struct exact e;
	char *text;
	size_t len;
	uint64_t v;
	FILE *f;

	(void)state;
	assert_true(lat_hash(lat_hash(lat_hash(LAT_HASH, 1), 2), 3) ==
		    0xda2bfb225e0d1f05);
	assert_true(lat_hash(lat_hash(lat_hash(LAT_HASH, 2), 1), 3) ==
		    0x6128b57d5d0b9565);
	for (int i = 0; i < 2; i++) {
		memset(each[i], 0xff, sizeof(each[i]));
		lat_clear(&two[i]);
		lat_keep(&two[i], each[i], 6);
		assert_int_equal(each[i][5], 0);	/* touched before */
		assert_true(each[i][6] == UINT64_MAX);
	}
	for (int i = 0; i < 5; i++)
		lat_add(&two[0], first[i]);
	for (int i = 0; i < 6; i++)
		lat_add(&two[1], 100);
	assert_memory_equal(each[0], first, sizeof(first));
	assert_int_equal(two[0].nr_series, 0);
	assert_true(two[1].room == 6 && each[1][6] == UINT64_MAX);

	assert_true(exact_make(&e, from, 2));
	assert_int_equal(e.nr, 11);
	assert_true(exact_quantile(&e, 0.5, &v));
	assert_int_equal(v, 100);
	assert_false(exact_quantile(&e, 0.9, &v));	/* one lies above */
	f = open_memstream(&text, &len);
	assert_int_equal(exact_print(&e, "r", from, 2, f), 0);
	fclose(f);
	assert_string_equal(text,
		"role r ops 11 under 1 over 0 min 0 max 3000000 sum 6000613\n"
		"7 8 2\n100 101 6\n2999999 3000000 1\n3000000 3000001 1\n"
		"hash fnv1a64 371654dcb6a4319a\n"
		"series 0 1 3000000 7 7 0 2999999\n"
		"series 1 1 100 100 100 100 100 100\nend\n");
	free(text);
	free(e.sorted);
}

static void a_machine_of_its_own_time_is_no_counter(void **state)
{
	const char *why = clock_count();

	(void)state;
	assert_non_null(why);
	assert_non_null(strstr(why, "the clock does not count instructions"));
	assert_false(clock_exact);
}

static void the_clock_goes_on(void **state)
{
	uint64_t a = clock_ns(), b = clock_ns();

	(void)state;
	assert_true(b >= a);
	assert_true(clock_cost_ns() > 0);
	assert_int_equal(clock_from_s(0.001), 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_touch_and_are_narrow),
		cmocka_unit_test(every_value_is_where_it_belongs),
		cmocka_unit_test(nothing_is_dropped),
		cmocka_unit_test(quantiles_of_known_numbers),
		cmocka_unit_test(merging_adds),
		cmocka_unit_test(printed_as_documented),
		cmocka_unit_test(the_order_is_kept_in_batches),
		cmocka_unit_test(a_loop_ends_where_it_should),
		cmocka_unit_test(every_sample_is_kept_in_exact_mode),
		cmocka_unit_test(a_machine_of_its_own_time_is_no_counter),
		cmocka_unit_test(the_clock_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
