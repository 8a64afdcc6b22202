// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forkpath-lab - kernels in virtual machines: a question, a command, a prompt
 *
 *   kernel    what was asked for -> an image
 *   arch      what differs between architectures
 *   initrd    what the guest finds (cpio)
 *   qemu      the machine as a command line
 *   guest     from its start to its end, the watchdog (wire)
 *   campaign  many boots of one question -> results folders (record)
 *   stress    the stress tests, in each of some kernels
 * lab/init.c is the other side: process 1 of the guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch.h"
#include "campaign.h"
#include "cpio.h"
#include "digest.h"
#include "err.h"
#include "folder.h"
#include "guest.h"
#include "initrd.h"
#include "kernel.h"
#include "mem.h"
#include "opt.h"
#include "qemu.h"
#include "stress.h"
#include "tree.h"

#define APPEND_MAX	1500	/* the kernel takes 2048 in all */

static const char *opt_numa, *opt_distance, *opt_memory, *opt_cpu, *opt_v1;
static const char *opt_arch, *opt_append, *opt_keep, *opt_list, *opt_qemu, *opt_bring;
static bool opt_exact, opt_favordynmods;
static unsigned long opt_boots, opt_jobs, opt_layout;
static double opt_timeout, opt_silence;
static int opt_mode, opt_accel;

static const struct opt machine_options[] = {
	{ "numa", OPT_WORD, &opt_numa, NULL, NULL,
	  "nodes x CPUs of each, such as 2x2; default 1x2, with --exact 1x1" },
	{ "arch", OPT_WORD, &opt_arch, NULL, NULL,
	  "x86_64 or arm64; default this machine's, any other is emulated" },
	{ "distance", OPT_LIST, &opt_distance, NULL, NULL,
	  "NUMA distances: one for all pairs, or a list 0-1,0-2,..,1-2,.." },
	{ "memory", OPT_WORD, &opt_memory, "1G", NULL,
	  "memory of all nodes together, such as 512M" },
	{ "cpu", OPT_LIST, &opt_cpu, NULL, NULL,
	  "CPU model for QEMU; default: one that is the same everywhere, "
	  "with KVM the host's" },
	{ "accel", OPT_CHOICE, &opt_accel, "auto", "auto kvm tcg",
	  "auto: KVM where it works, otherwise TCG, which emulates" },
	{ "qemu", OPT_PATH, &opt_qemu, NULL, NULL,
	  "program to use; default: the architecture's qemu-system-..." },
	{ "append", OPT_TEXT, &opt_append, NULL, NULL,
	  "text to add to the kernel's command line" },
	{ "v1", OPT_LIST, &opt_v1, "auto", NULL,
	  "controllers to mount as v1, separated by commas (A+B: both in one "
	  "hierarchy), the others go to v2; or none; auto: those that have no "
	  "better home in v2, as far as the kernel can" },
	{ "favordynmods", OPT_FLAG, &opt_favordynmods, NULL, NULL,
	  "the same as --lock-mode favordynmods" },
	{ "exact", OPT_FLAG, &opt_exact, NULL, NULL,
	  "the guest's clock counts instructions: no time, no noise" },
	{ "layout", OPT_UINT, &opt_layout, "0", "0..16",
	  "with --exact: another seed, a little less memory, a longer command "
	  "line and initramfs, so that everything lies elsewhere" },
	{ "add", OPT_PATH, &opt_list, NULL, NULL,
	  "FILE[:GUEST_PATH]: file to put into the guest, by default into the "
	  "directory where the command starts; may be repeated" },
	{ "module", OPT_PATH, &opt_list, NULL, NULL,
	  "kernel module (.ko) to load at the start; may be repeated" },
	{ "plugin", OPT_PATH, &opt_list, NULL, NULL,
	  "FILE[,ARG].. for QEMU's emulation; may be repeated" },
	{ "timeout", OPT_TIME, &opt_timeout, "3600", "1..1000000",
	  "limit of one boot, from start to end" },
	{ "silence", OPT_TIME, &opt_silence, "120", "1..1000000",
	  "time after which a guest that says nothing is said to hang" },
	{ "keep", OPT_PATH, &opt_keep, NULL, NULL,
	  "directory for the initramfs and QEMU's command line, to repeat "
	  "a boot by hand" },
	OPT_END
};

static const struct opt run_options[] = {
	{ "lock-mode", OPT_CHOICE, &opt_mode, "default",
	  "default favordynmods both", "both: each in its own boots" },
	{ "boots", OPT_UINT, &opt_boots, "0", "0..10000",
	  "boots of each kernel, in turn, each with one repetition of every "
	  "point unless --repeat asks for more; 0: one boot with all "
	  "repetitions" },
	{ "jobs", OPT_UINT, &opt_jobs, "0", "0..1024",
	  "boots at a time; 0: as many as the CPUs of this machine can take, "
	  "with KVM one" },
	OPT_END
};

static const struct opt exec_options[] = {
	{ "bring", OPT_TEXT, &opt_bring, NULL, NULL,
	  "GUEST_DIR:DIR: copy GUEST_DIR, if the command made it, to DIR "
	  "afterwards; with console.log and dmesg.log, these even if the "
	  "guest died" },
	OPT_END
};

static const char *opt_kept;

static const struct opt out_options[] = {
	{ "out", OPT_PATH, &opt_kept, NULL, NULL,
	  "stress: folder for failures, instead of one in results/stress/" },
	OPT_END
};

static const struct opt_prog prog = {
	.name = "forkpath-lab",
	.summary = "kernels in virtual machines",
	.usage = "VERB [OPTION]... KERNEL... [-- ARGUMENT...]",
	.tables = { machine_options, run_options, exec_options, out_options,
		    NULL },
	.more =
"Verbs:\n"
"  run KERNEL... -- QUESTION [--seed N] [--time SECONDS] [--repeat N]\n"
"      [--plan-file FILE] [--out DIR] [--label NAME]\n"
"                  measure; stdout has one line `SET<tab>FOLDER` for\n"
"                  each boot, a set is one kernel in one lock mode\n"
"  exec KERNEL -- COMMAND [ARG]...\n"
"                  run a command in the guest, in /forkpath; passes on\n"
"                  its output and exit status\n"
"  shell KERNEL    a prompt in the guest, `exit` ends it\n"
"  stress KERNEL... [-- [NAME]... [--seed N] [--time SECONDS]]\n"
"                  stress tests in the guests, as KTAP\n"
"  machine         what emulates the guests, one KEY=VALUE per line\n"
"\n"
"Two kernels with --exact: ./run.sh lab counts what the patch adds; for\n"
"its options see `./run.sh lab --exact BASE NEW --help`.\n"
"\n"
"KERNEL is a bzImage, `IMAGE,config=FILE`, or a release that\n"
"`lab/kernel list` shows.\n"
"Exit: 0 done, 1 something failed, 2 bad input, 4 nothing can be\n"
"measured here, 128 + N stopped by signal N.\n"
"\n"
"EXAMPLES\n"
"  forkpath-lab run --exact base/bzImage patched/bzImage -- reader-tax\n"
"  forkpath-lab exec --numa 2x2 6.12 -- build/bench/clone --time 1\n"
"  forkpath-lab shell 6.1\n",
};

static const char *opt_question_plan, *opt_out, *opt_label;
static unsigned long opt_seed, opt_repeat;
static double opt_time;

/* What the runner is told, with its own names; checked here as there. */
static const struct opt question_options[] = {
	{ "seed", OPT_UINT, &opt_seed, NULL, "1..9223372036854775807",
	  "seed for the order of the plan in the first boot, the next boot "
	  "has the next seed; random by default" },
	{ "time", OPT_TIME, &opt_time, NULL, "0.1..1000000",
	  "budget for all boots together" },
	{ "repeat", OPT_UINT, &opt_repeat, NULL, "1..10000",
	  "repetitions of every point, in each boot" },
	{ "plan-file", OPT_PATH, &opt_question_plan, NULL, NULL,
	  "run this plan instead of making one" },
	{ "out", OPT_PATH, &opt_out, NULL, NULL,
	  "results folder to create; for several boots, their parent" },
	{ "label", OPT_WORD, &opt_label, NULL, NULL, "name of this run" },
	OPT_END
};

static const struct opt_prog question_prog = {
	.name = "forkpath-lab run KERNEL... --",
	.summary = "a question, answered in virtual machines",
	.usage = "QUESTION [OPTION]...",
	.tables = { question_options, NULL },
	.more = "EXAMPLES\n"
		"  forkpath-lab run 6.12 -- quick --repeat 3\n",
};

/* What a boot needs, from the options. */
static struct strv adds, modules, plugins;
static char *bring_from;	/* a directory of the guest, or NULL */
static const char *bring_to;
static struct qemu_args machine;
static bool racing;		/* stress */

/* Options that may be repeated, which a table of options cannot hold. */
static void collect(int argc, char **argv)
{
	const struct { const char *name; struct strv *to; } lists[] = {
		{ "add", &adds }, { "module", &modules },
		{ "plugin", &plugins },
	};

	for (int i = 1; i < argc; i++) {
		for (size_t j = 0; j < sizeof(lists) / sizeof(*lists); j++) {
			size_t n = strlen(lists[j].name);
			const char *value;

			if (strncmp(argv[i], "--", 2) ||
			    strncmp(argv[i] + 2, lists[j].name, n))
				continue;
			value = argv[i] + 2 + n;
			if (*value == '=')
				strv_add(lists[j].to, xstrdup(value + 1));
			else if (!*value && i + 1 < argc)
				strv_add(lists[j].to, xstrdup(argv[++i]));
		}
	}
}

static int bad(const char *option, const char *value, const char *right)
{
	err_say("--%s: '%s' is wrong; %s", option, value, right);
	return EXIT_BAD;
}

/* --bring: where from, where to. An exit code. */
static int parse_bring(void)
{
	const char *colon = opt_bring ? strchr(opt_bring, ':') : NULL;

	if (!opt_bring)
		return EXIT_OK;
	if (*opt_bring != '/' || !colon || !colon[1])
		return bad("bring", opt_bring, "GUEST_DIR:DIR would be right, "
			   "such as /run/out:results/out");
	bring_from = xstrndup(opt_bring, colon - opt_bring);
	bring_to = colon + 1;
	return EXIT_OK;
}

/* An exit code. */
static int set_machine(void)
{
	const char *wrong, *why = NULL;

	if (!arch_choose(opt_arch))
		return bad("arch", opt_arch ? opt_arch : "this machine's",
			   "x86_64 or arm64 would be right");
	machine = (struct qemu_args){
		.cpu = opt_cpu, .append = opt_append, .exact = opt_exact,
		.distance = opt_distance, .plugin = &plugins,
		.layout = opt_layout, .parallel = racing,
		.nodes = 1, .cpus = opt_exact ? 1 : 2,
	};
	if (opt_numa && qemu_numa(opt_numa, &machine.nodes, &machine.cpus))
		return bad("numa", opt_numa, "nodes x CPUs of each, such as "
			   "2x2, would be right (64 nodes, 255 CPUs at most)");
	if (qemu_memory(opt_memory, &machine.memory_mib) ||
	    machine.memory_mib < 128 * machine.nodes)
		return bad("memory", opt_memory, "such as 512M or 2G, at "
			   "least 128M for each node");
	wrong = opt_distance ? qemu_bad_distance(opt_distance, machine.nodes)
			     : NULL;
	if (wrong)
		return bad("distance", opt_distance, wrong);
	if (opt_layout && !opt_exact) {
		err_say("--layout: only with --exact; it is no matter of time");
		return EXIT_BAD;
	}
	if (opt_append && strlen(opt_append) > APPEND_MAX)
		return bad("append", "..", "at most 1500 characters");
	qemu_program = opt_qemu ? opt_qemu : arch->qemu;
	if (strchr(qemu_program, '/') ? access(qemu_program, X_OK) :
					!tree_in_path(qemu_program)) {
		err_say("skip: %s is missing (package %s)", qemu_program,
			arch->package);
		return EXIT_SKIP;
	}
	/* Neither counting instructions nor a plugin goes with KVM. */
	if (opt_exact)
		why = "exact";
	else if (plugins.nr)
		why = "a plugin";
	else if (opt_accel == 2)
		why = "asked for";
	else
		machine.kvm = qemu_kvm(opt_cpu, &why);
	if (opt_accel == 1 && !machine.kvm)
		return bad("accel", "kvm", why);
	campaign_accelerator = why;
	return EXIT_OK;
}

/* --- exec, shell --------------------------------------------------------- */

static void pass_through(struct guest *g, char type, const char *text,
			 size_t len)
{
	int fd = type == 'o' ? STDOUT_FILENO : STDERR_FILENO;

	(void)g;
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;	/* nobody listens; the status counts */
		text += n;
		len -= n;
	}
}

static int keep(const struct text *initrd, const struct strv *argv)
{
	return opt_keep ? campaign_keep(opt_keep, initrd, argv) : EXIT_OK;
}

/* What the guest leaves behind to DIR. An exit code. */
static int bring(const struct guest *g, const char *dir)
{
	struct folder f = { .fd = -1 };
	char why[300] = "";
	int ret = folder_new(&f, NULL, NULL, dir);

	if (ret)
		return ret;
	if (g->archive.len && cpio_unpack(f.fd, g->archive.s, g->archive.len,
					  why, sizeof(why))) {
		err_say("%s: what the guest sent back: %s", dir, why);
		folder_close(&f);
		return EXIT_FAIL;
	}
	ret = folder_write(&f, "console.log", g->console.s ?: "",
			   g->console.len);
	if (!ret)
		ret = folder_write(&f, "dmesg.log", g->log.s ?: "", g->log.len);
	if (ret)
		err_say("%s: %s", dir, strerror(-ret));
	folder_close(&f);
	return ret ? EXIT_FAIL : EXIT_OK;
}

/*
 * Boot K once, with ARGV as the command; S: it is a test of it. An exit code.
 */
static int boot_once(const struct kernel *k, const struct strv *argv,
		     bool terminal, struct stress *s)
{
	struct guest g = {
		.name = k->release, .silence = terminal ? 0 : opt_silence,
		.limit = terminal ? 0 : opt_timeout, .terminal = terminal,
		.stuck = s ? 2 * s->watchdog : 0,
		.say = s ? stress_hear : pass_through, .of = s,
	}, *all = &g;
	struct initrd_args a = {
		.kernel = k, .v1 = opt_v1, .console = terminal,
		.favordynmods = opt_favordynmods || opt_mode == 1,
		.add = &adds, .module = &modules, .argv = argv,
		.collect = bring_from, .layout = opt_layout,
	};
	struct text initrd = { 0 };
	struct strv qemu = { 0 };
	int ret = initrd_make(&initrd, &a), error;

	machine.terminal = terminal;
	qemu_argv(&qemu, &machine, k->image);
	if (!ret)
		ret = keep(&initrd, &qemu);
	if (ret)
		goto out;
	ret = guest_start(&g, qemu.v, initrd.s, initrd.len);
	if (ret) {
		err_say("%s: %s", qemu.v[0], strerror(-ret));
		ret = EXIT_FAIL;
		goto out;
	}
	text_free(&initrd);
	if (!guest_wait(&all, 1)) {
		guest_kill(&g);
		ret = 128 + guest_stop_signal;
	} else if (g.status >= 0) {
		ret = g.status;
	} else {
		if (!terminal)
			guest_last_words(&g);
		err_say("%s: %s", k->spec, g.failure);
		if (s)
			stress_died(s, &g);
		ret = s && g.broke ? EXIT_SKIP : EXIT_FAIL;
	}
	if (bring_to && !guest_stop_signal &&
	    (g.archive.len || g.status < 0)) {
		error = bring(&g, bring_to);
		ret = ret ? ret : error;
	}
	if (terminal && isatty(STDIN_FILENO)) {
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(STDIN_FILENO, getpgrp());
	}
out:
	guest_free(&g);
	text_free(&initrd);
	strv_free(&qemu);
	return ret;
}

static int verb_exec(struct kernel *k, int argc, char **argv)
{
	struct strv command = { 0 };
	int ret;

	for (int i = 0; i < argc; i++)
		strv_add(&command, xstrdup(argv[i]));
	ret = boot_once(k, &command, false, NULL);
	strv_free(&command);
	return ret;
}

static int verb_shell(struct kernel *k)
{
	struct strv command = { 0 };
	int ret;

	if (access(INITRD_BUSYBOX, X_OK)) {
		err_say("skip: a prompt needs " INITRD_BUSYBOX " (package "
			"busybox-static)");
		return EXIT_SKIP;
	}
	strv_add(&command, xstrdup("sh"));
	strv_add(&command, xstrdup("-l"));
	ret = boot_once(k, &command, true, NULL);
	strv_free(&command);
	return ret;
}

/* --- run ----------------------------------------------------------------- */

static int verb_run(struct kernel *k, unsigned int nr, int argc, char **argv)
{
	struct campaign c = {
		.kernel = k, .nr_kernel = nr, .machine = &machine,
		.mode = opt_favordynmods ? 1 : opt_mode,
		.boots = opt_boots, .jobs = opt_jobs,
		.v1 = opt_v1, .add = &adds, .module = &modules,
		.silence = opt_silence, .limit = opt_timeout,
		.keep = opt_keep,
	};
	int first = 0, at;

	/* "quick --seed 1" is as good as "--seed 1 quick". */
	if (argc && argv[0][0] != '-') {
		c.question = argv[0];
		first = 1;
	}
	/* opt_parse() begins behind the name of a program. */
	at = opt_parse(&question_prog, argc - first + 1, argv + first - 1);
	if (at < 0)
		return EXIT_BAD;
	at += first - 1;
	if (!c.question && at < argc)
		c.question = argv[at++];
	if (at < argc) {
		err_say("'%s' is too much; one question at a time", argv[at]);
		return EXIT_BAD;
	}
	c.plan = opt_question_plan;
	c.out = opt_out;
	c.label = opt_label;
	c.seed = opt_seed;
	c.time = opt_time;
	c.repeat = opt_repeat;
	for (unsigned int i = 0; c.question && i < nr; i++)
		kernel_module(&k[i], c.question);
	return campaign_run(&c);
}

/* --- machine ------------------------------------------------------------- */

/*
 * For the scripts that have guests recorded by a plugin; which one, goes by
 * the version (qemu-plugin-api.h). "programs" is what a record made with these
 * would have: boots of another build tell by it.
 */
static int verb_machine(void)
{
	char *says = qemu_version(), *programs, *init;
	int from = 0, to = 0, ret = EXIT_FAIL;
	uint64_t tree;

	if (says)
		sscanf(says, "QEMU emulator version %n%*[0-9.]%n", &from, &to);
	if (to)
		printf("qemu=%s\nversion=%.*s\ncpu=%s\nplugins=%d\nbuilt=%s\n",
		       qemu_program, to - from, says + from, qemu_cpu(&machine),
		       atoi(says + from) < 9 ? 1 : 4, arch_built());
	else
		err_say("%s --version: '%s'; expected QEMU emulator version N",
			qemu_program, says ?: "");
	free(says);
	if (to)
		ret = EXIT_OK;
	/* Those of another architecture need not be built. */
	init = tree_path("%s/lab/init", arch_built());
	if (to && !access(init, R_OK) && !(ret = initrd_digest(&tree))) {
		programs = digest_text(tree);
		printf("programs=%s\n", programs);
		free(programs);
	}
	free(init);
	return ret;
}

/* --- stress -------------------------------------------------------------- */

/* Each kernel is one test; what fails there is brought to a folder here. */
static int verb_stress(struct stress *s, char **spec, unsigned int nr)
{
	int ret = stress_begin(s, nr), worst = EXIT_SKIP;

	stress_programs(&adds);
	bring_from = xstrdup(STRESS_KEPT);
	for (unsigned int i = 0; !ret && i < nr; i++) {
		struct kernel k;
		int code = kernel_get(&k, spec[i]);

		bring_to = stress_next(s, i + 1, &k);
		if (!bring_to)
			code = EXIT_BAD;
		if (!code && s->module)
			kernel_module(&k, NULL);
		if (!code)
			code = boot_once(&k, &s->argv, false, s);
		if (code == EXIT_BAD || guest_stop_signal)
			ret = code;
		else
			stress_result(s, i + 1, spec[i], code);
		if (!code && worst == EXIT_SKIP)
			worst = EXIT_OK;
		else if (code && code != EXIT_SKIP)
			worst = EXIT_FAIL;
		kernel_free(&k);
	}
	stress_end(s);
	return ret ? ret : worst;
}

/*
 * The options of the lab, ARGV[2] up to FIRST, and what is behind HEAD. What
 * is not said fits a stress test: an emulated CPU is slow, which is no stall.
 */
static int set_stress(struct stress *s, char **argv, int first, int head,
		      int argc)
{
	bool limited = false;

	racing = true;
	s->out = opt_kept;
	for (int i = 2; i < first; i++)
		limited |= !strncmp(argv[i], "--timeout", 9);
	stress_options(s, argv + 2, first - 2);
	if (stress_parse(s, argc - head > 1 ? argc - head : 1, argv + head -
			 (head == argc)))
		return EXIT_BAD;
	if (!opt_numa)
		opt_numa = "2x1";
	if (!opt_append)
		opt_append = xprintf("rcupdate.rcu_cpu_stall_timeout=300 "
				     "watchdog_thresh=%u softlockup_panic=1",
				     s->watchdog);
	if (!limited)
		opt_timeout = s->limit;
	return EXIT_OK;
}

#define VERBS "run exec shell stress machine"
enum { RUN, EXEC, SHELL, STRESS, MACHINE };
static const char *const verbs[] = {
	"run", "exec", "shell", "stress", "machine", NULL,
};

static int find_verb(const char *name)
{
	for (int i = 0; name && verbs[i]; i++)
		if (!strcmp(verbs[i], name))
			return i;
	err_say("%s%s%s there are: " VERBS,
		name ? "unknown verb '" : "which verb?", name ? name : "",
		name ? "';" : "");
	return -1;
}

/* What each verb takes. An exit code. */
static int check_shape(int verb, int kernels, int behind)
{
	const char *name = verbs[verb];

	if (verb == MACHINE && (kernels || behind)) {
		err_say("machine: takes no kernel, nothing is booted");
	} else if (verb != MACHINE && !kernels) {
		err_say("%s: which kernel? A bzImage or a release", name);
	} else if (verb != RUN && verb != STRESS && kernels > 1) {
		err_say("%s: takes one kernel, not %d; the command for "
			"the guest goes after --", name, kernels);
	} else if ((verb == RUN || verb == EXEC) && !behind) {
		err_say("%s: KERNEL -- %s would be right", name,
			verb == EXEC ? "COMMAND" : "QUESTION");
	} else if (verb == SHELL && behind) {
		err_say("shell: takes no command; that is exec");
	} else if (verb != EXEC && opt_bring) {
		err_say("%s: brings nothing back; --bring is for exec", name);
	} else if (verb != STRESS && opt_kept) {
		err_say("%s: --out is for stress; that of run goes behind --",
			name);
	} else if (verb != RUN && (opt_boots || opt_jobs || opt_mode == 2)) {
		err_say("%s: boots once; --boots, --jobs and --lock-mode both "
			"are for run", name);
	} else {
		return EXIT_OK;
	}
	return EXIT_BAD;
}

/* How many words come before "--". */
static int head_of(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return argc;
}

static int check_kernels(char *const *word, int nr)
{
	for (int i = 0; i < nr; i++) {
		if (word[i][0] != '-')
			continue;
		err_say("'%s': options go before the kernels", word[i]);
		return EXIT_BAD;
	}
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	int head = head_of(argc, argv), verb, first, nr, ret;
	struct stress stress = { 0 };
	struct kernel *k;

	err_prog = "forkpath-lab";
	setenv("LC_ALL", "C", 1);	/* what we start is read by us */
	if (argc > 1 && argv[1][0] == '-') {	/* --help, --version */
		first = opt_parse(&prog, head, argv);
		if (first >= 0)
			err_say("the verb goes first: " VERBS);
		return EXIT_BAD;
	}
	verb = find_verb(argv[1]);
	if (verb < 0)
		return EXIT_BAD;
	collect(head, argv);
	if (verb == STRESS && opt_first(&prog, head - 1, argv + 1))
		return EXIT_BAD;
	first = opt_parse(&prog, head - 1, argv + 1);
	if (first < 0)
		return EXIT_BAD;
	first++;
	nr = head - first;
	ret = check_kernels(argv + first, nr);
	if (!ret)
		ret = check_shape(verb, nr, argc - head - 1 > 0);
	if (!ret && tree_init(NULL)) {
		err_say("/proc/self/exe: %s", strerror(errno));
		ret = EXIT_FAIL;
	}
	if (!ret && verb == STRESS)
		ret = set_stress(&stress, argv, first, head, argc);
	if (!ret)
		ret = parse_bring();
	if (!ret)
		ret = set_machine();
	if (!ret && verb == MACHINE)
		return err_end(verb_machine());
	if (ret)
		return ret;
	k = xzalloc(nr * sizeof(*k));
	/* One kernel that is not to be had is one test that fails. */
	for (int i = 0; i < nr && !ret && verb != STRESS; i++)
		ret = kernel_get(&k[i], argv[first + i]);
	guest_catch_stop();
	if (!ret && verb == STRESS)
		ret = verb_stress(&stress, argv + first, nr);
	argv += head + (head < argc);
	argc -= head + (head < argc);
	if (!ret && verb != STRESS)
		ret = verb == RUN ? verb_run(k, nr, argc, argv) :
		      verb == EXEC ? verb_exec(k, argc, argv) : verb_shell(k);
	for (int i = 0; i < nr; i++)
		kernel_free(&k[i]);
	free(k);
	free(bring_from);
	strv_free(&adds);
	strv_free(&modules);
	strv_free(&plugins);
	return err_end(ret);
}
