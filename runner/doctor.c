// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor - is this machine fit to measure on? */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpus.h"
#include "doctor.h"
#include "err.h"
#include "kconf.h"
#include "mem.h"
#include "meta.h"
#include "sys.h"
#include "undo.h"

#define WIDTH 72

enum level { OK, BEWARE, UNFIT };

struct ward {
	FILE		*to;
	struct kconf	 conf;
	char		*release;
	unsigned int	 said[3];	/* by level */
};

/* WHAT is a copy that is freed; TODO may be NULL. */
static void say(struct ward *w, enum level level, char *what, const char *todo)
{
	static const char *const name[] = { "ok", "beware", "unfit" };
	char *line = one_line(xprintf("%-6s  %s%s%s", name[level], what,
				      todo ? " - " : "", todo ? todo : ""));
	size_t n = strlen(line);

	if (n > WIDTH)
		n = utf8_span(line, WIDTH);
	fprintf(w->to, "%.*s\n", (int)n, line);
	w->said[level]++;
	free(line);
	free(what);
}

static void governor(struct ward *w)
{
	char *g = sys_read("/sys/devices/system/cpu/cpu0/cpufreq/"
			   "scaling_governor");

	if (!g)
		say(w, OK, xstrdup("governor: no frequency control here"), NULL);
	else if (!strcmp(g, "performance"))
		say(w, OK, xprintf("governor %s", g), NULL);
	else
		say(w, BEWARE, xprintf("governor %s", g),
		    "cpupower frequency-set -g performance");
	free(g);
}

static void turbo(struct ward *w)
{
	long no = sys_number(-1, "/sys/devices/system/cpu/intel_pstate/no_turbo");
	long yes = sys_number(-1, "/sys/devices/system/cpu/cpufreq/boost");

	if (no < 0 && yes < 0)
		say(w, OK, xstrdup("turbo: no control here"), NULL);
	else if (no == 1 || (no < 0 && yes == 0))
		say(w, OK, xstrdup("turbo off"), NULL);
	else
		say(w, BEWARE, xstrdup("turbo on"), no == 0 ?
		    "echo 1 > .../intel_pstate/no_turbo" :
		    "echo 0 > .../cpufreq/boost");
}

static void smt(struct ward *w)
{
	long active = sys_number(-1, "/sys/devices/system/cpu/smt/active");

	if (active < 0)
		say(w, OK, xstrdup("SMT: not known here"), NULL);
	else if (active)
		say(w, BEWARE, xstrdup("SMT on: siblings share a core"),
		    "place cloners by core, or smt=off");
	else
		say(w, OK, xstrdup("SMT off"), NULL);
}

static void load(struct ward *w)
{
	char *s = sys_read("/proc/loadavg"), *end;
	double v = s ? strtod(s, &end) : -1;

	if (v < 0)
		say(w, BEWARE, xstrdup("load: /proc/loadavg cannot be read"),
		    "is /proc mounted?");
	else if (v < 0.5)
		say(w, OK, xprintf("load %.2f", v), NULL);
	else
		say(w, BEWARE, xprintf("load %.2f in the last minute", v),
		    "wait, or stop what runs");
	free(s);
}

/* What makes each operation measure the debugging of itself. */
static void debug_options(struct ward *w)
{
	static const struct { const char *option; enum level level; } bad[] = {
		{ "PROVE_LOCKING", UNFIT }, { "DEBUG_LOCK_ALLOC", UNFIT },
		{ "LOCKDEP", UNFIT }, { "LOCK_STAT", UNFIT },
		{ "KASAN", UNFIT }, { "KCSAN", UNFIT }, { "KMSAN", UNFIT },
		{ "KCOV", UNFIT }, { "GCOV_KERNEL", UNFIT },
		{ "UBSAN_SANITIZE_ALL", UNFIT },
		{ "DEBUG_KMEMLEAK", UNFIT }, { "SLUB_DEBUG_ON", UNFIT },
		{ "DEBUG_SLAB", UNFIT }, { "DEBUG_PAGEALLOC_ENABLE_DEFAULT", UNFIT },
		{ "DEBUG_OBJECTS", UNFIT }, { "DEBUG_ATOMIC_SLEEP", UNFIT },
		{ "DEBUG_SPINLOCK", UNFIT }, { "DEBUG_MUTEXES", UNFIT },
		{ "DEBUG_RWSEMS", UNFIT }, { "DEBUG_RT_MUTEXES", UNFIT },
		{ "DEBUG_KMAP_LOCAL_FORCE_MAP", UNFIT },
		{ "DEBUG_PREEMPT", BEWARE }, { "DEBUG_VM", BEWARE },
		{ "DEBUG_LIST", BEWARE }, { "DEBUG_CREDENTIALS", BEWARE },
		{ "CGROUP_DEBUG", BEWARE }, { "PAGE_OWNER_ENABLE", BEWARE },
		{ "RCU_STRICT_GRACE_PERIOD", UNFIT },
	};
	unsigned int found = 0;

	if (!w->conf.text) {
		say(w, BEWARE, xstrdup("kernel options cannot be read"),
		    "need /proc/config.gz or /boot/config-*");
		return;
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *v = kconf_get(&w->conf, bad[i].option);

		if (v && !strcmp(v, "y")) {
			say(w, bad[i].level, xprintf("%s in the kernel",
						     bad[i].option),
			    "boot a kernel without it");
			found++;
		}
		free(v);
	}
	if (!found)
		say(w, OK, xstrdup("no debug option in the kernel"), NULL);
}

static void boot_options(struct ward *w)
{
	static const struct {
		const char *option, *off;
		enum level level;
	} bad[] = {
		{ "slub_debug", "-", UNFIT }, { "slab_debug", "-", UNFIT },
		{ "debug_pagealloc", "off", UNFIT }, { "page_owner", "off", UNFIT },
		{ "page_poison", "0", BEWARE }, { "init_on_free", "0", BEWARE },
		{ "kasan", "off", UNFIT }, { "kmemleak", "off", BEWARE },
		{ "ftrace", NULL, UNFIT }, { "trace_event", NULL, UNFIT },
		{ "idle", NULL, BEWARE }, { "kfence.sample_interval", "0", BEWARE },
		{ "kunit.enable", "0", BEWARE }, { "nosmp", NULL, BEWARE },
	};
	unsigned int found = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *v = sys_cmdline(bad[i].option);

		if (v && (!bad[i].off || strcmp(v, bad[i].off))) {
			say(w, bad[i].level, xprintf("%s%s%s on the command "
						     "line", bad[i].option,
						     *v ? "=" : "", v),
			    "boot without it");
			found++;
		}
		free(v);
	}
	if (!found)
		say(w, OK, xstrdup("no debug option on the command line"), NULL);
}

static void clock_source(struct ward *w)
{
	char *s = sys_read("/sys/devices/system/clocksource/clocksource0/"
			   "current_clocksource");
	static const char *const good[] = { "tsc", "arch_sys_counter", "kvm-clock",
					    "timebase", "riscv_clocksource",
					    "hyperv_clocksource_tsc_page" };
	static const char *const slow[] = { "hpet", "acpi_pm", "jiffies",
					    "refined-jiffies", "pit" };
	enum level level = BEWARE;
	double tick = sys_clock_tick();

	for (size_t i = 0; s && i < sizeof(good) / sizeof(*good); i++)
		if (!strcmp(s, good[i]))
			level = OK;
	for (size_t i = 0; s && i < sizeof(slow) / sizeof(*slow); i++)
		if (!strcmp(s, slow[i]))
			level = UNFIT;
	if (!s)
		say(w, BEWARE, xstrdup("clock source: not known here"),
		    "see clock-ns of each sample");
	else if (level == OK && tick >= 1.5)
		say(w, OK, xprintf("clock source %s, ticks every %.3g ns", s,
				   tick), NULL);
	else if (level == OK)
		say(w, OK, xprintf("clock source %s", s), NULL);
	else
		say(w, level, xprintf("clock source %s", s),
		    level == UNFIT ? "clocksource=tsc, or another machine" :
		    "see clock-ns of each sample");
	free(s);
}

static void hypervisor(struct ward *w)
{
	char *s = sys_hypervisor();

	if (s)
		say(w, BEWARE, xprintf("hypervisor %.30s", s),
		    "compare inside one VM only");
	else
		say(w, OK, xstrdup("no hypervisor"), NULL);
	free(s);
}

static void rcu(struct ward *w)
{
	long expedited = sys_number(-1, "/sys/kernel/rcu_expedited");
	long normal = sys_number(-1, "/sys/kernel/rcu_normal");
	long from_gp = sys_number(-1, "/sys/module/rcutree/parameters/"
				  "rcu_normal_wake_from_gp");
	char *nocbs = sys_cmdline("rcu_nocbs"), *v;

	if (expedited < 0 && normal < 0)
		say(w, OK, xstrdup("RCU switches: not known here"), NULL);
	else if (expedited > 0)
		say(w, BEWARE, xstrdup("rcu_expedited on: moves look cheaper"),
		    "echo 0 > /sys/kernel/rcu_expedited");
	else if (normal > 0)
		say(w, BEWARE, xstrdup("rcu_normal on: no expedited periods"),
		    "echo 0 > /sys/kernel/rcu_normal");
	else
		say(w, OK, xstrdup("RCU neither expedited nor forced normal"),
		    NULL);
	if (nocbs)
		say(w, BEWARE, xprintf("rcu_nocbs=%.16s: callbacks offloaded",
				       nocbs), "say so with the numbers");
	if (from_gp > 0)
		say(w, OK, xstrdup("rcu_normal_wake_from_gp on"), NULL);
	v = kconf_get(&w->conf, "RCU_LAZY");
	if (v && !strcmp(v, "y") &&
	    sys_number(1, "/sys/module/rcutree/parameters/enable_rcu_lazy"))
		say(w, OK, xstrdup("RCU_LAZY: callbacks wait (not call_rcu_hurry)"),
		    NULL);
	free(v);
	free(nocbs);
}

static void autogroup(struct ward *w)
{
	long on = sys_number(-1, "/proc/sys/kernel/sched_autogroup_enabled");
	char *release = sys_release();
	/* Stable kernels in between are mended: docs/starved.md. */
	bool starves = sys_since(release, 6, 13) && !sys_since(release, 7, 0);

	if (on > 0)
		say(w, BEWARE, xprintf("autogroup on%s", starves ?
				       ": may starve (docs/starved.md)" : ""),
		    starves ? "run with --fix" :
		    "sysctl kernel.sched_autogroup_enabled=0");
	else
		say(w, OK, xprintf("autogroup %s", on ? "not in this kernel" :
				   "off"), NULL);
	free(release);
}

static void mitigations(struct ward *w)
{
	char *v = sys_cmdline("mitigations");

	if (v && !strcmp(v, "off"))
		say(w, BEWARE, xstrdup("mitigations=off: forks look cheaper"),
		    "say so with the numbers");
	else
		say(w, OK, xprintf("mitigations %.40s", v && *v ? v :
				   "as the kernel chose"), NULL);
	free(v);
}

static void memory(struct ward *w)
{
	char *thp = sys_chosen("/sys/kernel/mm/transparent_hugepage/enabled");
	char *swaps = sys_read("/proc/swaps");
	char *info = sys_read("/proc/meminfo");
	char *avail = sys_field(info, "MemAvailable");
	double gib = avail ? strtod(avail, NULL) / 1048576 : -1;

	say(w, OK, xprintf("transparent huge pages %s",
			   thp ? thp : "not in this kernel"), NULL);
	if (swaps && strchr(swaps, '\n'))
		say(w, BEWARE, xstrdup("swap on"), "swapoff -a");
	else
		say(w, OK, xstrdup("swap off"), NULL);
	if (gib >= 0 && gib < 3)
		say(w, BEWARE, xprintf("%.1f GiB free", gib),
		    "100,000 threads want 3 GiB");
	free(thp);
	free(swaps);
	free(info);
	free(avail);
}

static void lock_mode(struct ward *w)
{
	const char *how, *mode = meta_lock_mode(&w->conf, &how);
	struct sys_mount *m = sys_mounts();
	unsigned int v1 = 0, v2 = 0;

	for (struct sys_mount *i = m; i; i = i->next) {
		bool two = !strcmp(i->type, "cgroup2");

		v1 += !two;
		v2 += two;
		if (i->favordynmods)
			say(w, BEWARE, xprintf("favordynmods on %.30s", i->path),
			    "reboot to have the default lock");
	}
	if (!m)
		say(w, BEWARE, xstrdup("no cgroup hierarchy is mounted"),
		    "moves are skipped");
	else
		say(w, OK, xprintf("cgroups: %u v1, %u v2, lock mode %s", v1,
				   v2, mode), NULL);
	sys_mounts_free(m);
}

static void tracing(struct ward *w)
{
	static const char *const tops[] = { "/sys/kernel/tracing",
					    "/sys/kernel/debug/tracing" };
	char *tracer = NULL, *events = NULL;

	for (int i = 0; i < 2 && !tracer; i++) {
		tracer = sys_read("%s/current_tracer", tops[i]);
		free(events);
		events = sys_read("%s/events/enable", tops[i]);
	}
	if (tracer && strcmp(tracer, "nop"))
		say(w, UNFIT, xprintf("tracer %.30s is on", tracer),
		    "echo nop > .../tracing/current_tracer");
	else if (events && *events != '0')
		say(w, UNFIT, xstrdup("trace events are on"),
		    "echo 0 > .../tracing/events/enable");
	else
		say(w, OK, xprintf("tracing %s", tracer ? "off" :
				   "not to be seen here"), NULL);
	free(tracer);
	free(events);
}

static void isolation(struct ward *w)
{
	char *isolated = sys_read("/sys/devices/system/cpu/isolated");
	char *online = sys_read("/sys/devices/system/cpu/online");
	static unsigned int cpu[CPUS_MAX];
	int n = online && *online ? cpus_parse(online, cpu, CPUS_MAX) : -1;

	say(w, OK, xprintf("isolated CPUs: %.40s",
			   isolated && *isolated ? isolated : "none"), NULL);
	if (n == 1)
		say(w, BEWARE, xstrdup("one CPU: nothing runs side by side"),
		    "contention cannot be measured");
	free(isolated);
	free(online);
}

/* Directories named forkpath* right below a cgroup mount. */
static unsigned int leftover_groups(char **example)
{
	struct sys_mount *m = sys_mounts();
	unsigned int n = 0;

	for (struct sys_mount *i = m; i; i = i->next) {
		char *path = xprintf("%s%s", sys_root, i->path);
		DIR *d = opendir(path);
		struct dirent *e;

		while (d && (e = readdir(d))) {
			if (strncmp(e->d_name, "forkpath", 8))
				continue;
			if (!n++)
				*example = xprintf("%s/%s", i->path, e->d_name);
		}
		if (d)
			closedir(d);
		free(path);
	}
	sys_mounts_free(m);
	return n;
}

/* Journals "PID-STARTTIME": of the dead, and of the living. */
static void journals(unsigned int *dead, unsigned int *live)
{
	char dir[4096], *path;
	unsigned long long start;
	struct dirent *e;
	int pid, end;
	DIR *d;

	*dead = *live = 0;
	if (!undo_dir(dir, sizeof(dir)))
		return;
	path = xprintf("%s%s", sys_root, dir);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (sscanf(e->d_name, "%d-%llu%n", &pid, &start, &end) != 2 ||
		    e->d_name[end])
			continue;
		if (pid == getpid())
			continue;	/* doctor --fix */
		if (undo_starttime(pid) == start)
			++*live;
		else
			++*dead;
	}
	if (d)
		closedir(d);
	free(path);
}

/* Processes of an earlier run that carry our token. */
static unsigned int leftover_processes(void)
{
	char *path = xprintf("%s/proc", sys_root);
	DIR *d = opendir(path);
	struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d))) {
		char *file, buf[65536];
		ssize_t got = 0;
		FILE *f;

		if (!isdigit((unsigned char)e->d_name[0]) ||
		    atoi(e->d_name) == getpid())
			continue;
		file = xprintf("%s/%s/environ", path, e->d_name);
		f = fopen(file, "re");
		if (f) {
			got = fread(buf, 1, sizeof(buf), f);
			fclose(f);
		}
		free(file);
		if (got > 0 && memmem(buf, got, "FORKPATH_RUN=", 13))
			n++;
	}
	if (d)
		closedir(d);
	free(path);
	return n;
}

static void leftovers(struct ward *w)
{
	unsigned int groups, dead, live, processes = leftover_processes();
	char *example = NULL;

	groups = leftover_groups(&example);
	journals(&dead, &live);
	if (live)
		say(w, BEWARE, xstrdup("a run is in progress"),
		    "wait for its end");
	if (groups && !live)
		say(w, BEWARE, xprintf("%u cgroup%s left: %.30s", groups,
				       groups > 1 ? "s" : "", example),
		    "./run.sh clean");
	if (processes && !live)
		say(w, BEWARE, xprintf("%u process%s left of an earlier run",
				       processes, processes > 1 ? "es" : ""),
		    "./run.sh clean");
	if (dead)
		say(w, BEWARE, xprintf("%u journal%s of a killed run", dead,
				       dead > 1 ? "s" : ""), "./run.sh clean");
	if (!live && !groups && !processes && !dead)
		say(w, OK, xstrdup("nothing left of earlier runs"), NULL);
	free(example);
}

static void tainted(struct ward *w)
{
	long v = sys_number(-1, "/proc/sys/kernel/tainted");

	if (v > 0 && v & (1 << 7 | 1 << 9 | 1 << 14))
		say(w, UNFIT, xprintf("kernel tainted (%ld): it has warned or "
				      "crashed", v), "reboot");
}

static void verdict(struct ward *w)
{
	unsigned int beware = w->said[BEWARE];

	if (w->said[UNFIT])
		say(w, UNFIT, xstrdup("in all: numbers from here mislead"), NULL);
	else if (beware)
		say(w, BEWARE, xprintf("in all: fit to measure on, but for %u line%s",
				       beware, beware > 1 ? "s" : ""), NULL);
	else
		say(w, OK, xstrdup("in all: fit to measure on"), NULL);
}

int doctor(FILE *to)
{
	static void (*const checks[])(struct ward *) = {
		governor, turbo, smt, isolation, load, clock_source, hypervisor,
		debug_options, boot_options, tainted, tracing, rcu, lock_mode,
		autogroup, mitigations, memory, leftovers,
	};
	struct ward w = { .to = to };

	kconf_load(&w.conf);
	w.release = sys_release();
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		checks[i](&w);
	kconf_free(&w.conf);
	free(w.release);
	verdict(&w);
	return w.said[UNFIT] ? EXIT_FAIL : EXIT_OK;
}
