// SPDX-License-Identifier: GPL-2.0-or-later
/* fold-verb - verb fold: a trace to files of functions, stacks and calls */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "anatomy.h"
#include "counts.h"
#include "err.h"
#include "mem.h"
#include "run.h"
#include "sleep.h"
#include "trace.h"
#include "tree.h"

static const char *opt_about, *opt_folded, *opt_samples, *opt_tree, *opt_program;
static int opt_of;
static unsigned long opt_point;

const struct opt fold_opts[] = {
	{ "about", OPT_PATH, &opt_about, NULL, NULL,
	  "file of KEY VALUE lines for the head: label, kernel, lock, op" },
	{ "folded", OPT_PATH, &opt_folded, NULL, NULL,
	  "also write stacks to this file, as flamegraph.pl reads them" },
	{ "point", OPT_UINT, &opt_point, "0", "0..100000",
	  "only windows of this bench of many, from 1; 0: of all. Exit 4: it "
	  "has none" },
	{ "tree", OPT_PATH, &opt_tree, NULL, NULL,
	  "instead write calls and instructions of all operations to this "
	  "file, for the verb verdict" },
	{ "samples", OPT_PATH, &opt_samples, NULL, NULL,
	  "what the bench measured: the .lat file of the first role" },
	{ "program", OPT_PATH, &opt_program, NULL, NULL,
	  "what was executed in user space: its functions by its symbols" },
	{ "of", OPT_CHOICE, &opt_of, "mode", "mode p50",
	  "functions of the operations of the most frequent total, or of "
	  "the median total" },
	OPT_END
};

const char fold_more[] =
	"Counts per function of a trace (docs/anatomy.md) to stdout. TRACE is\n"
	"what lab/anatomy-plugin.c wrote, SYMBOLS /proc/kallsyms of that guest.\n"
	"\nEXAMPLES\n"
	"  forkpath-anatomy fold 6.12.trace 6.12.kallsyms > 6.12.anatomy\n"
	"  forkpath-anatomy fold 6.12.trace 6.12.kallsyms --folded 6.12.folded\n";

static void stack(const struct fold *f, uint32_t n, FILE *to)
{
	if (n < 2)
		return;
	stack(f, f->node[n].parent, to);
	fprintf(to, ";%s", f->fn[f->node[n].fn]);
}

/* "caller;[user] 12": instructions per 1000 windows, all of them. */
static int folded(const struct fold *f, const char *path)
{
	FILE *to = fopen(path, "we");
	bool bad;

	for (size_t i = 2; to && i < f->nr_node; i++)
		for (int p = 0; p < FOLD_PARTS; p++) {
			if (!f->node[i].all[p])
				continue;
			fputs(fold_part_name[p], to);
			stack(f, i, to);
			fprintf(to, " %.0f\n", ceil(f->node[i].all[p] *
						    1000.0 / f->nr_window));
		}
	bad = !to || ferror(to);
	if (to && fclose(to))
		bad = true;
	if (bad)
		err_say("%s: %s", path, strerror(errno));
	return bad ? -1 : 0;
}

static int tree(const struct fold *f, const char *path)
{
	FILE *to = fopen(path, "we");
	bool bad = !to;

	if (to) {
		tree_print(f, to);
		bad = ferror(to);
		bad |= fclose(to);
	}
	if (bad)
		err_say("%s: %s", path, strerror(errno));
	return bad ? -1 : 0;
}

/*
 * The clock's word for it: a sample is its window and the reading of the
 * clock, always as many instructions, unless it slept. Which sample belongs
 * to the first window is not known, so the best place is looked for: there
 * what a sample is MORE than its window holds of most others, too.
 */
static void compare(struct counts *c, const struct fold *f,
		    const uint64_t *sample, size_t nr)
{
	const struct fold_window *w = f->window;

	for (size_t first = 1; first < nr + f->nr_window; first++) {
		/* Window I is sample first - nr_window + I. */
		size_t from = first < f->nr_window ? f->nr_window - first : 0;
		size_t to = f->nr_window;

		if (to > nr + f->nr_window - first)
			to = nr + f->nr_window - first;
		/* One may have slept; two in a row do not. */
		for (size_t try = from; try < from + 2 && try < to; try++) {
			size_t at = first - f->nr_window;
			uint64_t more = sample[at + try] - w[try].all;
			double same = 0;

			if (sample[at + try] < w[try].all)
				continue;
			for (size_t i = from; i < to; i++)
				same += sample[at + i] - w[i].all == more;
			if (same > c->confirmed) {
				c->confirmed = same;
				c->more = more;
			}
		}
	}
}

static void timed(struct counts *c, struct fold *f, const struct dist_file *dist)
{
	if (dist->nr_role && dist->role[0].nr_series &&
	    dist->role[0].series[0].batch == 1)
		compare(c, f, dist->role[0].series[0].sum,
			dist->role[0].series[0].nr_sum);
	sleep_find(f, dist);
}

static int samples(struct dist_file *dist, const char *path)
{
	char why[200], *text;
	size_t len;
	int ret;

	text = anatomy_whole(path, &len);
	if (!text)
		return -1;
	ret = dist_parse(dist, text, len, why, sizeof(why));
	dist->text = text;
	if (ret)
		err_say("%s: %s", path, why);
	return ret;
}

/* What the kernel had mapped into the bench: "[vdso:getcpu]". */
static void vdso(struct ksyms *user, struct strv *names, const struct dist_file *dist)
{
	for (size_t i = 0; i < dist->nr_vdso; i++) {
		const struct dist_code *c = &dist->vdso[i];

		strv_add(names, xprintf("[vdso:%s]", c->name));
		ksyms_add(user, c->addr, c->bytes, names->v[i]);
	}
}

static void about(struct counts *c, char *text)
{
	char *save = NULL, *line = strtok_r(text, "\n", &save);

	for (; line; line = strtok_r(NULL, "\n", &save))
		mem_push(&c->about, &c->nr_about, line);
}

/*
 * The words of a trace, ours to write to; NULL if it cannot be had. One is
 * read for each of its points: what is not written is not copied.
 */
static uint64_t *trace_map(const char *path, size_t *nr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st)) {
		*nr = st.st_size / sizeof(uint64_t);
		map = mmap(NULL, st.st_size + !st.st_size,
			   PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	}
	if (map == MAP_FAILED)
		err_say("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return map == MAP_FAILED ? NULL : map;
}

/*
 * Windows of POINT only, in place; what was translated is kept, and with it
 * the numbers of instructions. How many words, or 0: it has no window.
 */
static size_t only_point(uint64_t *word, size_t nr, unsigned long point)
{
	unsigned long at = 0, windows = 0, given_up = 0;
	size_t kept = nr > 0;

	for (size_t i = 1; i < nr; i++) {
		unsigned int kind = TRACE_KIND(word[i]);

		at += kind == TRACE_POINT && !TRACE_LOW(word[i]);
		if (kind == TRACE_POINT && TRACE_LOW(word[i]) && at == point)
			given_up = TRACE_COUNT(word[i]);
		if (kind == TRACE_END)
			word[kept++] = TRACE_WORD(TRACE_END, given_up, windows);
		else if (kind == TRACE_INSN || at == point)
			word[kept++] = word[i];
		windows += at == point && kind == TRACE_FINISH;
	}
	return windows ? kept : 0;
}

/* One without symbols, or that may lie anywhere, is [user] as a whole. */
static int program(struct ksyms *user, const char *path)
{
	char why[200], *file;
	size_t len;

	file = anatomy_whole(path, &len);
	if (!file)
		return -1;
	if (ksyms_program(user, file, len, why, sizeof(why)))
		err_say("%s: %s: its functions have no names", path, why);
	free(file);
	return 0;
}

/* What was executed in user space, and what the bench measured meanwhile. */
static int user_code(struct ksyms *user, struct strv *names, struct dist_file *dist)
{
	if ((opt_program && program(user, opt_program)) ||
	    (opt_samples && samples(dist, opt_samples)))
		return -1;
	vdso(user, names, dist);
	return 0;
}

/* All that was asked for; HEAD is cut to lines. An exit code. */
static int results(struct fold *f, char *head, const struct dist_file *dist)
{
	struct counts c = { 0 };
	bool bad;

	if (!opt_tree)
		counts_of(&c, f);
	if (head)
		about(&c, head);
	if (opt_of == FOLD_OF_P50)
		mem_push(&c.about, &c.nr_about, "of p50");
	if (opt_samples)
		timed(&c, f, dist);
	if (!opt_tree)
		counts_print(&c, stdout);
	bad = (opt_folded && folded(f, opt_folded)) ||
		(opt_tree && tree(f, opt_tree));
	counts_free(&c);
	return bad ? EXIT_FAIL : EXIT_OK;
}

int fold_verb(char **arg, int nr)
{
	char *symbols = NULL, *head = NULL, why[200];
	struct ksyms k = { 0 }, user = { 0 };
	struct dist_file dist = { 0 };
	struct strv names = { 0 };
	struct fold f = { 0 };
	int ret = EXIT_BAD;
	size_t len = 0, mapped, sym_len, head_len;
	uint64_t *trace;

	if (nr != 2) {
		err_say("fold: %d files given; expected TRACE SYMBOLS", nr);
		return EXIT_BAD;
	}
	trace = trace_map(arg[0], &len);
	mapped = len;
	symbols = trace ? anatomy_whole(arg[1], &sym_len) : NULL;
	head = symbols && opt_about ? anatomy_whole(opt_about, &head_len) : NULL;
	if (!symbols || (opt_about && !head))
		goto cleanup;
	if (ksyms_parse(&k, symbols, sym_len, why, sizeof(why))) {
		err_say("%s: %s", arg[1], why);
		goto cleanup;
	}
	if (user_code(&user, &names, &dist))
		goto cleanup;
	if (opt_point && !(len = only_point(trace, len, opt_point))) {
		ret = EXIT_SKIP;
		goto cleanup;
	}
	if (fold_trace(&f, trace, len, &k, &user,
		       opt_tree ? FOLD_OF_ALL : opt_of, why, sizeof(why))) {
		err_say("%s: %s", arg[0], why);
		goto cleanup;
	}
	ret = results(&f, head, &dist);
cleanup:
	fold_free(&f);
	ksyms_free(&k);
	ksyms_free(&user);
	dist_free(&dist);
	strv_free(&names);
	if (trace)
		munmap(trace, mapped * sizeof(*trace));
	free(symbols);
	free(head);
	return ret;
}
