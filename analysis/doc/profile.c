// SPDX-License-Identifier: GPL-2.0-or-later
/* profile - folded stacks of perf repetitions: symbols, waits, flame graphs */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doc-form.h"
#include "file.h"
#include "mem.h"
#include "profile.h"

#define FOLDED_MAX	(64UL << 20)
#define ROLES_MAX	8
#define NAME_ROOM	54	/* columns for a chain of callers */
#define TOP		6	/* rows of one kind */
#define CALLERS		4	/* frames of a wait */
#define DEPTH_MAX	200
#define LETTERS_MAX	200	/* letters of a frame */

/* Flame graph, in units of its viewBox. */
#define WIDE		1000.0
#define ROW		16
#define LETTER		7	/* of 11 units, monospaced */

static const struct { const char *name, *title, *unit; } kinds[] = {
	{ "cpu", "on CPU", "samples" },
	{ "wait", "asleep", "us" },
	{ "lock", "waiting for a lock", "us" },
};

bool folds_add(struct folds *all, char *text)
{
	char *line, *at = text;
	double lost;

	while ((line = strsep(&at, "\n"))) {
		char *blank = strrchr(line, ' ');
		struct fold_stack *s;

		if (!*line)
			continue;
		if (sscanf(line, "# lost %lf%%", &lost) == 1) {
			all->lost = lost > all->lost ? lost : all->lost;
			continue;
		}
		if (!strcmp(line, "# clock cpu-clock")) {
			all->timer = true;
			continue;
		}
		if (*line == '#')
			continue;
		if (!blank || !strchr(line, ';'))
			return false;
		*blank = 0;
		s = mem_more(&all->stack, &all->nr, sizeof(*s));
		s->text = mem_text("%s", line);
		if (!kv_number(blank + 1, &s->weight))
			return false;
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct fold_stack *)a)->text,
		      ((const struct fold_stack *)b)->text);
}

static int by_weight(const void *pa, const void *pb)
{
	const struct fold_stack *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return strcmp(a->text, b->text);
}

void folds_sort(struct folds *all)
{
	size_t n = 0;

	if (all->nr)
		qsort(all->stack, all->nr, sizeof(*all->stack), by_text);
	for (size_t i = 0; i < all->nr; i++) {
		if (n && !strcmp(all->stack[n - 1].text, all->stack[i].text)) {
			all->stack[n - 1].weight += all->stack[i].weight;
			free(all->stack[i].text);
		} else {
			all->stack[n++] = all->stack[i];
		}
	}
	all->nr = n;
}

void folds_free(struct folds *all)
{
	for (size_t i = 0; i < all->nr; i++)
		free(all->stack[i].text);
	free(all->stack);
	free(all->problem);
	memset(all, 0, sizeof(*all));
}

/* What follows "KIND;ROLE;" in TEXT; NULL if it is another's. */
static const char *stack_of(const char *text, const char *kind,
			    const char *role)
{
	size_t k = strlen(kind), r = strlen(role);

	if (strncmp(text, kind, k) || text[k] != ';' ||
	    strncmp(text + k + 1, role, r) || text[k + 1 + r] != ';')
		return NULL;
	return text + k + r + 2;
}

/* How every sleep ends: that says nothing. */
static bool is_scheduler(const char *frame)
{
	return !strncmp(frame, "__schedule", 10) ||
	       !strncmp(frame, "schedule", 8);
}

/* "inner < its caller < ...", at most NR frames; of a lock its flags first. */
static char *row_name(const char *stack, const char *kind, int nr)
{
	char *copy = mem_text("%s", stack), *frame, *name = NULL, *more;
	bool lock = !strcmp(kind, "lock");
	char *flags = lock ? copy : NULL, *at = copy;

	if (lock) {
		at = strchrnul(copy, ';');
		if (*at)
			*at++ = 0;
	}
	while (nr && *at) {
		frame = strrchr(at, ';');
		frame = frame ? frame + 1 : at;
		if (name || strcmp(kind, "wait") || !is_scheduler(frame)) {
			more = mem_text("%s%s%s", name ?: "",
					name ? " < " : "", frame);
			free(name);
			name = more;
			nr--;
		}
		*(frame > at ? frame - 1 : at) = 0;
	}
	if (flags) {
		more = mem_text("%s %s", flags, name ?: "");
		free(name);
		name = more;
	}
	free(copy);
	return name ? name : mem_text("[unknown]");
}

/* Without its outermost callers, as far as there is room for them. */
static const char *within(char *name)
{
	while (strlen(name) > NAME_ROOM) {
		char *last = NULL, *at = name;

		while ((at = strstr(at, " < ")))
			last = at++;
		if (!last)
			break;
		*last = '\0';
	}
	return name;
}

static void print_kind(const struct folds *all, size_t k, const char *role,
		       struct doc *to)
{
	struct folds rows = { 0 };
	double sum = 0;
	struct table t;
	char buf[40];

	for (size_t i = 0; i < all->nr; i++) {
		const char *stack = stack_of(all->stack[i].text, kinds[k].name,
					     role);
		struct fold_stack *one;

		if (!stack)
			continue;
		one = mem_more(&rows.stack, &rows.nr, sizeof(*one));
		one->text = row_name(stack, kinds[k].name, k ? CALLERS : 1);
		one->weight = all->stack[i].weight;
		sum += one->weight;
	}
	if (sum > 0) {
		folds_sort(&rows);
		qsort(rows.stack, rows.nr, sizeof(*rows.stack), by_weight);
		if (k)
			doc_note(to, "%s, %s in all:", kinds[k].title,
				out_time(buf, sizeof(buf), sum * 1000));
		else
			doc_note(to, "%s, %.0f samples:", kinds[k].title, sum);
	}
	table_head(&t, 2, "share", "function", NULL);
	for (size_t i = 0; sum > 0 && i < rows.nr && i < TOP; i++) {
		table_row(&t, NULL);
		table_cell(&t, 0, "%5.1f %%", 100 * rows.stack[i].weight / sum);
		table_cell(&t, 1, "%s", within(rows.stack[i].text));
	}
	if (sum > 0)
		doc_table(to, &t);
	table_free(&t);
	folds_free(&rows);
}

void folds_print(const struct folds *all, const char *role, struct doc *to)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		print_kind(all, k, role, to);
}

/* --- flame graph --------------------------------------------------------- */

/* One stack cut into frames. */
struct cut {
	char		*copy;
	const char	*frame[DEPTH_MAX];
	size_t		 nr;
	double		 weight;
};

/* At most MAX characters of it. */
static void escape(FILE *to, const char *text, size_t max)
{
	char buf[LETTERS_MAX + 1];

	max = max < LETTERS_MAX ? max : LETTERS_MAX;
	doc_escaped(out_ascii(buf, max + 1, text), to);
}

/* The same name has the same shade everywhere. */
static unsigned int shade(const char *name)
{
	unsigned int h = 2166136261u;

	while (*name)
		h = (h ^ (unsigned char)*name++) * 16777619u;
	return h % 26;
}

static void box(FILE *to, const char *name, double x, double wide, size_t y,
		double weight, double all, unsigned int hue, const char *unit)
{
	fprintf(to, "<g><title>");
	escape(to, name, LETTERS_MAX);
	fprintf(to, " %.0f %s, %.2f%%</title>", weight, unit,
		100 * weight / all);
	fprintf(to, "<rect x=\"%.2f\" y=\"%zu\" width=\"%.2f\" height=\"%d\" "
		"fill=\"hsl(%u,70%%,%u%%)\"/>", x, y, wide, ROW - 1, hue,
		58 + shade(name));
	if (wide > 4 * LETTER) {
		fprintf(to, "<text x=\"%.2f\" y=\"%zu\">", x + 2, y + ROW - 5);
		escape(to, name, (wide - 4) / LETTER);
		fprintf(to, "</text>");
	}
	fprintf(to, "</g>\n");
}

/* Children of one frame: stacks FROM..TO agree above LEVEL. */
static void level(FILE *to, const struct cut *c, size_t from, size_t end,
		  size_t nr, size_t depth, double x, double per, double all,
		  unsigned int hue, const char *unit)
{
	while (from < end) {
		size_t next = from + 1;
		double sum = c[from].weight;

		if (c[from].nr <= nr) {		/* it ends here */
			x += sum * per;
			from = next;
			continue;
		}
		while (next < end && c[next].nr > nr &&
		       !strcmp(c[next].frame[nr], c[from].frame[nr]))
			sum += c[next++].weight;
		if (sum * per >= 0.3) {
			box(to, c[from].frame[nr], x, sum * per,
			    (depth - nr - 1) * ROW + ROW, sum, all, hue, unit);
			level(to, c, from, next, nr + 1, depth, x, per, all,
			      hue, unit);
		}
		x += sum * per;
		from = next;
	}
}

char *folds_flame(const struct folds *all, const char *kind, const char *role)
{
	scoped struct cut *c = mem_get(all->nr + 1, sizeof(*c));
	unsigned int hue = !strcmp(kind, "cpu") ? 30 :
			   !strcmp(kind, "wait") ? 205 : 275;
	const char *unit = strcmp(kind, "cpu") ? "us" : "samples";
	size_t nr = 0, depth = 0, len;
	char *svg = NULL;
	double sum = 0;
	FILE *to;

	for (size_t i = 0; i < all->nr; i++) {
		const char *stack = stack_of(all->stack[i].text, kind, role);
		char *at, *frame;

		if (!stack)
			continue;
		c[nr].copy = at = mem_text("%s", stack);
		while ((frame = strsep(&at, ";")) && c[nr].nr < DEPTH_MAX)
			c[nr].frame[c[nr].nr++] = frame;
		if (c[nr].nr > depth)
			depth = c[nr].nr;
		c[nr].weight = all->stack[i].weight;
		sum += c[nr++].weight;
	}
	to = sum > 0 ? mem_stream(&svg, &len) : NULL;
	if (to) {
		fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
			"viewBox=\"0 0 %.0f %zu\" font-family=\"monospace\" "
			"font-size=\"11\">\n", WIDE, (depth + 2) * ROW);
		box(to, role, 0, WIDE, depth * ROW + ROW, sum, sum, hue, unit);
		level(to, c, 0, nr, 0, depth, 0, WIDE / sum, sum, hue, unit);
		fprintf(to, "</svg>\n");
		fclose(to);
	}
	for (size_t i = 0; i < nr; i++)
		free(c[i].copy);
	return svg;
}

/* --- a results folder ---------------------------------------------------- */

/* The stacks of P. */
static void point_folds(const struct report *r, const struct point *p,
			struct folds *all)
{
	for (size_t i = 0; i < p->nr_rep; i++) {
		char name[40], *text;
		size_t len;
		int ret;

		snprintf(name, sizeof(name), "perf/%04u.folded",
			 p->rep[i]->line);
		ret = file_read(r->run.dirfd, name, FOLDED_MAX, &text, &len);
		if (ret || !folds_add(all, text)) {
			free(all->problem);
			all->problem = mem_text("%s: %s", name, ret ?
						strerror(-ret) : "malformed");
		}
		free(text);
	}
}

/* From point *I on: those of one bench in one part, or false at the end. */
static bool next_profile(const struct report *r, size_t *i,
			 const struct point **first, struct folds *all)
{
	const struct points *pts = &r->counted;
	const struct point *p = NULL;

	memset(all, 0, sizeof(*all));
	for (; *i < pts->nr_point; ++*i) {
		const struct point *one = &pts->point[*i];

		if (!point_get(one, "profile") || !one->nr_rep)
			continue;
		if (p && (strcmp(p->part, one->part) ||
			  strcmp(p->bench, one->bench)))
			break;
		p = p ? p : one;
		point_folds(r, one, all);
	}
	folds_sort(all);
	*first = p;
	return p;
}

void profile_section(const struct report *r, struct doc *to)
{
	const struct point *p;
	char role[ROLES_MAX][64];
	struct folds all;
	bool any = false;

	for (size_t i = 0; next_profile(r, &i, &p, &all); folds_free(&all)) {
		size_t nr = point_roles(p, role, ROLES_MAX);

		if (!any) {
			doc_head(to, "Profile");
			doc_note(to, "by perf, in separate repetitions, all points of a table together; flame graphs: plots/flame-*.svg");
		}
		any = true;
		for (size_t k = 0; k < nr; k++) {
			doc_head(to, "[%s] %s: where the %s spends its time",
				p->part, p->bench, role[k]);
			folds_print(&all, role[k], to);
		}
		if (all.timer)
			doc_warn(to, "sampled by a timer (no hardware counters): time with interrupts off is charged to the code that turns them on again");
		if (all.lost > 0)
			doc_warn(to, "perf lost up to %.3g %% of what it was to record",
				all.lost);
		if (all.problem)
			doc_warn(to, "%s", all.problem);
	}
}

static void keep_svg(struct report *r, int fd, const char *name,
		     const char *title, char *svg)
{
	struct plot *plot;
	char file[140];
	int ret;

	snprintf(file, sizeof(file), "%s.svg", name);
	ret = file_put(fd, file, svg, strlen(svg));
	if (ret)
		snprintf(r->plots->problem, sizeof(r->plots->problem),
			 "plots/%s: %s", file, strerror(-ret));
	plot = mem_more(&r->plots->plot, &r->plots->nr_plot, sizeof(*plot));
	snprintf(plot->name, sizeof(plot->name), "%s", name);
	snprintf(plot->title, sizeof(plot->title), "%s", title);
	plot->svg = svg;
}

void profile_plots(struct report *r, int fd)
{
	char role[ROLES_MAX][64], name[100], title[160];
	const struct point *p;
	struct folds all;

	for (size_t i = 0; next_profile(r, &i, &p, &all); folds_free(&all)) {
		size_t nr = point_roles(p, role, ROLES_MAX);

		for (size_t k = 0; k < nr * 3; k++) {
			const char *who = role[k / 3];
			char *svg = folds_flame(&all, kinds[k % 3].name, who);

			if (!svg)
				continue;
			snprintf(name, sizeof(name), "flame-%.24s-%.24s-%.24s-%s",
				 p->part, p->bench, who, kinds[k % 3].name);
			snprintf(title, sizeof(title), "[%.40s] %.40s: the %.40s %s",
				 p->part, p->bench, who, kinds[k % 3].title);
			keep_svg(r, fd, name, title, svg);
		}
	}
}
