// SPDX-License-Identifier: GPL-2.0-or-later
/* list - which questions, benchmarks and workloads are there? */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asks.h"
#include "conf.h"
#include "desc.h"
#include "err.h"
#include "list.h"
#include "mem.h"
#include "tree.h"

#define WIDTH		72
#define ROOM		15	/* of a name */
#define QUESTION_ROOM	17

static void row(FILE *to, int room, const char *name, const char *text)
{
	char *line = xprintf("%-*s %s", room, name, text);
	size_t n = utf8_span(line, strlen(line));

	if (n > WIDTH)
		n = utf8_span(line, WIDTH);
	fprintf(to, "%.*s\n", (int)n, line);
	free(line);
}

static int questions(FILE *to)
{
	struct strv names = tree_questions();
	int ret = EXIT_OK;

	fprintf(to, "QUESTIONS\n");
	for (unsigned int i = 0; i < names.nr; i++) {
		char *file = tree_path("configs/%s.conf", names.v[i]);
		struct conf c;

		if (conf_open(&c, file))
			ret = EXIT_BAD;
		else
			row(to, QUESTION_ROOM, names.v[i], c.title);
		conf_free(&c);
		free(file);
	}
	strv_free(&names);
	return asks_check_general() ? EXIT_BAD : ret;
}

/* Those below build/bench/SUB, which is "" or ends in a slash. */
static void benches(const char *title, const char *sub, FILE *to)
{
	char *dir = xprintf("build/bench/%s", sub);
	struct strv names = tree_names(dir, "", true);

	fprintf(to, "\n%s\n", title);
	for (unsigned int i = 0; i < names.nr; i++) {
		char *full = xprintf("%s%s", sub, names.v[i]), why[300];
		const struct desc *d;

		row(to, ROOM, names.v[i], desc_get(full, &d, why, sizeof(why)) ?
		    "(does not describe itself)" : d->summary);
		free(full);
	}
	strv_free(&names);
	free(dir);
}

/* What the first comment that is no license says, without "NAME - ". */
static char *first_comment(const char *file, const char *name)
{
	char buf[512], *s, *said = NULL;
	size_t len = strlen(name);
	FILE *f = fopen(file, "re");

	while (f && !said && fgets(buf, sizeof(buf), f)) {
		s = buf + strspn(buf, " \t/*#;");
		s[strcspn(s, "\n")] = '\0';
		if (!*s || strstr(s, "SPDX-"))
			continue;
		if (!strncmp(s, name, len) && !strncmp(s + len, " - ", 3))
			s += len + 3;
		said = xstrdup(s);
		s = strstr(said, "*/");
		if (s)
			*s = '\0';
	}
	if (f)
		fclose(f);
	return said ? said : xstrdup("");
}

static void workloads(FILE *to)
{
	static const char *const suffix[] = { ".c", ".job" };
	bool idle = false;

	fprintf(to, "\nWORKLOADS\n");
	for (int i = 0; i < 2; i++) {
		struct strv names = tree_names("workloads", suffix[i], false);

		for (unsigned int j = 0; j < names.nr; j++) {
			char *file = tree_path("workloads/%s%s", names.v[j],
					       suffix[i]);
			char *said = first_comment(file, names.v[j]);

			idle |= !strcmp(names.v[j], "idle");
			row(to, ROOM, names.v[j], said);
			free(said);
			free(file);
		}
		strv_free(&names);
	}
	if (!idle)
		row(to, ROOM, "idle", "nothing beside the benchmark");
}

int list(FILE *to)
{
	int ret = questions(to);

	benches("BENCHMARKS", "", to);
	benches("STRESS TESTS", "stress/", to);
	workloads(to);
	return ret;
}
