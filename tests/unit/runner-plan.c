// SPDX-License-Identifier: GPL-2.0-or-later
/* runner-plan - points, order, budget, plan.tsv */
#define _GNU_SOURCE
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "effort.h"
#include "err.h"
#include "../../runner/desc.h"
#include "../../runner/plan.h"
#include "../../runner/proc.h"
#include "rng.h"
#include "tree.h"
#include "../runner/said.h"

#define HEAD "[question]\ntitle = T\n"

/* A tree with one bench program, tests/runner/fake, under two names. */
static char top[] = "/tmp/forkpath-plan-XXXXXX";

static int setup(void **state)
{
	char *line;
	int ret;

	(void)state;
	err_prog = "t";
	if (!mkdtemp(top) || proc_init() || tree_init(top))
		return -1;
	line = xprintf("mkdir -p %s/build/bench %s/configs %s/workloads && "
		       "cp tests/runner/fake %s/build/bench/fake && "
		       "cp tests/runner/fake %s/build/bench/other && "
		       "cp tests/runner/fake %s/build/bench/counter && "
		       "touch %s/workloads/load.job", top, top, top, top, top,
		       top, top);
	ret = system(line);
	free(line);
	return ret;
}

static int teardown(void **state)
{
	char *line = xprintf("rm -rf %s", top);
	int ret;

	(void)state;
	desc_forget();
	ret = system(line);
	free(line);
	return ret;
}

static int make(struct plan *p, const char *text, struct plan_args args)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	struct conf c;
	int ret;

	*p = (struct plan){ 0 };
	said_begin();
	ret = conf_read(&c, "q.conf", "q", f) ? EXIT_BAD :
	      plan_make(p, &c, &args);
	said_end();
	fclose(f);
	conf_free(&c);
	return ret;
}

static char *written(const struct plan *p)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	plan_write(p, f);
	fclose(f);
	return s;
}

static void test_product(void **state)
{
	struct plan p;
	unsigned int seen[3][2] = { 0 };

	(void)state;
	assert_int_equal(make(&p, HEAD "repeat = 4\n[fake a]\nn = 1 2 3\n"
			      "do = ok void\n", (struct plan_args){ .seed = 1 }),
			 EXIT_OK);
	assert_int_equal(p.nr, 24);
	for (unsigned int i = 0; i < p.nr; i++) {
		unsigned int n, block = i / 6 + 1;
		char word[9];

		assert_int_equal(p.line[i].nr, i + 1);
		assert_int_equal(p.line[i].block, block);
		assert_int_equal(sscanf(p.line[i].point, "n=%u do=%8s", &n,
					word), 2);
		/* Once per block: so many times after so many blocks. */
		assert_int_equal(seen[n - 1][!strcmp(word, "ok")]++, block - 1);
		assert_string_equal(p.line[i].conditions,
				    "time=0.1 warmup=0.01");
		assert_string_equal(p.line[i].workload, "idle");
	}
	plan_free(&p);
}

/* The order is a promise: these very lines, on every machine. */
static void test_seed(void **state)
{
	static const unsigned int want[] = { 3, 1, 4, 2, 4, 2, 1, 3 };
	struct plan p, q;
	char *a, *b;

	(void)state;
	make(&p, HEAD "repeat = 2\n[fake a]\nn = 1 2 3 4\n",
	     (struct plan_args){ .seed = 42 });
	make(&q, HEAD "repeat = 2\n[fake a]\nn = 1 2 3 4\n",
	     (struct plan_args){ .seed = 42 });
	a = written(&p);
	b = written(&q);
	assert_string_equal(a, b);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(atoi(p.line[i].point + 2), want[i]);
	free(a);
	free(b);
	plan_free(&p);
	plan_free(&q);

	make(&p, HEAD "[fake a]\n", (struct plan_args){ 0 });
	make(&q, HEAD "[fake a]\n", (struct plan_args){ 0 });
	assert_int_not_equal(p.seed, 0);
	assert_int_not_equal(p.seed, q.seed);
	plan_free(&p);
	plan_free(&q);
}

static void test_rng(void **state)
{
	/* First outputs of splitmix64 from state 1234567, as published. */
	static const uint64_t want[] = { 6457827717110365317ull,
		3203168211198807973ull, 9817491932198370423ull };
	struct rng r = { .state = 1234567 };
	unsigned int first[6] = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(rng_next(&r) == want[i]);
	/* Every permutation of three about equally often. */
	for (int i = 0; i < 6000; i++) {
		unsigned int v[] = { 0, 1, 2 };

		rng_shuffle(&r, v, 3);
		first[v[0] * 2 + (v[1] > v[2])]++;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(first[i], 850, 1150);
}

static void test_skip(void **state)
{
	struct plan p, all;
	unsigned int at = 0;

	(void)state;
	assert_int_equal(make(&p, HEAD "repeat = 3\n[fake a]\nn = 1 2 3\n"
			      "do = ok need-skip\n",
			      (struct plan_args){ .seed = 9 }), EXIT_OK);
	/* Once each, first, in block 1, without the name in the reason. */
	for (int i = 0; i < 3; i++) {
		assert_true(p.line[i].skip);
		assert_int_equal(p.line[i].block, 1);
		assert_string_equal(p.line[i].reason, "no such thing here");
	}
	assert_int_equal(p.nr, 3 + 9);
	assert_int_equal(plan_nr_run(&p), 9);
	/* A machine that can do more agrees on the order of the rest. */
	make(&all, HEAD "repeat = 3\n[fake a]\nn = 1 2 3\ndo = ok void\n",
	     (struct plan_args){ .seed = 9 });
	for (unsigned int i = 0; i < all.nr; i++)
		if (strstr(all.line[i].point, "do=ok"))
			assert_string_equal(all.line[i].point,
					    p.line[3 + at++].point);
	assert_int_equal(at, 9);
	plan_free(&p);
	plan_free(&all);
}

static void test_twice(void **state)
{
	struct plan p;

	(void)state;
	assert_int_equal(make(&p, HEAD "[fake a]\nn = 1 2 2\n[fake a]\nn = 2 5\n"
			      "[fake b]\nn = 1\n[other a]\nn = 1\n",
			      (struct plan_args){ .seed = 1 }), EXIT_OK);
	/* 1 2 5 in a; b and the other benchmark are points of their own. */
	assert_int_equal(p.nr, 5);
	assert_int_equal(p.notes.nr, 2);
	assert_non_null(strstr(said_text, "q.conf:3: [fake a]: 1 point is "
			       "planned already; kept once"));
	assert_non_null(strstr(said_text, "q.conf:5: [fake a]"));
	plan_free(&p);
}

/* By count, once, and in an order that is the same in every guest. */
static void test_exact(void **state)
{
	static const char text[] = HEAD "repeat = 4\nseconds = 9\n[fake a]\n"
				   "n = 1 2 3\ntime = 0.5\nmin-ops = 7\n";
	const struct plan_args exact = { .exact = true };
	struct plan p, q;
	char *a, *b;

	(void)state;
	assert_int_equal(make(&p, text, exact), EXIT_OK);
	assert_int_equal(make(&q, text, exact), EXIT_OK);
	assert_int_equal(p.nr, 3);
	assert_true(plan_exact(&p));
	assert_true(p.budget == 0 && p.blocks == 1 && p.seed == 1);
	for (unsigned int i = 0; i < p.nr; i++)
		assert_string_equal(p.line[i].conditions, "exact=true");
	a = written(&p);
	b = written(&q);
	assert_string_equal(a, b);
	assert_non_null(strstr(a, " --exact\n"));
	free(a);
	free(b);
	plan_free(&p);
	plan_free(&q);

	assert_int_equal(make(&p, text, (struct plan_args){ .seed = 1 }),
			 EXIT_OK);
	assert_false(plan_exact(&p));
	plan_free(&p);
	assert_int_equal(make(&p, HEAD "[other a]\nn = 1\n", exact), EXIT_BAD);
	assert_string_equal(said_text, "t: q.conf:3: other cannot count "
			    "instructions\n");
	plan_free(&p);
	assert_int_equal(make(&p, HEAD "[fake a]\nexact = true\n", exact),
			 EXIT_BAD);
	assert_string_equal(said_text, "t: q.conf:4: exact: is set by the runner\n");
	plan_free(&p);
}

static void test_bad(void **state)
{
	static const struct { const char *text, *said; } bad[] = {
		{ "[nosuch a]\n", "q.conf:3: there is no benchmark 'nosuch'; "
		  "there are: counter fake other" },
		{ "[fake a]\nm = 1\n", "q.conf:4: m: unknown; fake has: n do "
		  "workload time warmup min-ops" },
		{ "[fake a]\n\nn = 1 2000\n", "q.conf:5: n: '2000' is not a "
		  "whole number in 0..1000" },
		{ "[fake a]\ndo = maybe\n", "q.conf:4: do: 'maybe' is not one "
		  "of: ok void" },
		{ "[fake a]\ntime = 11\n", "q.conf:4: time: '11' is not a number "
		  "of seconds in 0.001..10" },
		{ "[fake a]\ntime = 1 2\n", "q.conf:4: time: is a condition" },
		{ "[fake a]\nlat = x\n", "q.conf:4: lat: is set by the runner" },
		{ "[fake a]\nworkload = idle ../x\n", "q.conf:4: workload: there "
		  "is no '../x'" },
		{ "[fake a]\ndo = need-bad\n", "q.conf:3: [fake a] n=1 "
		  "do=need-bad: fake: n and do contradict each other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *text = xprintf(HEAD "%s", bad[i].text);
		struct plan p;

		assert_int_equal(make(&p, text, (struct plan_args){ 0 }),
				 EXIT_BAD);
		if (!strstr(said_text, bad[i].said))
			fail_msg("said %s instead of %s", said_text,
				 bad[i].said);
		assert_ptr_equal(strchr(said_text, '\n'),
				 said_text + strlen(said_text) - 1);
		plan_free(&p);
		free(text);
	}
}

/* An axis like any other; a load that cannot run here is a skip. */
static void test_workload(void **state)
{
	char *path = xstrdup(getenv("PATH")), bin[64], from[64], to[96];
	struct plan p;

	(void)state;
	setenv("PATH", "/bin:/usr/bin", 1);
	assert_int_equal(make(&p, HEAD "[fake a]\nworkload = idle\nn = 1 2\n",
			      (struct plan_args){ .seed = 1 }), EXIT_OK);
	assert_int_equal(p.nr, 2);
	plan_free(&p);
	/* Where bash still is, but stress-ng is not. */
	snprintf(bin, sizeof(bin), "%s/bin", top);
	mkdir(bin, 0755);
	for (int i = 0; i < 5; i++) {
		static const char *const tool[] = { "bash", "basename", "env",
						    "sh", "cat" };

		snprintf(from, sizeof(from), "/bin/%s", tool[i]);
		snprintf(to, sizeof(to), "%s/%s", bin, tool[i]);
		if (symlink(from, to))
			fail();
	}
	setenv("PATH", bin, 1);
	assert_int_equal(make(&p, HEAD "[fake a]\nworkload = load idle\n",
			      (struct plan_args){ .seed = 1 }), EXIT_OK);
	setenv("PATH", path, 1);
	free(path);
	assert_int_equal(p.nr, 2);
	assert_true(p.line[0].skip);
	assert_string_equal(p.line[0].reason, "workload load needs stress-ng");
	assert_string_equal(p.line[0].workload, "load");
	plan_free(&p);
}

static double total(unsigned int blocks, unsigned int n, const double *f,
		    const double *t)
{
	double sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += f[i] + t[i];
	return sum * blocks;
}

static void test_budget(void **state)
{
	double w[] = { 1, 1, 2 }, f[] = { 0.1, 0.2, 0.3 }, t[3];
	unsigned int blocks = 2;

	(void)state;
	/* 10 s / 2 blocks - 0.6 s = 4.4 s, one half to the last. */
	assert_true(plan_budget(10, &blocks, 3, w, f, 100, t));
	assert_int_equal(blocks, 2);
	assert_true(fabs(t[0] - 1.1) < 1e-9);
	assert_true(fabs(t[2] - 2.2) < 1e-9);
	assert_true(fabs(total(blocks, 3, f, t) - 10) < 1e-6);

	/* Nobody measures for more than the benchmark takes. */
	assert_true(plan_budget(1000, &blocks, 3, w, f, 3, t));
	assert_true(t[0] == 3 && t[1] == 3 && t[2] == 3);

	/* The floor of one is taken from the others. */
	w[0] = 0.001;
	assert_true(plan_budget(2, &blocks, 3, w, f, 100, t));
	assert_true(t[0] == PLAN_TIME_FLOOR);
	assert_true(fabs(t[1] - 0.35 / 3) < 0.002);
	assert_true(total(blocks, 3, f, t) <= 2 + 1e-9);

	/* Too little for two blocks of 0.75 s: one. */
	assert_true(plan_budget(1.4, &blocks, 3, w, f, 100, t));
	assert_int_equal(blocks, 1);
	assert_true(total(blocks, 3, f, t) <= 1.4 + 1e-9);

	/* Exactly what the floor takes fits. */
	blocks = 7;
	assert_true(plan_budget(0.75 * 7, &blocks, 3, w, f, 100, t));
	assert_int_equal(blocks, 7);

	/* Never fewer than one, even if that is too much. */
	blocks = 5;
	assert_false(plan_budget(0.1, &blocks, 3, w, f, 100, t));
	assert_int_equal(blocks, 1);
	assert_true(t[0] == PLAN_TIME_FLOOR && t[2] == PLAN_TIME_FLOOR);
}

/* Whatever it is asked for, it keeps its promises. */
static void test_budget_random(void **state)
{
	struct rng r = { .state = 1 };

	(void)state;
	for (int round = effort(3000); round; round--) {
		unsigned int n = 1 + rng_below(&r, 40);
		unsigned int want = 1 + rng_below(&r, 20), blocks = want;
		double budget = (1 + rng_below(&r, 100000)) / 100.0;
		double max = 0.05 + rng_below(&r, 100) / 10.0;
		double w[40], f[40], t[40], least = 0;
		bool fits;

		for (unsigned int i = 0; i < n; i++) {
			w[i] = (1 + rng_below(&r, 1000)) / 100.0;
			f[i] = 0.05 + rng_below(&r, 100) / 1000.0;
			least += f[i] + PLAN_TIME_FLOOR;
		}
		fits = plan_budget(budget, &blocks, n, w, f, max, t);
		assert_in_range(blocks, 1, want);
		assert_int_equal(fits, least <= budget * (1 + 1e-12));
		if (fits)
			assert_true(total(blocks, n, f, t) <= budget + 1e-6);
		/* No block given away that would have fitted. */
		if (blocks < want)
			assert_true(least * (blocks + 1) > budget);
		for (unsigned int i = 0; i < n; i++)
			assert_true(t[i] >= PLAN_TIME_FLOOR - 1e-9 &&
				    t[i] <= max + 1e-9);
	}
}

static void test_time(void **state)
{
	struct plan p;
	double sum = 0;

	(void)state;
	assert_int_equal(make(&p, HEAD "repeat = 3\nseconds = 100\n"
			      "[fake a]\nn = 1 2\n[fake b]\ntime = 0.4\n",
			      (struct plan_args){ .seed = 1, .time = 6 }), EXIT_OK);
	assert_int_equal(p.blocks, 3);
	assert_true(p.budget == 6);
	for (unsigned int i = 0; i < p.nr; i++) {
		double t = plan_number(p.line[i].conditions, "time", -1);

		sum += t + 0.01 + 0.01 + PLAN_LINE_SECONDS;
		/* Weights 0.1 0.1 0.4. */
		if (!strcmp(p.line[i].part, "b"))
			assert_true(fabs(t - (2 - 3 * 0.03) * 4 / 6) < 0.002);
	}
	assert_true(sum <= 6 && sum > 5.9);
	assert_string_equal(p.command, "./run.sh q.conf --seed 1 --time 6");
	plan_free(&p);

	assert_int_equal(make(&p, HEAD "repeat = 30\n[fake a]\n",
			      (struct plan_args){ .seed = 1, .time = 0.5 }), EXIT_OK);
	assert_int_equal(p.blocks, 6);	/* of 0.05 + 0.03 s */
	assert_non_null(strstr(said_text, "0.5 s: 6 blocks instead of 30 fit"));
	assert_int_equal(p.notes.nr, 1);
	plan_free(&p);

	assert_int_equal(make(&p, HEAD "repeat = 2\n[fake a]\nn = 1 2 3\n",
			      (struct plan_args){ .seed = 1, .time = 0.2 }), EXIT_OK);
	assert_int_equal(p.nr, 3);
	/* At the least time that there is: 3 x (0.05 + 0.03). */
	assert_non_null(strstr(said_text, "0.2 s are too few for one block of "
			       "3 repetitions; it will take about 0.24 s"));
	plan_free(&p);

	/* --repeat wins over the config. */
	make(&p, HEAD "repeat = 2\n[fake a]\n", (struct plan_args){ .seed = 1, .repeat = 9 });
	assert_int_equal(p.nr, 9);
	plan_free(&p);
}

static int reread(struct plan *p, const char *text)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	int ret;

	said_begin();
	ret = plan_read(p, "plan.tsv", f);
	said_end();
	fclose(f);
	return ret;
}

static void test_file(void **state)
{
	struct plan p, q;
	char *a, *b;

	(void)state;
	make(&p, HEAD "repeat = 2\nseconds = 3\n[fake z]\nn = 1 1 2\n"
	     "do = ok need-skip\n[other a]\n[other z]\n", (struct plan_args){ .seed = 5 });
	a = written(&p);
	assert_non_null(strstr(a, "\n# parts z a\n# command "));
	assert_int_equal(reread(&q, a), EXIT_OK);
	b = written(&q);
	assert_string_equal(a, b);
	plan_free(&q);
	free(a);
	free(b);
	plan_free(&p);
}

static void test_file_bad(void **state)
{
#define TOP "# forkpath-plan/1\n# question q\n# blocks 1\n"
#define ROW(nr, block, n) #nr "\t" #block "\ta\tfake\tidle\t9\trun\t-\t\tn=" #n "\n"
#define COLUMNS "line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\t" \
		"conditions\tpoint\n"
	static const struct { const char *text, *said; } bad[] = {
		{ "# forkpath-plan/2\n", "plan.tsv:1: not a plan" },
		{ "hello\n", "plan.tsv:1: not a plan" },
		{ TOP, "plan.tsv:3: plans nothing" },
		{ TOP COLUMNS, "plan.tsv:4: plans nothing" },
		{ TOP "1\t2\n", "plan.tsv:4: the line with the names" },
		{ TOP COLUMNS "1\t1\n", "plan.tsv:5: a row has 10 fields" },
		{ TOP COLUMNS "2\t1\ta\tfake\tidle\t9\trun\t-\t\tn=1\n",
		  "plan.tsv:5: line: not the next number" },
		{ TOP COLUMNS "1\t1\ta\t../x\tidle\t9\trun\t-\t\tn=1\n",
		  "plan.tsv:5: bench: not a name" },
		{ TOP COLUMNS "1\t1\ta\tnosuch\tidle\t9\trun\t-\t\tn=1\n",
		  "plan.tsv:5: bench: there is no such benchmark" },
		{ TOP COLUMNS "1\t1\ta\tfake\t/x\t9\trun\t-\t\tn=1\n",
		  "plan.tsv:5: workload: not a name" },
		{ TOP COLUMNS "1\t1\ta\tfake\tidle\t9\trun\t-\tlat=/x\tn=1\n",
		  "plan.tsv:5: lat: unknown option" },
		{ TOP COLUMNS "1\t1\ta\tfake\tidle\t9\trun\t-\t\tn=x\n",
		  "plan.tsv:5: n: 'x' is not" },
		{ TOP COLUMNS "1\t1\ta\tfake\tidle\t9\tmaybe\t-\t\tn=1\n",
		  "plan.tsv:5: verdict" },
		{ TOP COLUMNS "1\t1\ta\tfake\tidle\t9\trun\t-\t\tn=1",
		  "plan.tsv:5: the last line is cut off" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 1\n",
		  "plan.tsv:6: again: no line follows" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 1\n# again 1\n",
		  "plan.tsv:7: again: no line follows" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 2\n",
		  "plan.tsv:6: again: not the number of a line that is run" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 0\n",
		  "plan.tsv:6: again: not the number of a line that is run" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again x\n",
		  "plan.tsv:6: again: not the number of a line that is run" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 1\n" ROW(2, 2, 1),
		  "plan.tsv:7: again: the line is not like the one it repeats" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 1\n" ROW(2, 1, 2),
		  "plan.tsv:7: again: the line is not like the one it repeats" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 1\n" ROW(2, 1, 1)
		  "# again 2\n",
		  "plan.tsv:8: again: not the number of a line that is run" },
		{ TOP COLUMNS ROW(1, 1, 1) "# again 1\n" ROW(2, 1, 1)
		  ROW(3, 2, 1), "plan.tsv:8: a line behind those that are" },
		{ "# forkpath-plan/1\n# question ../x\n",
		  "plan.tsv:2: question: not a name" },
		{ "# forkpath-plan/1\n# question q\n# parts a ../x\n",
		  "plan.tsv:3: parts: not names" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct plan p;

		assert_int_equal(reread(&p, bad[i].text), EXIT_BAD);
		if (!strstr(said_text, bad[i].said))
			fail_msg("said %s instead of %s", said_text,
				 bad[i].said);
	}
}

/* A run as it would be: line by line, what each takes is told by TRUTH. */
static double simulate(struct plan *p, double (*truth)(const struct plan_line *l))
{
	double spent = 0;

	for (unsigned int i = 0; i < p->nr; i++) {
		struct plan_line *l = &p->line[i];

		assert_int_equal(l->nr, i + 1);
		if (l->skip)
			continue;
		l->took = truth(l);
		spent += l->took;
		plan_keep(p, i + 1, spent);
	}
	return spent;
}

static double time_of(const struct plan_line *l)
{
	return plan_number(l->conditions, "time", -1);
}

static double quick_truth(const struct plan_line *l)
{
	return time_of(l) + 0.015 + 0.002 * atoi(l->point + 2);
}

static double slow_truth(const struct plan_line *l)
{
	return time_of(l) + 0.3;
}

/* Few operations, each of them long: a longer time costs nothing at first. */
static double bound_truth(const struct plan_line *l)
{
	return fmax(time_of(l), 0.4) + 0.02;
}

/* A machine that is much slower for a while in the middle. */
static double rough_truth(const struct plan_line *l)
{
	return time_of(l) + (l->block == 3 ? 0.3 : 0.05);
}

/* Every block has every point once, in proportion, in the order of the seed. */
static void check_kept(const struct plan *p, const char *text)
{
	struct plan all;
	unsigned int at = 0, block = 0;
	double factor = 0;

	assert_int_equal(make(&all, text, (struct plan_args){ .seed = p->seed }),
			 EXIT_OK);
	for (unsigned int i = 0; i < p->nr; i++) {
		const struct plan_line *l = &p->line[i];
		double t = time_of(l), f = t / l->weight;

		if (l->skip || strstr(l->conditions, "events="))
			continue;
		while (all.line[at].skip)
			at++;
		assert_string_equal(l->point, all.line[at].point);
		assert_string_equal(l->part, all.line[at].part);
		assert_int_equal(l->block, all.line[at++].block);
		assert_true(t >= PLAN_TIME_FLOOR - 1e-9);
		assert_true(l->limit >= 30 + 5 * t);
		if (l->block != block)
			factor = 0;
		block = l->block;
		if (t <= PLAN_TIME_FLOOR)
			continue;
		/* Whole milliseconds. */
		assert_true(!factor || fabs(f - factor) < 0.01);
		factor = f;
	}
	assert_int_equal(block, p->blocks);
	plan_free(&all);
}

/* However wrong what the programs say: the budget is kept within 5 %. */
static void test_keep(void **state)
{
	static const char text[] = HEAD "repeat = 12\n[fake a]\n"
		"n = 1 2 3 4 5 6 7\ntime = 0.2\ndo = ok need-skip\n"
		"[fake b]\nn = 8 9\ntime = 0.4\n";
	static const struct {
		const char *said;
		double (*truth)(const struct plan_line *l);
		double budget;
		unsigned int first, least, most;	/* blocks */
	} run[] = {
		{ "1", quick_truth, 30, 3, 10, 12 },	/* far too much */
		{ "0.3", quick_truth, 30, 9, 12, 12 },
		{ "0.001", quick_truth, 30, 12, 12, 12 },	/* it fits */
		{ "0.001", slow_truth, 30, 12, 6, 9 },	/* far too little */
		{ "0.02", bound_truth, 30, 12, 6, 9 },
		{ "0.001", rough_truth, 30, 12, 10, 12 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(run) / sizeof(*run); i++) {
		struct plan p;
		double took;
		char *note;

		setenv("FAKE_OVERHEAD", run[i].said, 1);
		assert_int_equal(make(&p, text, (struct plan_args){ .seed = 7 + i,
				      .time = run[i].budget }), EXIT_OK);
		if (p.blocks != run[i].first)
			fail_msg("run %zu: %u blocks are planned", i, p.blocks);
		took = simulate(&p, run[i].truth);
		if (fabs(took / run[i].budget - 1) > 0.05)
			fail_msg("run %zu: %g s, %u blocks", i, took, p.blocks);
		if (p.blocks < run[i].least || p.blocks > run[i].most)
			fail_msg("run %zu: %u blocks", i, p.blocks);
		check_kept(&p, text);
		/* What is noted is what became of it. */
		note = xprintf("30 s: %u blocks instead of 12 fit", p.blocks);
		assert_int_equal(p.notes.nr, p.blocks < 12);
		if (p.notes.nr)
			assert_string_equal(p.notes.v[0], note);
		free(note);
		plan_free(&p);
	}
	unsetenv("FAKE_OVERHEAD");
}

/* What is counted comes behind all that is timed, as often as it was planned. */
static void test_keep_counted(void **state)
{
	struct plan p;
	unsigned int passes = 0, timed = 0, block = 0;
	double took;

	(void)state;
	setenv("FAKE_OVERHEAD", "1", 1);
	assert_int_equal(make(&p, HEAD "repeat = 9\n[counter a]\nn = 1 2 3\n"
			      "[fake a]\nn = 4 5\n",
			      (struct plan_args){ .seed = 3, .time = 30,
			      .events = "page-faults" }), EXIT_OK);
	took = simulate(&p, quick_truth);
	assert_true(fabs(took / 30 - 1) < 0.05);
	for (unsigned int i = 0; i < p.nr; i++) {
		bool counts = strstr(p.line[i].conditions, "events=");

		assert_true(p.line[i].block == block ||
			    p.line[i].block == block + 1);
		block = p.line[i].block;
		passes += counts;
		timed += !counts;
		assert_int_equal(counts, block > p.blocks);
	}
	assert_int_equal(passes, strstr(p.events.v[0], "not available") ? 0 :
			 PLAN_COUNTED * 3);
	assert_int_equal(timed, p.blocks * 5);
	plan_free(&p);
	unsetenv("FAKE_OVERHEAD");
}

/* In the middle of a block, without a budget, or of a file: as it is. */
static void test_keep_not(void **state)
{
	static const char text[] = HEAD "repeat = 3\n[fake a]\nn = 1 2 3\n";
	struct plan p, q;
	char *a, *b;

	(void)state;
	make(&p, text, (struct plan_args){ .seed = 1, .time = 6 });
	assert_false(plan_keep(&p, 0, 0));
	assert_false(plan_keep(&p, 1, 5));
	assert_false(plan_keep(&p, 2, 5));
	a = written(&p);
	assert_int_equal(reread(&q, a), EXIT_OK);
	for (unsigned int i = 0; i < q.nr; i++) {
		q.line[i].took = 1;
		assert_false(plan_keep(&q, i + 1, i + 1));
	}
	b = written(&q);
	assert_string_equal(a, b);
	free(a);
	free(b);
	plan_free(&q);
	for (unsigned int i = 0; i < 3; i++)
		p.line[i].took = 1;
	assert_true(plan_keep(&p, 3, 3));
	/* What was refused comes once more, and is no block. */
	simulate(&p, quick_truth);
	plan_again(&p, 1);
	assert_false(plan_keep(&p, p.nr, 3));
	plan_free(&p);
	make(&p, text, (struct plan_args){ .seed = 1 });
	assert_false(plan_keep(&p, 3, 3));
	plan_free(&p);
}

/* A twentieth is measured again, at the end, as it was; once. */
static void test_again(void **state)
{
	static const unsigned int max[][2] = {
		{ 1, 1 }, { 19, 1 }, { 20, 1 }, { 39, 1 }, { 40, 2 }, { 271, 13 },
	};
	struct plan p, q, big = { 0 };
	char *a, *b;

	(void)state;
	for (size_t i = 0; i < sizeof(max) / sizeof(*max); i++) {
		struct plan_line line[300] = { { .skip = true } };

		/* Neither what is skipped nor a repeat is counted. */
		line[max[i][0] + 1].of = 2;
		big.line = line;
		big.nr = max[i][0] + 2;
		assert_int_equal(plan_nr_run(&big), max[i][0]);
		assert_int_equal(plan_again_max(&big), max[i][1]);
	}
	make(&p, HEAD "repeat = 2\n[fake z]\nn = 1 2\ndo = ok need-skip\n",
	     (struct plan_args){ .seed = 5 });
	assert_int_equal(p.nr, 6);	/* 1 and 2 are skipped */
	plan_again(&p, 6);
	plan_again(&p, 3);
	assert_int_equal(p.nr, 8);
	for (unsigned int i = 6; i < 8; i++) {
		const struct plan_line *l = &p.line[i], *of;

		assert_int_equal(l->nr, i + 1);
		assert_int_equal(l->of, i == 6 ? 6 : 3);
		of = &p.line[l->of - 1];
		assert_int_equal(l->block, of->block);
		assert_int_equal(l->limit, of->limit);
		assert_false(l->skip);
		assert_string_equal(l->point, of->point);
		assert_string_equal(l->conditions, of->conditions);
		assert_string_equal(l->workload, of->workload);
		assert_string_equal(l->bench, "fake");
		assert_string_equal(l->part, "z");
		assert_string_equal(l->reason, "-");
	}
	assert_int_equal(plan_nr_run(&p), 4);
	a = written(&p);
	assert_int_equal(reread(&q, a), EXIT_OK);
	assert_int_equal(q.nr, 8);
	assert_int_equal(q.line[6].of, 6);
	assert_int_equal(q.line[7].of, 3);
	assert_int_equal(q.line[5].of, 0);
	b = written(&q);
	assert_string_equal(a, b);
	free(b);
	plan_forget_again(&q);
	assert_int_equal(q.nr, 6);
	plan_forget_again(&q);
	assert_int_equal(q.nr, 6);
	b = written(&q);
	/* The file only grows: what is appended is all that is new. */
	assert_int_equal(strncmp(a, b, strlen(b)), 0);
	assert_int_equal(strncmp(a + strlen(b), "# again 6\n7\t", 12), 0);
	free(a);
	free(b);
	plan_free(&p);
	plan_free(&q);
}

static void test_values(void **state)
{
	char *v = plan_value("time=0.4 warmup=1", "warmup");

	(void)state;
	assert_string_equal(v, "1");
	free(v);
	assert_null(plan_value("uptime=3", "time"));
	assert_true(plan_number("time=x", "time", 7) == 7);
}

/* What cannot be counted here is said, and nothing is counted instead. */
static void test_events(void **state)
{
	static const char conf[] = HEAD "repeat = 2\n[fake a]\nn = 1 2 3\n";
	struct plan p;

	(void)state;
	assert_int_equal(make(&p, conf, (struct plan_args){
			 .seed = 7, .events = "nonsense" }), EXIT_BAD);
	assert_non_null(strstr(said_text, "--events: nonsense: "));
	plan_free(&p);
	assert_int_equal(make(&p, conf, (struct plan_args){
			 .seed = 7, .events = "page-faults" }), EXIT_OK);
	assert_int_equal(p.events.nr, 1);
	assert_int_equal(strncmp(p.events.v[0], "page-faults", 11), 0);
	/* This program cannot count: no repetition is planned for it. */
	assert_int_equal(p.nr, 6);
	plan_free(&p);
	make(&p, conf, (struct plan_args){ .seed = 7, .events = "none" });
	assert_int_equal(p.events.nr, 0);
	plan_free(&p);
}

/* Three repetitions of each point that counts, behind all that are timed. */
static void test_counted(void **state)
{
	static const char conf[] = HEAD "repeat = 2\n[counter a]\nn = 1 2\n"
				   "min-ops = 7\n";
	static const char many[] = "page-faults,page-faults:k,page-faults:u,"
		"minor-faults,minor-faults:k,minor-faults:u,major-faults,"
		"major-faults:k,major-faults:u,context-switches,"
		"context-switches:k,context-switches:u,cpu-migrations,"
		"cpu-migrations:k,cpu-migrations:u,task-clock,task-clock:k,"
		"task-clock:u";
	struct plan p;
	bool able;

	(void)state;
	assert_int_equal(make(&p, conf, (struct plan_args){
			 .seed = 7, .events = "page-faults" }), EXIT_OK);
	able = !strstr(p.events.v[0], "not available");
	assert_int_equal(p.nr, able ? 4 + 3 * 2 : 4);
	for (unsigned int i = 0; i < p.nr; i++) {
		assert_int_equal(p.line[i].block, i / 2 + 1);
		assert_string_equal(p.line[i].conditions, i < 4 ?
			"time=0.1 warmup=0.01 min-ops=7" :
			"time=0.1 warmup=0.01 min-ops=7 events=page-faults");
	}
	plan_free(&p);
	if (!able)
		skip();
	/* More than a program takes at once: the rest in a pass of its own. */
	assert_int_equal(make(&p, conf, (struct plan_args){
			 .seed = 7, .events = many }), EXIT_OK);
	assert_int_equal(p.events.nr, 18);
	assert_int_equal(p.nr, 4 + 3 * 2 * 2);
	for (unsigned int i = 4; i < p.nr; i++) {
		const char *list = strstr(p.line[i].conditions, "events=");
		unsigned int n = 1;

		for (const char *c = list; *c; c++)
			n += *c == ',';
		assert_int_equal(n, i / 2 % 2 ? 2 : 16);
	}
	plan_free(&p);
	/* A budget is for the times first. */
	assert_int_equal(make(&p, conf, (struct plan_args){
			 .seed = 7, .time = 0.3, .events = "page-faults" }),
			 EXIT_OK);
	assert_non_null(strstr(said_text, "0.3 s: no time to count events"));
	for (unsigned int i = 0; i < p.nr; i++)
		assert_string_equal(p.line[i].conditions,
				    "time=0.12 warmup=0.01 min-ops=7");
	plan_free(&p);
}

/* What repeats it, and what the head of a file says of it. */
static void test_head(void **state)
{
	static const char text[] = "# forkpath-plan/1\n# question q\n"
		"# title What?\n# config configs/q.conf\n# seed 42\n"
		"# suite s-1\n# budget 2.5\n# blocks 3\n# parts a b\n"
		"# command ./run.sh q --seed 42\n# note one\n# note two\n"
		"# event cycles not available: no\n"
		"line\tblock\tpart\tbench\tworkload\tlimit\tverdict\treason\t"
		"conditions\tpoint\n"
		"1\t3\tb\tnosuch\tidle\t9\tskip\tnot here\t\tn=1\n";
	struct plan p;
	char *s;

	(void)state;
	assert_int_equal(reread(&p, text), EXIT_OK);
	assert_string_equal(p.question, "q");
	assert_string_equal(p.title, "What?");
	assert_string_equal(p.config, "configs/q.conf");
	assert_string_equal(p.suite, "s-1");
	assert_string_equal(p.command, "./run.sh q --seed 42");
	assert_int_equal(p.seed, 42);
	assert_true(p.budget == 2.5);
	assert_int_equal(p.blocks, 3);
	assert_int_equal(p.parts.nr, 2);
	assert_string_equal(p.notes.v[1], "two");
	assert_string_equal(p.events.v[0], "cycles not available: no");
	assert_true(p.line[0].skip);
	assert_int_equal(p.line[0].limit, 9);
	assert_string_equal(p.line[0].reason, "not here");
	s = written(&p);
	assert_string_equal(s, text);
	free(s);
	plan_free(&p);
	make(&p, HEAD "[fake a]\n", (struct plan_args){
	     .seed = 3, .time = 0.5, .repeat = 2, .events = "none" });
	assert_string_equal(p.command, "./run.sh q.conf --seed 3 --time 0.5 "
			    "--repeat 2 --events none");
	plan_free(&p);
	make(&p, HEAD "[fake a]\n", (struct plan_args){ .exact = true });
	assert_string_equal(p.command, "./run.sh q.conf --seed 1 --exact");
	plan_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_product),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_rng),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_workload),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_budget_random),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_bad),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_keep_counted),
		cmocka_unit_test(test_keep_not),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_counted),
		cmocka_unit_test(test_head),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
