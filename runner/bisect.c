// SPDX-License-Identifier: GPL-2.0-or-later
/* bisect - what `git bisect run` asks of a script, for the kernel that runs */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bisect.h"
#include "err.h"
#include "mem.h"
#include "tool.h"
#include "tree.h"

#define LOOKS	4	/* as many as `judge` takes */

enum { CANNOT_TELL = 125, STOP = 255 };

static struct strv ends, judged;
static const char *question, *point, *metric;

/* GOOD BAD [OPTION]... -- QUESTION POINT. 0 or STOP. */
static int parse(int argc, char **argv)
{
	int i = 0;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		bool is_now = !strcmp(argv[i], "--now");

		if (is_now || !strcmp(argv[i], "--metric")) {
			if (i + 1 == argc) {
				err_say("bisect: %s: its value is missing",
					argv[i]);
				return STOP;
			}
			if (is_now)
				strv_add(&judged, xstrdup(argv[++i]));
			else
				metric = argv[++i];
		} else if (argv[i][0] == '-') {
			err_say("bisect: unknown option '%s'; known: --now "
				"--metric", argv[i]);
			return STOP;
		} else {
			strv_add(&ends, xstrdup(argv[i]));
		}
	}
	if (ends.nr != 2 || argc - i != 3) {
		err_say("bisect: GOOD BAD -- QUESTION POINT is right");
		return STOP;
	}
	question = argv[i + 1];
	point = argv[i + 2];
	return 0;
}

/* Is the folder DIR of that question? 0 or STOP. */
static int same_question(const char *dir)
{
	char *path = xprintf("%s/plan.tsv", dir), *line = NULL;
	char *wanted = xprintf("# question %s\n", question);
	FILE *f = fopen(path, "re");
	bool same = false;
	size_t size = 0;

	while (f && !same && getline(&line, &size, f) > 0)
		same = !strcmp(line, wanted);
	if (f)
		fclose(f);
	free(line);
	free(path);
	free(wanted);
	if (!same)
		err_say("bisect: %s is not of question '%s'", dir, question);
	return same ? 0 : STOP;
}

/* What VERB of the analysis says of DIRS and the point; its exit code. */
static int ask(const char *verb, const struct strv *dirs, const char *option,
	       unsigned long value, struct text *said)
{
	struct strv argv = { 0 };
	int ret;

	strv_add(&argv, tree_path("build/forkpath-analysis"));
	strv_add(&argv, xstrdup(verb));
	for (unsigned int i = 0; i < dirs->nr; i++)
		strv_add(&argv, xstrdup(dirs->v[i]));
	strv_add(&argv, xprintf("--point=%s", point));
	strv_add(&argv, xprintf("--%s=%lu", option, value));
	if (metric && strcmp(verb, "pick"))
		strv_add(&argv, xprintf("--metric=%s", metric));
	ret = tool_run(argv.v, said);
	strv_free(&argv);
	return ret;
}

/* A plan of the point, NEED times: a descriptor, or -1. */
static int plan(unsigned long need)
{
	struct strv good = { .v = ends.v, .nr = 1 };
	struct text said = { 0 };
	int ret = ask("pick", &good, "repeat", need, &said);
	int fd = ret ? -1 : memfd_create("plan.tsv", 0);

	if (fd < 0 || write(fd, said.s, said.len) != (ssize_t)said.len) {
		err_say("bisect: no plan, %s", ret ? "see above" :
			strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	text_free(&said);
	return fd;
}

/* Measure the point NEED times; the folder goes to DIRS. 0 or an exit code. */
static int measure(unsigned long need, struct strv *dirs)
{
	int fd = plan(need), ret;
	struct text dir = { 0 };
	char *file;

	if (fd < 0)
		return STOP;
	file = xprintf("--plan-file=/proc/self/fd/%d", fd);
	ret = tool_run((char *[]){ (char *)"/proc/self/exe", (char *)"run", file,
				   (char *)"--label=bisect", NULL }, &dir);
	free(file);
	close(fd);
	if (ret > 1 && ret != EXIT_SKIP) {
		err_say("bisect: not measured, exit %d, see above", ret);
		ret = STOP;
	} else if (ret == EXIT_SKIP || !dir.len) {
		ret = CANNOT_TELL;
	} else {
		strv_add(dirs, xstrndup(dir.s, strcspn(dir.s, "\n")));
		ret = 0;
	}
	text_free(&dir);
	return ret;
}

/* One more folder to judge. 0 or an exit code. */
static int look_at(unsigned int look, unsigned long need, struct strv *dirs)
{
	if (!judged.nr)
		return measure(need, dirs);
	if (look > judged.nr) {
		printf("skip # no more results to judge\n");
		return CANNOT_TELL;
	}
	strv_add(dirs, xstrdup(judged.v[look - 1]));
	return 0;
}

/* The number behind WORD at the begin of TEXT. */
static unsigned long behind(const char *word, const char *text)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) ? 0 : strtoul(text + len, NULL, 10);
}

/*
 * What is said of DIRS at look number NR. An exit code, or 0 with *NEED
 * repetitions more to be measured; *NEED is 0 if it is good.
 */
static int judge(const struct strv *dirs, unsigned int nr, unsigned long *need)
{
	struct text said = { 0 };
	int ret = ask("judge", dirs, "look", nr, &said);

	printf("%s", said.s);
	fflush(stdout);
	*need = 0;
	if (ret == 3) {
		*need = behind("more ", said.s);
		ret = 0;
	} else if (ret > 1 && ret != CANNOT_TELL) {
		err_say("bisect: not judged, exit %d, see above", ret);
		ret = STOP;
	}
	text_free(&said);
	return ret;
}

/* Folder after folder, until what is in DIRS is enough. An exit code. */
static int look(struct strv *dirs, unsigned long need)
{
	for (unsigned int nr = 1; nr <= LOOKS; nr++) {
		int ret = look_at(nr, need, dirs);

		if (!ret && !tool_stopped)
			ret = judge(dirs, nr, &need);
		if (tool_stopped)
			return STOP;
		if (ret || !need)
			return ret;
	}
	return CANNOT_TELL;
}

static int bisect(int argc, char **argv)
{
	struct strv dirs = { 0 };
	struct text said = { 0 };
	int ret = parse(argc, argv);

	if (!ret && tree_init(NULL))
		ret = STOP;
	for (unsigned int i = 0; !ret && i < ends.nr; i++)
		strv_add(&dirs, xstrdup(ends.v[i]));
	tool_catch_stop();
	if (!ret && ask("judge", &dirs, "look", 1, &said)) {
		err_say("bisect: GOOD and BAD do not do, see above");
		ret = STOP;
	}
	for (unsigned int i = 0; !ret && i < ends.nr; i++)
		ret = same_question(ends.v[i]);
	if (!ret)
		ret = look(&dirs, behind("need ", said.s));
	text_free(&said);
	strv_free(&dirs);
	strv_free(&ends);
	strv_free(&judged);
	return ret;
}

int bisect_main(int argc, char **argv)
{
	int ret;

	if (argc < 2 || strcmp(argv[1], "bisect"))
		return -1;
	ret = bisect(argc - 2, argv + 2);
	/* What was said and did not arrive must not read as "bad". */
	return err_end(EXIT_OK) ? STOP : ret;
}
