// SPDX-License-Identifier: GPL-2.0-or-later
/* ktap-keep - what came out of a stress test: printed, and kept of a failure */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "ktap-run.h"
#include "meta.h"
#include "tree.h"

#define EVIDENCE_LINES	60
#define WIDTH		72

__attribute__((format(printf, 2, 3)))
void ktap_say(struct ktap_run *r, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = xstrdup("");
	va_end(ap);
	text_add(&r->log, s, strlen(s));
	fputs(s, stdout);
	err_stdout();		/* a crash keeps the last line */
	free(s);
}

/* ---- what came out ----------------------------------------------------- */

/*
 * The sample line, "BenchmarkName/... N (VALUE UNIT)...", as a few words
 * per figure: operations of each role and every counter, per second where
 * they were counted.
 */
void ktap_say_counts(struct ktap_run *r, const char *sample,
		       double seconds)
{
	const char *line = sample ? strstr(sample, "\nBenchmark") : NULL;
	struct strv word = { 0 };
	size_t column = 0;

	if (!line)
		return;
	strv_split(&word, line + 1, " ");
	for (unsigned int i = 2; i + 1 < word.nr; i += 2) {
		double v = strtod(word.v[i], NULL);
		char *unit = word.v[i + 1], *s;
		size_t len;

		unit[strcspn(unit, "\n")] = '\0';
		len = strlen(unit);
		if (len > 6 && !strcmp(unit + len - 6, "-ops/s")) {
			s = xprintf("%.*s %.0f/s", (int)len - 6, unit, v);
		} else if (len > 6 && !strcmp(unit + len - 6, "-count")) {
			unit[len - 6] = '\0';
			s = xprintf("%s %.0f (%.3g/s)", unit, v,
				    v / seconds);
			r->forks += strcmp(unit, "forks") ? 0 : v;
			r->moves += strcmp(unit, "moves") ? 0 : v;
			r->overlaps += strcmp(unit, "overlaps") ? 0 : v;
		} else if (len > 3 && (!strcmp(unit + len - 3, "-ns") ||
				       !strcmp(unit + len - 4, "-ops"))) {
			continue;	/* numbers of a benchmark */
		} else {
			s = xprintf("%s %.4g", unit, v);
		}
		len = strlen(s) + 2;
		if (column && column + len > WIDTH) {
			ktap_say(r, "\n");
			column = 0;
		}
		if (!column) {
			ktap_say(r, "  #");
			column = 3;
		}
		ktap_say(r, " %s", s);
		column += len;
		free(s);
	}
	if (column)
		ktap_say(r, "\n");
	strv_free(&word);
}

/* All lines, or all but the last LESS. */
void ktap_say_lines(struct ktap_run *r, const char *text, unsigned int less)
{
	unsigned int nr = 0, all = 0;

	for (const char *p = text; p && *p; p++)
		all += *p == '\n';
	for (; text && *text && nr + less < all; nr++) {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len);

		line[utf8_span(line, len)] = '\0';
		if (nr < EVIDENCE_LINES)
			ktap_say(r, "  # %s\n", line);
		free(line);
		text += len + !!text[len];
	}
	if (nr > EVIDENCE_LINES)
		ktap_say(r, "  # and %u lines more\n", nr - EVIDENCE_LINES);
}

/* ---- a failure and its folder ------------------------------------------ */

static int make_folder(struct ktap_run *r)
{
	char *results = tree_results(), *stress, *out, utc[32], *release;
	struct meta_args m = { .question = "stress", .seed = r->seed,
			       .kmsg = r->kmsg.fd >= 0 };
	struct utsname un;
	struct tm tm;
	time_t t = time(NULL);
	int ret, error;
	char *s;

	uname(&un);
	gmtime_r(&t, &tm);
	strftime(utc, sizeof(utc), "%Y%m%dT%H%M%SZ", &tm);
	release = folder_word(un.release);
	stress = xprintf("%s/stress", results);
	out = r->args->out ? xstrdup(r->args->out) :
	      xprintf("%s/%s-%s.%d", stress, release, utc, getpid());
	if (!r->args->out) {
		/* folder_new() says what is wrong. */
		folder_make_parent(results);
		folder_make_parent(stress);
	}
	ret = folder_new(&r->folder, NULL, NULL, out);
	if (!ret) {
		s = meta_text(&m);
		error = folder_write(&r->folder, "meta.json", s, strlen(s));
		if (error)
			err_say("%s/meta.json: %s", r->folder.path,
				strerror(-error));
		free(s);
	}
	free(out);
	free(stress);
	free(release);
	free(results);
	return ret;
}

static char *repeat_command(const struct ktap_run *r,
			    const struct subtest *s, double seconds)
{
	return xprintf("./run.sh stress %s/%s --seed %llu --time %g%s%s",
		       s->desc->name, s->hierarchy,
		       (unsigned long long)r->seed, seconds + s->overhead,
		       r->args->mutate ? " --mutate " : "",
		       r->args->mutate ?: "");
}

/* Seed, plan, log, kernel log, and the command that repeats it. */
void ktap_keep(struct ktap_run *r, const struct subtest *s,
			 const struct proc *p, const char *reason,
			 const struct text *kernel, double seconds)
{
	char *name = xprintf("%s.%s", s->desc->name, s->hierarchy);
	char *again = repeat_command(r, s, seconds);
	struct text t = { 0 };
	int ret;

	ktap_say(r, "  # repeat: %s\n", again);
	ret = r->folder.fd < 0 ? make_folder(r) : 0;
	if (ret) {
		ktap_say(r, "  # beware: what is known of it is not kept: its "
			 "folder cannot be made\n");
		goto out;
	}
	text_printf(&t, "# test %s\n# hierarchy %s\n# seed %llu\n# seconds %g\n"
		    "# repeat %s\n# reason %s\n\n# plan\n", s->desc->name,
		    s->hierarchy, (unsigned long long)r->seed, seconds, again,
		    reason);
	for (unsigned int i = 0; i < r->nr_sub; i++)
		text_printf(&t, "%s\t%s\t%s\n", r->sub[i].desc->name,
			    r->sub[i].hierarchy, r->sub[i].skip ?: "run");
	if (p->dropped[0] || p->dropped[1])
		text_printf(&t, "\n# not kept: the last %zu bytes of the "
			    "output, the first %zu of the errors\n",
			    p->dropped[0], p->dropped[1]);
	text_printf(&t, "\n# output\n%s\n# errors\n%s\n# kernel log\n%s",
		    p->text[0].s ?: "", p->text[1].s ?: "", kernel->s ?: "");
	ret = folder_write(&r->folder, name, t.s, t.len);
	if (!ret)
		ret = folder_write(&r->folder, "ktap", r->log.s, r->log.len);
	text_free(&t);
	if (ret)
		ktap_say(r, "  # beware: what is known of it is not kept: "
			 "%s/%s: %s\n", r->folder.path, name, strerror(-ret));
	else
		ktap_say(r, "  # kept in: %s\n", r->folder.path);
out:
	free(name);
	free(again);
}
