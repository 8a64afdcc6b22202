// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forkpath-runner - from a question to samples
 *
 * The rooms, in the order in which a run passes them:
 *   conf      configs/QUESTION.conf as it is written
 *   desc      what a bench program says of itself
 *   plan      conf x desc -> plan.tsv; the budget; the order (rng.h)
 *   folder    results/<kernel>/<host>-<utc>/, written whole or not at all
 *   meta      the conditions: sys, kconf, topo -> meta.json
 *   run       line by line: workload, proc, kmsg -> sample, progress
 * ask does it for one question after the other, with a report of each;
 * ktap runs the stress tests, which have no plan and no samples; bisect
 * measures one point until it is known on which side of two others it is.
 * Beside them doctor (is the machine fit?), list, tree (where things are)
 * mem (memory, strings) and guard (one run at a time).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask-all.h"
#include "bisect.h"
#include "cg.h"
#include "conf.h"
#include "desc.h"
#include "doctor.h"
#include "err.h"
#include "events.h"
#include "fix.h"
#include "guard.h"
#include "ktap.h"
#include "list.h"
#include "meta.h"
#include "opt.h"
#include "plan.h"
#include "proc.h"
#include "run.h"
#include "sys.h"
#include "topo.h"
#include "tracefs.h"
#include "tree.h"
#include "undo.h"

static unsigned long opt_seed, opt_repeat, opt_limit;
static double opt_time, opt_grace, opt_lock, opt_settle;
static bool opt_exact, opt_fix, opt_perf, opt_plan, opt_fragment;
static const char *opt_events, *opt_label, *opt_out, *opt_resume;
static const char *opt_plan_file;
static const char *opt_top, *opt_root, *opt_kmsg, *opt_mutate;

static const struct opt plan_options[] = {
	{ "seed", OPT_UINT, &opt_seed, NULL, "1..9223372036854775807",
	  "seed for the order of the plan; random by default, and recorded" },
	{ "time", OPT_TIME, &opt_time, NULL, "0.1..1000000",
	  "budget for the whole run, spread over the plan and kept" },
	{ "repeat", OPT_UINT, &opt_repeat, NULL, "1..10000",
	  "repetitions of every point" },
	{ "exact", OPT_FLAG, &opt_exact, NULL, NULL,
	  "count instructions, in a guest of ./run.sh lab --exact" },
	{ "events", OPT_LIST, &opt_events, NULL, NULL,
	  "events to count, in separate repetitions: names, 'none', or "
	  "'default', which is what this machine's vendor has" },
	{ "perf", OPT_FLAG, &opt_perf, NULL, NULL,
	  "one more repetition of every point, under perf record" },
	OPT_END
};

static const struct opt run_options[] = {
	{ "out", OPT_PATH, &opt_out, NULL, NULL,
	  "results folder to create, instead of one in results/" },
	{ "label", OPT_WORD, &opt_label, NULL, NULL,
	  "name for this run in meta.json" },
	{ "resume", OPT_PATH, &opt_resume, NULL, NULL,
	  "continue the interrupted run in this results folder" },
	{ "plan-file", OPT_PATH, &opt_plan_file, NULL, NULL,
	  "run this plan instead of making one" },
	{ "fix", OPT_FLAG, &opt_fix, NULL, NULL,
	  "change settings that make numbers noisy for the duration of the "
	  "run, and put them back; with doctor: show the effect" },
	{ "plan", OPT_FLAG, &opt_plan, NULL, NULL,
	  "print what would be done, measure nothing" },
	{ "allow-fragmentation", OPT_FLAG, &opt_fragment, NULL, NULL,
	  "array-fragmented may fragment a node's memory here" },
	OPT_END
};

static const struct opt test_options[] = {
	{ "top", OPT_PATH, &opt_top, NULL, NULL,
	  "directory with configs/, build/, results/" },
	{ "root", OPT_PATH, &opt_root, NULL, NULL,
	  "doctor, meta, clean: look for /proc, /sys, /boot in here" },
	{ "kmsg", OPT_PATH, &opt_kmsg, NULL, NULL,
	  "kernel log to read instead of /dev/kmsg" },
	{ "limit", OPT_UINT, &opt_limit, NULL, "1..1000000",
	  "seconds per repetition instead of the plan's" },
	{ "mutate", OPT_WORD, &opt_mutate, NULL, NULL,
	  "stress: break the tests in this way, to see them fail" },
	{ "grace", OPT_TIME, &opt_grace, "30", "0.01..3600",
	  "time from SIGTERM to SIGKILL" },
	{ "settle", OPT_TIME, &opt_settle, "30", "0..3600",
	  "with --exact: wait at most so long for the machine to become idle" },
	{ "lock-wait", OPT_TIME, &opt_lock, "10", "0..3600",
	  "wait at most so long for another run to end its clean-up" },
	OPT_END
};

static const struct opt_prog prog = {
	.name = "forkpath-runner",
	.summary = "plan and run questions about the fork path",
	.usage = "VERB [OPTION]... [QUESTION|FILE|NAME...]",
	.tables = { plan_options, run_options, test_options, NULL },
	.more =
"Verbs:\n"
"  ask [QUESTION]...\n"
"                  one after the other, --time for all; a report for each\n"
"  plan QUESTION   print the plan, measure nothing\n"
"  run QUESTION    measure; prints the name of the results folder\n"
"  doctor          is this machine fit to measure on?\n"
"  meta            print the conditions of a run (meta.json)\n"
"  list            questions, benchmarks, workloads\n"
"  clean           undo what a killed run left behind\n"
"  events [LIST]   encode events for --events of a bench program\n"
"  bisect GOOD BAD [--metric UNIT] -- QUESTION POINT\n"
"                  for git bisect run: 0 good, 1 bad, 125 cannot tell\n"
"  stress [NAME]...\n"
"                  stress tests, as KTAP: NAME or NAME/HIERARCHY, or all\n"
"\n"
"QUESTION is configs/QUESTION.conf; a FILE has a '/' or ends in .conf.\n"
"Exit: 0 done, 1 something failed, 2 bad input, 4 nothing can be\n"
"measured here, 128 + N stopped by signal N.\n"
"\n"
"EXAMPLES\n"
"  forkpath-runner plan quick --seed 42 --time 60\n"
"  forkpath-runner run --resume results/latest\n",
};

static struct plan_args plan_args(void)
{
	return (struct plan_args){
		.seed = opt_seed, .time = opt_time, .repeat = opt_repeat,
		.exact = opt_exact, .events = opt_events, .perf = opt_perf,
	};
}

static int verb_plan(const char *question)
{
	struct plan_args args = plan_args();
	struct plan p = { 0 };
	struct conf c = { 0 };
	int ret = EXIT_BAD;

	if (!question)
		err_say("which question? 'list' shows them");
	else if (!plan_conf(&c, question))
		ret = plan_make(&p, &c, &args);
	if (!ret)
		plan_write(&p, stdout);
	if (question)
		conf_free(&c);
	plan_free(&p);
	return ret;
}

static int verb_run(const char *question)
{
	struct run_args args = {
		.question = question, .plan_file = opt_plan_file,
		.out = opt_out, .resume = opt_resume, .label = opt_label,
		.plan = plan_args(),
		.kmsg = opt_kmsg, .grace = opt_grace, .lock = opt_lock,
		.settle = opt_settle,
		.limit = opt_limit, .fix = opt_fix,
	};

	return run(&args);
}

static int verb_doctor(const char *question)
{
	int ret, error;

	(void)question;
	if (!opt_fix)
		return doctor(stdout);
	if (guard_take(opt_lock, stdout) == -EBUSY)
		return EXIT_FAIL;
	if (!fix_apply(stdout))
		printf("nothing that could be set is other than it should be\n");
	ret = doctor(stdout);
	error = undo_all();
	if (error) {
		err_say("cannot put everything back: %s", strerror(-error));
		return EXIT_FAIL;
	}
	printf("all put back; a run with --fix has it so from begin to end\n");
	return ret;
}

static int verb_meta(const char *question)
{
	struct meta_args args = { .label = opt_label, .question = question };
	char *s = meta_text(&args);

	if (topo_borrowed())
		err_say("beware: %s is set: the topology is that of another "
			"machine", topo_borrowed());
	fputs(s, stdout);
	free(s);
	return EXIT_OK;
}

static int verb_list(const char *question)
{
	(void)question;
	return list(stdout);
}

static int verb_clean(const char *question)
{
	int ret = guard_take(opt_lock, stdout);

	(void)question;
	if (ret < 0)
		return EXIT_FAIL;
	if (!ret)
		printf("nothing to undo\n");
	return EXIT_OK;
}

static int verb_events(const char *list)
{
	struct text t = { 0 };
	char why[300];
	int ret = events_encode(list ? list : events_default(), &t, why,
				sizeof(why));

	if (ret) {
		err_say("%s", why);
		return ret == -ENOTSUP ? EXIT_SKIP : EXIT_BAD;
	}
	printf("%s\n", t.s ? t.s : "");
	text_free(&t);
	return EXIT_OK;
}

static char **names;		/* all that is no option, after the verb */

static int verb_stress(const char *first)
{
	struct ktap_args args = {
		.names = names, .seconds = opt_time, .seed = opt_seed,
		.mutate = opt_mutate, .out = opt_out, .kmsg = opt_kmsg,
		.grace = opt_grace, .lock = opt_lock, .limit = opt_limit,
	};

	(void)first;
	return ktap(&args);
}

static char **words;		/* options, up to the verb; words[0] is none */

static int verb_ask(const char *first)
{
	struct ask_args args = {
		.words = words, .questions = names, .time = opt_time,
		.plan = opt_plan, .resume = opt_resume,
	};

	(void)first;
	if (opt_fragment)
		setenv("FORKPATH_ALLOW_FRAGMENTATION", "1", 1);
	return ask_all(&args);
}

static const struct verb {
	const char	*name;
	int		(*run)(const char *question);
	unsigned int	 takes;		/* so many arguments at most */
	const char	*options;	/* that mean something to it */
} verbs[] = {
	{ "plan", verb_plan, 1, "seed,time,repeat,exact,events,perf" },
	{ "run", verb_run, 1, "seed,time,repeat,exact,events,perf,out,label,"
	  "resume,plan-file,fix" },
	{ "doctor", verb_doctor, 0, "fix" },
	{ "meta", verb_meta, 1, "label" },
	{ "list", verb_list, 0, "" },
	{ "clean", verb_clean, 0, "" },
	{ "events", verb_events, 1, "" },
	{ "ask", verb_ask, UINT_MAX, "seed,time,repeat,events,perf,out,label,"
	  "resume,fix,plan,allow-fragmentation" },
	{ "stress", verb_stress, UINT_MAX, "seed,time,out,mutate" },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; name && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	err_say("%s%s%s; there are: ask plan run doctor meta list "
		"clean events bisect stress",
		name ? "unknown verb '" : "which verb?", name ? name : "",
		name ? "'" : "");
	return NULL;
}

/* Options that the verb would ignore are refused. */
static int misplaced(const struct verb *v)
{
	const struct {
		const char *name;
		bool given;
	} all[] = {
		{ "seed", opt_seed }, { "time", opt_time },
		{ "repeat", opt_repeat }, { "out", opt_out },
		{ "resume", opt_resume }, { "plan-file", opt_plan_file },
		{ "label", opt_label }, { "mutate", opt_mutate },
		{ "exact", opt_exact }, { "events", opt_events },
		{ "fix", opt_fix }, { "perf", opt_perf }, { "plan", opt_plan },
		{ "allow-fragmentation", opt_fragment },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i].given && !cg_option(v->options, all[i].name)) {
			err_say("--%s means nothing to '%s'", all[i].name,
				v->name);
			return EXIT_BAD;
		}
	}
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	const struct verb *v;
	const char *question;
	int first, ret;

	err_prog = "forkpath-runner";
	setenv("LC_ALL", "C", 1);	/* what we start is read by us */
	ret = tracefs_main(argc, argv);
	if (ret < 0)
		ret = bisect_main(argc, argv);
	if (ret >= 0)
		return ret;
	first = opt_first(&prog, argc, argv);
	if (!first)
		first = opt_parse(&prog, argc, argv);
	if (first < 0)
		return EXIT_BAD;
	v = find_verb(argv[first]);
	if (!v)
		return EXIT_BAD;
	words = argv;
	names = argv + first + 1;
	question = names[0];
	if ((unsigned int)(argc - first - 1) > v->takes) {
		err_say("'%s' takes %s; '%s' is too much", v->name,
			v->takes ? "one question" : "no argument",
			names[v->takes]);
		return EXIT_BAD;
	}
	ret = misplaced(v);
	if (!ret && opt_exact && opt_time) {
		err_say("--exact goes by count: no --time");
		ret = EXIT_BAD;
	}
	if (ret)
		return ret;
	if (opt_root)
		sys_root = undo_root = opt_root;
	ret = tree_init(opt_top);
	if (ret) {
		err_say("%s: %s", opt_top ? opt_top : "/proc/self/exe",
			strerror(-ret));
		return EXIT_BAD;
	}
	argv[first] = NULL;
	/* Its children are runners, which are on their own. */
	ret = v->run == verb_ask ? 0 : proc_init();
	if (ret) {
		err_say("child subreaper: %s", strerror(-ret));
		return EXIT_FAIL;
	}
	ret = v->run(question);
	desc_forget();
	return err_end(ret);
}
