// SPDX-License-Identifier: GPL-2.0-or-later
/* opt - one table of options feeds parser, --help, --describe, plan, sample */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "err.h"
#include "opt.h"
#include "version.h"

static const char *const type_names[] = {
	[OPT_UINT] = "uint", [OPT_TIME] = "time", [OPT_CHOICE] = "choice",
	[OPT_CPUS] = "cpus", [OPT_WORD] = "word", [OPT_LIST] = "list",
	[OPT_PATH] = "path", [OPT_TEXT] = "text", [OPT_FLAG] = "flag",
};

const char *opt_type_name(enum opt_type type)
{
	return type_names[type];
}

const struct opt *opt_find(const struct opt *table, const char *name)
{
	for (; table && table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

static int set_uint(const struct opt *o, const char *value, unsigned long *v)
{
	unsigned long min = 0, max = ~0UL;
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	*v = strtoul(value, &end, 10);
	if (errno || *end)
		return -EINVAL;
	if (o->range && sscanf(o->range, "%lu..%lu", &min, &max) != 2)
		abort();	/* a table that nobody ever ran */
	return *v < min || *v > max ? -ERANGE : 0;
}

static int set_time(const struct opt *o, const char *value, double *v)
{
	double min = 0, max = HUGE_VAL;
	char *end;

	/* No hex, no "inf", no "nan", no sign: digits, one point, exponent. */
	if (!*value || value[strspn(value, "0123456789.e-")] || *value == '-' ||
	    *value == 'e')
		return -EINVAL;
	errno = 0;
	*v = strtod(value, &end);
	if (errno || *end || !isfinite(*v))
		return -EINVAL;
	if (o->range) {
		const char *dots = strstr(o->range, "..");

		if (!dots)
			abort();
		/* strtod() would take the first of the two dots of "0..9". */
		if (sscanf(o->range, "%lf", &min) != 1)
			abort();
		max = strtod(dots + 2, NULL);
	}
	return *v < min || *v > max ? -ERANGE : 0;
}

static int set_choice(const struct opt *o, const char *value, int *v)
{
	const char *word = o->range;
	size_t len = strlen(value);

	for (*v = 0; len; ++*v) {
		size_t n = strcspn(word, " ");

		if (n == len && !strncmp(word, value, n))
			return 0;
		if (!word[n])
			break;
		word += n + 1;
	}
	return -EINVAL;
}

static size_t word_len(const char *value)
{
	return strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		      "abcdefghijklmnopqrstuvwxyz0123456789_.:+=-");
}

static int is_word(const char *value)
{
	return *value && !value[word_len(value)];
}

/* Words separated by commas; none at all is a list, too. */
static int is_list(const char *value)
{
	while (*value) {
		size_t n = word_len(value);

		if (!n || (value[n] && value[n] != ',') ||
		    (value[n] && !value[n + 1]))
			return 0;
		value += n + !!value[n];
	}
	return 1;
}

static int is_text(const char *value)
{
	while (*value >= ' ' && *value <= '~')
		value++;
	return !*value;
}

/* VALUE to where O has its own, if STORE. 0 or -EINVAL. */
static int take(const struct opt *o, const char *value, bool store)
{
	unsigned long u;
	double t;
	int c, ret = 0;

	switch (o->type) {
	case OPT_UINT:
		ret = set_uint(o, value, &u);
		if (!ret && store)
			*(unsigned long *)o->to = u;
		return ret;
	case OPT_TIME:
		ret = set_time(o, value, &t);
		if (!ret && store)
			*(double *)o->to = t;
		return ret;
	case OPT_CHOICE:
		ret = set_choice(o, value, &c);
		if (!ret && store)
			*(int *)o->to = c;
		return ret;
	case OPT_FLAG:
		ret = strcmp(value, "true") ? -EINVAL : 0;
		if (!ret && store)
			*(bool *)o->to = true;
		return ret;
	case OPT_CPUS:
		ret = *value ? cpus_check(value) : 0;
		break;
	case OPT_WORD:
		ret = is_word(value) ? 0 : -EINVAL;
		break;
	case OPT_LIST:
		ret = is_list(value) ? 0 : -EINVAL;
		break;
	case OPT_PATH:
		ret = *value ? 0 : -EINVAL;
		break;
	case OPT_TEXT:
		ret = is_text(value) ? 0 : -EINVAL;
		break;
	}
	if (!ret && store)
		*(const char **)o->to = value;
	return ret;
}

/* What would have been right instead of VALUE. */
static void refuse(const struct opt *o, const char *value, char *why,
		   size_t len)
{
	switch (o->type) {
	case OPT_UINT:
		err_text(why, len, "%s: '%s' is not a whole number in %s",
			 o->name, value, o->range ? o->range : "0..");
		break;
	case OPT_TIME:
		err_text(why, len, "%s: '%s' is not a number of seconds in %s",
			 o->name, value, o->range ? o->range : "0..");
		break;
	case OPT_CHOICE:
		err_text(why, len, "%s: '%s' is not one of: %s", o->name,
			 value, o->range);
		break;
	case OPT_CPUS:
		err_text(why, len, "%s: '%s' is not a CPU list such as 0,2-5",
			 o->name, value);
		break;
	case OPT_WORD:
		err_text(why, len, "%s: '%s' is not a word of A-Z a-z 0-9 _.:+=-",
			 o->name, value);
		break;
	case OPT_LIST:
		err_text(why, len, "%s: '%s' is not a list of words, "
			 "separated by commas", o->name, value);
		break;
	case OPT_PATH:
		err_text(why, len, "%s: a file name is missing", o->name);
		break;
	case OPT_TEXT:
		err_text(why, len, "%s: printable ASCII only", o->name);
		break;
	case OPT_FLAG:
		err_text(why, len, "%s: takes no value", o->name);
		break;
	}
}

static int one(const struct opt *o, const char *value, bool store,
	       char *why, size_t len)
{
	if (!take(o, value, store))
		return 0;
	refuse(o, value, why, len);
	return -EINVAL;
}

int opt_set(const struct opt *o, const char *value, char *why, size_t len)
{
	return one(o, value, true, why, len);
}

int opt_check(const struct opt *o, const char *value, char *why, size_t len)
{
	return one(o, value, false, why, len);
}

void opt_defaults(const struct opt *table)
{
	char why[256];

	for (; table && table->name; table++) {
		if (table->type == OPT_FLAG)
			*(bool *)table->to = false;
		else if (!table->def)
			*(const char **)table->to = NULL;
		else if (opt_set(table, table->def, why, sizeof(why)))
			abort();	/* a default outside its own range */
	}
}

const char *opt_show(const struct opt *o, char *buf, size_t len)
{
	const char *word;
	int i;

	switch (o->type) {
	case OPT_UINT:
		snprintf(buf, len, "%lu", *(unsigned long *)o->to);
		break;
	case OPT_TIME:
		snprintf(buf, len, "%.9g", *(double *)o->to);
		break;
	case OPT_CHOICE:
		for (word = o->range, i = *(int *)o->to; i; i--)
			word += strcspn(word, " ") + 1;
		snprintf(buf, len, "%.*s", (int)strcspn(word, " "), word);
		break;
	case OPT_FLAG:
		snprintf(buf, len, "%s", *(bool *)o->to ? "true" : "false");
		break;
	default:		/* as long as it is */
		word = *(const char **)o->to;
		return word ? word : "";
	}
	return buf;
}

static const struct opt *find(const struct opt_prog *prog, const char *name)
{
	const struct opt *o = NULL;

	for (int i = 0; prog->tables[i] && !o; i++)
		o = opt_find(prog->tables[i], name);
	return o;
}

static int unknown(const struct opt_prog *prog, const char *name)
{
	char *list = NULL;
	size_t len;
	FILE *to = open_memstream(&list, &len);

	for (int i = 0; to && prog->tables[i]; i++)
		for (const struct opt *o = prog->tables[i]; o->name; o++)
			fprintf(to, " --%s", o->name);
	if (to) {
		fputs(" --help --version", to);
		fclose(to);
	}
	err_say("unknown option '%s'; known:%s", name, list ? list : "");
	free(list);
	return -EINVAL;
}

static bool takes_value(const struct opt_prog *prog, const char *arg)
{
	const struct opt *o = find(prog, arg + strspn(arg, "-"));

	return o && o->type != OPT_FLAG && !strchr(arg, '=');
}

int opt_first(const struct opt_prog *prog, int argc, char **argv)
{
	char **rest = calloc(argc + 1, sizeof(*rest));
	int n = 1, nr_rest = 0, ret = 0;

	for (int i = 1; rest && i < argc; i++) {
		if (!strcmp(argv[i], "--")) {
			while (++i < argc)
				rest[nr_rest++] = argv[i];
		} else if (argv[i][0] != '-' || !argv[i][1]) {
			rest[nr_rest++] = argv[i];
		} else {
			char *arg = argv[i];

			argv[n++] = arg;
			if (!takes_value(prog, arg))
				continue;
			if (i + 1 < argc) {
				argv[n++] = argv[++i];
			} else {
				err_say("%s: its value is missing", arg);
				ret = -EINVAL;
			}
		}
	}
	if (nr_rest)
		memcpy(argv + n, rest, nr_rest * sizeof(*rest));
	free(rest);
	return ret;
}

int opt_parse(const struct opt_prog *prog, int argc, char **argv)
{
	char name[64], why[512];
	int i;

	for (i = 0; prog->tables[i]; i++)
		opt_defaults(prog->tables[i]);

	for (i = 1; i < argc; i++) {
		const char *arg = argv[i], *value;
		const struct opt *o;
		size_t n;

		if (arg[0] != '-' || !arg[1])
			return i;
		if (!strcmp(arg, "--"))
			return i + 1;
		if (!strcmp(arg, "-h") || !strcmp(arg, "--help")) {
			opt_help(prog, stdout);
			exit(err_end(EXIT_OK));
		}
		if (!strcmp(arg, "--version")) {
			printf("%s (forkpath) %s\n", prog->name,
			       forkpath_version);
			exit(err_end(EXIT_OK));
		}
		if (strncmp(arg, "--", 2))
			return unknown(prog, arg);
		n = strcspn(arg + 2, "=");
		snprintf(name, sizeof(name), "%.*s", (int)n, arg + 2);
		o = find(prog, name);
		if (!o)
			return unknown(prog, arg);
		if (arg[2 + n]) {
			value = arg + 2 + n + 1;
		} else if (o->type == OPT_FLAG) {
			value = "true";
		} else if (i + 1 < argc) {
			value = argv[++i];
		} else {
			err_say("--%s: its value is missing", name);
			return -EINVAL;
		}
		if (opt_set(o, value, why, sizeof(why))) {
			err_say("--%s", why);
			return -EINVAL;
		}
	}
	return i;
}

/* Help text from column 4 on, no line wider than 72. */
static void wrap(FILE *to, const char *text)
{
	int col = 0;

	while (*text) {
		int n = strcspn(text, " ");

		if (col + n + 1 > 66 && col) {
			fputc('\n', to);
			col = 0;
		}
		col += fprintf(to, "%s%.*s", col ? " " : "      ", n, text);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

void opt_help(const struct opt_prog *prog, FILE *to)
{
	char line[1200];

	fprintf(to, "%s - %s\n\nUsage: %s %s\n\nOptions:\n", prog->name,
		prog->summary, prog->name, prog->usage);
	for (int i = 0; prog->tables[i]; i++) {
		for (const struct opt *o = prog->tables[i]; o->name; o++) {
			if (o->type == OPT_FLAG)
				fprintf(to, "  --%s\n", o->name);
			else
				fprintf(to, "  --%s %s\n", o->name,
					o->type == OPT_UINT ? "N" :
					o->type == OPT_TIME ? "SECONDS" :
					o->type == OPT_CPUS ||
					o->type == OPT_LIST ? "LIST" :
					o->type == OPT_PATH ? "FILE" :
					o->type == OPT_TEXT ? "TEXT" : "WORD");
			err_text(line, sizeof(line), "%s%s%s%s%s%s", o->help,
				 o->range ? o->type == OPT_CHOICE ?
					    "; one of: " : "; range " : "",
				 o->range ? o->range : "",
				 o->def && *o->def ? "; default " : "",
				 o->def ? o->def : "", "");
			wrap(to, line);
		}
	}
	fprintf(to, "  -h, --help\n      this text\n"
		"  --version\n      version and revision\n");
	if (prog->more)
		fprintf(to, "\n%s", prog->more);
}
