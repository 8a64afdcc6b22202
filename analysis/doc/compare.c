// SPDX-License-Identifier: GPL-2.0-or-later
/* compare - two or more sets of results folders, one verdict per point */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "compare.h"
#include "exact.h"
#include "folders.h"
#include "mem.h"
#include "report.h"

/* --- making -------------------------------------------------------------- */

int compare_make(struct compare *c, char **arg, int nr,
		 const struct compare_opt *opt)
{
	memset(c, 0, sizeof(*c));
	c->opt = *opt;
	if (sets_read(&c->sets, arg, nr)) {
		snprintf(c->error, sizeof(c->error), "%s", c->sets.error);
		return -1;
	}
	/* A campaign brings its control along, unless it is all there is. */
	for (size_t i = 0; i < c->sets.nr_folder; i++) {
		if (strcmp(c->sets.folder[i]->run.question, "aa")) {
			sets_take(&c->sets, &c->aa, "aa");
			break;
		}
	}
	if (sets_group(&c->sets, opt->label)) {
		snprintf(c->error, sizeof(c->error), "%s", c->sets.error);
		return -1;
	}
	if (c->sets.nr_set < 2) {
		snprintf(c->error, sizeof(c->error), "all folders are one set, '%s'; two are compared: BASE NEW, or NAME=FOLDER,... twice",
			 c->sets.nr_set ? c->sets.set[0].name : "");
		return -1;
	}
	c->exact = exact_run(&c->sets.folder[0]->run);
	for (size_t i = 1; i < c->sets.nr_folder; i++) {
		if (exact_run(&c->sets.folder[i]->run) == c->exact)
			continue;
		snprintf(c->error, sizeof(c->error), "%s counts %s, %s counts %s: not to be compared",
			 c->sets.folder[0]->path,
			 c->exact ? "instructions" : "time",
			 c->sets.folder[i]->path,
			 c->exact ? "time" : "instructions");
		return -1;
	}
	c->nr_family = c->sets.nr_set - 1;
	c->family = mem_get(c->nr_family, sizeof(*c->family));
	c->differs = mem_get(c->nr_family, sizeof(*c->differs));
	for (size_t i = 0; i < c->nr_family; i++) {
		family_sets(&c->family[i], &c->sets.set[0],
			    &c->sets.set[i + 1]);
		c->nr_tests += family_plan(&c->family[i]);
		differ_make(&c->differs[i], &c->sets.set[0],
			    &c->sets.set[i + 1]);
	}
	if (c->exact)
		return control_make(c);
	for (size_t i = 0; i < c->sets.nr_folder && !c->withheld; i++)
		c->withheld = run_timeless(&c->sets.folder[i]->run);
	for (size_t i = 0; i < c->nr_family; i++)
		family_make(&c->family[i], c->nr_tests);
	family_judge(c->family, c->nr_family, opt->smallest);
	for (size_t i = 0; i < c->nr_family; i++)
		family_more(&c->family[i]);
	return control_make(c);
}

void compare_free(struct compare *c)
{
	plots_free(&c->plots);
	for (size_t i = 0; i < c->nr_family; i++) {
		family_free(&c->family[i]);
		differ_free(&c->differs[i]);
	}
	free(c->family);
	free(c->differs);
	family_free(&c->control);
	sets_free(&c->sets);
	sets_free(&c->aa);
}

size_t compare_differing(const struct compare *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nr_family; i++)
		for (size_t k = 0; k < c->differs[i].nr_differ; k++)
			n += !c->differs[i].differ[k].within;
	return n;
}

/* --- the text ------------------------------------------------------------ */

/* The method, once, for whoever wants to know. */
static void legend(double smallest, struct doc *to)
{
	doc_note(to, "p: adjusted by Holm. faster, slower: p at most %g %%, an interval without 0, and a change of at least %g %%. same: the whole interval within +-%g %%.",
		 100 * EFFECT_ALPHA, 100 * smallest, 100 * smallest);
}

static void day(char *buf, size_t len, const char *utc)
{
	snprintf(buf, len, "%.10s", *utc ? utc : "no date");
}

static void set_line(const struct set *s, const char *first, struct doc *to)
{
	const struct run *run = &s->folder[0]->run;
	const char *last = s->boot[s->nr_boot - 1].utc;
	char kernel[300], name[90], from[20], until[20];

	day(from, sizeof(from), s->boot[0].utc);
	day(until, sizeof(until), last);
	cond_kernel(run, kernel, sizeof(kernel));
	/* Where the kernel is the name it is said once. */
	if (!strncmp(kernel, s->name, strlen(s->name)) &&
	    kernel[strlen(s->name)] == ' ')
		*name = 0;
	else
		snprintf(name, sizeof(name), "%.80s: ", s->name);
	for (size_t n = strlen(kernel); n && kernel[n - 1] == ' '; )
		kernel[--n] = 0;
	doc_key(to, first, "%s%s; %zu boot%s, %zu run%s, %s%s%s", name, kernel,
		s->nr_boot, out_s(s->nr_boot), s->nr_folder,
		out_s(s->nr_folder), from,
		strcmp(from, until) ? " to " : "",
		strcmp(from, until) ? until : "");
}

static const char *pairing(const struct family *f)
{
	switch (f->pairing) {
	case FAMILY_BY_TIME:
		return "boots alternate, pairs by time";
	case FAMILY_BY_BOOT:
		return "both arms in each boot, pairs by boot";
	case FAMILY_BY_BLOCK:
		return "both arms in each block, pairs by block";
	default:
		return "not paired";
	}
}

static void too_few(const struct family *f, size_t nr_tests, struct doc *to)
{
	size_t need;

	if (nr_tests && !effect_can_reject(f->nr_unit[0], f->nr_unit[1],
					   f->paired, nr_tests) &&
	    !boot_fewest(nr_tests, EFFECT_ALPHA, false, &need))
		doc_beware(to, "TOO FEW", "with %zu and %zu %ss none of %zu points can be shown to differ; %zu per arm is the least",
			   f->nr_unit[0], f->nr_unit[1],
			   f->repetitions ? "repetition" : "boot", nr_tests, need);
}

static void method(const struct family *f, size_t nr_tests, struct doc *to)
{
	const char *unit = f->repetitions ? "repetition" : "boot";
	char n[60], reps[40];

	if (f->nr_unit[0] == f->nr_unit[1])
		snprintf(n, sizeof(n), "%zu", f->nr_unit[0]);
	else
		snprintf(n, sizeof(n), "%zu and %zu", f->nr_unit[0],
			 f->nr_unit[1]);
	snprintf(reps, sizeof(reps), f->rep_min == f->rep_max ? "%zu" :
		 "%zu to %zu", f->rep_min, f->rep_max);
	if (f->repetitions)
		doc_key(to, "n", "%s %ss per arm and point, each its p50", n,
			unit);
	else
		doc_key(to, "n", "%s %ss per arm; a boot counts once: the median p50 of its %s repetitions",
			n, unit, reps);
	doc_key(to, "interval", "95 %% of the ratio B/A, exact by ranks; %s%s",
		pairing(f),
		f->paired ? ": Wilcoxon signed-rank" : f->pairing == FAMILY_UNPAIRED ? ": Mann-Whitney" : ", but tested unpaired: as pairs too few for Holm");
	too_few(f, nr_tests, to);
}

/* It changes what every row means; compare says so first. */
static bool is_lock_mode(const struct differ *d)
{
	return !d->within && !strcmp(d->key, "lock_mode");
}

static void differing(const struct differs *d, bool all, struct doc *to)
{
	size_t shown = 0, rest = 0;

	if (!d->nr_differ) {
		doc_para(to, "Besides the kernel no recorded condition differs.");
		return;
	}
	doc_head(to, "Different besides the kernel, most important first (A -> B)");
	for (size_t i = 0; i < d->nr_differ; i++) {
		const struct differ *one = &d->differ[i];
		char a[120], b[120];

		if (shown >= COMPARE_LIST && !all) {
			rest++;
			continue;
		}
		shown++;
		snprintf(a, sizeof(a), "%.110s%s", *one->a ? one->a : "(empty)",
			 strlen(one->a) > 110 ? "..." : "");
		snprintf(b, sizeof(b), "%.110s%s", *one->b ? one->b : "(empty)",
			 strlen(one->b) > 110 ? "..." : "");
		if (one->within)
			doc_item(to, "%s: not one value within a set: %s",
				one->key, a);
		else
			(one->why ? doc_warn_item : doc_item)(to, "%s: %s -> %s%s%s%s",
				one->key, a, b, one->why ? " (" : "",
				one->why ?: "", one->why ? ")" : "");
	}
	if (rest)
		doc_item(to, "and %zu more (--full)", rest);
}

static void list(char *const *text, size_t nr, bool all, struct doc *to)
{
	size_t max = all ? nr : COMPARE_LIST;

	for (size_t i = 0; i < nr && i < max; i++)
		doc_item(to, "%s", text[i]);
	if (nr > max)
		doc_item(to, "and %zu more (--full)", nr - max);
}

/* Repetitions that no number contains. */
static void lost(const struct set *s, struct doc *to)
{
	const struct run **run = NULL;
	size_t nr = 0, all = 0, notes = 0;
	char buf[200];

	for (size_t k = 0; k < s->nr_folder; k++) {
		const struct run *one = &s->folder[k]->run;

		mem_push(&run, &nr, one);
		all += one->nr_rep;
		notes += one->nr_note;
	}
	if (*omitted_lost(run, nr, buf, sizeof(buf)))
		doc_key(to, "left out", "%.60s: %s of %zu repetition%s; the report of each folder has the reasons",
			s->name, buf, all, out_s(all));
	for (size_t k = 0, shown = 0; k < nr; k++)
		for (size_t i = 0; i < run[k]->nr_note && shown < 3; i++, shown++)
			doc_key(to, "", "%.60s: %s/%s", s->name, run[k]->path,
				run[k]->note[i]);
	if (notes > 3)
		doc_key(to, "", "%.60s: and %zu more remarks", s->name, notes - 3);
	free(run);
}

/* MSER-5 by repetition: how many never settled. */
static void warmup(const struct set *s, struct doc *to)
{
	size_t known = 0, never = 0;
	const struct point *worst = NULL;

	for (size_t k = 0; k < s->nr_folder; k++) {
		const struct points *all = &s->folder[k]->points;

		for (size_t i = 0; i < all->nr_point; i++) {
			const struct point *p = &all->point[i];

			known += p->nr_settle;
			never += p->nr_unsettled;
			if (p->nr_unsettled && (!worst ||
			    p->nr_unsettled > worst->nr_unsettled))
				worst = p;
		}
	}
	if (never)
		doc_key(to, "warm-up", "%.60s: %zu of %zu repetition%s never settled (MSER-5), most of one point in %s/%s; all are kept",
			s->name, never, known, out_s(known), worst->part, worst->bench);
}

static void repeat(const struct compare *c, struct doc *to)
{
	for (size_t i = 0; i < c->sets.nr_set; i++) {
		const struct set *s = &c->sets.set[i];
		const struct run *run = &s->folder[0]->run;
		char first[16];

		snprintf(first, sizeof(first), "repeat %c",
			 (char)('A' + (i < 26 ? i : 25)));
		doc_key(to, first, "%s (suite %s), in each of %zu boot%s",
			run->command && *run->command ? run->command : "(command not recorded)",
			run->sample_suite ?: run->suite ?: "?", s->nr_boot,
			out_s(s->nr_boot));
	}
}

static void bewares(const struct compare *c, size_t i, struct doc *to)
{
	const struct set *a = &c->sets.set[0], *b = &c->sets.set[i + 1];
	char text[300];

	for (int k = 0; k < 2; k++)
		if (cond_beware(&(k ? b : a)->folder[0]->run, text,
				sizeof(text)))
			doc_beware(to, k ? "BEWARE B" : "BEWARE A", "%s", text);
	for (size_t k = 0; k < c->differs[i].nr_differ; k++) {
		const struct differ *d = &c->differs[i].differ[k];

		if (is_lock_mode(d))
			doc_beware(to, "LOCK MODE", "%s -> %s: the lock itself differs, and with it what every row below means",
				   d->a, d->b);
	}
	if (!*a->boot[0].id || !*b->boot[0].id)
		doc_beware(to, "BEWARE", "a folder has no boot_id: all such of a set count as one boot");
}

/* "10 boots each, boots alternate, pairs by time" */
static void title(const struct compare *c, size_t i, struct doc *to)
{
	const struct set *a = &c->sets.set[0], *b = &c->sets.set[i + 1];
	const struct family *f = &c->family[i];
	const char *unit = f->repetitions ? "repetition" : "boot";
	char n[100];

	if (f->nr_unit[0] == f->nr_unit[1])
		snprintf(n, sizeof(n), "%zu %s%s each%s", f->nr_unit[0], unit,
			 out_s(f->nr_unit[0]), f->paired ? ", paired" : "");
	else
		snprintf(n, sizeof(n), "%zu and %zu %ss", f->nr_unit[0],
			 f->nr_unit[1], unit);
	(i ? doc_head : doc_title)(to, "%s: %s -> %s, %s", a->folder[0]->run.question,
		  a->name, b->name, c->exact ? "median instructions per operation" : n);
	if (f->repetitions && !c->exact)
		doc_para(to, "ONE BOOT PER ARM: repetitions are compared. Nothing is claimed about kernels; that takes boots.");
}

/* Who A and B are, and how they were held against each other. */
static void arms(const struct compare *c, size_t i, struct doc *to)
{
	const struct set *a = &c->sets.set[0], *b = &c->sets.set[i + 1];
	char machine[300], other[300];

	set_line(a, "A", to);
	set_line(b, "B", to);
	cond_machine(&a->folder[0]->run, machine, sizeof(machine));
	cond_machine(&b->folder[0]->run, other, sizeof(other));
	doc_key(to, "machine", "%s", machine);
	if (strcmp(machine, other))
		doc_key(to, "of B", "%s", other);
	if (c->exact)
		exact_head(&a->folder[0]->run, to);
	else
		method(&c->family[i], c->nr_tests, to);
}

/* One line for what differs; all of it where it is asked for. */
static void also_different(const struct differs *d, struct doc *to)
{
	char text[400] = "";
	size_t n = 0, i, said = 0;

	for (i = 0; i < d->nr_differ && n < 160; i++) {
		const struct differ *one = &d->differ[i];

		if (is_lock_mode(one)) {
			said++;
			continue;
		}
		n += one->within ?
			snprintf(text + n, sizeof(text) - n, "%s%.60s (varies within a set)",
				 n ? ", " : "", one->key) :
			snprintf(text + n, sizeof(text) - n, "%s%.60s (%.40s -> %.40s%s%.40s)",
				 n ? ", " : "", one->key,
				 *one->a ? one->a : "empty",
				 *one->b ? one->b : "empty",
				 one->why ? ": " : "", one->why ?: "");
	}
	if (d->nr_differ == said)
		doc_para(to, "Besides the kernel%s no recorded condition differs.",
			 said ? " and the lock mode" : "");
	else if (i < d->nr_differ)
		doc_para(to, "Also different: %s, and %zu more (--full).", text,
			 d->nr_differ - i);
	else
		doc_para(to, "Also different: %s.", text);
}

/* The same folders on both sides: nothing can come of that. */
static bool same_folders(const struct set *a, const struct set *b)
{
	size_t i = 0;

	while (i < a->nr_folder && i < b->nr_folder &&
	       !strcmp(a->folder[i]->path, b->folder[i]->path))
		i++;
	return i == a->nr_folder && i == b->nr_folder;
}

static void one_family(const struct compare *c, size_t i, struct doc *to)
{
	const struct set *a = &c->sets.set[0], *b = &c->sets.set[i + 1];
	const char *const name[] = { a->name, b->name };
	const struct family *f = &c->family[i];
	bool full = c->opt.full;

	title(c, i, to);
	bewares(c, i, to);
	if (full)
		arms(c, i, to);
	else if (c->exact)
		exact_head(&a->folder[0]->run, to);
	else
		too_few(f, c->nr_tests, to);
	if (c->exact) {
		exact_compare(f, name, &a->folder[0]->run,
			      &b->folder[0]->run, full, to);
		if (c->has_control)
			exact_control(&c->control, to);
	} else {
		compare_table(f, name, c->withheld, full, to);
		if (full)
			between_section(c, i, to);
		control_line(c, full, to);
		control_null(f, full, to);
	}
	if (full)
		differing(&c->differs[i], full, to);
	else
		also_different(&c->differs[i], to);
	lost(a, to);
	lost(b, to);
	if (f->nr_once && !full) {
		doc_para(to, "On one side only: %s%s.", f->once[0],
			 f->nr_once > 1 ? ", and more (--full)" : "");
	} else if (f->nr_once) {
		doc_head(to, "On one side only");
		list(f->once, f->nr_once, full, to);
	}
	compare_counted(f, name, full, to);
	if (!full)
		return;
	warmup(a, to);
	warmup(b, to);
	compare_exploratory(f, to);
	legend(c->opt.smallest, to);
}

void compare_doc(const struct compare *c, struct doc *to)
{
	for (size_t i = 0; i < c->nr_family; i++)
		if (same_folders(&c->sets.set[0], &c->sets.set[i + 1])) {
			doc_title(to, "%s: both sides are the same results folder%s, so nothing can differ. Another run of the same kernel is a control: ./run.sh aa",
				  c->sets.set[0].boot[0].folder[0]->path,
				  out_s(c->sets.set[0].nr_boot));
			if (c->nr_family == 1)
				return;
		}
	if (c->nr_family > 1 && !c->exact)
		between_table(c, to);
	for (size_t i = 0; i < c->nr_family; i++)
		one_family(c, i, to);
	for (size_t i = 0; c->opt.full && i < c->plots.nr_plot; i++)
		doc_figure(to, c->plots.plot[i].title, c->plots.plot[i].text,
			   NULL);
	if (c->opt.full)
		repeat(c, to);
}
