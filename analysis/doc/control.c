// SPDX-License-Identifier: GPL-2.0-or-later
/* control - what a machine shows between things that are equal */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "exact.h"
#include "folders.h"
#include "mem.h"
#include "report.h"

#define ITEMS_MAX	6	/* of points that differ; the rest: --full */

/* The folders of --aa to those that the campaign brought along. */
static int take_folders(struct compare *c)
{
	struct sets more = { 0 };
	char *list, *at, *one, **arg;
	size_t nr = 0;
	int ret;

	if (!c->opt.aa || !*c->opt.aa)
		return 0;
	list = at = mem_text("%s", c->opt.aa);
	arg = mem_get(strlen(list) + 1, sizeof(*arg));
	while ((one = strsep(&at, ",")))
		if (*one)
			arg[nr++] = one;
	ret = sets_read(&more, arg, nr);
	if (ret)
		snprintf(c->error, sizeof(c->error), "--aa: %s", more.error);
	for (size_t i = 0; i < more.nr_folder; i++)
		mem_push(&c->aa.folder, &c->aa.nr_folder, more.folder[i]);
	free(more.folder);
	free(arg);
	free(list);
	return ret;
}

/* One kernel, two names: by label, else every other boot. */
static bool halves(struct compare *c)
{
	const struct set *all = &c->aa.set[0];
	struct set half[2] = { { .name = "1st" }, { .name = "2nd" } };
	const char *first = all->boot[0].folder[0]->name;
	bool labels = false, both;

	for (size_t i = 0; i < all->nr_boot; i++)
		labels |= strcmp(all->boot[i].folder[0]->name, first) != 0;
	c->control_is = labels ? CONTROL_LABELS : CONTROL_BOOTS;
	for (size_t i = 0; i < all->nr_boot; i++) {
		const char *name = all->boot[i].folder[0]->name;
		size_t k = labels ? strcmp(name, first) != 0 : i % 2;

		mem_push(&half[k].boot, &half[k].nr_boot, all->boot[i]);
	}
	both = half[0].nr_boot && half[1].nr_boot;
	if (both)
		family_sets(&c->control, &half[0], &half[1]);
	free(half[0].boot);
	free(half[1].boot);
	return both;
}

int control_make(struct compare *c)
{
	int ret = take_folders(c);
	size_t nr;

	if (ret || !c->aa.nr_folder)
		return ret;
	for (size_t i = 0; i < c->aa.nr_folder; i++)
		if (exact_run(&c->aa.folder[i]->run) != c->exact) {
			snprintf(c->error, sizeof(c->error), "--aa: %s counts %s: no control of what counts %s",
				 c->aa.folder[i]->path,
				 c->exact ? "time" : "instructions",
				 c->exact ? "instructions" : "time");
			return -1;
		}
	if (sets_one(&c->aa, "A/A")) {
		snprintf(c->error, sizeof(c->error), "%s", c->aa.error);
		return -1;
	}
	c->has_control = family_parts(&c->control, &c->aa.set[0]);
	if (!c->has_control) {
		family_free(&c->control);
		c->control = (struct family){ 0 };
		c->has_control = halves(c);
	}
	if (!c->has_control) {
		snprintf(c->error, sizeof(c->error), "--aa: %s: neither parts a and b (./run.sh aa) nor two boots",
			 c->aa.folder[0]->path);
		return -1;
	}
	nr = family_plan(&c->control);
	if (c->exact)
		return 0;
	family_make(&c->control, nr);
	family_judge(&c->control, 1, c->opt.smallest);
	if (c->control.fired && !c->withheld)
		c->withheld = "equal things differ on this machine, see the A/A control";
	return 0;
}

static const char *change_of(const struct effect *e, char *buf, size_t len)
{
	struct change c = effect_change(e);

	return out_change(buf, len, &c);
}

void control_null(const struct family *f, bool full, struct doc *to)
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

/* "in each of 10 boots" */
static const char *control_how(const struct compare *c, char *buf, size_t len)
{
	static const char *const form[] = {
		[CONTROL_PARTS] = " in each of %zu %s%s",
		[CONTROL_LABELS] = ", under two labels (%zu %s%s each)",
		[CONTROL_BOOTS] = ", every other boot against the rest (%zu %s%s each)",
	};
	const struct family *f = &c->control;
	size_t n = f->nr_unit[0];

	snprintf(buf, len, form[c->control_is], n,
		 f->repetitions ? "repetition" : "boot", out_s(n));
	return buf;
}

void control_line(const struct compare *c, bool full, struct doc *to)
{
	const struct family *f = &c->control;
	char text[100], widest[60];

	if (!c->has_control) {
		doc_para(to, "No A/A control: nothing here says what this machine shows between equal things (./run.sh aa, then --aa FOLDER).");
		return;
	}
	doc_para(to, "A/A control: one kernel measured twice%s. %zu of %zu points differ, none should; %s.%s%s",
		 control_how(c, text, sizeof(text)), f->fired, f->nr_row,
		 widest_text(f, widest, sizeof(widest)),
		 f->fired ? " Equal things differ here, so no verdict is given." : "",
		 f->repetitions && !c->family[0].repetitions ?
		 " It is of one boot: what differs between boots is not in it." : "");
	for (size_t i = 0; i < f->nr_row && (full || i < ITEMS_MAX); i++)
		if (f->row[i].e.holm <= EFFECT_ALPHA)
			doc_item(to, "%s: %s", f->row[i].label,
				 change_of(&f->row[i].e, text, sizeof(text)));
}

void control_section(const struct report *r, struct doc *to)
{
	static const char *const name[] = { "part a", "part b" };
	struct family f;
	char widest[60];

	if (family_control(&f, &r->run, &r->points)) {
		doc_head(to, "A/A control: the same points measured twice, as parts a and b");
		doc_para(to, "%zu of %zu points differ, none should; %s.%s One boot: what differs between boots is not in it.",
			f.fired, f.nr_row, widest_text(&f, widest, sizeof(widest)),
			f.fired ? " EQUAL THINGS DIFFER HERE: no verdict from this machine is worth anything until the reason is found." :
			"");
		compare_table(&f, name, run_timeless(&r->run), false, to);
	}
	family_free(&f);
}
