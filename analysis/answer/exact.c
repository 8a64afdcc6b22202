// SPDX-License-Identifier: GPL-2.0-or-later
/* exact - instructions that were counted, not time that was measured */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cond.h"
#include "exact.h"
#include "mem.h"

#define KEYS_MAX	32
#define ROLES_MAX	8
#define MODES_SHOWN	4
#define MODES_MAX	1000	/* of a distribution, for its shift */
#define SHARE_LEAST	0.4	/* below this it is no shift */

bool exact_run(const struct run *run)
{
	for (size_t i = 0; i < run->nr_unit; i++)
		if (run->unit[i].exact &&
		    mem_ends(run->unit[i].name, "-p50-instructions"))
			return true;
	return false;
}

/* --- one distribution ---------------------------------------------------- */

bool exact_pool(const struct pool *pool, double q, double *v)
{
	uint64_t rank, seen;

	if (!pool || !pool->ops ||
	    (q > 0.5 && pool->ops * (1 - q) < POOL_ABOVE - 1e-6))
		return false;
	rank = fmax(1, ceil(pool->ops * q - 1e-9));
	*v = 0;
	seen = pool->under;
	for (size_t i = 0; i < pool->nr_bucket && seen < rank; i++) {
		*v = pool->bucket[i].low;
		seen += pool->bucket[i].count;
	}
	return true;
}

static int mode_order(const void *pa, const void *pb)
{
	const struct exact_mode *a = pa, *b = pb;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

/* Each value and how often it was counted, the most frequent first. */
static struct exact_mode *values_of(const struct pool *pool, size_t *nr)
{
	struct exact_mode *m;

	*nr = pool ? pool->nr_bucket : 0;
	m = mem_get(*nr + 1, sizeof(*m));
	for (size_t i = 0; i < *nr; i++) {
		m[i].value = pool->bucket[i].low;
		m[i].count = pool->bucket[i].count;
	}
	qsort(m, *nr, sizeof(*m), mode_order);
	return m;
}

struct exact_mode *exact_modes(const struct pool *pool, size_t *nr)
{
	size_t values = pool ? pool->nr_bucket : 0;
	struct exact_mode *m = mem_get(values + 1, sizeof(*m));
	unsigned long long most = 0;

	*nr = 0;
	for (size_t i = 0; i < values; i++) {
		double v = pool->bucket[i].low;

		if (!i || v - pool->bucket[i - 1].low > v / 256) {
			m[(*nr)++].count = 0;
			most = 0;
		}
		m[*nr - 1].count += pool->bucket[i].count;
		if (pool->bucket[i].count > most) {
			most = pool->bucket[i].count;
			m[*nr - 1].value = v;
		}
	}
	qsort(m, *nr, sizeof(*m), mode_order);
	return m;
}

static int diff_order(const void *pa, const void *pb)
{
	double a = ((const struct exact_mode *)pa)->value;
	double b = ((const struct exact_mode *)pb)->value;

	return (a > b) - (a < b);
}

int exact_shift(const struct pool *a, const struct pool *b,
		struct exact_shift *s)
{
	size_t na, nb, n = 0, best = 0, k;
	struct exact_mode *ma = values_of(a, &na), *mb = values_of(b, &nb);
	struct exact_mode *diff;

	na = na > MODES_MAX ? MODES_MAX : na;
	nb = nb > MODES_MAX ? MODES_MAX : nb;
	diff = mem_get(na * nb + 1, sizeof(*diff));
	for (size_t i = 0; i < na; i++)
		for (k = 0; k < nb; k++)
			diff[n++] = (struct exact_mode){
				.value = mb[k].value - ma[i].value,
				.count = ma[i].count < mb[k].count ?
					 ma[i].count : mb[k].count,
			};
	free(ma);
	free(mb);
	if (!n) {
		free(diff);
		return -ENODATA;
	}
	/* Add up what has one difference; of equal sums the least change. */
	qsort(diff, n, sizeof(*diff), diff_order);
	for (size_t i = k = 0; i < n; i++) {
		if (i && diff[i].value == diff[k].value) {
			diff[k].count += diff[i].count;
		} else {
			k += i > 0;
			diff[k] = diff[i];
		}
	}
	for (size_t i = 1; i <= k; i++)
		if (diff[i].count > diff[best].count ||
		    (diff[i].count == diff[best].count &&
		     fabs(diff[i].value) < fabs(diff[best].value)))
			best = i;
	s->by = diff[best].value;
	s->share = (double)diff[best].count /
		(a->ops < b->ops ? a->ops : b->ops);
	free(diff);
	return 0;
}

/* --- a report ------------------------------------------------------------ */

void exact_head(const struct run *run, struct doc *to)
{
	char model[160], cpus[40] = "1";
	bool one;

	cond_text(run, "cpu.online", cpus, sizeof(cpus));
	one = !strcmp(cpus, "1");
	if (!cond_text(run, "cpu.model", model, sizeof(model)))
		snprintf(model, sizeof(model), "model not recorded");
	doc_para(to, "EXACT: instructions per operation, kernel and program together, on %s virtual CPU%s (%s). No caches, no contention: counts, not time. The same image gives the same counts again, another build does not.",
		 cpus, one ? "" : "s that take turns", model);
}

/* "29428 x133, 30604 x62, 35213 x20, 41419 x8, ... (9 modes)" */
static void modes_line(const struct pool *pool, const char *label, struct doc *to)
{
	size_t nr, n = 0;
	struct exact_mode *m = exact_modes(pool, &nr);
	char text[300] = "";

	for (size_t i = 0; i < nr && i < MODES_SHOWN; i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%.0f x%llu",
			      i ? ", " : "", m[i].value, m[i].count);
	if (nr > MODES_SHOWN)
		snprintf(text + n, sizeof(text) - n, ", ... (%zu modes)", nr);
	if (nr)
		doc_note(to, "%s%s%s", label, *label ? ": " : "", text);
	free(m);
}

/* What does not vary between the points, and may. */
static void constants(const struct point *p, const char *const *key,
		      size_t nr_key, struct doc *to)
{
	char line[1000] = "";
	size_t n = 0;

	for (size_t i = 0; i < p->nr_opt && n < sizeof(line); i++) {
		bool varies = false;

		for (size_t k = 0; k < nr_key; k++)
			varies |= !strcmp(key[k], p->opt[i].key);
		if (!varies)
			n += snprintf(line + n, sizeof(line) - n, "%s%s=%s",
				      n ? " " : "", p->opt[i].key,
				      p->opt[i].value);
	}
	if (n)
		doc_note(to, "%s", line);
}

static void quantile_cell(struct table *t, size_t col, const struct pool *pool,
			  double q)
{
	double v;

	if (exact_pool(pool, q, &v))
		table_cell(t, col, "%.0f", v);
	else
		table_cell(t, col, "-");
}

static void table_of(const struct point *const *p, size_t nr, const char *role,
		     bool full, struct doc *to)
{
	const char *key[KEYS_MAX];
	size_t nr_key = point_varying(p, nr, key, KEYS_MAX), k = nr_key;
	char label[200];
	struct table t;

	table_start(&t, nr_key + 5, nr_key);
	table_keys(&t, key, nr_key);
	table_cell(&t, k, "ops");
	table_cell(&t, k + 1, "least");
	table_cell(&t, k + 2, "p50");
	table_cell(&t, k + 3, "p90");
	table_cell(&t, k + 4, "max");
	for (size_t i = 0; i < nr; i++) {
		const struct pool *pool = point_pool(p[i], role);

		table_point(&t, p[i], key, nr_key);
		table_cell(&t, k, "%.0f", pool ? (double)pool->ops : 0);
		quantile_cell(&t, k + 1, pool, 0);
		quantile_cell(&t, k + 2, pool, 0.5);
		quantile_cell(&t, k + 3, pool, 0.9);
		table_cell(&t, k + 4, "%.0f", pool ? (double)pool->max : 0);
	}
	doc_head(to, "[%s] %s: instructions of one operation of the %s",
		p[0]->part, p[0]->bench, role);
	constants(p[0], key, nr_key, to);
	doc_table(to, &t);
	if (!full)
		return;
	doc_note(to, "groups of values within 0.4 %%: the most frequent value x operations");
	for (size_t i = 0; i < nr; i++)
		modes_line(point_pool(p[i], role),
			   point_label(p[i], key, nr_key, nr_key > 1, label,
				       sizeof(label)), to);
}

/* What one more thread costs, from each size to the next. */
static void per_thread(const struct point *const *p, size_t nr,
		       const char *role, struct doc *to)
{
	char line[400] = "";
	size_t n = 0;

	for (size_t i = 1; i < nr && n < sizeof(line); i++) {
		double x = point_number(p[i - 1], "threads");
		double y = point_number(p[i], "threads"), a, b;
		const struct point *pair[2] = { p[i - 1], p[i] };
		const char *key[KEYS_MAX];

		if (x < 0 || y <= x ||
		    point_varying(pair, 2, key, KEYS_MAX) != 1 ||
		    !exact_pool(point_pool(p[i - 1], role), 0.5, &a) ||
		    !exact_pool(point_pool(p[i], role), 0.5, &b))
			continue;
		n += snprintf(line + n, sizeof(line) - n, "%s%.6g (%.0f to %.0f)",
			      n ? ", " : "", (b - a) / (y - x), x, y);
	}
	if (n)
		doc_note(to, "per thread, from each size to the next: %s", line);
}

void exact_tables(const struct report *r, bool full, struct doc *to)
{
	const struct points *all = &r->points;
	scoped const struct point **p = mem_get(all->nr_point, sizeof(*p));
	char role[ROLES_MAX][64];
	double v;

	for (size_t i = 0; i < all->nr_point; ) {
		size_t nr = points_table(all, &i, p), nr_role;

		if (!nr || (nr == 1 && p[0] == r->null))
			continue;
		nr_role = point_roles(p[0], role, ROLES_MAX);
		for (size_t j = 0; j < nr_role; j++) {
			table_of(p, nr, role[j], full, to);
			per_thread(p, nr, role[j], to);
		}
	}
	if (r->null && exact_pool(point_pool(r->null, "null"), 0.5, &v))
		doc_key(to, "clock", "reading it takes %.0f instructions of every sample; not subtracted",
			v);
	doc_key(to, "the lock", "is a part of each operation. How large a part: compare the same points on another kernel or in another lock mode (./run.sh lab --exact A B -- %s), or look function by function (./run.sh anatomy)",
		r->run.question);
}

/* --- two arms ------------------------------------------------------------ */

/* In the order of the base's report. */
static const struct family *sorting;

/*
 * As the report has them: by the first boot that has the point, in its order
 * there. Points of one boot are in one array; those of two are not to be
 * compared by where they lie.
 */
static int by_report(const void *pa, const void *pb)
{
	const struct family_row *a = *(const struct family_row *const *)pa;
	const struct family_row *b = *(const struct family_row *const *)pb;
	unsigned long x = sorting->entry[a->first].boot;
	unsigned long y = sorting->entry[b->first].boot;

	if (x != y)
		return x < y ? -1 : 1;
	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return strcmp(a->role, b->role);
}

/* "clone(CLONE_THREAD)" of clone/kind=thread, else the label of its row. */
static const char *operation(const struct family_row *row)
{
	static const char *const name[][2] = {
		{ "thread", "clone(CLONE_THREAD)" }, { "fork", "fork" },
		{ "vfork", "vfork" },
		{ "clone3-into-cgroup", "clone3(CLONE_INTO_CGROUP)" },
	};
	const char *kind = point_get(row->a, "kind");

	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		if (!strcmp(row->a->bench, "clone") && kind &&
		    !strcmp(kind, name[i][0]))
			return name[i][1];
	return row->label;
}

struct line {
	const struct family_row *row;
	double		 a, b;
	struct exact_shift s;
	bool		 equal, shifted, varies;
};

/* Two lock modes of one kernel: the reader tax is what lies between them. */
static void lock_modes(const struct run *a, const struct run *b,
		       const struct line *l, struct doc *to)
{
	double diff = l->s.by, base = l->a;
	char ka[100], kb[100], la[60], lb[60];
	bool turned;

	if (strcmp(cond_text(a, "kernel.release", ka, sizeof(ka)) ?: "a",
		   cond_text(b, "kernel.release", kb, sizeof(kb)) ?: "b") ||
	    !cond_text(a, "lock_mode", la, sizeof(la)) ||
	    !cond_text(b, "lock_mode", lb, sizeof(lb)) || !strcmp(la, lb))
		return;
	turned = !strcmp(la, "favordynmods");
	if (!turned && strcmp(lb, "favordynmods"))
		return;
	/* Medians of two different modes tell of the modes, not of the lock. */
	if (!l->shifted) {
		doc_note(to, "favordynmods: what it adds to %s cannot be told: no single difference holds for %.0f %% of the samples",
			operation(l->row), 100 * SHARE_LEAST);
		return;
	}
	if (turned) {
		base += diff;
		diff = -diff;
	}
	doc_note(to, "favordynmods %s %.0f instruction%s %s %s (%.2g %%)",
		diff < 0 ? "takes" : "adds", fabs(diff),
		fabs(diff) == 1 ? "" : "s", diff < 0 ? "from" : "to",
		operation(l->row), 100 * fabs(diff) / base);
}

/* A rebuild moves counts by more than most patches: docs/exact.md. */
static bool two_builds(const struct run *a, const struct run *b)
{
	char ba[400], bb[400];
	const char *one = cond_text(a, "kernel.built", ba, sizeof(ba));
	const char *two = cond_text(b, "kernel.built", bb, sizeof(bb));

	return one && two && strcmp(one, two);
}

/* False: one side has no count. */
static bool line_make(struct line *l, const struct family *f,
		      const struct family_row *row)
{
	struct pool pa, pb;
	bool made;

	l->row = row;
	l->varies = !family_pool(f, row, 0, &pa);
	l->varies |= !family_pool(f, row, 1, &pb);
	made = exact_pool(&pa, 0.5, &l->a) && exact_pool(&pb, 0.5, &l->b) &&
		!exact_shift(&pa, &pb, &l->s);
	l->equal = made && !l->varies && pa.hash == pb.hash;
	l->shifted = made && l->s.share >= SHARE_LEAST;
	pool_clear(&pa);
	pool_clear(&pb);
	return made;
}

/* The rows of F that have a count on both sides, in the order of the report. */
static size_t lines_make(const struct family *f, struct line *line)
{
	scoped const struct family_row **row = mem_get(f->nr_row, sizeof(*row));
	size_t nr = 0;

	for (size_t i = 0; i < f->nr_row; i++)
		row[i] = &f->row[i];
	sorting = f;
	qsort(row, f->nr_row, sizeof(*row), by_report);
	for (size_t i = 0; i < f->nr_row; i++)
		nr += line_make(&line[nr], f, row[i]);
	return nr;
}

/* Have the samples not all moved by what the median has moved? */
static bool is_odd(const struct line *l)
{
	return !l->equal && (l->s.share < 1 || l->s.by != l->b - l->a);
}

/* ODD: some line is. */
static void line_row(struct table *t, const struct line *l, bool odd)
{
	table_label(t, l->row->label, 28);
	table_cell(t, 1, "%.0f", l->a);
	table_cell(t, 2, "%.0f", l->b);
	if (l->equal) {
		table_cell(t, 3, "same");
		return;
	}
	table_cell(t, 3, "%+.0f%s", l->b - l->a, l->varies ? "!" : "");
	table_cell(t, 4, "%+.2g %%", 100 * (l->b / l->a - 1));
	if (!odd)
		return;
	table_cell(t, 5, l->shifted ? "%+.0f" : "-", l->s.by);
	table_cell(t, 6, "%.0f %%", 100 * l->s.share);
}

void exact_compare(const struct family *f, const char *const *name,
		   const struct run *a, const struct run *b, bool all,
		   struct doc *to)
{
	scoped struct line *line = mem_get(f->nr_row, sizeof(*line));
	size_t nr = lines_make(f, line), equal = 0;
	bool varies = false, odd = false, other = false;
	struct table t;

	for (size_t i = 0; i < nr; i++) {
		const struct line *l = &line[i];

		equal += l->equal;
		odd |= is_odd(l);
		other |= !l->equal && l->a == l->b;
		varies |= !l->equal && l->varies;
	}
	table_start(&t, 7, 1);
	table_cell(&t, 0, "point");
	table_cell(&t, 1, "%.20s", name[0]);
	table_cell(&t, 2, "%.20s", name[1]);
	table_cell(&t, 3, "change");
	if (odd) {
		table_cell(&t, 5, "shift");
		table_cell(&t, 6, "of samples");
	}
	for (size_t i = 0; i < nr; i++)
		if (!line[i].equal || all || equal == nr)
			line_row(&t, &line[i], odd);
	doc_table(to, &t);
	if (equal == nr)
		doc_note(to, "no instruction differs in %s%zu point%s",
			 nr > 1 ? "all " : "", nr, nr == 1 ? "" : "s");
	else if (equal)
		doc_note(to, "%zu %s: no instruction differs%s", equal,
			 all ? "points" : "more", all ? "" : " (--full)");
	if (odd)
		doc_note(to, "shift: what most of the samples moved by, where a median may have fallen into another group of values; -: less than %.0f %% moved alike",
			 100 * SHARE_LEAST);
	if (other)
		doc_note(to, "+0: the median is the same, other samples are not");
	if (equal < nr && two_builds(a, b))
		doc_note(to, "two builds: building one source again moves counts by up to 16 %%, so these are no patch's; ./run.sh lab --exact A B has what changed code adds");
	if (varies)
		doc_warn(to, "boots of one arm differ: something was not fixed, see docs/lab.md");
	for (size_t i = 0; i < nr && all; i++)
		if (!line[i].equal)
			lock_modes(a, b, &line[i], to);
}

void exact_control(const struct family *f, struct doc *to)
{
	size_t nr = 0, equal = 0;
	struct line line;

	for (size_t i = 0; i < f->nr_row; i++)
		if (line_make(&line, f, &f->row[i])) {
			nr++;
			equal += line.equal;
		}
	doc_para(to, "A/A control: one kernel counted twice. %zu of %zu points differ, none should.%s",
		 nr - equal, nr, equal < nr ?
		 " Equal things differ here, and a difference of two kernels may be such a one:" : "");
	for (size_t i = 0; i < f->nr_row; i++)
		if (line_make(&line, f, &f->row[i]) && !line.equal)
			doc_item(to, "%s: %.0f and %.0f%s", line.row->label,
				 line.a, line.b, line.varies ?
				 "; boots of one label vary" : "");
}
