// SPDX-License-Identifier: GPL-2.0-or-later
/* site-table - tables that stand beside results folders, and what a site takes of them */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kv.h"
#include "mem.h"
#include "site.h"

#define COLUMNS_MAX	64
#define SHOWN		0.5	/* instructions: less is of a mean */

/* --- anatomy.tsv ---------------------------------------------------------- */

static const char anatomy[] = "# anatomy of ";

/* "clone --kind fork --siblings 0" as a point is called. */
static char *op_of(char *line)
{
	struct text t = { 0 };
	const char *word;

	while ((word = kv_word(&line, " ")))
		if (strncmp(word, "--", 2))
			text_printf(&t, "%s%s", t.len && t.s[t.len - 1] != '=' ?
				    " " : "", word);
		else
			text_printf(&t, " %s=", word + 2);
	return t.s;
}

/* "# NAME: RELEASE, lock MODE, .." */
static void kernel_known(struct site_functions *f, char *line)
{
	char *release = strstr(line, ": "), *lock = strstr(line, ", lock ");
	struct site_kernel *k;

	if (!release || !lock || lock < release)
		return;
	k = mem_more(&f->kernel, &f->nr_kernel, sizeof(*k));
	*release = *lock = 0;
	lock += strlen(", lock ");
	lock[strcspn(lock, ",")] = 0;
	*k = (struct site_kernel){ line + 2, release + 2, lock };
}

/* "function<tab>NAME.." of every kernel, in the order of their lines. */
static bool columns_ok(struct site_functions *f, char *line)
{
	const char *word = kv_word(&line, "\t");
	size_t n = 0;

	if (strcmp(word, "function"))
		return false;
	while ((word = kv_word(&line, "\t")))
		if (n == f->nr_kernel || strcmp(word, f->kernel[n++].name))
			return false;
	return n && n == f->nr_kernel;
}

/* "NAME<tab>COUNT.." of every kernel. */
static bool function_row(struct site_functions *f, char *line)
{
	const char *word;
	size_t n = 0;

	mem_push(&f->function, &f->nr, kv_word(&line, "\t"));
	f->count = xrealloc(f->count, f->nr * f->nr_kernel, sizeof(*f->count));
	while ((word = kv_word(&line, "\t")))
		if (n == f->nr_kernel || !kv_number(word,
				&f->count[(f->nr - 1) * f->nr_kernel + n++]))
			return false;
	return n == f->nr_kernel;
}

bool site_functions(struct site_functions *f, char *text, size_t len)
{
	struct kv_text t = { .at = text, .end = text + len, .tabs = true };
	char *line = kv_line(&t);
	bool rows = false;

	*f = (struct site_functions){ .text = text };
	if (!line || strncmp(line, anatomy, strlen(anatomy)))
		return false;
	f->op = op_of(line + strlen(anatomy));
	while ((line = kv_line(&t)) && !t.control) {
		if (*line == '#')
			kernel_known(f, line);
		else if (rows && !strncmp(line, "cgroup\t", 7))
			return true;	/* the same once more, by the lock */
		else if (!(rows ? function_row : columns_ok)(f, line))
			return false;
		else
			rows = true;
	}
	return rows && !line;
}

void site_functions_free(struct site_functions *f)
{
	free(f->op);
	free(f->kernel);
	free(f->function);
	free(f->count);
	free(f->text);
}

/* Where the value of KEY (N bytes, '=' with it) is in NAME; NULL: nowhere. */
static const char *value_in(const char *name, const char *key, size_t n)
{
	while ((name = strchr(name, ' ')))
		if (!strncmp(++name, key, n))
			return name + n;
	return NULL;
}

/* Does NAME have WORD, or not its key and need not? */
static bool has_word(const char *name, const char *word, size_t len, bool must)
{
	size_t key = memchr(word, '=', len) ? strcspn(word, "=") + 1 : len;
	const char *value = value_in(name, word, key);

	if (!value)
		return !must;
	return !strncmp(value, word + key, len - key) &&
		strchr(" ", value[len - key]);
}

/* Is NAME the operation OP, and in no way that nobody looked into? */
static bool is_op(const char *op, const char *name)
{
	static const char *const usual[] = {
		"until=exit", "cloners=1", "attachers=1", "hierarchy=v2",
		"workload=idle",
	};
	size_t n;

	if (*name == '[')
		name += strcspn(name, "]") + (strchr(name, ']') ? 2 : 0);
	n = strcspn(op, " ");
	if (strncmp(op, name, n) || !strchr(" ", name[n]))
		return false;
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (!has_word(name, usual[i], strlen(usual[i]), false))
			return false;
	for (op += n; *op; op += n) {
		op++;
		n = strcspn(op, " ");
		if (!has_word(name, op, n, true))
			return false;
	}
	return true;
}

static bool kernel_in(const struct site_functions *f, const char *release,
		      const char *lock, size_t *at)
{
	for (*at = 0; *at < f->nr_kernel; ++*at)
		if (!strcmp(f->kernel[*at].release, release) &&
		    !strcmp(f->kernel[*at].lock, lock))
			return true;
	return false;
}

bool site_step(struct site_step *s, const struct site_functions *f,
	       const char *name, const char *a, const char *b,
	       const char *lock)
{
	s->of = f;
	return is_op(f->op, name) && kernel_in(f, a, lock, &s->from) &&
		kernel_in(f, b, lock, &s->up_to);
}

static double difference(const struct site_step *s, size_t i)
{
	const double *c = s->of->count + i * s->of->nr_kernel;

	return c[s->up_to] - c[s->from];
}

static const struct site_step *sorting;

static int by_size(const void *pa, const void *pb)
{
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	double x = fabs(difference(sorting, a)), y = fabs(difference(sorting, b));

	return x > y ? -1 : x < y ? 1 : a < b ? -1 : a > b;
}

static void signed_cell(struct table *t, size_t col, double v)
{
	table_count(t, col, fabs(v));
	table_cell(t, col, "%+.0f", v);
}

void site_step_doc(const struct site_step *s, struct doc *to)
{
	const struct site_functions *f = s->of;
	size_t *order = mem_get(f->nr, sizeof(*order)), i, rest = 0;
	double sum = 0;
	struct table t;

	sorting = s;
	for (i = 0; i < f->nr; i++) {
		order[i] = i;
		sum += difference(s, i);
	}
	qsort(order, f->nr, sizeof(*order), by_size);
	doc_title(to, "%s: %s -> %s", f->op, f->kernel[s->from].name,
		  f->kernel[s->up_to].name);
	doc_para(to, "Instructions of one operation by function, lock %s: %+.0f in all. These boots are not those of the curve, so the sum may be another.",
		 f->kernel[s->from].lock, sum);
	table_head(&t, 1, "function", f->kernel[s->from].name,
		   f->kernel[s->up_to].name, "change", NULL);
	for (i = 0; i < f->nr; i++) {
		const double *c = f->count + order[i] * f->nr_kernel;

		if (fabs(difference(s, order[i])) < SHOWN)
			break;
		table_row(&t, NULL);
		table_cell(&t, 0, "%s", f->function[order[i]]);
		table_count(&t, 1, c[s->from]);
		table_cell(&t, 1, "%.0f", c[s->from]);
		table_count(&t, 2, c[s->up_to]);
		table_cell(&t, 2, "%.0f", c[s->up_to]);
		signed_cell(&t, 3, difference(s, order[i]));
	}
	rest = f->nr - i;
	doc_head(to, "By function, most important first");
	doc_table(to, &t);
	doc_note(to, "%zu more function%s: no difference.", rest, out_s(rest));
	free(order);
}

/* --- matrix.tsv ------------------------------------------------------------ */

bool site_counts(struct site_counts *c, char *text, size_t len)
{
	struct kv_text t = { .at = text, .end = text + len, .tabs = true };
	char *line = kv_line(&t);
	const char *word;
	int *const column[] = { &c->release, &c->lock, &c->part, &c->point,
				&c->point, &c->role, &c->p50 };
	static const char *const name[] = { "release", "lock", "part", "point",
					    "operation", "role", "p50" };

	*c = (struct site_counts){ NULL, NULL, -1, -1, -1, -1, -1, -1, false };
	for (int n = 0; (word = kv_word(&line, "\t")); n++)
		for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
			if (!strcmp(word, name[i])) {
				*column[i] = n;
				c->old |= !strcmp(word, "operation");
			}
	c->at = t.at;
	c->end = t.end;
	return c->release >= 0 && c->lock >= 0 && c->point >= 0 && c->p50 >= 0;
}

/* What lab/matrix calls a point, as the points are called. */
static void point_of(char *to, size_t len, const char *operation)
{
	const char *dash = strrchr(operation, '-');
	uint64_t threads;

	if (dash && kv_whole(dash + 1, UINT64_MAX, &threads))
		snprintf(to, len, "%.*s threads=%s", (int)(dash - operation),
			 operation, dash + 1);
	else if (dash && !strcmp(dash, "-return"))
		snprintf(to, len, "clone kind=%.*s siblings=0 until=return",
			 (int)(dash - operation), operation);
	else
		snprintf(to, len, "clone kind=%s siblings=0 until=exit",
			 operation);
}

bool site_counts_next(struct site_counts *c, struct site_count *one)
{
	struct kv_text t = { .at = c->at, .end = c->end, .tabs = true };
	char *line = kv_line(&t), *word[COLUMNS_MAX] = { NULL };
	int n = 0;

	c->at = t.at;
	while (line && n < COLUMNS_MAX)
		word[n++] = kv_word(&line, "\t");
	if (!n || line || t.control || c->release >= n || c->lock >= n ||
	    c->point >= n || c->p50 >= n || c->part >= n || c->role >= n ||
	    !kv_number(word[c->p50], &one->p50))
		return false;
	one->release = word[c->release];
	one->lock = word[c->lock];
	snprintf(one->unit, sizeof(one->unit), "%s%sp50-instructions",
		 c->role < 0 ? "" : word[c->role], c->role < 0 ? "" : "-");
	if (c->old) {
		point_of(one->name, sizeof(one->name), word[c->point]);
		return true;
	}
	snprintf(one->name, sizeof(one->name), "[%s] %s",
		 c->part < 0 ? "all" : word[c->part], word[c->point]);
	for (char *at = one->name; (at = strchr(at, '/')); )
		*at = ' ';
	return true;
}
