// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * meta - the conditions of a run: meta.json
 *
 * What may change a number is in here, under these keys; null where it
 * cannot be had.
 *
 *   schema label question command seed utc suite compiler
 *   programs    digest of the programs that measure (programs.h)
 *   host boot_id place (host, vm) exact root uid cgroup_self kernel_log
 *   kernel      release version machine cmdline tainted config_from
 *   config      kernel options that matter: y, m, n, a number
 *   hz preempt  as built, and as chosen at boot
 *   lock_mode lock_how
 *   cgroups     per mount: path type options controllers favordynmods
 *   cpu         model vendor online possible present isolated nohz_full
 *               cores packages vulnerabilities
 *   microcode governor driver turbo smt clocksource clocksources
 *   clock_tick_ns hypervisor
 *   numa        nodes online distances
 *   memory_gib swap_kib thp thp_defrag autogroup loadavg
 *   rcu         module parameters and /sys/kernel switches
 *   sysctl      the settings of fork, scheduler and memory
 *   topology    xml synthetic (hwloc)
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cpus.h"
#include "fix.h"
#include "kconf.h"
#include "mem.h"
#include "meta.h"
#include "sys.h"
#include "topo.h"
#include "version.h"

static const char *const options[] = {
	"CGROUPS", "CGROUP_FAVOR_DYNMODS", "MEMCG", "MEMCG_V1", "CPUSETS",
	"CPUSETS_V1", "CGROUP_FREEZER", "CGROUP_PIDS", "CGROUP_SCHED",
	"CGROUP_CPUACCT", "CGROUP_DEVICE", "CGROUP_PERF", "CGROUP_HUGETLB",
	"CGROUP_MISC", "CGROUP_RDMA", "CGROUP_DMEM", "CGROUP_BPF",
	"CGROUP_DEBUG", "BLK_CGROUP", "RT_GROUP_SCHED",
	"SCHED_AUTOGROUP", "SCHED_CORE", "HZ", "NO_HZ_FULL", "NO_HZ_IDLE",
	"PREEMPT_NONE", "PREEMPT_VOLUNTARY", "PREEMPT", "PREEMPT_LAZY",
	"PREEMPT_DYNAMIC", "PREEMPT_RT", "TREE_RCU", "PREEMPT_RCU", "RCU_EXPERT",
	"RCU_NOCB_CPU", "RCU_NOCB_CPU_DEFAULT_ALL", "RCU_LAZY",
	"RCU_LAZY_DEFAULT_OFF", "RCU_BOOST", "RCU_FANOUT", "RCU_FANOUT_LEAF",
	"NR_CPUS", "NUMA", "NUMA_BALANCING", "SMP", "VMAP_STACK", "STACKPROTECTOR",
	"RANDOMIZE_KSTACK_OFFSET_DEFAULT", "TRANSPARENT_HUGEPAGE", "SLUB", "SLAB",
	"SLUB_DEBUG_ON", "SLAB_FREELIST_HARDENED", "SLAB_FREELIST_RANDOM",
	"INIT_ON_ALLOC_DEFAULT_ON", "INIT_ON_FREE_DEFAULT_ON", "HARDENED_USERCOPY",
	"PROVE_LOCKING", "LOCKDEP", "LOCK_STAT", "DEBUG_LOCK_ALLOC",
	"DEBUG_PREEMPT", "DEBUG_RWSEMS", "DEBUG_MUTEXES", "DEBUG_SPINLOCK",
	"DEBUG_ATOMIC_SLEEP", "DEBUG_OBJECTS", "DEBUG_PAGEALLOC",
	"DEBUG_VM", "DEBUG_LIST", "DEBUG_KMEMLEAK", "KASAN", "KCSAN", "KFENCE",
	"KMSAN", "UBSAN", "KCOV", "GCOV_KERNEL", "FUNCTION_TRACER",
	"DYNAMIC_FTRACE", "FUNCTION_GRAPH_TRACER", "FORK_PROFILE", "LATENCYTOP",
	"SCHEDSTATS", "PSI", "TASK_DELAY_ACCT", "TASKSTATS", "AUDIT",
	"CONNECTOR", "PROC_EVENTS", "SECCOMP", "SECURITY_SELINUX",
	"SECURITY_APPARMOR", "PAGE_TABLE_ISOLATION",
	"MITIGATION_PAGE_TABLE_ISOLATION", "RETPOLINE", "MITIGATION_RETPOLINE",
	"PARAVIRT", "LTO_CLANG", "CC_OPTIMIZE_FOR_SIZE", "LOCALVERSION",
	"CC_VERSION_TEXT",
};

static const char *const sysctls[] = {
	"kernel/pid_max", "kernel/threads-max", "kernel/sched_autogroup_enabled",
	"kernel/sched_rt_runtime_us", "kernel/sched_schedstats",
	"kernel/numa_balancing", "kernel/randomize_va_space",
	"kernel/perf_event_paranoid", "kernel/task_delayacct",
	"kernel/watchdog", "kernel/nmi_watchdog", "kernel/timer_migration",
	"kernel/kptr_restrict", "kernel/hung_task_timeout_secs",
	"kernel/ftrace_enabled", "kernel/io_uring_disabled",
	"vm/overcommit_memory", "vm/max_map_count", "vm/swappiness",
	"vm/zone_reclaim_mode", "vm/min_free_kbytes",
};

static const char *const rcu_files[] = {
	"/sys/kernel/rcu_expedited", "/sys/kernel/rcu_normal",
	"/sys/module/rcupdate/parameters/rcu_expedited",
	"/sys/module/rcupdate/parameters/rcu_normal",
	"/sys/module/rcupdate/parameters/rcu_normal_after_boot",
	"/sys/module/rcutree/parameters/rcu_normal_wake_from_gp",
	"/sys/module/rcutree/parameters/enable_rcu_lazy",
	"/sys/module/rcutree/parameters/jiffies_till_first_fqs",
	"/sys/module/rcutree/parameters/jiffies_till_next_fqs",
	"/sys/module/rcutree/parameters/jiffies_till_sched_qs",
	"/sys/module/rcutree/parameters/use_softirq",
	"/sys/module/rcutree/parameters/kthread_prio",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Text, "" included only where it says something; takes OWNED over. */
static json_t *text(char *owned, bool empty_ok)
{
	json_t *j = NULL;

	if (owned && !strcmp(owned, "(null)"))
		*owned = '\0';	/* what some kernels print for an empty list */
	if (owned && (*owned || empty_ok)) {
		for (unsigned char *p = (unsigned char *)owned; *p; p++)
			if ((*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f)
				*p = '?';
		j = json_string(owned);
	}
	free(owned);
	return j ? j : json_null();
}

/* The same, as a number where it is one. */
static json_t *scalar(char *owned)
{
	char *end;
	long long v;

	if (owned && *owned) {
		errno = 0;
		v = strtoll(owned, &end, 10);
		if (!errno && !*end) {
			free(owned);
			return json_integer(v);
		}
	}
	return text(owned, false);
}

static void set(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value ? value : json_null());
}

static json_t *plain(const char *s)
{
	return s ? text(xstrdup(s), false) : json_null();
}

static int list_size(char *list)
{
	static unsigned int cpu[CPUS_MAX];
	int n = list && *list ? cpus_parse(list, cpu, CPUS_MAX) : -1;

	free(list);
	return n;
}

static json_t *count(int n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *kernel(const struct kconf *k)
{
	json_t *o = json_object();
	struct utsname un;

	uname(&un);
	set(o, "release", text(sys_release(), false));
	set(o, "version", text(sys_read("/proc/sys/kernel/version"), false));
	set(o, "machine", plain(un.machine));
	set(o, "cmdline", text(sys_read("/proc/cmdline"), true));
	set(o, "tainted", scalar(sys_read("/proc/sys/kernel/tainted")));
	set(o, "config_from", plain(k->from));
	set(o, "built", text(sys_read("/proc/version"), false));
	return o;
}

static json_t *config(const struct kconf *k)
{
	json_t *o = json_object();

	for (size_t i = 0; i < COUNT(options); i++)
		set(o, options[i], scalar(kconf_get(k, options[i])));
	return o;
}

/* As built; PREEMPT_DYNAMIC kernels choose at boot, debugfs tells. */
static json_t *preempt(const struct kconf *k)
{
	static const struct { const char *option, *name; } models[] = {
		{ "PREEMPT_RT", "rt" }, { "PREEMPT_NONE", "none" },
		{ "PREEMPT_VOLUNTARY", "voluntary" }, { "PREEMPT_LAZY", "lazy" },
		{ "PREEMPT", "full" },
	};
	char *now_ = sys_chosen("/sys/kernel/debug/sched/preempt");
	char *boot = sys_cmdline("preempt"), *version;

	if (!now_) {	/* "none (full) voluntary" */
		char *s = sys_read("/sys/kernel/debug/sched/preempt");
		char *a = s ? strchr(s, '(') : NULL, *b = a ? strchr(a, ')') : 0;

		if (b)
			now_ = xstrndup(a + 1, b - a - 1);
		free(s);
	}
	if (now_) {
		free(boot);
		return text(now_, false);
	}
	if (boot && *boot)
		return text(boot, false);
	free(boot);
	for (size_t i = 0; i < COUNT(models); i++) {
		char *v = kconf_get(k, models[i].option);
		bool yes = v && !strcmp(v, "y");

		free(v);
		if (yes)
			return plain(models[i].name);
	}
	version = sys_read("/proc/sys/kernel/version");
	boot = version && strstr(version, "PREEMPT_RT") ? xstrdup("rt") : NULL;
	free(version);
	return text(boot, false);
}

const char *meta_lock_mode(const struct kconf *k, const char **how)
{
	struct sys_mount *m = sys_mounts(), *i;
	char *release = sys_release();
	bool since60 = sys_since(release, 6, 0), known = m;
	char *v = kconf_get(k, "CGROUP_FAVOR_DYNMODS");
	bool built = v && !strcmp(v, "y");
	bool sticky = sys_since(release, 6, 18);
	const char *mode = "unknown";

	*how = "no cgroup is mounted and the configuration cannot be read";
	for (i = m; i && !i->favordynmods; i = i->next)
		;
	if (strcmp(release, "unknown") && !since60) {
		mode = "default";
		*how = "a kernel before 6.0 has no favordynmods";
	} else if (i) {
		mode = "favordynmods";
		*how = "a cgroup mount has the option";
	} else if (built && !known) {
		mode = "favordynmods";
		*how = "CONFIG_CGROUP_FAVOR_DYNMODS=y";
	} else if (known) {
		mode = "default";
		*how = sticky ? "no cgroup mount has favordynmods now; one that "
				"had it since boot would leave it on" :
				"no cgroup mount has favordynmods";
	} else if (v) {
		mode = "default";
		*how = "CONFIG_CGROUP_FAVOR_DYNMODS=n, no cgroup mount";
	}
	sys_mounts_free(m);
	free(release);
	free(v);
	return mode;
}

static json_t *cgroups(void)
{
	struct sys_mount *m = sys_mounts();
	json_t *a = json_array();

	for (struct sys_mount *i = m; i; i = i->next) {
		json_t *o = json_object();

		set(o, "path", plain(i->path));
		set(o, "type", plain(i->type));
		set(o, "options", plain(i->options));
		set(o, "controllers", i->controllers ?
		    text(xstrdup(i->controllers), true) : NULL);
		set(o, "favordynmods", json_boolean(i->favordynmods));
		json_array_append_new(a, o);
	}
	sys_mounts_free(m);
	return a;
}

static json_t *cpu(const struct topo *t)
{
	char *info = sys_read("/proc/cpuinfo");
	json_t *o = json_object(), *v = json_object();
	struct dirent *e;
	char *path;
	DIR *d;

	set(o, "model", text(sys_cpu_model(), false));
	set(o, "vendor", text(sys_field(info, "vendor_id"), false));
	free(info);
	set(o, "online",
	    count(list_size(sys_read("/sys/devices/system/cpu/online"))));
	set(o, "possible",
	    count(list_size(sys_read("/sys/devices/system/cpu/possible"))));
	set(o, "present",
	    count(list_size(sys_read("/sys/devices/system/cpu/present"))));
	set(o, "online_list",
	    text(sys_read("/sys/devices/system/cpu/online"), false));
	set(o, "isolated",
	    text(sys_read("/sys/devices/system/cpu/isolated"), true));
	set(o, "nohz_full",
	    text(sys_read("/sys/devices/system/cpu/nohz_full"), true));
	set(o, "cores", count(t->cores));
	set(o, "packages", count(t->packages));
	path = xprintf("%s/sys/devices/system/cpu/vulnerabilities", sys_root);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (*e->d_name != '.')
			set(v, e->d_name, text(sys_read(
				"/sys/devices/system/cpu/vulnerabilities/%s",
				e->d_name), false));
	if (d)
		closedir(d);
	free(path);
	set(o, "vulnerabilities", json_object_size(v) ? json_incref(v) : NULL);
	json_decref(v);
	return o;
}

/* intel_pstate says no_turbo, the others boost. */
static json_t *turbo(void)
{
	long no = sys_number(-1, "/sys/devices/system/cpu/intel_pstate/no_turbo");
	long yes = sys_number(-1, "/sys/devices/system/cpu/cpufreq/boost");

	if (no >= 0)
		return plain(no ? "off" : "on");
	return yes >= 0 ? plain(yes ? "on" : "off") : json_null();
}

static json_t *numa(const struct topo *t)
{
	char *online = sys_read("/sys/devices/system/node/online");
	json_t *o = json_object(), *rows = json_array();
	static unsigned int node[CPUS_MAX];
	int n = online && *online ? cpus_parse(online, node, CPUS_MAX) : 0;

	for (int i = 0; i < n; i++) {
		char *s = sys_read("/sys/devices/system/node/node%u/distance",
				   node[i]);
		struct strv words = { 0 };
		json_t *row = json_array();

		strv_split(&words, s ? s : "", " ");
		for (unsigned int j = 0; j < words.nr; j++)
			json_array_append_new(row, scalar(xstrdup(words.v[j])));
		json_array_append_new(rows, row);
		strv_free(&words);
		free(s);
	}
	set(o, "nodes", n > 0 ? json_integer(n) : count(t->nodes));
	set(o, "distances", n > 0 ? json_incref(rows) : NULL);
	set(o, "online", text(online, false));
	json_decref(rows);
	return o;
}

static json_t *meminfo(const char *name, double divisor)
{
	char *s = sys_read("/proc/meminfo"), *v = sys_field(s, name), *end;
	json_t *j = NULL;
	double kib;

	if (v) {
		kib = strtod(v, &end);
		if (end != v)
			j = divisor > 1 ? json_real((long)(kib / divisor * 10 +
							   0.5) / 10.0) :
					  json_integer((long long)kib);
	}
	free(s);
	free(v);
	return j;
}

static json_t *rcu(void)
{
	static const char *const boot[] = { "rcu_nocbs", "nohz_full",
					    "rcu_nocb_poll", "isolcpus" };
	json_t *o = json_object();

	for (size_t i = 0; i < COUNT(rcu_files); i++) {
		const char *name = strrchr(rcu_files[i], '/') + 1;
		char *key = strstr(rcu_files[i], "/module/") ?
			xprintf("parameters.%s", name) : xstrdup(name);

		set(o, key, scalar(sys_read("%s", rcu_files[i])));
		free(key);
	}
	for (size_t i = 0; i < COUNT(boot); i++)
		set(o, boot[i], text(sys_cmdline(boot[i]), true));
	return o;
}

static json_t *sysctl(void)
{
	json_t *o = json_object();

	for (size_t i = 0; i < COUNT(sysctls); i++) {
		char *key = xstrdup(sysctls[i]);

		*strchr(key, '/') = '.';
		set(o, key, scalar(sys_read("/proc/sys/%s", sysctls[i])));
		free(key);
	}
	return o;
}

static json_t *switch_of(long v)
{
	return v < 0 ? json_null() : plain(v ? "on" : "off");
}

/* Ours, so that "built with another compiler" can be seen. */
static const char *compiler(void)
{
#ifdef __clang__
	return __VERSION__;
#else
	return "gcc " __VERSION__;
#endif
}

static void settings(json_t *o, const struct kconf *k)
{
	const char *how, *mode = meta_lock_mode(k, &how);
	char *info = sys_read("/proc/cpuinfo");
	double tick = sys_clock_tick();

	set(o, "hz", scalar(kconf_get(k, "HZ")));
	set(o, "preempt", preempt(k));
	set(o, "lock_mode", plain(mode));
	set(o, "lock_how", plain(how));
	set(o, "microcode", text(sys_field(info, "microcode"), false));
	set(o, "governor", text(sys_read("/sys/devices/system/cpu/cpu0/cpufreq/"
					 "scaling_governor"), false));
	set(o, "driver", text(sys_read("/sys/devices/system/cpu/cpu0/cpufreq/"
				       "scaling_driver"), false));
	set(o, "turbo", turbo());
	set(o, "smt", text(sys_read("/sys/devices/system/cpu/smt/control"),
			   false));
	set(o, "clocksource",
	    text(sys_read("/sys/devices/system/clocksource/clocksource0/"
			  "current_clocksource"), false));
	set(o, "clocksources",
	    text(sys_read("/sys/devices/system/clocksource/clocksource0/"
			  "available_clocksource"), false));
	set(o, "clock_tick_ns", tick > 0 ? json_real(tick) : NULL);
	set(o, "thp", text(sys_chosen("/sys/kernel/mm/transparent_hugepage/"
				      "enabled"), false));
	set(o, "thp_defrag", text(sys_chosen("/sys/kernel/mm/"
					     "transparent_hugepage/defrag"),
				  false));
	set(o, "autogroup",
	    switch_of(sys_number(-1, "/proc/sys/kernel/"
				 "sched_autogroup_enabled")));
	set(o, "loadavg", text(sys_read("/proc/loadavg"), false));
	set(o, "memory_gib", meminfo("MemTotal", 1024 * 1024));
	set(o, "swap_kib", meminfo("SwapTotal", 1));
	free(info);
}

char *meta_text(const struct meta_args *a)
{
	char utc[32], *hypervisor = sys_hypervisor(), *s;
	json_t *o = json_object(), *shape = json_object();
	json_t *fixed = json_array();	/* for this run alone */
	time_t t = time(NULL);
	struct utsname un;
	struct kconf k;
	struct topo topo;
	struct tm tm;

	uname(&un);
	kconf_load(&k);
	topo_load(&topo);
	gmtime_r(&t, &tm);
	strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%SZ", &tm);
	set(o, "schema", plain(META_SCHEMA));
	set(o, "label", plain(a->label));
	set(o, "question", plain(a->question));
	set(o, "command", plain(a->command));
	set(o, "seed", a->seed ? json_integer(a->seed) : NULL);
	set(o, "utc", plain(utc));
	set(o, "suite", plain(forkpath_version));
	set(o, "compiler", plain(compiler()));
	set(o, "programs", plain(a->programs));
	set(o, "host", plain(un.nodename));
	set(o, "boot_id", text(sys_read("/proc/sys/kernel/random/boot_id"),
			       false));
	set(o, "place", plain(hypervisor ? "vm" : "host"));
	set(o, "exact", json_boolean(a->exact));
	set(o, "hypervisor", text(hypervisor, false));
	set(o, "root", json_boolean(!geteuid()));
	set(o, "uid", json_integer(geteuid()));
	set(o, "cgroup_self", text(sys_read("/proc/self/cgroup"), false));
	set(o, "kernel_log", plain(a->kmsg ? "watched" : NULL));
	set(o, "kernel", kernel(&k));
	set(o, "config", k.text ? config(&k) : NULL);
	set(o, "cgroups", cgroups());
	set(o, "cpu", cpu(&topo));
	set(o, "numa", numa(&topo));
	set(o, "rcu", rcu());
	set(o, "sysctl", sysctl());
	settings(o, &k);
	set(shape, "xml", plain(topo.xml));
	set(shape, "synthetic", plain(topo.synthetic));
	set(o, "topology", shape);
	for (unsigned int i = 0; i < fix_done()->nr; i++)
		json_array_append_new(fixed, json_string(fix_done()->v[i]));
	set(o, "fixed", fixed);
	s = json_dumps(o, JSON_SORT_KEYS | JSON_INDENT(1) |
		       JSON_REAL_PRECISION(15));
	json_decref(o);
	topo_free(&topo);
	kconf_free(&k);
	if (s) {
		char *whole = xprintf("%s\n", s);

		free(s);
		return whole;
	}
	return xstrdup("{}\n");
}

int meta_check(const char *s, const char *release, const char *programs,
	       char *why, size_t len)
{
	const char *schema, *was, *boot, *built;
	json_error_t err;
	json_t *o = json_loads(s, JSON_REJECT_DUPLICATES, &err);
	char *boot_now;
	int ret = -EINVAL;

	*why = '\0';
	if (!o) {
		snprintf(why, len, "line %d: %s", err.line, err.text);
		return ret;
	}
	schema = json_string_value(json_object_get(o, "schema"));
	was = json_string_value(json_object_get(json_object_get(o, "kernel"),
						"release"));
	boot = json_string_value(json_object_get(o, "boot_id"));
	built = json_string_value(json_object_get(o, "programs"));
	boot_now = sys_read("/proc/sys/kernel/random/boot_id");
	if (!schema || strcmp(schema, META_SCHEMA)) {
		snprintf(why, len, "schema is '%.60s'; " META_SCHEMA " would be "
			 "right", schema ? schema : "");
	} else if (json_is_object(json_object_get(o, "lab"))) {
		snprintf(why, len, "a guest of the lab measured this; the same "
			 "`./run.sh lab` with another --out would be right");
	} else if (was && strcmp(was, release)) {
		snprintf(why, len, "measured on kernel %.60s, this is %s; one "
			 "folder is one kernel", was, release);
	} else if (built && strcmp(built, programs)) {
		snprintf(why, len, "measured by other programs (%.20s, these "
			 "are %s): rebuilt since; one folder is one build",
			 built, programs);
	} else {
		ret = 0;
		if (boot && boot_now && strcmp(boot, boot_now))
			snprintf(why, len, "the machine was booted again since "
				 "these measurements began");
	}
	one_line(why);
	free(boot_now);
	json_decref(o);
	return ret;
}
