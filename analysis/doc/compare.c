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
#define ROWS_DECIDED	16

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
	family_judge(&c->control, 1, c->opt.smallest);
	if (c->control.fired && !c->withheld)
		c->withheld = "equal things differ on this machine, see the A/A control";
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
	family_judge(c->family, c->nr_family, opt->smallest);
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

static const char *p_text(char *buf, size_t len, double p)
{
	if (isnan(p))
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, p < 0.001 ? "<0.001" : "%.3f", p);
	return buf;
}

/* --- the table ----------------------------------------------------------- */

static const char *const word[NR_EFFECTS] = {
	[EFFECT_UNCLEAR] = "unclear", [EFFECT_FASTER] = "faster",
	[EFFECT_SLOWER] = "slower", [EFFECT_SAME] = "same",
	[EFFECT_NONE] = "not measured",
};

static bool decided(const struct effect *e)
{
	return e->verdict == EFFECT_SLOWER || e->verdict == EFFECT_FASTER;
}

/* "1 slower, 4 faster, 1 unclear" */
static const char *tally(const size_t *count, char *buf, size_t len)
{
	static const enum effect_verdict order[NR_EFFECTS] = {
		EFFECT_SLOWER, EFFECT_FASTER, EFFECT_SAME, EFFECT_UNCLEAR,
		EFFECT_NONE,
	};
	size_t n = 0;

	*buf = 0;
	for (size_t v = 0; v < NR_EFFECTS && n < len; v++)
		if (count[order[v]])
			n += snprintf(buf + n, len - n, "%s%zu %s",
				      n ? ", " : "", count[order[v]],
				      word[order[v]]);
	return buf;
}

/* The change; only its interval where none is shown. */
static void change_cell(struct table *t, const struct effect *e)
{
	struct change c = { .ratio = e->ratio, .low = e->lo, .high = e->hi,
			    .range = !e->interval, .n = e->n, .p = e->holm,
			    .verdict = word[e->verdict] };
	char text[80];

	table_change(t, 3, &c);
	if (decided(e) || e->verdict == EFFECT_NONE)
		return;
	free(t->cell[(t->nr_row - 1) * t->nr_col + 3].text);
	t->cell[(t->nr_row - 1) * t->nr_col + 3].text =
		mem_text("~ %s", out_ratios(text, sizeof(text), &c));
}

/* Labels no longer than ROOM stand in the row, the others above it. */
static void effect_row(struct table *t, const struct family_row *row,
		       size_t room, const char *withheld, bool repetitions)
{
	const struct effect *e = &row->e;
	bool above = strlen(row->label) > room;
	char buf[40];

	table_row(t, above ? row->label : NULL);
	if (!above)
		table_cell(t, 0, "%s", row->label);
	table_value(t, 1, e->a, "ns");
	table_value(t, 2, e->b, "ns");
	change_cell(t, e);
	table_cell(t, 4, "%s", p_text(buf, sizeof(buf), e->holm));
	if (!withheld)
		table_cell(t, 5, repetitions ? "(%s)" : "%s", word[e->verdict]);
}

void compare_table(const struct family *f, const char *const *name,
		   const char *withheld, bool full, struct doc *to)
{
	size_t count[NR_EFFECTS] = { 0 }, rest[NR_EFFECTS] = { 0 };
	size_t shown = 0, room = 0, left = 0;
	bool range = false;
	char sum[200];
	struct table t;

	for (size_t i = 0; i < f->nr_row; i++)
		count[f->row[i].e.verdict]++;
	for (size_t pass = 0; pass < 2; pass++) {
		table_start(&t, 6, 1);
		table_row(&t, NULL);
		table_cell(&t, 0, "median");
		table_cell(&t, 1, "%.20s", name[0]);
		table_cell(&t, 2, "%.20s", name[1]);
		table_cell(&t, 3, "change");
		table_cell(&t, 4, "p");
		shown = left = 0;
		memset(rest, 0, sizeof(rest));
		for (size_t i = 0; i < f->nr_row; i++) {
			const struct effect *e = &f->row[i].e;

			/* Decided ones always; of the others enough for a mail. */
			if (!full && (decided(e) ? shown >= ROWS_DECIDED :
				      shown >= ROWS_UNDECIDED)) {
				rest[e->verdict]++;
				left++;
				continue;
			}
			shown++;
			range |= !e->interval && e->verdict != EFFECT_NONE;
			effect_row(&t, &f->row[i], pass ? room : 6, withheld,
				   f->repetitions);
		}
		if (pass)
			break;
		room = OUT_WIDTH - 4 - table_width(&t, 2);
		room = room > OUT_WIDTH ? 8 : room + 6;
		table_free(&t);
	}
	doc_table(to, &t);
	if (left)
		doc_note(to, "%zu more: %s (--full)", left,
			 withheld ? "see all" : tally(rest, sum, sizeof(sum)));
	if (withheld)
		doc_beware(to, "NO VERDICT", "%s", withheld);
	else if (f->nr_row)
		doc_para(to, "%zu point%s: %s%s.", f->nr_row, out_s(f->nr_row),
			 tally(count, sum, sizeof(sum)), f->repetitions ?
			 "; in parentheses: of these boots, not of kernels" : "");
	if (range)
		doc_note(to, "(low to high): too few values for a 95 %% interval; the whole range");
}

/* The method, once, for whoever wants to know. */
static void legend(double smallest, struct doc *to)
{
	doc_note(to, "p: after Holm. faster, slower: p at most %g %%, the interval leaves out no change, and the change is at least %g %%. same: the interval lies within +-%g %%. ~: no change is shown.",
		 100 * EFFECT_ALPHA, 100 * smallest, 100 * smallest);
}

/* --- the text ------------------------------------------------------------ */

static void day(char *buf, size_t len, const char *utc)
{
	snprintf(buf, len, "%.10s", *utc ? utc : "no date");
}

static void set_line(const struct set *s, const char *first, struct doc *to)
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
	doc_key(to, first, "%s%s; %zu boot%s, %zu run%s, %s%s%s", name, kernel,
		s->nr_boot, out_s(s->nr_boot), folders, out_s(folders), from,
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
	size_t max = all ? nr : LIST_MAX;

	for (size_t i = 0; i < nr && i < max; i++)
		doc_item(to, "%s", text[i]);
	if (nr > max)
		doc_item(to, "and %zu more (--full)", nr - max);
}

/* Repetitions that no number contains. */
static void lost(const struct set *s, char arm, struct doc *to)
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
		doc_key(to, "left out", "%c: %s of %zu repetition%s; the report of each folder has the reasons",
			arm, buf, all, out_s(all));
	if (!notes)
		return;
	for (size_t b = 0, shown = 0; b < s->nr_boot; b++)
		for (size_t k = 0; k < s->boot[b].nr_folder; k++) {
			const struct set_folder *f = s->boot[b].folder[k];

			for (size_t i = 0; i < f->run.nr_note && shown < 3;
			     i++, shown++)
				doc_key(to, "", "%c: %s/%s", arm, f->path,
					f->run.note[i]);
		}
	if (notes > 3)
		doc_key(to, "", "%c: and %zu more remarks", arm, notes - 3);
}

/* MSER-5 by repetition: how many never settled. */
static void warmup(const struct set *s, char arm, struct doc *to)
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
		doc_key(to, "warm-up", "%c: %zu of %zu repetition%s never settled (MSER-5), most of one point in %s/%s; all are kept",
			arm, never, known, out_s(known), worst->part, worst->bench);
}

static const char *change_of(const struct effect *e, char *buf, size_t len)
{
	return out_change(buf, len, &(struct change){
		.ratio = e->ratio, .low = e->lo, .high = e->hi,
		.range = !e->interval });
}

static void control_null(const struct family *f, bool full, struct doc *to)
{
	char a[40], b[40], c[100];

	for (size_t i = 0; i < f->nr_control; i++) {
		const struct effect *e = &f->control[i].e;
		bool moved = e->verdict == EFFECT_FASTER ||
			     e->verdict == EFFECT_SLOWER;

		if (e->verdict == EFFECT_NONE)
			continue;
		if (!moved && !full)
			continue;
		(moved ? doc_beware : doc_key)(to, moved ? "BEWARE" : "null",
			"an empty operation takes %s in A and %s in B, %s%s",
			out_time(a, sizeof(a), e->a),
			out_time(b, sizeof(b), e->b),
			change_of(e, c, sizeof(c)),
			moved ? ": the machine or its clock differs" : "");
	}
}

/* Half-width of the widest interval, or that there is none. */
static const char *widest_text(const struct family *f, char *buf, size_t len)
{
	if (f->widest > 0)
		snprintf(buf, len, "the widest interval is +-%.1f %%",
			 100 * (sqrt(f->widest) - 1));
	else
		snprintf(buf, len, "too few for an interval");
	return buf;
}

static void control_line(const struct compare *c, bool full, struct doc *to)
{
	const struct family *f = &c->control;
	char text[100];

	if (!c->has_control) {
		doc_para(to, "No A/A control: nothing here says what this machine shows between equal things (./run.sh aa, then --aa FOLDER).");
		return;
	}
	doc_para(to, "A/A control, the same thing twice (%s; %s; %zu %s%s): %zu of %zu points differ; %s.%s%s",
		 c->control_how, pairing(f), f->nr_unit[0],
		 f->repetitions ? "repetition" : "boot", out_s(f->nr_unit[0]),
		 f->fired, f->nr_row, widest_text(f, text, sizeof(text)),
		 f->fired ? " Equal things differ here, so no verdict is given." : "",
		 f->repetitions && !c->family[0].repetitions ?
		 " It is of one boot: what differs between boots is not in it." : "");
	for (size_t i = 0; i < f->nr_row && (full || i < ROWS_UNDECIDED); i++)
		if (f->row[i].e.holm <= EFFECT_ALPHA)
			doc_item(to, "%s: %s", f->row[i].label,
				 change_of(&f->row[i].e, text, sizeof(text)));
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

static const char *unit_of(const struct family_more *m)
{
	return is_time(m->unit) ? "ns" : "";
}

static void exploratory(const struct family *f, struct doc *to)
{
	const struct family_more **m = mem_get(f->nr_more, sizeof(*m));
	size_t nr = 0;
	struct table t;

	for (size_t i = 0; i < f->nr_more; i++)
		if (!f->more[i].exact)
			m[nr++] = &f->more[i];
	qsort(m, nr, sizeof(*m), more_order);
	table_start(&t, 5, 2);
	table_row(&t, NULL);
	table_cell(&t, 1, "figure");
	table_cell(&t, 2, "A");
	table_cell(&t, 3, "B");
	table_cell(&t, 4, "change");
	for (size_t i = 0; i < nr; i++) {
		bool above = strlen(m[i]->label) > 18;

		table_row(&t, above ? m[i]->label : NULL);
		if (!above)
			table_cell(&t, 0, "%s", m[i]->label);
		table_cell(&t, 1, "%s", is_time(m[i]->unit) ? "p99" :
			   strcmp(m[i]->unit, "ns/thread") ? "ops/s" :
			   m[i]->unit);
		table_value(&t, 2, m[i]->a, unit_of(m[i]));
		table_value(&t, 3, m[i]->b, unit_of(m[i]));
		table_change(&t, 4, &(struct change){ .ratio = m[i]->ratio,
			.low = m[i]->lo, .high = m[i]->hi, .p = NAN });
	}
	if (nr) {
		doc_head(to, "p99, rates and cost per thread: not tested, no verdict");
		doc_table(to, &t);
		doc_note(to, "95 %% intervals by bootstrap over %s, too narrow where these are few; of ns/thread by ranks",
			 f->repetitions ? "repetitions" :
			 "boots and repetitions");
	}
	table_free(&t);
	free(m);
}

static void counted(const struct family *f, bool all, struct doc *to)
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
	if (same == nr) {
		doc_para(to, "Exact counts: all %zu are equal.", nr);
		return;
	}
	doc_head(to, "Exact counts: %zu of %zu are equal", same, nr);
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
	doc_table(to, &t);
	if (varies)
		doc_warn(to, "not one value within an arm: medians; as an exact metric it is broken");
	if (shown > LIST_MAX && !all)
		doc_note(to, "and %zu more (--full)", shown - LIST_MAX);
}

static void repeat(const struct compare *c, struct doc *to)
{
	for (size_t i = 0; i < c->sets.nr_set; i++) {
		const struct set *s = &c->sets.set[i];
		const struct run *run = &s->boot[0].folder[0]->run;
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
		if (cond_beware(&(k ? b : a)->boot[0].folder[0]->run, text,
				sizeof(text)))
			doc_beware(to, k ? "BEWARE B" : "BEWARE A", "%s", text);
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
		snprintf(n, sizeof(n), "%zu %s%s each", f->nr_unit[0], unit,
			 out_s(f->nr_unit[0]));
	else
		snprintf(n, sizeof(n), "%zu and %zu %ss", f->nr_unit[0],
			 f->nr_unit[1], unit);
	(i ? doc_head : doc_title)(to, "%s: %s -> %s, %s", a->boot[0].folder[0]->run.question,
		  a->name, b->name, c->exact ? "instructions per operation" : n);
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
	cond_machine(&a->boot[0].folder[0]->run, machine, sizeof(machine));
	cond_machine(&b->boot[0].folder[0]->run, other, sizeof(other));
	doc_key(to, "machine", "%s", machine);
	if (strcmp(machine, other))
		doc_key(to, "of B", "%s", other);
	if (c->exact)
		exact_head(&a->boot[0].folder[0]->run, to);
	else
		method(&c->family[i], c->nr_tests, to);
}

/* One line for what differs; all of it where it is asked for. */
static void also_different(const struct differs *d, struct doc *to)
{
	char text[400] = "";
	size_t n = 0, i;

	for (i = 0; i < d->nr_differ && n < 160; i++) {
		const struct differ *one = &d->differ[i];

		n += one->within ?
			snprintf(text + n, sizeof(text) - n, "%s%.60s (varies within a set)",
				 i ? ", " : "", one->key) :
			snprintf(text + n, sizeof(text) - n, "%s%.60s (%.40s -> %.40s%s%.40s)",
				 i ? ", " : "", one->key,
				 *one->a ? one->a : "empty",
				 *one->b ? one->b : "empty",
				 one->why ? ": " : "", one->why ?: "");
	}
	if (!d->nr_differ)
		doc_para(to, "Besides the kernel no recorded condition differs.");
	else if (i < d->nr_differ)
		doc_para(to, "Also different: %s, and %zu more (--full).", text,
			 d->nr_differ - i);
	else
		doc_para(to, "Also different: %s.", text);
}

/* The same folders on both sides: nothing can come of that. */
static bool same_folders(const struct set *a, const struct set *b)
{
	if (a->nr_boot != b->nr_boot)
		return false;
	for (size_t i = 0; i < a->nr_boot; i++) {
		if (a->boot[i].nr_folder != b->boot[i].nr_folder)
			return false;
		for (size_t k = 0; k < a->boot[i].nr_folder; k++)
			if (strcmp(a->boot[i].folder[k]->path,
				   b->boot[i].folder[k]->path))
				return false;
	}
	return true;
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
		exact_head(&a->boot[0].folder[0]->run, to);
	else
		too_few(f, c->nr_tests, to);
	if (c->exact) {
		exact_compare(f, name, &a->boot[0].folder[0]->run,
			      &b->boot[0].folder[0]->run, full, to);
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
	lost(a, 'A', to);
	lost(b, 'B', to);
	if (f->nr_once && !full) {
		doc_para(to, "On one side only: %s%s.", f->once[0],
			 f->nr_once > 1 ? ", and more (--full)" : "");
	} else if (f->nr_once) {
		doc_head(to, "On one side only");
		list(f->once, f->nr_once, full, to);
	}
	counted(f, full, to);
	if (!full)
		return;
	warmup(a, 'A', to);
	warmup(b, 'B', to);
	exploratory(f, to);
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

/* --- the control in the report of one folder ----------------------------- */

void control_section(const struct report *r, struct doc *to)
{
	static const char *const name[] = { "part a", "part b" };
	struct family f = { .repetitions = true, .pairing = FAMILY_BY_BLOCK };
	char widest[60];

	family_add(&f, &r->run, &r->points, "a", 0, 0, 0);
	family_add(&f, &r->run, &r->points, "b", 1, 0, 0);
	if (f.nr_entry && f.entry[0].arm != f.entry[f.nr_entry - 1].arm &&
	    family_plan(&f)) {
		family_make(&f, f.nr_row);
		family_judge(&f, 1, 0.01);
		doc_head(to, "A/A: part b against part a, the same thing twice");
		doc_para(to, "%zu of %zu points differ; %s.%s One boot: what differs between boots is not in it.",
			f.fired, f.nr_row, widest_text(&f, widest, sizeof(widest)),
			f.fired ? " EQUAL THINGS DIFFER HERE: no verdict from this machine is worth anything until the reason is found." :
			"");
		compare_table(&f, name, run_timeless(&r->run), false, to);
	}
	family_free(&f);
}
