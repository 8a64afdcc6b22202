// SPDX-License-Identifier: GPL-2.0-or-later
/* ask-all - questions, one after the other, and the report of each */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask-all.h"
#include "conf.h"
#include "err.h"
#include "mem.h"
#include "plan.h"
#include "tool.h"
#include "tree.h"

/* Is WORD the option NAME? 2 if its value is the next word, 1 if not, 0: no. */
static int is_option(const char *word, const char *name)
{
	size_t len = strlen(name);

	word += strspn(word, "-");
	return strncmp(word, name, len) ? 0 : word[len] == '=' ? 1 :
	       !word[len] ? 2 : 0;
}

/* The command that measures QUESTION (NULL: what is resumed). */
static void command(struct strv *argv, const struct ask_args *a,
		    const char *question, double seconds)
{
	strv_add(argv, xstrdup("/proc/self/exe"));
	for (char *const *w = a->words + 1; *w; w++) {
		int time = is_option(*w, "time");

		if (time)
			w += time - 1;
		else if (!is_option(*w, "plan") &&
			 !is_option(*w, "allow-fragmentation") &&
			 !(a->plan && is_option(*w, "fix")))
			strv_add(argv, xstrdup(*w));
	}
	if (seconds)
		strv_add(argv, xprintf("--time=%.6g", seconds));
	strv_add(argv, xstrdup(a->plan ? "plan" : "run"));
	if (question)
		strv_add(argv, xstrdup(question));
}

/* DIR as who asks would write it, which also fits a line: from here on. */
static const char *from_here(const char *dir)
{
	scoped char *here = getcwd(NULL, 0);
	size_t len = here ? strlen(here) : 0;

	return len > 1 && !strncmp(dir, here, len) && dir[len] == '/' &&
	       dir[len + 1] ? dir + len + 1 : dir;
}

static int report(const char *dir)
{
	char *analysis = tree_path("build/forkpath-analysis");
	int ret = tool_run((char *[]){ analysis, (char *)"report",
				       (char *)from_here(dir), NULL }, NULL);

	free(analysis);
	return ret;
}

/* An exit code. */
static int ask(const struct ask_args *a, const char *question, double seconds)
{
	struct strv argv = { 0 };
	struct text dir = { 0 };
	int ret, error;

	command(&argv, a, question, seconds);
	ret = tool_run(argv.v, a->plan ? NULL : &dir);
	if (dir.len && ret <= EXIT_FAIL && !tool_stopped) {
		dir.s[strcspn(dir.s, "\n")] = '\0';
		error = report(dir.s);
		ret = error ? error : ret;
	}
	text_free(&dir);
	strv_free(&argv);
	return tool_stopped && ret <= EXIT_FAIL ? 128 + tool_stopped : ret;
}

/* Before the first is measured: can each be asked? An exit code. */
static int check(char *const *questions)
{
	int ret = EXIT_OK;

	for (; *questions && !ret; questions++) {
		struct conf c = { 0 };

		ret = plan_conf(&c, *questions) ? EXIT_BAD : EXIT_OK;
		conf_free(&c);
	}
	return ret;
}

int ask_all(const struct ask_args *a)
{
	static char *const quick[] = { (char *)"quick", NULL };
	char *const *q = a->questions;
	int worst = EXIT_OK, ret, nr = 0;

	tool_catch_stop();
	if (a->resume && *q) {
		err_say("--resume: the folder knows its question, not '%s'",
			*q);
		return EXIT_BAD;
	}
	if (a->resume)
		return ask(a, NULL, a->time);
	if (!*q)
		q = quick;
	while (q[nr])
		nr++;
	ret = check(q);
	if (ret)
		return ret;
	for (; *q; q++) {
		ret = ask(a, *q, a->time / nr);
		worst = ret ? ret : worst;
		if (ret > EXIT_FAIL || (ret && a->plan))
			break;
	}
	return worst;
}
