// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lines - verb lines: what operations on several CPUs share, by name
 *
 * Reads what lab/contention-plugin.c wrote and the guest's symbols, writes a
 * table of its own (docs/contention.md): a row for each line of 64 bytes that
 * two CPUs touched and one wrote.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anatomy.h"
#include "err.h"
#include "lines.h"
#include "mem.h"

#define STRONG		0.5
#define USERS		12	/* of a line, shown */

static const char *opt_about, *opt_order, *opt_folded, *opt_btf, *opt_areas;
static unsigned long opt_split;

const struct opt lines_opts[] = {
	{ "about", OPT_PATH, &opt_about, NULL, NULL,
	  "file of KEY VALUE lines for the head: label, kernel, lock, op" },
	{ "btf", OPT_PATH, &opt_btf, NULL, NULL,
	  "/sys/kernel/btf/vmlinux of that guest: members of structures" },
	{ "areas", OPT_PATH, &opt_areas, NULL, NULL,
	  "/proc/vmallocinfo of it: who has allocated what" },
	{ "order", OPT_PATH, &opt_order, NULL, NULL,
	  "file to make: what operations do to lines of E from 0.5 on, and in "
	  "which order (verb forecast)" },
	{ "folded", OPT_PATH, &opt_folded, NULL, NULL,
	  "file to make: accesses to lines of E from 0.5 on by way of calls, "
	  "as flame graphs are made of" },
	{ "split", OPT_UINT, &opt_split, "0", "0..7",
	  "the first N CPUs did one operation, the others another one; 0: "
	  "all did the same" },
	OPT_END
};

const char lines_more[] =
	"Lines of memory that operations on two CPUs share (docs/contention.md),\n"
	"to stdout. RECORD is what lab/contention-plugin.c wrote, SYMBOLS\n"
	"/proc/kallsyms of that guest.\n"
	"\nEXAMPLES\n"
	"  forkpath-anatomy lines 6.12.lines 6.12.kallsyms > 6.12.tsv\n";

/* --- symbols of data ----------------------------------------------------- */

/* The first name in the alphabet, those with an underscore last. */
static int by_addr(const void *pa, const void *pb)
{
	const struct sym *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if ((*a->name == '_') != (*b->name == '_'))
		return *a->name == '_' ? 1 : -1;
	return strcmp(a->name, b->name);
}

/* Text that ksyms_parse() has seen to be well-formed; cuts it to pieces. */
static void read_data(struct record *r, char *text)
{
	size_t kept = 0;
	char *save;

	for (char *at = strtok_r(text, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save)) {
		struct ksyms_line l;
		struct sym *s;

		ksyms_line(at, &l);
		s = mem_more(&r->sym, &r->nr_sym, sizeof(*s));
		s->addr = l.addr;
		s->name = l.name;
		if (!strcmp(s->name, "__per_cpu_start"))
			r->percpu = s->addr;
		else if (!strcmp(s->name, "__per_cpu_end"))
			r->percpu_end = s->addr;
	}
	qsort(r->sym, r->nr_sym, sizeof(*r->sym), by_addr);
	for (size_t i = 0; i < r->nr_sym; i++)
		if (!kept || r->sym[kept - 1].addr != r->sym[i].addr)
			r->sym[kept++] = r->sym[i];
	r->nr_sym = kept;
}

/* --- what the plugin wrote ----------------------------------------------- */

static bool is_leaf(const char *f)
{
	static const char *const begin[] = {
		"_raw_", "down_", "up_", "queued_", "native_queued_", "rwsem_",
		"mutex_", "__mutex", "refcount_", "__percpu_", "__down_",
		"__up_", "lockref_", "fput", "dput",
	};

	for (size_t i = 0; i < sizeof(begin) / sizeof(*begin); i++)
		if (!strncmp(f, begin[i], strlen(begin[i])))
			return true;
	return false;
}

/* Of a function that locks for others: for whom. */
static void add_user(const struct record *r, struct line *l, uint64_t insn,
		     uint32_t way, uint64_t reads, uint64_t writes)
{
	const char *f = lines_function(r, insn);
	char *name = way && is_leaf(f) ?
		xprintf("%s>%s", lines_function(r, r->way[way - 1].insn), f) :
		xstrdup(f);
	struct user *u = NULL;

	for (size_t i = 0; i < l->nr_user && !u; i++)
		if (!strcmp(l->user[i].name, name))
			u = &l->user[i];
	if (u) {
		free(name);
	} else {
		u = mem_more(&l->user, &l->nr_user, sizeof(*u));
		u->name = name;
	}
	u->reads += reads;
	u->writes += writes;
}

/* What stands behind the lines: operations, step by step. */
static bool read_order(struct record *r, const char *text)
{
	struct order *o = r->nr_order ? &r->order[r->nr_order - 1] : NULL;
	uint32_t a, b, c;
	char how[8];
	struct step *s;

	if (sscanf(text, "order %u %u %u", &a, &b, &c) == 3) {
		if (a >= r->cpus || (o && o->nr != o->due))
			return false;
		o = mem_more(&r->order, &r->nr_order, sizeof(*o));
		*o = (struct order){ .cpu = a, .insns = b, .due = c };
		return true;
	}
	if (sscanf(text, "step %u %u %7s", &a, &b, how) != 3 || !o ||
	    o->nr == o->due || a >= r->nr ||
	    (strcmp(how, "read") && strcmp(how, "wrote") &&
	     strcmp(how, "locked")))
		return false;
	s = mem_more(&o->step, &o->nr, sizeof(*s));
	*s = (struct step){ .line = a, .when = b, .how = *how };
	return true;
}

/* In which object it is, and who points there. */
static bool read_object(struct line *l, const char *text)
{
	struct by by = { .type = NULL };

	if (sscanf(text, "slab %63s %u %u", l->slab, &l->size,
		   &l->offset) == 3)
		return l->size && l->offset < l->size;
	if (!*l->slab || sscanf(text, "by %" SCNx64 " %u %u", &by.from,
				&by.offset, &by.times) != 3)
		return false;
	mem_push(&l->by, &l->nr_by, by);
	return true;
}

/* What one instruction did to it. */
static bool read_at(const struct record *r, struct line *l, const char *text)
{
	uint64_t insn, way, reads, writes, locked;
	unsigned int cpu;

	if (sscanf(text, "at %u %" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64, &cpu, &insn, &way, &reads, &writes,
		   &locked) != 6 || way > r->nr_way)
		return false;
	add_user(r, l, insn, way, reads, writes);
	mem_push(&l->at, &l->nr_at, (struct at){
			 .insn = insn, .way = way, .accesses = reads + writes });
	return true;
}

/* What stands before the lines. */
static bool read_head(struct record *r, const char *text)
{
	struct space s;
	uint64_t a, b, c, d;
	unsigned int cpu;

	if (r->nr)
		return false;
	if (sscanf(text, "space %" SCNx64 " %" SCNx64 " %19[a-z ]", &s.from,
		   &s.to, s.kind) == 3) {
		if (r->nr_space == SPACES)
			return false;
		r->space[r->nr_space++] = s;
		return true;
	}
	if (sscanf(text, "windows %u %" SCNx64 " %" SCNu64 " %" SCNu64 " %"
		   SCNu64, &cpu, &a, &b, &c, &d) == 5) {
		if (cpu != r->cpus || cpu >= CPUS)
			return false;
		r->area[cpu] = a;
		r->windows[cpu] = b;
		r->refused[cpu] = c;
		r->accesses[cpu] = d;
		r->cpus++;
		return true;
	}
	if (sscanf(text, "way %" SCNu64 " %" SCNu64 " %" SCNx64, &a, &b,
		   &c) != 3 || a != r->nr_way + 1 || b >= a)
		return false;
	mem_push(&r->way, &r->nr_way, (struct way){ .insn = c, .parent = b });
	return true;
}

/* One line of the record. False: it is not what can stand there. */
static bool read_one(void *of, const char *text, bool *ended)
{
	struct record *r = of;
	struct line *l = r->nr ? &r->line[r->nr - 1] : NULL;
	uint64_t a, b;
	struct part p;
	unsigned int cpu;

	if (read_head(r, text))
		return true;
	if (sscanf(text, "line %" SCNx64 " %" SCNx64, &a, &b) == 2) {
		if (r->nr_order)
			return false;
		l = mem_more(&r->line, &r->nr, sizeof(*l));
		l->va = b / LINE * LINE;
		l->nr = r->nr - 1;
		return true;
	}
	if (l && read_object(l, text))
		return true;
	if (sscanf(text, "cpu %u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNx64 " %" SCNx64, &cpu, &p.touched,
		   &p.wrote, &p.reads, &p.writes, &p.locked, &p.read,
		   &p.written) == 8) {
		if (!l || cpu >= r->cpus || !r->windows[cpu] ||
		    p.touched > r->windows[cpu] || p.wrote > p.touched)
			return false;
		l->cpu[cpu] = p;
		return true;
	}
	if (l && read_at(r, l, text))
		return true;
	if (read_order(r, text))
		return true;
	*ended = sscanf(text, "end %" SCNu64, &a) == 1 && a == r->nr;
	return *ended;
}

/* --- the table ----------------------------------------------------------- */

static bool is_pair(unsigned int i, unsigned int j)
{
	return i < j && (!opt_split || (i < opt_split) != (j < opt_split));
}

/* Of one operation here and one there: does this line conflict? */
static double expected(const struct record *r, const struct line *l)
{
	double sum = 0;
	unsigned int pairs = 0;

	for (unsigned int i = 0; i < r->cpus; i++) {
		for (unsigned int j = 0; j < r->cpus; j++) {
			double p, w, q, v;

			if (!is_pair(i, j))
				continue;
			p = (double)l->cpu[i].touched / r->windows[i];
			w = (double)l->cpu[i].wrote / r->windows[i];
			q = (double)l->cpu[j].touched / r->windows[j];
			v = (double)l->cpu[j].wrote / r->windows[j];
			sum += p * v + w * q - w * v;
			pairs++;
		}
	}
	return pairs ? sum / pairs : 0;
}

enum what { ACCESSES, LOCKED };

/* Per operation of side SIDE; with one operation both sides are all CPUs. */
static double mean(const struct record *r, const struct line *l, int side,
		   enum what what)
{
	uint64_t sum = 0, windows = 0;

	for (unsigned int i = 0; i < r->cpus; i++) {
		const struct part *p = &l->cpu[i];

		if (opt_split && (i >= opt_split) != side)
			continue;
		windows += r->windows[i];
		sum += what == LOCKED ? p->locked : p->reads + p->writes;
	}
	return windows ? (double)sum / windows : 0;
}

static int by_e(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;

	if (a->e != b->e)
		return a->e > b->e ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int by_reads(const void *pa, const void *pb)
{
	const struct user *a = pa, *b = pb;

	if (a->reads != b->reads)
		return a->reads > b->reads ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Who writes; who only reads. The most frequent ones. */
static void print_users(const struct line *l, bool writers)
{
	size_t nr = 0;

	for (size_t i = 0; i < l->nr_user; i++) {
		if ((l->user[i].writes > 0) != writers)
			continue;
		if (nr < USERS)
			printf("%s%s", nr ? ", " : "", l->user[i].name);
		nr++;
	}
	if (nr > USERS)
		printf(", %zu more", nr - USERS);
	if (!nr)
		printf("-");
}

static void print_totals(const struct record *r)
{
	double e = 0, accesses = 0, locked = 0, named = 0;
	size_t strong = 0;

	printf("# windows");
	for (unsigned int i = 0; i < r->cpus; i++)
		printf(" %" PRIu64, r->windows[i]);
	printf("\n# refused");
	for (unsigned int i = 0; i < r->cpus; i++)
		printf(" %" PRIu64, r->refused[i]);
	printf("\n# accesses-per-operation");
	for (unsigned int i = 0; i < r->cpus; i++)
		printf(" %.1f", (double)r->accesses[i] / r->windows[i]);
	for (size_t i = 0; i < r->nr; i++) {
		const struct line *l = &r->line[i];
		double a = mean(r, l, 0, ACCESSES);

		e += l->e;
		if (l->e < STRONG)
			continue;
		strong++;
		accesses += a;
		locked += mean(r, l, 0, LOCKED);
		named += l->named ? a : 0;
	}
	printf("\n# lines %zu E %.2f\n# strong %zu accesses %.1f locked %.1f "
	       "named %.1f\n", r->nr, e, strong, accesses, locked,
	       accesses > 0 ? 100 * named / accesses : 0);
}

static void print_record(const struct record *r, const char *about)
{
	printf("# forkpath-contention/1\n");
	while (*about) {
		int len = strcspn(about, "\n");

		printf("# %.*s\n", len, about);
		about += len + (about[len] == '\n');
	}
	print_totals(r);
	printf("E\taccesses\tlocked\tagainst-accesses\tagainst-locked\tkind\t"
	       "sharing\tline\tmembers\twrite\tread\n");
	for (size_t i = 0; i < r->nr; i++) {
		struct line *l = &r->line[i];

		printf("%.4f\t%.3f\t%.3f\t%.3f\t%.3f\t%s\t%s\t%s\t%s\t", l->e,
		       mean(r, l, 0, ACCESSES), mean(r, l, 0, LOCKED),
		       mean(r, l, 1, ACCESSES), mean(r, l, 1, LOCKED), l->kind,
		       l->sharing, l->name, l->members);
		print_users(l, true);
		printf("\t");
		qsort(l->user, l->nr_user, sizeof(*l->user), by_reads);
		print_users(l, false);
		printf("\n");
	}
}

/*
 * For the forecast: strong lines by name, and each operation as its steps at
 * them. What is kept of an operation is what could be in its way elsewhere.
 */
static int write_order(const struct record *r, const char *about)
{
	uint32_t *strong = mem_get(r->nr, sizeof(*strong)), nr = 0;
	FILE *to = fopen(opt_order, "we");
	bool bad;

	if (!to) {
		err_say("%s: %s", opt_order, strerror(errno));
		free(strong);
		return EXIT_FAIL;
	}
	fprintf(to, "# forkpath-order/1\n");
	while (*about) {
		int len = strcspn(about, "\n");

		fprintf(to, "# %.*s\n", len, about);
		about += len + (about[len] == '\n');
	}
	for (size_t i = 0; i < r->nr; i++) {
		const struct line *l = &r->line[i];

		strong[l->nr] = UINT32_MAX;
		if (l->e < STRONG)
			continue;
		strong[l->nr] = nr++;
		fprintf(to, "line %.3f %s\n", mean(r, l, 0, LOCKED), l->name);
	}
	for (size_t i = 0; i < r->nr_order; i++) {
		const struct order *o = &r->order[i];

		fprintf(to, "op %u\n", o->insns);
		for (size_t k = 0; k < o->nr; k++)
			if (strong[o->step[k].line] != UINT32_MAX)
				fprintf(to, "%u %u %c\n",
					strong[o->step[k].line],
					o->step[k].when, o->step[k].how);
	}
	fprintf(to, "end %u\n", nr);
	bad = ferror(to);
	bad |= fclose(to);
	free(strong);
	if (bad)
		err_say("%s: %s", opt_order, strerror(errno));
	return bad ? EXIT_FAIL : EXIT_OK;
}

static int measured(const struct record *r, const char *path)
{
	if (r->cpus < 2 || opt_split >= r->cpus) {
		err_say("%s: %u CPUs; expected 2 or more, and more than "
			"--split", path, r->cpus);
		return EXIT_FAIL;
	}
	for (unsigned int i = 0; i < r->cpus; i++) {
		if (r->windows[i])
			continue;
		err_say("%s: no window of CPU %u, %" PRIu64 " refused; "
			"expected operations on every CPU", path, i,
			r->refused[i]);
		return EXIT_FAIL;
	}
	return EXIT_OK;
}

/* The lines get names, and their order. */
static void name_all(struct record *r)
{
	lines_types(r);
	for (size_t i = 0; i < r->nr; i++) {
		line_name(r, &r->line[i]);
		r->line[i].e = expected(r, &r->line[i]);
	}
	qsort(r->line, r->nr, sizeof(*r->line), by_e);
}

static void record_free(struct record *r)
{
	for (size_t i = 0; i < r->nr; i++) {
		for (size_t j = 0; j < r->line[i].nr_user; j++)
			free(r->line[i].user[j].name);
		free(r->line[i].user);
		free(r->line[i].at);
		free(r->line[i].by);
		free(r->line[i].name);
		free(r->line[i].members);
	}
	for (size_t i = 0; i < r->nr_order; i++)
		free(r->order[i].step);
	free(r->order);
	free(r->way);
	types_free(&r->types);
	free(r->areas);
	free(r->line);
	free(r->sym);
	ksyms_free(&r->functions);
}

int lines_verb(char **arg, int nr)
{
	char *text = NULL, *symbols = NULL, *data = NULL, *about = NULL;
	char *btf = NULL;
	struct record r = { 0 };
	int ret = EXIT_BAD;
	char why[200];
	size_t len, more;

	if (nr != 2) {
		err_say("lines: %d files given; expected RECORD SYMBOLS", nr);
		return EXIT_BAD;
	}
	text = anatomy_whole(arg[0], &len);
	about = !text ? NULL : opt_about ? anatomy_whole(opt_about, &len) :
		xstrdup("");
	symbols = about ? anatomy_whole(arg[1], &len) : NULL;
	if (!symbols)
		goto cleanup;
	btf = opt_btf ? anatomy_whole(opt_btf, &more) : NULL;
	if (opt_btf && (!btf || (more && types_read(&r.types, btf, more)))) {
		if (btf)
			err_say("%s: no BTF", opt_btf);
		goto cleanup;
	}
	r.areas = opt_areas ? anatomy_whole(opt_areas, &more) : NULL;
	if (opt_areas && !r.areas)
		goto cleanup;
	data = xstrdup(symbols);
	if (ksyms_parse(&r.functions, symbols, len, why, sizeof(why))) {
		err_say("%s: %s", arg[1], why);
		goto cleanup;
	}
	read_data(&r, data);
	ret = anatomy_lines(arg[0], text, "forkpath-lines/5", "a record of "
			    "lab/contention-plugin.c", read_one, &r);
	if (!ret)
		ret = measured(&r, arg[0]);
	if (ret)
		goto cleanup;
	name_all(&r);
	print_record(&r, about);
	if (opt_order)
		ret = write_order(&r, about);
	if (opt_folded && !ret)
		ret = lines_folded(&r, STRONG, opt_folded);
	if (fflush(stdout)) {
		err_say("stdout: %s", strerror(errno));
		ret = EXIT_FAIL;
	}
cleanup:
	record_free(&r);
	free(text);
	free(symbols);
	free(data);
	free(about);
	free(btf);
	return ret;
}
