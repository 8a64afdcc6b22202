// SPDX-License-Identifier: GPL-2.0-or-later
/* campaign - one question, many boots */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "campaign.h"
#include "cpus.h"
#include "err.h"
#include "folder.h"
#include "guest.h"
#include "initrd.h"
#include "record.h"
#include "tree.h"

const char *campaign_accelerator;

/* One kernel in one lock mode. */
struct set {
	const struct kernel	*kernel;
	bool			 favordynmods;
	char			*name;
};

struct boot {
	const struct campaign	*c;
	const struct set	*set;
	unsigned int		 round, rounds;
	struct guest		 guest;
	struct strv		 argv;
	struct text		 line;		/* progress, not whole yet */
	char			 utc[32];
	uint64_t		 tree;		/* digest of what it was given */
	char			*folder;	/* what came of it, or NULL */
};

/* --- sets ---------------------------------------------------------------- */

static bool same_release(const struct campaign *c, unsigned int i)
{
	for (unsigned int j = 0; j < c->nr_kernel; j++)
		if (j != i && !strcmp(c->kernel[i].release,
				      c->kernel[j].release))
			return true;
	return false;
}

static struct set *make_sets(const struct campaign *c, unsigned int *nr)
{
	unsigned int modes = c->mode == 2 ? 2 : 1;
	struct set *set = xzalloc(c->nr_kernel * modes * sizeof(*set));

	*nr = 0;
	for (unsigned int i = 0; i < c->nr_kernel; i++) {
		char *base = same_release(c, i) ?
			xprintf("%s.%u", c->kernel[i].release, i + 1) :
			xstrdup(c->kernel[i].release);

		for (unsigned int m = 0; m < modes; m++) {
			struct set *s = &set[(*nr)++];

			s->kernel = &c->kernel[i];
			s->favordynmods = c->mode == 1 || m;
			s->name = m ? xprintf("%s+favordynmods", base) :
				      xstrdup(base);
		}
		free(base);
	}
	return set;
}

/* Under which label: the user's, and what tells the sets apart. */
static char *label_of(const struct campaign *c, const struct set *s,
		      unsigned int nr_set)
{
	if (c->label)
		return nr_set == 1 ? xstrdup(c->label) :
			xprintf("%s:%s", c->label, s->name);
	return strcmp(s->name, s->kernel->release) ? xstrdup(s->name) : NULL;
}

/* --- the question -------------------------------------------------------- */

static bool is_path(const char *question)
{
	size_t n = strlen(question);

	return strchr(question, '/') ||
	       (n > 5 && !strcmp(question + n - 5, ".conf"));
}

/* Wrong questions are said before anything boots. An exit code. */
static int check_question(const struct campaign *c)
{
	char *path;
	int ret = EXIT_OK;

	if (!!c->question == !!c->plan) {
		err_say(c->plan ? "a question and --plan-file exclude each "
			"other" : "which question? './run.sh list' shows them");
		return EXIT_BAD;
	}
	if (c->plan && (c->seed || c->time || c->repeat)) {
		err_say("--seed, --time and --repeat make a plan; --plan-file "
			"has one");
		return EXIT_BAD;
	}
	if (c->plan)
		path = xstrdup(c->plan);
	else if (is_path(c->question))
		path = xstrdup(c->question);
	else
		path = tree_path("configs/%s.conf", c->question);
	if (access(path, R_OK)) {
		err_say("%s: %s; './run.sh list' shows what there is", path,
			strerror(errno));
		ret = EXIT_BAD;
	}
	free(path);
	return ret;
}

static void add_number(struct strv *v, const char *option, double value)
{
	if (!value)
		return;
	strv_add(v, xstrdup(option));
	strv_add(v, xprintf("%.17g", value));
}

/* Where equal input gives equal numbers, boots are equal. */
static unsigned long seed_of(const struct campaign *c, unsigned int round)
{
	return c->seed + (c->machine->exact ? 0 : round);
}

/* The command of the guest; its runner makes the plan, it knows its kernel. */
static void runner_argv(const struct campaign *c, unsigned int round,
			unsigned int boots, struct strv *v)
{
	strv_add(v, xstrdup("build/forkpath-runner"));
	strv_add(v, xstrdup("run"));
	if (c->plan) {
		strv_add(v, xstrdup("--plan-file"));
		strv_add(v, xstrdup(GUEST_PLAN));
	} else {
		strv_add(v, is_path(c->question) ?
			 initrd_question(c->question) : xstrdup(c->question));
		strv_add(v, xstrdup("--seed"));
		strv_add(v, xprintf("%lu", seed_of(c, round)));
		if (c->machine->exact)
			strv_add(v, xstrdup("--exact"));
		add_number(v, "--time", c->time / boots);
		add_number(v, "--repeat", c->repeat ? c->repeat :
			   c->boots ? 1 : 0);
	}
	strv_add(v, xstrdup("--out"));
	strv_add(v, xstrdup(GUEST_RESULTS));
}

/* What repeats boot B alone, as run.sh takes it. */
static char *command_of(const struct boot *b)
{
	const struct campaign *c = b->c;
	const struct qemu_args *m = c->machine;
	struct text t = { 0 };

	text_printf(&t, "./run.sh lab --numa %ux%u --memory %luM", m->nodes,
		    m->cpus, m->memory_mib);
	if (m->exact)
		text_printf(&t, " --exact");
	if (m->layout)
		text_printf(&t, " --layout %lu", m->layout);
	if (b->set->favordynmods)
		text_printf(&t, " --favordynmods");
	if (m->distance)
		text_printf(&t, " --distance %s", m->distance);
	if (m->cpu)
		text_printf(&t, " --cpu '%s'", m->cpu);
	if (m->append)
		text_printf(&t, " --append '%s'", m->append);
	if (c->v1 && strcmp(c->v1, "auto"))
		text_printf(&t, " --v1 %s", c->v1);
	text_printf(&t, " %s --", b->set->kernel->spec);
	if (c->plan) {
		text_printf(&t, " --plan-file %s", c->plan);
	} else {
		text_printf(&t, " %s --seed %lu", c->question,
			    seed_of(c, b->round));
		if (c->time)
			text_printf(&t, " --time %g", c->time);
		if (c->repeat || c->boots)
			text_printf(&t, " --repeat %lu",
				    c->repeat ? c->repeat : 1);
	}
	return t.s;
}

/* --- what is heard ------------------------------------------------------- */

#define WIDTH 72

/* "6.12.117+deb12 favordynmods (1/2): ", for people. */
static char *heading(const struct boot *b)
{
	const char *release = b->set->kernel->release;
	const char *number = strstr(b->set->name, release) + strlen(release);
	struct text t = { 0 };

	text_printf(&t, "%.*s%.*s%s", (int)strcspn(release, "-"), release,
		    (int)strcspn(number, "+"), number,
		    b->set->favordynmods ? " favordynmods" : "");
	if (b->rounds > 1)
		text_printf(&t, " (%u/%u)", b->round + 1, b->rounds);
	return t.s;
}

/* One line of the guest's runner. On a terminal what went well passes by. */
static void show(const struct boot *b, const char *line)
{
	bool tty = isatty(STDERR_FILENO);
	bool passing = tty && *line == '[' && strstr(line, "  ok");
	char *head = heading(b), *all = xprintf("%s: %s", head, line);

	if (tty)
		fprintf(stderr, "\r%-*.*s%s", WIDTH, passing ? WIDTH : 1000,
			all, passing ? "" : "\n");
	else
		fprintf(stderr, "%s\n", all);
	fflush(stderr);
	free(head);
	free(all);
}

static void hear(struct guest *g, char type, const char *text, size_t len)
{
	struct boot *b = g->of;
	char *end;

	if (type != 'e')
		return;		/* the guest's own path of the folder */
	text_add(&b->line, text, len);
	while ((end = strchr(b->line.s, '\n'))) {
		char *line = xstrndup(b->line.s, end - b->line.s);
		size_t n = end + 1 - b->line.s;

		show(b, one_line(line));
		free(line);
		memmove(b->line.s, end + 1, b->line.len - n + 1);
		b->line.len -= n;
	}
}

/* --- boots --------------------------------------------------------------- */

int campaign_keep(const char *dir, const struct text *initrd,
		  const struct strv *argv)
{
	char *image = xprintf("%s/initramfs.cpio", dir);
	char *script = xprintf("%s/boot.sh", dir);
	FILE *f = NULL;
	int ret = EXIT_FAIL;

	if (mkdir(dir, 0755) && errno != EEXIST)
		goto out;
	f = fopen(image, "we");
	if (!f || fwrite(initrd->s, 1, initrd->len, f) != initrd->len ||
	    fclose(f)) {
		f = NULL;
		goto out;
	}
	f = fopen(script, "we");
	if (!f)
		goto out;
	fprintf(f, "#!/bin/sh\n# What the guest says: console.log, wire.log\n"
		"cd \"$(dirname \"$0\")\" || exit 1\nexec %d<initramfs.cpio "
		"%d>console.log %d>wire.log\nexec", QEMU_INITRD, QEMU_CONSOLE,
		QEMU_WIRE);
	for (unsigned int i = 0; i < argv->nr; i++) {
		fputs(" '", f);
		for (const char *p = argv->v[i]; *p; p++)
			fputs(*p == '\'' ? "'\\''" : (char[]){ *p, 0 }, f);
		fputc('\'', f);
	}
	fputc('\n', f);
	if (!fclose(f) && !chmod(script, 0755))
		ret = EXIT_OK;
	f = NULL;
out:
	if (ret)
		err_say("--keep %s: %s", dir, strerror(errno));
	if (f)
		fclose(f);
	free(image);
	free(script);
	return ret;
}

static int start(struct boot *b, unsigned int boots)
{
	const struct campaign *c = b->c;
	const struct kernel *k = b->set->kernel;
	struct strv command = { 0 };
	struct initrd_args a = {
		.kernel = k, .v1 = c->v1, .favordynmods = b->set->favordynmods,
		.collect = GUEST_RESULTS, .add = c->add, .module = c->module,
		.layout = c->machine->layout, .tree = &b->tree,
		.argv = &command, .plan = c->plan,
		.question = c->question && is_path(c->question) ?
			    c->question : NULL,
	};
	struct text initrd = { 0 };
	time_t t = time(NULL);
	struct tm tm;
	int ret;

	gmtime_r(&t, &tm);
	strftime(b->utc, sizeof(b->utc), "%Y-%m-%dT%H:%M:%SZ", &tm);
	runner_argv(c, b->round, boots, &command);
	b->guest = (struct guest){
		.name = b->set->name, .silence = c->silence,
		.limit = c->limit, .say = hear, .of = b,
	};
	ret = initrd_make(&initrd, &a);
	qemu_argv(&b->argv, c->machine, k->image);
	if (!ret && c->keep)
		ret = campaign_keep(c->keep, &initrd, &b->argv);
	if (!ret && (ret = guest_start(&b->guest, b->argv.v, initrd.s,
				       initrd.len))) {
		err_say("%s: %s", b->argv.v[0], strerror(-ret));
		ret = EXIT_FAIL;
	}
	text_free(&initrd);
	strv_free(&command);
	return ret;
}

/* Where boot B goes: --out itself, or below it where there are many. */
static char *out_of(const struct boot *b, unsigned int boots)
{
	const char *out = b->c->out;
	char *dir, *path;

	if (!out || boots == 1)
		return out ? xstrdup(out) : NULL;
	folder_make_parent(out);
	dir = xprintf("%s/%s", out, b->set->name);
	folder_make_parent(dir);
	path = xprintf("%s/%u", dir, b->round + 1);
	free(dir);
	return path;
}

/* What became of boot B; an exit code. */
static int finish(struct boot *b, const char *qemu, unsigned int nr_set)
{
	struct guest *g = &b->guest;
	char *command, *label, *out;
	int ret;

	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (g->status < 0) {
		if (!guest_stop_signal)
			guest_last_words(g);
		err_say("%s: %s", b->set->kernel->spec, g->failure);
		if (!g->whole)
			return EXIT_FAIL;
	}
	if (!g->archive.len) {
		if (g->status > 128)
			err_say("%s: the runner in the guest was killed by "
				"signal %d%s", b->set->name, g->status - 128,
				g->log.len && strstr(g->log.s, "Out of memory")
				? ": the guest is out of memory (--memory)" :
				"");
		return g->status ? g->status : EXIT_FAIL;
	}
	command = command_of(b);
	label = label_of(b->c, b->set, nr_set);
	out = out_of(b, nr_set * b->rounds);
	ret = record_make(&(struct record){
		.kernel = b->set->kernel, .machine = b->c->machine,
		.guest = g, .argv = &b->argv, .qemu = qemu,
		.why_tcg = campaign_accelerator, .command = command,
		.label = label, .utc = b->utc, .tree = b->tree,
		.boot = b->round + 1,
		.boots = b->rounds,
	}, out, &b->folder);
	free(command);
	free(label);
	free(out);
	if (!ret && g->status < 0) {
		err_say("%s: what it had measured before is in %s",
			b->set->kernel->spec, b->folder);
		ret = EXIT_FAIL;
	}
	return ret ? ret : g->status;
}

static void boot_free(struct boot *b)
{
	guest_free(&b->guest);
	strv_free(&b->argv);
	text_free(&b->line);
	b->argv = (struct strv){ 0 };
	b->guest = (struct guest){ 0 };
}

static unsigned int jobs_of(const struct campaign *c)
{
	static unsigned int cpu[CPUS_MAX];
	int have = cpus_allowed(cpu, CPUS_MAX);
	unsigned int each = c->machine->nodes * c->machine->cpus;

	if (c->jobs)
		return c->jobs;
	/* Two guests at a time disturb each other where time is measured. */
	if (c->machine->kvm || have < (int)each)
		return 1;
	return have / each;
}

/* Start what may be started, wait, finish; an exit code, the worst. */
static int run_boots(const struct campaign *c, const struct set *set,
		     unsigned int nr_set, unsigned int rounds,
		     const char *qemu)
{
	unsigned int boots = nr_set * rounds, jobs = jobs_of(c);
	struct boot *boot = xzalloc(boots * sizeof(*boot));
	struct guest **live = xzalloc(boots * sizeof(*live));
	unsigned int begun = 0, nr_live = 0;
	int worst = EXIT_OK;

	while ((begun < boots && worst <= EXIT_FAIL && !guest_stop_signal) ||
	       nr_live) {
		while (begun < boots && nr_live < jobs && worst <= EXIT_FAIL &&
		       !guest_stop_signal) {
			struct boot *b = &boot[begun];

			b->c = c;
			b->set = &set[begun % nr_set];
			b->round = begun / nr_set;
			b->rounds = rounds;
			begun++;
			worst = start(b, boots);
			if (worst)
				break;
			live[nr_live++] = &b->guest;
		}
		if (!nr_live)
			break;
		guest_wait(live, nr_live);
		for (unsigned int i = 0; i < nr_live && guest_stop_signal; i++)
			if (!live[i]->ended)
				guest_stop(live[i]);
		for (unsigned int i = 0; i < nr_live;) {
			struct boot *b = live[i]->of;
			int ret;

			if (!b->guest.ended) {
				i++;
				continue;
			}
			ret = finish(b, qemu, nr_set);
			worst = ret > worst ? ret : worst;
			boot_free(b);
			live[i] = live[--nr_live];
		}
	}
	if (guest_stop_signal)
		worst = 128 + guest_stop_signal;
	for (unsigned int i = 0; i < begun; i++) {
		if (boot[i].folder)
			printf("%s\t%s\n", boot[i].set->name,
			       boot[i].folder);
		free(boot[i].folder);
		boot_free(&boot[i]);
	}
	free(boot);
	free(live);
	return worst;
}

int campaign_run(const struct campaign *asked)
{
	struct campaign c = *asked;
	unsigned int nr_set, rounds = c.boots ? c.boots : 1;
	char *qemu;
	struct set *set;
	int ret = check_question(&c);

	if (ret)
		return ret;
	if (!c.seed && c.machine->exact)
		c.seed = 1;
	if (!c.seed) {
		FILE *f = fopen("/dev/urandom", "re");
		unsigned int drawn = 0;

		if (f && fread(&drawn, sizeof(drawn), 1, f) == 1)
			c.seed = drawn;
		c.seed += !c.seed;
		if (f)
			fclose(f);
	}
	qemu = qemu_version();
	set = make_sets(&c, &nr_set);
	err_say("%s: %s%s%s%s, %u node%s with %u CPU%s each, %lu MiB; %u "
		"boot%s", qemu ? qemu : qemu_program, c.machine->kvm ? "KVM" : "TCG",
		campaign_accelerator ? " (" : "",
		campaign_accelerator ? campaign_accelerator : "",
		campaign_accelerator ? ")" : "", c.machine->nodes,
		c.machine->nodes == 1 ? "" : "s", c.machine->cpus,
		c.machine->cpus == 1 ? "" : "s", c.machine->memory_mib,
		nr_set * rounds, nr_set * rounds == 1 ? "" : "s");
	if (!strcmp(qemu_time(c.machine), "emulated"))
		err_say("beware: emulated time is comparable with nothing; "
			"--exact counts instructions");
	ret = run_boots(&c, set, nr_set, rounds, qemu);
	for (unsigned int i = 0; i < nr_set; i++)
		free(set[i].name);
	free(set);
	free(qemu);
	return ret;
}
