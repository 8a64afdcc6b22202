// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forecast - verb forecast: recorded operations on 1 to 512 CPUs
 *
 * Reads what `lines --order` wrote: strong lines by name, and operations as
 * steps at them. Of times it knows what it is told: how long a line takes from
 * one CPU to another, and an instruction.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anatomy.h"
#include "err.h"
#include "mem.h"
#include "sim.h"

#define MOST_CPUS	512
#define HELD		10000	/* instructions; longer is no spin lock */
#define STEPS		4000000ull	/* of a row, about */
#define MOST_OPS	100000ull	/* of a CPU */

static const char *opt_transfer, *opt_tsv;
static unsigned long opt_also, opt_nodes, opt_instruction, opt_ops, opt_seed;

const struct opt forecast_opts[] = {
	{ "transfer", OPT_WORD, &opt_transfer, NULL, NULL,
	  "ns that a line takes from CPU to CPU, NEAR[:NEXT[:FAR]]: of one "
	  "node, of the next one, farther" },
	{ "also", OPT_UINT, &opt_also, "0", "0..512",
	  "a number of CPUs besides 1, 2, 4 .. 512; 0: none" },
	{ "tsv", OPT_PATH, &opt_tsv, NULL, NULL,
	  "file to make: the same for programs (docs/formats.md)" },
	{ "nodes", OPT_UINT, &opt_nodes, "1", "1..8",
	  "nodes, in a ring; each has as many CPUs" },
	{ "instruction-ps", OPT_UINT, &opt_instruction, "300", "1..1000000",
	  "ps that an instruction takes" },
	{ "ops", OPT_UINT, &opt_ops, "0", "0..1000000",
	  "operations of each CPU; 0: as many as a second a row allows" },
	{ "seed", OPT_UINT, &opt_seed, "1", "1..4000000000",
	  "of the order of the operations" },
	OPT_END
};

const char forecast_more[] =
	"What recorded operations would do on many CPUs (docs/contention.md), to\n"
	"stdout. ORDER is LABEL.order of ./run.sh contention.\n"
	"\nEXAMPLES\n"
	"  forkpath-anatomy forecast 6.12.order --transfer 60:140 --nodes 2\n";

struct named {
	double		 locked;	/* accesses of one operation */
	char		*name;
};

/* A step as it was recorded: the locks among them are found afterwards. */
struct touch {
	uint32_t	 line, when;
	char		 how;		/* read, wrote, locked */
};

struct recorded {
	struct named	*line;
	size_t		 lines;
	struct sim_op	*op;
	size_t		 nr;
	/* Of the operation that is being read. */
	uint32_t	 insns;
	struct touch	*touch;
	size_t		 nr_touch;
	double		 all_insns;	/* of all operations */
	char		 label[60], what[20], kernel[80], lock[20], group[20];
};

/* NEAR[:NEXT[:FAR]]; what is not said is as what is nearer. */
static bool read_transfer(double t[SIM_DISTANCES])
{
	const char *at = opt_transfer;

	for (int i = 0; i < SIM_DISTANCES; i++) {
		char *end;

		if (i && !*at) {
			t[i] = t[i - 1];
			continue;
		}
		t[i] = strtod(at, &end);
		if (end == at || !(t[i] > 0 && t[i] <= 1e6) ||
		    (*end && *end != ':') || (*end && !end[1]))
			return false;
		at = end + !!*end;
	}
	return !*at;
}

static double ns(uint32_t insns)
{
	return insns * (opt_instruction / 1000.);
}

/*
 * Where the lock is given back that touch AT takes: the last plain write to
 * the line before it is locked again; AT if there is none near.
 */
static size_t unlock_of(const struct recorded *r, size_t at)
{
	const struct touch *t = &r->touch[at];
	size_t last = at;

	for (size_t i = at + 1; i < r->nr_touch &&
	     r->touch[i].when - t->when <= HELD; i++) {
		if (r->touch[i].line != t->line)
			continue;
		if (r->touch[i].how == 'l')
			break;
		if (r->touch[i].how == 'w')
			last = i;
	}
	return last;
}

/* What was read becomes an operation; under a lock its line is at hand. */
static void close_op(struct recorded *r)
{
	struct sim_op *op = r->nr ? &r->op[r->nr - 1] : NULL;
	size_t *held = mem_get(r->lines, sizeof(*held));
	uint32_t at = 0;

	for (size_t i = 0; op && i < r->nr_touch; i++) {
		const struct touch *t = &r->touch[i];
		struct sim_step *s;
		size_t end;

		if (held[t->line] > i)
			continue;
		end = t->how == 'l' ? unlock_of(r, i) : i;
		held[t->line] = end + 1;
		s = mem_more(&op->step, &op->nr, sizeof(*s));
		*s = (struct sim_step){
			.line = t->line, .write = t->how != 'r',
			.work = ns(t->when - at),
			.hold = ns(r->touch[end].when - t->when),
		};
		at = t->when;
	}
	if (op)
		op->work = ns(r->insns - at);
	r->nr_touch = 0;
	free(held);
}

/* One line of the file. False: it is not what can stand there. */
static bool read_one(void *of, const char *text, bool *ended)
{
	struct recorded *r = of;
	const struct touch *last = r->nr_touch ? &r->touch[r->nr_touch - 1] :
						 NULL;
	unsigned int line, at;
	int name = 0;
	double locked;
	char how;

	if (*text == '#') {
		sscanf(text, "# label %59s", r->label);
		sscanf(text, "# op %19s", r->what);
		sscanf(text, "# kernel %79s", r->kernel);
		sscanf(text, "# lock %19s", r->lock);
		sscanf(text, "# group %19s", r->group);
		return true;
	}
	if (sscanf(text, "line %lf %n", &locked, &name) == 1 && name) {
		struct named *n;

		if (r->nr || !text[name] || !(locked >= 0))
			return false;
		n = mem_more(&r->line, &r->lines, sizeof(*n));
		*n = (struct named){ locked, xstrdup(text + name) };
		return true;
	}
	if (sscanf(text, "op %u", &at) == 1) {
		close_op(r);
		mem_more(&r->op, &r->nr, sizeof(*r->op));
		r->insns = at;
		r->all_insns += at;
		return true;
	}
	if (sscanf(text, "%u %u %c", &line, &at, &how) == 3) {
		if (!r->nr || line >= r->lines || at > r->insns ||
		    (last && at < last->when) || !strchr("rwl", how))
			return false;
		mem_push(&r->touch, &r->nr_touch,
				 (struct touch){ line, at, how });
		return true;
	}
	close_op(r);
	*ended = sscanf(text, "end %u", &at) == 1 && at == r->lines;
	return *ended;
}

/* Is there an operation without a step? */
static bool has_idle(const struct recorded *r)
{
	for (size_t i = 0; i < r->nr; i++)
		if (!r->op[i].nr)
			return true;
	return false;
}

static int read_order(struct recorded *r, const char *path, char *text)
{
	int ret = anatomy_lines(path, text, "# forkpath-order/1", "what lines "
				"--order wrote", read_one, r);

	if (ret)
		return ret;
	if (r->nr && r->lines && !has_idle(r))
		return EXIT_OK;
	err_say("%s: no line is shared by all its operations: there is nothing "
		"to wait for", path);
	return EXIT_FAIL;
}

static double steps_of(const struct recorded *r)
{
	double sum = 0;

	for (size_t i = 0; i < r->nr; i++)
		sum += r->op[i].nr;
	return sum / r->nr;
}

/* Of two CPUs anywhere. */
static double mean_transfer(const double t[SIM_DISTANCES])
{
	const struct sim s = { .cpus = opt_nodes, .nodes = opt_nodes };
	double sum = 0;

	for (unsigned int i = 0; i < opt_nodes; i++)
		sum += t[sim_distance(&s, 0, i)];
	return sum / opt_nodes;
}

static void print_head(const struct recorded *r, const double t[SIM_DISTANCES])
{
	size_t hot = 0;
	double mean = mean_transfer(t);

	for (size_t i = 1; i < r->lines; i++)
		if (r->line[i].locked > r->line[hot].locked)
			hot = i;
	printf("Assumed: a line takes %g", t[0]);
	if (opt_nodes > 1)
		printf(", %g, %g ns (same node, next, farther),\n", t[1], t[2]);
	else
		printf(" ns from CPU to CPU,\n");
	printf("an instruction %g ns; locks are held as long as the holder works.\n",
	       opt_instruction / 1000.);
	printf("Forecast: %s on %s, %lu node%s; simulated from %zu operations:\n"
	       "%.0f instructions, %.0f touches of %zu lines with E >= 0.5.\n",
	       r->what, r->label, opt_nodes, opt_nodes > 1 ? "s" : "", r->nr,
	       r->all_insns / r->nr, steps_of(r), r->lines);
	if (r->line[hot].locked > 0)
		printf("Bound 1/(k T): %.40s, k = %.1f locked, T = %.0f ns: %.0f /s\n",
		       r->line[hot].name, r->line[hot].locked, mean,
		       1e9 / (r->line[hot].locked * mean));
	printf("\n%5s %10s %9s %9s %9s  %s\n", "CPUs", "ops/s", "speed-up",
	       "p50 us", "p99 us", "busiest line");
}

static unsigned int next_cpus(unsigned int n)
{
	unsigned int power = 1;

	while (power <= n)
		power *= 2;
	return opt_also > n && opt_also < power ? opt_also : power;
}

static void print_rows(const struct recorded *r, const double t[SIM_DISTANCES],
		       FILE *tsv)
{
	double alone = 0, each = steps_of(r);

	if (tsv)
		fprintf(tsv, "# forkpath-forecast/1\nkernel\tlock\top\tgroup\t"
			"nodes\ttransfer-ns\tinstruction-ps\tcpus\trate\t"
			"p50-ns\tp99-ns\n");
	for (unsigned int n = 1; n <= MOST_CPUS; n = next_cpus(n)) {
		struct sim s = {
			.op = r->op, .nr_op = r->nr, .lines = r->lines,
			.cpus = n, .nodes = n < opt_nodes ? n : opt_nodes,
			.ops = STEPS / each / n, .seed = opt_seed,
		};
		struct sim_result got;

		s.ops = opt_ops ? opt_ops : s.ops < 20 ? 20 :
			s.ops > MOST_OPS ? MOST_OPS : s.ops;
		memcpy(s.transfer, t, sizeof(s.transfer));
		sim_run(&s, &got);
		alone = n == 1 ? got.rate : alone;
		if (tsv)
			fprintf(tsv, "%s\t%s\t%s\t%s\t%lu\t%g:%g:%g\t%lu\t%u\t"
				"%.1f\t%.1f\t%.1f\n", r->kernel, r->lock,
				r->what, r->group, opt_nodes, t[0], t[1], t[2],
				opt_instruction, n, got.rate, got.p50, got.p99);
		printf("%5u %10.0f %9.2f %9.2f %9.2f  ", n, got.rate,
		       got.rate / alone, got.p50 / 1000, got.p99 / 1000);
		if (got.busy > 0)
			printf("%3.0f %% %.18s\n", 100 * got.busy,
			       r->line[got.busiest].name);
		else
			printf("-\n");
	}
}

/* To stdout, and to --tsv. */
static int print(const struct recorded *r, const double t[SIM_DISTANCES])
{
	FILE *tsv = opt_tsv ? fopen(opt_tsv, "we") : NULL;
	bool bad = opt_tsv && !tsv;

	if (!bad) {
		print_head(r, t);
		print_rows(r, t, tsv);
	}
	if (tsv) {
		bad = ferror(tsv);
		bad |= fclose(tsv);
	}
	if (bad) {
		err_say("%s: %s", opt_tsv, strerror(errno));
		return EXIT_FAIL;
	}
	if (!fflush(stdout))
		return EXIT_OK;
	err_say("stdout: %s", strerror(errno));
	return EXIT_FAIL;
}

int forecast_verb(char **arg, int nr)
{
	struct recorded r = {
		.label = "?", .what = "?", .kernel = "?", .lock = "?",
		.group = "?",
	};
	double t[SIM_DISTANCES];
	int ret = EXIT_BAD;
	char *text;
	size_t len;

	if (nr != 1) {
		err_say("forecast: %d files given; expected ORDER", nr);
		return EXIT_BAD;
	}
	if (!opt_transfer || !read_transfer(t)) {
		err_say("--transfer: '%s'; expected NEAR[:NEXT[:FAR]], ns above "
			"0 up to 1000000", opt_transfer ? opt_transfer : "");
		return EXIT_BAD;
	}
	text = anatomy_whole(arg[0], &len);
	if (text)
		ret = read_order(&r, arg[0], text);
	if (!ret)
		ret = print(&r, t);
	for (size_t i = 0; i < r.lines; i++)
		free(r.line[i].name);
	free(r.line);
	for (size_t i = 0; i < r.nr; i++)
		free(r.op[i].step);
	free(r.op);
	free(r.touch);
	free(text);
	return ret;
}
