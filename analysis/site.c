// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site - results folders as pages that lead to each other
 *
 * A page per question and machine has its history, all hosts of that kind
 * together; what explains a step has a page that the step leads to: in exact
 * mode its functions, if an anatomy.tsv has them, else the comparison of the
 * two kernels. Whatever a folder says is data: no file's name is made of it
 * but of a question's letters, and nothing is written outside of the site.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare.h"
#include "cond.h"
#include "doc-form.h"
#include "err.h"
#include "file.h"
#include "history.h"
#include "lat.h"
#include "mem.h"
#include "owner.h"
#include "site.h"
#include "verbs.h"

/* The pages of a site, which makes a folder one of ours. */
#define LIST		"forkpath-site.txt"
#define LIST_HEAD	"# forkpath-site/1\n"
#define TABLE_MAX	(64UL << 20)
#define SMALLEST	0.01

static unsigned long opt_seed;

const struct opt site_opts[] = {
	{ "seed", OPT_UINT, &opt_seed, "1", "0..4294967295",
	  "seed of the permutation test" },
	OPT_END
};

/* What a step leads to. */
struct reason {
	char		*name;		/* of the file */
	const char	*a, *b;		/* releases */
	struct site_step step;		/* its `of` NULL: a comparison */
};

struct page {
	char		*name, *question, *machine;
	struct history	 h;
	struct reason	*reason;
	size_t		 nr_reason;
	const struct site *site;
};

struct site {
	const char	*dir;
	int		 fd;
	struct page	**page;
	size_t		 nr_page;
	struct site_functions *functions;
	size_t		 nr_functions;
	struct history	 none;		/* what could not be read */
	struct text	 list;		/* of what was written */
	int		 ret;
};

/* --- files ----------------------------------------------------------------- */

/* QUESTION-HASH.html, the same each time. To be freed. */
static char *name_of(const char *question, const char *machine,
		     const char *op, const char *a, const char *b)
{
	const char *const part[] = { question, machine, op, a, b };
	char *name = mem_text("%.40s", question);
	uint64_t hash = LAT_HASH;
	char *whole;

	for (size_t i = 0; i < 5; i++)
		for (const char *at = part[i]; at; at = *at ? at + 1 : NULL)
			hash = lat_hash(hash, (unsigned char)*at);
	for (char *at = name; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *at))
			*at = '-';
	whole = mem_text("%s-%016llx.html", name, (unsigned long long)hash);
	free(name);
	return whole;
}

/* The folder of the site, made if missing; -1 after one line. */
static int folder_open(const char *dir)
{
	scoped char *path = mem_text("%s", dir), *list = NULL;
	size_t n = strlen(path), len;
	bool made;
	int fd, ret;

	/* "LINK/" would be followed. */
	while (n > 1 && path[n - 1] == '/')
		path[--n] = 0;
	made = !mkdir(path, 0777);
	fd = made || errno == EEXIST ? open(path, O_RDONLY | O_DIRECTORY |
		O_NOFOLLOW | O_CLOEXEC) : -1;
	ret = fd < 0 ? -errno : owner_become(fd);
	if (!ret && made)
		ret = file_put(fd, LIST, LIST_HEAD, strlen(LIST_HEAD));
	if (!ret && (file_read(fd, LIST, TABLE_MAX, &list, &len) ||
		     strncmp(list, LIST_HEAD, strlen(LIST_HEAD)))) {
		err_say("site: %s: is there and no site; expected a folder to make, or one that was made so",
			dir);
		ret = -EEXIST;
	} else if (ret) {
		err_say("site: %s: %s", dir, strerror(-ret));
	}
	if (!ret)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void failed(struct site *s, const char *name, int ret)
{
	if (ret)
		err_say("%s/%s: %s", s->dir, name, strerror(-ret));
	if (ret)
		s->ret = EXIT_FAIL;
}

static void page_put(struct site *s, const char *name, const char *title,
		     const struct doc *d)
{
	char *text;
	size_t len;
	FILE *to = mem_stream(&text, &len);

	doc_html(d, title, to);
	fclose(to);
	failed(s, name, file_put(s->fd, name, text, len));
	text_printf(&s->list, "%s\n", name);
	free(text);
}

/* Is NAME a line of LIST? */
static bool listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (; list; list = strchr(list, '\n')) {
		list += *list == '\n';
		if (!strncmp(list, name, n) && list[n] == '\n')
			return true;
	}
	return false;
}

/* Pages of the last time that are none any more go. */
static void list_put(struct site *s)
{
	scoped char *old = NULL;
	char *at, *name;
	size_t len;

	at = file_read(s->fd, LIST, TABLE_MAX, &old, &len) ? NULL : old;
	while ((name = strsep(&at, "\n")))
		if (mem_ends(name, ".html") && !strchr(name, '/') &&
		    !listed(s->list.s, name))
			unlinkat(s->fd, name, 0);
	failed(s, LIST, file_put(s->fd, LIST, s->list.s, s->list.len));
}

/* --- what there is --------------------------------------------------------- */

static char *reason_of(void *page, const struct track *t,
		       const struct row *row);

static struct page *page_of(struct site *s, const char *question,
			    const char *machine)
{
	static struct page *last;
	struct page *p = last;

	for (size_t i = 0; !p || strcmp(p->question, question) ||
			   strcmp(p->machine, machine); i++) {
		if (i < s->nr_page) {
			p = s->page[i];
			continue;
		}
		p = mem_get(1, sizeof(*p));
		mem_push(&s->page, &s->nr_page, p);
		p->question = mem_text("%s", question);
		p->machine = mem_text("%s", machine);
		p->name = name_of(question, machine, NULL, NULL, NULL);
		p->site = s;
		p->h.together = true;
		p->h.seed = opt_seed;
		p->h.plots.want_svg = true;
		p->h.link = reason_of;
		p->h.of = p;
	}
	return last = p;
}

static void folder_take(struct site *s, const char *path)
{
	struct points points;
	struct run run;
	char machine[400];

	if (!history_open(&s->none, path, &run, &points))
		return;
	cond_where(&run, machine, sizeof(machine));
	history_add(&page_of(s, run.question, machine)->h, &run, &points);
	points_free(&points);
	run_free(&run);
}

/* What a table counts is a boot of its own per release and lock mode. */
static void counts_take(struct site *s, const char *path,
			struct site_counts *c)
{
	const char *name = strrchr(path, '/') + 1, *at = name - 1;
	scoped char *question = mem_text("%.*s", (int)strlen(name) - 4, name);
	struct site_count one;

	while (at > path && at[-1] != '/')
		at--;
	while (site_counts_next(c, &one)) {
		scoped char *machine = mem_text("exact mode, %s%s%s", at,
			strcmp(one.lock, "default") ? "; lock " : "",
			strcmp(one.lock, "default") ? one.lock : "");
		struct history *h = &page_of(s, question, machine)->h;
		const struct past *last = h->past + h->nr_past - 1;
		const struct est est = { one.p50, one.p50, one.p50, 1, false };

		if (!h->nr_past || strcmp(last->release, one.release))
			history_boot(h, "", one.release, "", "", "");
		history_value(h, h->nr_past - 1, one.name, one.unit, &est);
	}
}

/* What else is called .tsv is left alone. */
static void table_take(struct site *s, const char *path)
{
	scoped char *folder = mem_text("%.*s", (int)(strrchr(path, '/') - path),
				       path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct site_functions f;
	struct site_counts c;
	char *text = NULL;
	size_t len;

	if (fd < 0 || file_read(fd, strrchr(path, '/') + 1, TABLE_MAX, &text,
				&len))
		;
	else if (*text != '#') {
		if (site_counts(&c, text, len))
			counts_take(s, path, &c);
	} else if (site_functions(&f, text, len)) {
		mem_push(&s->functions, &s->nr_functions, f);
		text = NULL;	/* F keeps it */
	} else {
		f.text = NULL;
		site_functions_free(&f);
	}
	free(text);
	if (fd >= 0)
		close(fd);
}

/* --- what explains a step --------------------------------------------------- */

static const char *lock_of(const struct page *p)
{
	const char *lock = strstr(p->machine, "; lock ");

	return lock ? lock + strlen("; lock ") : "default";
}

static char *reason_of(void *of, const struct track *t, const struct row *row)
{
	struct page *p = of;
	const struct past *a = &p->h.past[t->at[row[-1].first].past];
	const struct past *b = &p->h.past[t->at[row->first].past];
	struct reason r = { .a = a->release, .b = b->release };
	bool found = false;

	for (size_t i = 0; i < p->site->nr_functions && !found; i++)
		found = mem_ends(t->unit, "-instructions") &&
			site_step(&r.step, &p->site->functions[i], t->name,
				  r.a, r.b, lock_of(p));
	if (!found && (!*a->path || !*b->path))
		return NULL;
	if (!found)
		r.step.of = NULL;
	r.name = name_of(p->question, p->machine, found ? r.step.of->op : NULL,
			 r.a, r.b);
	for (size_t i = 0; i < p->nr_reason; i++)
		if (!strcmp(p->reason[i].name, r.name)) {
			free(r.name);
			return mem_text("%s", p->reason[i].name);
		}
	mem_push(&p->reason, &p->nr_reason, r);
	return mem_text("%s", r.name);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Hosts, or kernels, of RELEASE (NULL: all); sorted, each as often. */
static const char **words_of(const struct history *h, const char *release,
			     bool hosts, size_t *nr)
{
	const char **word = NULL;

	*nr = 0;
	for (size_t i = 0; i < h->nr_past; i++)
		if (!release || !strcmp(h->past[i].release, release))
			mem_push(&word, nr,
				 hosts ? h->past[i].host : h->past[i].release);
	if (*nr)
		qsort(word, *nr, sizeof(*word), by_text);
	return word;
}

static size_t different(const struct history *h, bool hosts)
{
	size_t nr, n = 0;
	const char **word = words_of(h, NULL, hosts, &nr);

	for (size_t i = 0; i < nr; i++)
		n += !i || strcmp(word[i], word[i - 1]);
	free(word);
	return n;
}

/*
 * "NAME=FOLDER,FOLDER.." of RELEASE on the hosts that ran OTHER, too; NULL
 * if there is none. To be freed.
 */
static char *set_of(const struct page *p, const char *name,
		    const char *release, const char *other)
{
	struct text t = { 0 };
	size_t nr;
	const char **host = words_of(&p->h, other, true, &nr);

	for (size_t i = 0; i < p->h.nr_past; i++) {
		const struct past *one = &p->h.past[i];

		if (strcmp(one->release, release) || strchr(one->path, ',') ||
		    !bsearch(&one->host, host, nr, sizeof(*host), by_text))
			continue;
		text_printf(&t, t.len ? ",%s" : "%s=%s", t.len ? one->path :
			    word_ok(release) ? release : name, one->path);
	}
	free(host);
	return t.s;
}

static void comparison(const struct page *p, const struct reason *r,
		       struct doc *to)
{
	const struct compare_opt opt = { .smallest = SMALLEST, .full = true };
	char *arg[2] = { set_of(p, "A", r->a, r->b), set_of(p, "B", r->b, r->a) };
	struct compare c;

	if (!arg[0] || !arg[1]) {
		doc_title(to, "%s: %s -> %s", p->question, r->a, r->b);
		doc_warn(to, "No host ran both kernels: what differs may be the hosts.");
	} else {
		if (compare_make(&c, arg, 2, &opt)) {
			doc_title(to, "%s: %s -> %s", p->question, r->a, r->b);
			doc_warn(to, "Not to be compared: %s", c.error);
		} else {
			compare_doc(&c, to);
		}
		compare_free(&c);
	}
	free(arg[0]);
	free(arg[1]);
}

static void reasons_put(struct site *s, struct page *p)
{
	for (size_t i = 0; i < p->nr_reason; i++) {
		const struct reason *r = &p->reason[i];
		struct doc d = { 0 };

		doc_para(&d, "%s: %s", p->question, p->machine);
		doc_link(&d, p->name);
		if (r->step.of)
			site_step_doc(&r->step, &d);
		else
			comparison(p, r, &d);
		page_put(s, r->name, d.block[1].text ?: "", &d);
		doc_free(&d);
	}
}

/* --- pages ------------------------------------------------------------------ */

/* Each series in one line, which leads to all of it. */
static void in_short(const struct history *h, struct doc *to)
{
	char text[60], link[20];
	struct table t;

	doc_head(to, "In short");
	table_head(&t, 1, "point", "first", "last", "change", "steps", NULL);
	for (size_t i = 0; i < h->nr_track; i++) {
		const struct track *one = h->track[i];
		const struct row *last = &one->row[one->nr_row - 1];

		table_row(&t, NULL);
		table_cell(&t, 0, "%s, %s", one->name, one->unit);
		/* Behind the title and this heading. */
		snprintf(link, sizeof(link), "#h%zu", i + 3);
		table_link(&t, 0, link);
		table_cell(&t, 1, "%s", history_number(text, sizeof(text),
			one->unit, one->row->est.med));
		table_cell(&t, 2, "%s", history_number(text, sizeof(text),
			one->unit, last->est.med));
		table_count(&t, 3, last->est.med / one->row->est.med);
		table_cell(&t, 3, "%s", history_change(text, sizeof(text),
			last->est.med / one->row->est.med));
		table_count(&t, 4, one->nr_step);
	}
	doc_table(to, &t);
}

static void history_put(struct site *s, struct page *p)
{
	char folder[sizeof(PLOTS_TEMP)];
	struct doc d = { 0 };
	int fd;

	history_make(&p->h);
	fd = plots_temp(&p->h.plots, folder);
	doc_para(&d, "All results");
	doc_link(&d, "index.html");
	doc_title(&d, "%s", p->question);
	doc_para(&d, "%s", p->machine);
	history_keys(&p->h, &d);
	in_short(&p->h, &d);
	history_tracks(&p->h, fd, true, &d);
	plots_temp_end(&p->h.plots, fd, folder);
	if (*p->h.plots.problem && !*s->none.plots.problem)
		err_say("plots: %s", p->h.plots.problem);
	memcpy(s->none.plots.problem, p->h.plots.problem,
	       sizeof(p->h.plots.problem));
	page_put(s, p->name, p->question, &d);
	doc_free(&d);
	reasons_put(s, p);
}

static size_t steps(const struct page *p)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->h.nr_track; i++)
		nr += p->h.track[i]->nr_step;
	return nr;
}

static int by_machine(const void *pa, const void *pb)
{
	const struct page *a = *(const struct page *const *)pa;
	const struct page *b = *(const struct page *const *)pb;

	return strcmp(a->machine, b->machine) ?:
		strcmp(a->question, b->question);
}

static void index_put(struct site *s)
{
	struct doc d = { 0 };
	struct table t;

	doc_title(&d, "What a fork costs, and a move");
	doc_para(&d, "A page per question and machine; machines that are alike are one. Each has the curve over the kernels and what is behind its steps.");
	table_head(&t, 1, "question", "kernels", "hosts", "boots", "series",
		   "steps", NULL);
	for (size_t i = 0; i < s->nr_page; i++) {
		const struct page *p = s->page[i];

		table_group(&t, p->machine);
		table_cell(&t, 0, "%s", p->question);
		if (p->h.nr_track)
			table_link(&t, 0, p->name);
		table_count(&t, 1, different(&p->h, false));
		table_count(&t, 2, different(&p->h, true));
		table_count(&t, 3, p->h.nr_past);
		table_count(&t, 4, p->h.nr_track);
		table_count(&t, 5, steps(p));
	}
	doc_table(&d, &t);
	history_unread(&s->none, &d);
	page_put(s, "index.html", "results", &d);
	doc_free(&d);
}

static void site_free(struct site *s)
{
	for (size_t i = 0; i < s->nr_page; i++) {
		struct page *p = s->page[i];

		for (size_t k = 0; k < p->nr_reason; k++)
			free(p->reason[k].name);
		free(p->reason);
		free(p->name);
		free(p->question);
		free(p->machine);
		history_free(&p->h);
		free(p);
	}
	free(s->page);
	for (size_t i = 0; i < s->nr_functions; i++)
		site_functions_free(&s->functions[i]);
	free(s->functions);
	history_free(&s->none);
	text_free(&s->list);
	if (s->fd >= 0)
		close(s->fd);
}

/* All that is in the folders and the tables, into pages that have something. */
static void take(struct site *s, const struct folders *all,
		 const struct folders *tables)
{
	size_t n = 0;

	for (size_t i = 0; i < all->nr; i++)
		folder_take(s, all->path[i]);
	for (size_t i = 0; i < tables->nr; i++)
		table_take(s, tables->path[i]);
	qsort(s->page, s->nr_page, sizeof(*s->page), by_machine);
	for (size_t i = 0; i < s->nr_page; i++)
		n += !!s->page[i]->h.nr_track;
	if (!n)
		err_say("site: nothing measured is there%s%s",
			s->none.nr_bad ? ": " : "",
			s->none.nr_bad ? s->none.bad[0] : "");
	if (!n)
		s->ret = EXIT_BAD;
}

int site(char **path, int nr)
{
	struct folders all = { 0 }, tables = { 0 };
	struct site s = { .fd = -1 };
	char why[600];

	if (nr < 2) {
		err_say("site: %d folder%s given; expected the site's, and results folders or trees of them",
			nr, out_s(nr));
		return EXIT_BAD;
	}
	s.dir = path[0];
	if (folders_find(&all, &tables, path + 1, nr - 1, release_order, why,
			 sizeof(why))) {
		err_say("site: %s", why);
		s.ret = EXIT_BAD;
	}
	if (!s.ret && (s.fd = folder_open(s.dir)) < 0)
		s.ret = EXIT_BAD;
	if (!s.ret)
		take(&s, &all, &tables);
	if (!s.ret) {
		text_printf(&s.list, LIST_HEAD);
		for (size_t i = 0; i < s.nr_page; i++)
			if (s.page[i]->h.nr_track)
				history_put(&s, s.page[i]);
		index_put(&s);
		list_put(&s);
	}
	if (!s.ret)
		printf("%s/index.html\n", s.dir);
	site_free(&s);
	folders_free(&all);
	folders_free(&tables);
	return s.ret;
}
