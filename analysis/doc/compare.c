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

#define ROWS_UNDECIDED	6	/* rows that are neither faster nor slower */

#define LIST_MAX	12	/* lines of one list; the rest is counted */
#define MORE_MAX	5	/* exploratory rows */

/* --- making -------------------------------------------------------------- */

static int make_control(struct compare *c)
{
	char *list, *at, *one, **arg;
	struct sets more = { 0 };
	size_t nr = 0;
	int ret = 0;

	if (c->opt.aa && *c->opt.aa) {
		list = at = mem_text("%s", c->opt.aa);
		arg = mem_get(strlen(list) + 1, sizeof(*arg));
		while ((one = strsep(&at, ",")))
			if (*one)
				arg[nr++] = one;
		ret = sets_read(&more, arg, nr);
		if (ret)
			snprintf(c->error, sizeof(c->error), "--aa: %s",
				 more.error);
		for (size_t i = 0; i < more.nr_folder; i++)
			*(struct set_folder **)mem_more(&c->aa.folder,
				&c->aa.nr_folder, sizeof(char *)) =
				more.folder[i];
		free(more.folder);
		free(arg);
		free(list);
		if (ret)
			return ret;
	}
	if (!c->aa.nr_folder)
		return 0;
	if (sets_one(&c->aa, "A/A")) {
		snprintf(c->error, sizeof(c->error), "%s", c->aa.error);
		return -1;
	}
	c->has_control = family_parts(&c->control, &c->aa.set[0]);
	c->control_how = "parts a and b of the same runs";
	if (!c->has_control) {
		/* One kernel, two names: two labels, else every other boot. */
		const struct set *all = &c->aa.set[0];
		struct set half[2] = { { .name = "1st" }, { .name = "2nd" } };

		family_free(&c->control);
		for (size_t i = 0; i < all->nr_boot; i++) {
			const char *name = all->boot[i].folder[0]->name;
			bool labels = false;
			size_t k = i % 2;

			for (size_t j = 0; j < all->nr_boot; j++)
				labels |= strcmp(all->boot[j].folder[0]->name,
						 all->boot[0].folder[0]->name)
					  != 0;
			if (labels)
				k = strcmp(name, all->boot[0].folder[0]->name)
				    != 0;
			c->control_how = labels ?
				"one kernel under two labels" :
				"every other boot of one kernel";
			*(struct set_boot *)mem_more(&half[k].boot,
				&half[k].nr_boot, sizeof(*all->boot)) =
				all->boot[i];
		}
		if (half[0].nr_boot && half[1].nr_boot) {
			family_sets(&c->control, &half[0], &half[1]);
			c->has_control = true;
		} else {
			memset(&c->control, 0, sizeof(c->control));
		}
		free(half[0].boot);
		free(half[1].boot);
	}
	if (!c->has_control) {
		snprintf(c->error, sizeof(c->error), "--aa: %s: neither parts a and b (./run.sh aa) nor two boots",
			 c->aa.folder[0]->path);
		return -1;
	}
	family_make(&c->control, family_plan(&c->control));
	families_judge(&c->control, 1, c->opt.smallest);
	if (c->control.fired && !c->withheld)
		c->withheld = "A/A fires (see below the table)";
	return 0;
}

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
		return 0;
	for (size_t i = 0; i < c->sets.nr_folder && !c->withheld; i++)
		c->withheld = run_timeless(&c->sets.folder[i]->run);
	for (size_t i = 0; i < c->nr_family; i++)
		family_make(&c->family[i], c->nr_tests);
	families_judge(c->family, c->nr_family, opt->smallest);
	for (size_t i = 0; i < c->nr_family; i++)
		family_more(&c->family[i]);
	return make_control(c);
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

/* --- words --------------------------------------------------------------- */

const char *percent_text(char *buf, size_t len, double ratio)
{
	double v = 100 * (ratio - 1);
	char n[32];

	if (isnan(ratio))
		snprintf(buf, len, "-");
	else if (ratio >= 10)
		snprintf(buf, len, "x%s", out_number(n, sizeof(n), ratio));
	else
		snprintf(buf, len, "%+.*f%%", fabs(v) < 99.95 ? 1 : 0,
			 fabs(v) < 0.05 ? 0.0 : v);
	return buf;
}

const char *percent_range(char *buf, size_t len, double lo, double hi)
{
	double v = 100 * (lo - 1), w = 100 * (hi - 1);
	char x[32], y[32];

	if (isnan(lo) || isnan(hi))
		snprintf(buf, len, "-");
	else if (hi >= 10)
		snprintf(buf, len, "[x%s,x%s]", out_number(x, sizeof(x), lo),
			 out_number(y, sizeof(y), hi));
	else
		snprintf(buf, len, "[%+.*f,%+.*f]", fabs(v) < 99.95,
			 fabs(v) < 0.05 ? 0.0 : v, fabs(w) < 99.95,
			 fabs(w) < 0.05 ? 0.0 : w);
	return buf;
}

static const char *p_text(char *buf, size_t len, double p)
{
	if (isnan(p))
		snprintf(buf, len, "-");
	else if (p < 0.001)
		snprintf(buf, len, "<.001");
	else if (p > 0.9995)
		snprintf(buf, len, "1");
	else
		snprintf(buf, len, ".%03.0f", fmin(999, p * 1000));
	return buf;
}

static const char *tight_time(char *buf, size_t len, double ns)
{
	char *blank;

	if (isnan(ns)) {
		snprintf(buf, len, "-");
		return buf;
	}
	out_time(buf, len, ns);
	blank = strchr(buf, ' ');
	if (blank)
		memmove(blank, blank + 1, strlen(blank));
	return buf;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* --- the table ----------------------------------------------------------- */

static const char *const word[NR_EFFECTS] = {
	[EFFECT_UNCLEAR] = "~", [EFFECT_FASTER] = "faster",
	[EFFECT_SLOWER] = "slower", [EFFECT_SAME] = "same",
	[EFFECT_NONE] = "-",
};

/*
 * Is row I one too many? Decided ones never are; of the others the SHOWN
 * with the largest effect are enough for a mail.
 */
static bool row_too_many(const struct family *f, size_t i, size_t *shown,
			 bool all)
{
	enum effect_verdict v = f->row[i].e.verdict;

	return !all && v != EFFECT_SLOWER && v != EFFECT_FASTER &&
	       ++*shown > ROWS_UNDECIDED;
}

void compare_table(const struct family *f, double smallest,
		   const char *withheld, bool all, FILE *to)
{
	size_t left_out = 0, shown;
	double most = 0;
	size_t count[NR_EFFECTS] = { 0 }, room = OUT_WIDTH - 2;
	char buf[60], sum[200] = "";
	struct table t = { 0 };

	for (size_t i = 0; i < f->nr_row; i++)
		count[f->row[i].e.verdict]++;
	for (size_t v = 0, n = 0; v < NR_EFFECTS; v++) {
		static const enum effect_verdict order[NR_EFFECTS] = {
			EFFECT_SLOWER, EFFECT_FASTER, EFFECT_SAME,
			EFFECT_UNCLEAR, EFFECT_NONE,
		};

		if (!count[order[v]] && order[v] == EFFECT_NONE)
			continue;
		n += snprintf(sum + n, sizeof(sum) - n, "%s%zu %s",
			      n ? ", " : "", count[order[v]],
			      order[v] == EFFECT_UNCLEAR ? "unclear (~)" :
			      order[v] == EFFECT_NONE ? "without a ratio" :
			      word[order[v]]);
	}
	if (withheld)
		out_wrap(to, "verdicts   ", "withheld: %s", withheld);
	else
		out_wrap(to, "verdicts   ", "%s of %zu point%s%s", sum,
			 f->nr_row, plural(f->nr_row), f->repetitions ?
			 "; in parentheses, of these boots, not of kernels" :
			 "");
	if (!f->nr_row)
		return;

	/* Labels as long as the numbers leave room for; longer ones above. */
	for (int pass = 0; pass < 2; pass++) {
		size_t widest = 0;

		table_start(&t, 7, 1);
		table_row(&t, NULL);
		table_cell(&t, 0, "p50");
		table_cell(&t, 1, "A");
		table_cell(&t, 2, "B");
		table_cell(&t, 3, "B/A");
		table_cell(&t, 4, "95%% interval");
		table_cell(&t, 5, "p");
		left_out = shown = 0;
		for (size_t i = 0; i < f->nr_row; i++) {
			const struct effect *e = &f->row[i].e;
			bool above = pass && strlen(f->row[i].label) > room;

			if (row_too_many(f, i, &shown, all)) {
				left_out++;
				if (isfinite(e->ratio))
					most = fmax(most, fabs(e->ratio - 1));
				continue;
			}

			table_row(&t, above ? f->row[i].label : NULL);
			if (pass && !above)
				table_cell(&t, 0, "%s", f->row[i].label);
			table_cell(&t, 1, "%s", tight_time(buf, sizeof(buf), e->a));
			table_cell(&t, 2, "%s", tight_time(buf, sizeof(buf), e->b));
			table_cell(&t, 3, "%s", percent_text(buf, sizeof(buf), e->ratio));
			percent_range(buf, sizeof(buf), e->lo, e->hi);
			table_cell(&t, 4, "%s%s", e->interval || *buf == '-' ?
				   "" : "r", buf);
			table_cell(&t, 5, "%s", p_text(buf, sizeof(buf), e->holm));
			if (withheld)
				table_cell(&t, 6, "held");
			else
				table_cell(&t, 6, f->repetitions ? "(%s)" : "%s",
					   word[e->verdict]);
			if (strlen(f->row[i].label) > widest)
				widest = strlen(f->row[i].label);
		}
		if (pass)
			break;
		room = OUT_WIDTH - 1 - table_width(&t, 1) + 3;
		table_free(&t);
	}
	fputc('\n', to);
	table_print(&t, to, "");
	table_free(&t);
	if (left_out)
		out_wrap(to, "  ", "%zu more, neither faster nor slower, B/A at most %.1f %% from 1 (--all)",
			 left_out, 100 * most);
	out_wrap(to, "  ", "p: after Holm, %g %% at most. faster, slower: p, interval, and at least %g %%. same: interval inside +-%g %%. ~: neither shown.",
		 100 * EFFECT_ALPHA, 100 * smallest, 100 * smallest);
	for (size_t i = 0; i < f->nr_row; i++) {
		if (f->row[i].e.interval || f->row[i].e.verdict == EFFECT_NONE)
			continue;
		out_wrap(to, "  ", "r[..]: too few values for a 95 %% interval; the whole range");
		break;
	}
}

/* --- the text ------------------------------------------------------------ */

static void day(char *buf, size_t len, const char *utc)
{
	snprintf(buf, len, "%.10s", *utc ? utc : "no date");
}

static void set_line(const struct set *s, const char *first, FILE *to)
{
	const struct run *run = &s->boot[0].folder[0]->run;
	const char *last = s->boot[s->nr_boot - 1].utc;
	char kernel[300], name[90], from[20], until[20];
	size_t folders = 0;

	for (size_t i = 0; i < s->nr_boot; i++)
		folders += s->boot[i].nr_folder;
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
	out_wrap(to, first, "%s%s; %zu boot%s, %zu run%s, %s%s%s",
		 name, kernel, s->nr_boot, plural(s->nr_boot), folders,
		 plural(folders), from, strcmp(from, until) ? " to " : "",
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

static void method(const struct family *f, size_t nr_tests, FILE *to)
{
	const char *unit = f->repetitions ? "repetition" : "boot";
	char n[60], reps[40];
	size_t need;
	bool can;

	if (f->nr_unit[0] == f->nr_unit[1])
		snprintf(n, sizeof(n), "%zu", f->nr_unit[0]);
	else
		snprintf(n, sizeof(n), "%zu and %zu", f->nr_unit[0],
			 f->nr_unit[1]);
	snprintf(reps, sizeof(reps), f->rep_min == f->rep_max ? "%zu" :
		 "%zu to %zu", f->rep_min, f->rep_max);
	if (f->repetitions)
		out_wrap(to, "n          ", "%s %ss per arm and point, each its p50",
			 n, unit);
	else
		out_wrap(to, "n          ", "%s %ss per arm; a boot counts once: the median p50 of its %s repetitions",
			 n, unit, reps);
	out_wrap(to, "interval   ", "95 %% of the ratio B/A, exact by ranks; %s%s",
		 pairing(f), f->paired ? ": Wilcoxon signed-rank" :
		 f->pairing == FAMILY_UNPAIRED ? ": Mann-Whitney" :
		 ", but tested unpaired: as pairs too few for Holm");
	can = effect_can_reject(f->nr_unit[0], f->nr_unit[1], f->paired,
				nr_tests);
	if (nr_tests && !can &&
	    !boot_fewest(nr_tests, EFFECT_ALPHA, false, &need))
		out_wrap(to, "TOO FEW    ", "of %zu points none can differ after Holm with %s %ss per arm; %zu per arm is the least",
			 nr_tests, n, unit, need);
}

static void differing(const struct differs *d, bool all, FILE *to)
{
	size_t shown = 0, rest = 0;

	fputc('\n', to);
	if (!d->nr_differ) {
		out_wrap(to, "", "Besides the kernel no recorded condition differs.");
		return;
	}
	out_wrap(to, "", "DIFFERS BESIDES THE KERNEL, loudest first (A -> B)");
	for (size_t i = 0; i < d->nr_differ; i++) {
		const struct differ *one = &d->differ[i];
		char a[120], b[120];

		if (shown >= LIST_MAX && !all) {
			rest++;
			continue;
		}
		shown++;
		snprintf(a, sizeof(a), "%.110s%s", *one->a ? one->a : "(empty)",
			 strlen(one->a) > 110 ? "..." : "");
		snprintf(b, sizeof(b), "%.110s%s", *one->b ? one->b : "(empty)",
			 strlen(one->b) > 110 ? "..." : "");
		if (one->within)
			out_wrap(to, "  - ", "%s: not one value within a set: %s",
				 one->key, a);
		else
			out_wrap(to, one->why ? "  ! " : "  - ", "%s: %s -> %s%s%s%s",
				 one->key, a, b, one->why ? " (" : "",
				 one->why ?: "", one->why ? ")" : "");
	}
	if (rest)
		out_wrap(to, "  - ", "and %zu more (--all)", rest);
}

static void list(char *const *text, size_t nr, bool all, FILE *to)
{
	size_t max = all ? nr : LIST_MAX;

	for (size_t i = 0; i < nr && i < max; i++)
		out_wrap(to, "  - ", "%s", text[i]);
	if (nr > max)
		out_wrap(to, "  - ", "and %zu more (--all)", nr - max);
}

/* Repetitions that no number contains. */
static void lost(const struct set *s, char arm, FILE *to)
{
	static const struct { enum verdict v; const char *word; } what[] = {
		{ REP_FAIL, "failed" }, { REP_VOID, "void" },
		{ REP_EXCLUDED, "malformed" }, { REP_PLANNED, "not done" },
	};
	char buf[200] = "";
	size_t n = 0, all = 0, notes = 0;

	for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++) {
		size_t nr = 0;

		all = notes = 0;
		for (size_t b = 0; b < s->nr_boot; b++)
			for (size_t k = 0; k < s->boot[b].nr_folder; k++) {
				const struct run *run =
					&s->boot[b].folder[k]->run;

				all += run->nr_rep;
				notes += run->nr_note;
				for (size_t r = 0; r < run->nr_rep; r++)
					nr += run->rep[r].verdict == what[i].v;
			}
		if (nr)
			n += snprintf(buf + n, sizeof(buf) - n, "%s%zu %s",
				      n ? ", " : "", nr, what[i].word);
	}
	if (n)
		out_wrap(to, "left out   ", "%c: %s of %zu repetitions; the report of each folder has the reasons",
			 arm, buf, all);
	if (!notes)
		return;
	for (size_t b = 0, shown = 0; b < s->nr_boot; b++)
		for (size_t k = 0; k < s->boot[b].nr_folder; k++) {
			const struct set_folder *f = s->boot[b].folder[k];

			for (size_t i = 0; i < f->run.nr_note && shown < 3;
			     i++, shown++)
				out_wrap(to, "           ", "%c: %s/%s", arm,
					 f->path, f->run.note[i]);
		}
	if (notes > 3)
		out_wrap(to, "           ", "%c: and %zu more remarks", arm,
			 notes - 3);
}

/* MSER-5 by repetition: how many never settled. */
static void warmup(const struct set *s, char arm, FILE *to)
{
	size_t known = 0, never = 0;
	const struct point *worst = NULL;

	for (size_t b = 0; b < s->nr_boot; b++)
		for (size_t k = 0; k < s->boot[b].nr_folder; k++) {
			const struct points *all = &s->boot[b].folder[k]->points;

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
		out_wrap(to, "warm-up    ", "%c: %zu of %zu repetitions never settled (MSER-5), most of one point in %s/%s; all are kept",
			 arm, never, known, worst->part, worst->bench);
}

static void control_null(const struct family *f, FILE *to)
{
	char a[30], b[30], r[30], c[60];

	for (size_t i = 0; i < f->nr_control; i++) {
		const struct effect *e = &f->control[i].e;
		bool moved = e->verdict == EFFECT_FASTER ||
			     e->verdict == EFFECT_SLOWER;

		if (e->verdict == EFFECT_NONE)
			continue;
		out_wrap(to, moved ? "NULL MOVED " : "null       ",
			 "an empty operation: A %s, B %s, %s %s%s",
			 tight_time(a, sizeof(a), e->a),
			 tight_time(b, sizeof(b), e->b),
			 percent_text(r, sizeof(r), e->ratio),
			 percent_range(c, sizeof(c), e->lo, e->hi),
			 moved ? ": no fork is in it; the machine or its clock differs" : "");
	}
}

/* Half-width of the widest interval, or that there is none. */
static const char *widest_text(const struct family *f, char *buf, size_t len)
{
	if (f->widest > 0)
		snprintf(buf, len, "widest interval +-%.1f %%",
			 100 * (sqrt(f->widest) - 1));
	else
		snprintf(buf, len, "too few for an interval");
	return buf;
}

static void control_line(const struct compare *c, FILE *to)
{
	const struct family *f = &c->control;
	char widest[60];

	if (!c->has_control) {
		out_wrap(to, "A/A        ", "none: nothing here says what this machine shows between equal things (./run.sh aa, then --aa FOLDER)");
		return;
	}
	out_wrap(to, "A/A        ", "%s (%s, n=%zu %ss): %zu of %zu points differ after Holm; %s%s",
		 c->control_how, pairing(f), f->nr_unit[0],
		 f->repetitions ? "repetition" : "boot", f->fired, f->nr_row,
		 widest_text(f, widest, sizeof(widest)), f->fired ? ". Equal things differ here: VERDICTS WITHHELD" :
		 "");
	if (f->repetitions && !c->family[0].repetitions)
		out_wrap(to, "           ", "this control is of one boot: what differs between boots is not in it");
	for (size_t i = 0; i < f->nr_row; i++) {
		char r[30], v[60];

		if (f->row[i].e.holm <= EFFECT_ALPHA)
			out_wrap(to, "           ", "%s: %s %s",
				 f->row[i].label,
				 percent_text(r, sizeof(r), f->row[i].e.ratio),
				 percent_range(v, sizeof(v), f->row[i].e.lo,
					       f->row[i].e.hi));
	}
}

static int more_order(const void *pa, const void *pb)
{
	const struct family_more *a = *(const struct family_more *const *)pa;
	const struct family_more *b = *(const struct family_more *const *)pb;
	double x = isnan(a->ratio) ? -1 : fabs(log(a->ratio));
	double y = isnan(b->ratio) ? -1 : fabs(log(b->ratio));
	bool sa = !strcmp(a->unit, "ns/thread");

	/* Slopes are few, and what one looks for first. */
	if (sa != !strcmp(b->unit, "ns/thread"))
		return sa ? -1 : 1;
	return x != y ? (x > y ? -1 : 1) : strcmp(a->label, b->label);
}

static bool is_time(const char *unit)
{
	size_t n = strlen(unit);

	return n > 3 && !strcmp(unit + n - 3, "-ns");
}

static const char *value_text(char *buf, size_t len, const char *unit,
			      double v)
{
	return is_time(unit) ? tight_time(buf, len, v) :
		strcmp(unit, "ns/thread") ? out_count(buf, len, v) :
		out_number(buf, len, v);
}

static void exploratory(const struct family *f, bool all, FILE *to)
{
	const struct family_more **m = mem_get(f->nr_more, sizeof(*m));
	size_t nr = 0, max;
	char buf[60];
	struct table t;

	for (size_t i = 0; i < f->nr_more; i++)
		if (!f->more[i].exact)
			m[nr++] = &f->more[i];
	if (!nr) {
		free(m);
		return;
	}
	qsort(m, nr, sizeof(*m), more_order);
	max = all || nr <= MORE_MAX ? nr : MORE_MAX;
	fputc('\n', to);
	out_wrap(to, "", "EXPLORATORY: p99 and rates, not tested, no verdict; 95 %% by bootstrap over %s, too narrow for few (ns/thread: by ranks); %s%zu of %zu%s",
		 f->repetitions ? "repetitions" : "boots and repetitions",
		 max < nr ? "largest " : "", max, nr,
		 max < nr ? " (--all)" : "");
	table_start(&t, 6, 2);
	for (size_t i = 0; i < max; i++) {
		bool above = strlen(m[i]->label) > 22;

		table_row(&t, above ? m[i]->label : NULL);
		if (!above)
			table_cell(&t, 0, "%s", m[i]->label);
		table_cell(&t, 1, "%s", is_time(m[i]->unit) ? "p99" :
			   strcmp(m[i]->unit, "ns/thread") ? "ops/s" :
			   m[i]->unit);
		table_cell(&t, 2, "%s", value_text(buf, sizeof(buf), m[i]->unit,
						   m[i]->a));
		table_cell(&t, 3, "%s", value_text(buf, sizeof(buf), m[i]->unit,
						   m[i]->b));
		table_cell(&t, 4, "%s", percent_text(buf, sizeof(buf),
						     m[i]->ratio));
		table_cell(&t, 5, "%s", percent_range(buf, sizeof(buf),
						      m[i]->lo, m[i]->hi));
	}
	table_print(&t, to, "");
	table_free(&t);
	free(m);
}

static void counted(const struct family *f, bool all, FILE *to)
{
	size_t nr = 0, same = 0, varies = 0, shown = 0;
	struct table t;

	for (size_t i = 0; i < f->nr_more; i++) {
		const struct family_more *m = &f->more[i];

		nr += m->exact;
		same += m->exact && m->a == m->b && !m->varies;
	}
	if (!nr)
		return;
	fputc('\n', to);
	out_wrap(to, "", "EXACT: counts, compared as such; %zu of %zu are equal",
		 same, nr);
	table_start(&t, 6, 2);
	for (size_t i = 0; i < f->nr_more; i++) {
		const struct family_more *m = &f->more[i];

		if (!m->exact || (m->a == m->b && !m->varies))
			continue;
		if (shown++ >= LIST_MAX && !all)
			continue;
		table_row(&t, m->label);
		table_cell(&t, 1, "  %s", m->unit);
		table_cell(&t, 2, "%.15g", m->a);
		table_cell(&t, 3, "%.15g", m->b);
		table_cell(&t, 4, "%+.15g", m->b - m->a);
		table_cell(&t, 5, "%s", m->varies ? "!" : "");
		varies += m->varies;
	}
	table_print(&t, to, "");
	table_free(&t);
	if (varies)
		out_wrap(to, "  ! ", "not one value within an arm: medians; as an exact metric it is broken");
	if (shown > LIST_MAX && !all)
		out_wrap(to, "  ", "and %zu more (--all)", shown - LIST_MAX);
}

static void repeat(const struct compare *c, FILE *to)
{
	for (size_t i = 0; i < c->sets.nr_set; i++) {
		const struct set *s = &c->sets.set[i];
		const struct run *run = &s->boot[0].folder[0]->run;
		char first[16];

		snprintf(first, sizeof(first), "%s%c ", i ? "         " :
			 "repeat   ", (char)('A' + (i < 26 ? i : 25)));
		out_wrap(to, first, "%s (suite %s), in each of %zu boot%s",
			 run->command && *run->command ? run->command :
			 "(command not recorded)",
			 run->sample_suite ?: run->suite ?: "?", s->nr_boot,
			 plural(s->nr_boot));
	}
}

static void head(const struct compare *c, size_t i, FILE *to)
{
	const struct set *a = &c->sets.set[0], *b = &c->sets.set[i + 1];
	const struct family *f = &c->family[i];
	char machine[300], other[300], beware[300];

	if (f->repetitions && !c->exact)
		out_wrap(to, "", "ONE BOOT PER ARM: repetitions are compared; nothing is claimed about kernels, which take boots.");
	out_wrap(to, "", "%s: B against A%s%s%s", a->boot[0].folder[0]->run.question,
		 a->boot[0].folder[0]->run.title ? " (" : "",
		 a->boot[0].folder[0]->run.title ?: "",
		 a->boot[0].folder[0]->run.title ? ")" : "");
	fputc('\n', to);
	set_line(a, "A          ", to);
	set_line(b, "B          ", to);
	cond_machine(&a->boot[0].folder[0]->run, machine, sizeof(machine));
	cond_machine(&b->boot[0].folder[0]->run, other, sizeof(other));
	out_wrap(to, "machine    ", "%s", machine);
	if (strcmp(machine, other))
		out_wrap(to, "  of B     ", "%s", other);
	if (c->exact)
		exact_head(&a->boot[0].folder[0]->run, "EXACT      ", to);
	else
		method(f, c->nr_tests, to);
	for (int k = 0; k < 2; k++)
		if (cond_beware(&(k ? b : a)->boot[0].folder[0]->run, beware,
				sizeof(beware)))
			out_wrap(to, k ? "BEWARE B   " : "BEWARE A   ", "%s",
				 beware);
	if (!*a->boot[0].id || !*b->boot[0].id)
		out_wrap(to, "BEWARE     ", "a folder has no boot_id: all such of a set count as one boot");
}

void compare_text(const struct compare *c, FILE *to)
{
	if (c->nr_family > 1 && !c->exact)
		between_table(c, to);
	for (size_t i = 0; i < c->nr_family; i++) {
		const struct family *f = &c->family[i];

		if (i)
			fprintf(to, "\n\n");
		head(c, i, to);
		differing(&c->differs[i], c->opt.all, to);
		fputc('\n', to);
		if (c->exact) {
			exact_compare(f, &c->sets.set[0].boot[0].folder[0]->run,
				      &c->sets.set[i + 1].boot[0].folder[0]->run,
				      c->opt.all, to);
		} else {
			between_section(c, i, to);
			compare_table(f, c->opt.smallest, c->withheld,
				      c->opt.all, to);
			fputc('\n', to);
			control_line(c, to);
			control_null(f, to);
			warmup(&c->sets.set[0], 'A', to);
			warmup(&c->sets.set[i + 1], 'B', to);
		}
		lost(&c->sets.set[0], 'A', to);
		lost(&c->sets.set[i + 1], 'B', to);
		if (f->nr_once) {
			fputc('\n', to);
			out_wrap(to, "", "ON ONE SIDE ONLY");
			list(f->once, f->nr_once, c->opt.all, to);
		}
		counted(f, c->opt.all, to);
		exploratory(f, c->opt.all, to);
	}
	fputc('\n', to);
	for (size_t i = 0; i < c->plots.nr_plot; i++)
		if (c->plots.plot[i].text) {
			out_wrap(to, "", "%s", c->plots.plot[i].title);
			fputs(c->plots.plot[i].text, to);
		}
	repeat(c, to);
}

/* --- the control in the report of one folder ----------------------------- */

void control_section(const struct report *r, FILE *to)
{
	struct family f = { .repetitions = true, .pairing = FAMILY_BY_BLOCK };
	char widest[60];

	family_add(&f, &r->run, &r->points, "a", 0, 0, 0);
	family_add(&f, &r->run, &r->points, "b", 1, 0, 0);
	if (f.nr_entry && f.entry[0].arm != f.entry[f.nr_entry - 1].arm &&
	    family_plan(&f)) {
		family_make(&f, f.nr_row);
		families_judge(&f, 1, 0.01);
		out_wrap(to, "", "A/A: part b against part a, the same thing twice. %zu of %zu points differ after Holm%s; %s. One boot: what differs between boots is not in it.",
			 f.fired, f.nr_row, f.fired ?
			 ": NO VERDICT FROM THIS MACHINE IS WORTH ANYTHING UNTIL THAT IS FOUND" :
			 "", widest_text(&f, widest, sizeof(widest)));
		method(&f, f.nr_row, to);
		compare_table(&f, 0.01, run_timeless(&r->run), false, to);
		fputc('\n', to);
	}
	family_free(&f);
}
