// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner-doctor - doctor and meta on machines that are not there
 *
 * A machine is a directory with the files that the kernel would show;
 * HWLOC_SYNTHETIC gives it a shape.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "err.h"
#include "../../runner/doctor.h"
#include "../../runner/kconf.h"
#include "mem.h"
#include "../../runner/meta.h"
#include "../../runner/proc.h"
#include "../../runner/sys.h"
#include "root.h"

static char *said;
static int code;

static int begin(void **state)
{
	(void)state;
	strcpy(root, "/tmp/forkpath-root-XXXXXX");
	if (!mkdtemp(root) || proc_init())
		return -1;
	sys_root = root;
	setenv("FORKPATH_JOURNAL_DIR", "/run/forkpath", 1);
	return 0;
}

static int end(void **state)
{
	char *line = xprintf("rm -rf %s", root);
	int ret = system(line);

	(void)state;
	free(line);
	free(said);
	said = NULL;
	sys_root = "";
	return ret;
}

/* A server as one would wish it. */
static void good_machine(void)
{
	put("/proc/sys/kernel/osrelease", "6.12.1\n");
	put("/proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC\n");
	put("/proc/cmdline", "root=/dev/sda1 quiet\n");
	put("/proc/loadavg", "0.03 0.1 0.2 1/100 1234\n");
	put("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineX\n"
	    "model name\t: X 5000\nmicrocode\t: 0x2b\nflags\t\t: fpu vme\n");
	put("/proc/meminfo", "MemTotal:       65536000 kB\n"
	    "MemAvailable:   60000000 kB\nSwapTotal:             0 kB\n");
	put("/proc/swaps", "Filename\tType\n");
	put("/proc/self/mountinfo",
	    "30 1 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"
	    "31 1 0:28 / /mnt/my\\040set rw - cgroup cgroup rw,cpuset\n"
	    "32 1 0:29 / / rw - ext4 /dev/sda1 rw\n");
	put("/sys/fs/cgroup/cgroup.controllers", "cpuset memory pids\n");
	put("/sys/fs/cgroup/user.slice/x", "");
	put("/boot/config-6.12.1", "CONFIG_HZ=250\nCONFIG_CGROUPS=y\n"
	    "# CONFIG_PROVE_LOCKING is not set\nCONFIG_PREEMPT_VOLUNTARY=y\n"
	    "CONFIG_LOCALVERSION=\"-x\"\n");
	put("/sys/devices/system/cpu/online", "0-3\n");
	put("/sys/devices/system/cpu/possible", "0-7\n");
	put("/sys/devices/system/cpu/isolated", "\n");
	put("/sys/devices/system/cpu/smt/active", "0\n");
	put("/sys/devices/system/cpu/smt/control", "off\n");
	put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
	put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
	    "performance\n");
	put("/sys/devices/system/cpu/vulnerabilities/meltdown",
	    "Not affected\n");
	put("/sys/devices/system/clocksource/clocksource0/current_clocksource",
	    "tsc\n");
	put("/sys/devices/system/node/online", "0-1\n");
	put("/sys/devices/system/node/node0/distance", "10 21\n");
	put("/sys/devices/system/node/node1/distance", "21 10\n");
	put("/sys/kernel/rcu_expedited", "0\n");
	put("/sys/kernel/rcu_normal", "0\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled",
	    "always [madvise] never\n");
	put("/sys/kernel/tracing/current_tracer", "nop\n");
	put("/sys/kernel/tracing/events/enable", "0\n");
	put("/proc/sys/kernel/sched_autogroup_enabled", "0\n");
	put("/proc/sys/kernel/tainted", "0\n");
}

static void look(void)
{
	size_t len;
	FILE *f;

	free(said);
	f = open_memstream(&said, &len);
	code = doctor(f);
	fclose(f);
	for (char *line = said; *line; line = strchr(line, '\n') + 1) {
		assert_true(strcspn(line, "\n") <= 72);
		assert_true(!strncmp(line, "ok      ", 8) ||
			    !strncmp(line, "beware  ", 8) ||
			    !strncmp(line, "unfit   ", 8));
	}
}

static void test_good(void **state)
{
	(void)state;
	good_machine();
	look();
	if (strstr(said, "beware") || strstr(said, "unfit"))
		fail_msg("%s", said);
	assert_int_equal(code, EXIT_OK);
	assert_non_null(strstr(said, "ok      clock source tsc\n"));
	assert_non_null(strstr(said, "cgroups: 1 v1, 1 v2, lock mode default"));
	assert_non_null(strstr(said, "ok      nothing left of earlier runs\n"
			       "ok      in all: fit to measure on\n"));
}

/* Nothing can be read: that is no crash, and no "unfit". */
static void test_empty(void **state)
{
	(void)state;
	look();
	assert_int_equal(code, EXIT_OK);
	assert_non_null(strstr(said, "beware  kernel options cannot be read"));
}

static void test_each(void **state)
{
	static const struct { const char *path, *text, *line; int code; } bad[] = {
		{ "/boot/config-6.12.1", "CONFIG_PROVE_LOCKING=y\n",
		  "unfit   PROVE_LOCKING in the kernel - boot a kernel without",
		  EXIT_FAIL },
		{ "/boot/config-6.12.1", "CONFIG_X=y\nCONFIG_KASAN=y\n",
		  "unfit   KASAN in the kernel", EXIT_FAIL },
		{ "/boot/config-6.12.1", "CONFIG_DEBUG_PREEMPT=y\n",
		  "beware  DEBUG_PREEMPT", EXIT_OK },
		{ "/boot/config-6.12.1", "CONFIG_KASAN_SW_TAGS=y\n",
		  "ok      no debug option in the kernel", EXIT_OK },
		{ "/proc/cmdline", "quiet slub_debug=FZ\n",
		  "unfit   slub_debug=FZ on the command line", EXIT_FAIL },
		{ "/proc/cmdline", "quiet -- slub_debug\n",
		  "ok      no debug option on the command line", EXIT_OK },
		{ "/proc/cmdline", "mitigations=off\n",
		  "beware  mitigations=off", EXIT_OK },
		{ "/proc/cmdline", "rcu_nocbs=1-3\n",
		  "beware  rcu_nocbs=1-3", EXIT_OK },
		{ "/sys/devices/system/clocksource/clocksource0/"
		  "current_clocksource", "hpet\n",
		  "unfit   clock source hpet - clocksource=tsc", EXIT_FAIL },
		{ "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
		  "powersave\n", "beware  governor powersave", EXIT_OK },
		{ "/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n",
		  "beware  turbo on", EXIT_OK },
		{ "/sys/devices/system/cpu/smt/active", "1\n",
		  "beware  SMT on", EXIT_OK },
		{ "/proc/loadavg", "3.14 1 1 1/1 1\n", "beware  load 3.14",
		  EXIT_OK },
		{ "/proc/cpuinfo", "flags\t: fpu hypervisor vme\n",
		  "beware  hypervisor", EXIT_OK },
		{ "/sys/kernel/rcu_expedited", "1\n",
		  "beware  rcu_expedited on", EXIT_OK },
		{ "/sys/kernel/rcu_normal", "1\n", "beware  rcu_normal on",
		  EXIT_OK },
		{ "/proc/sys/kernel/sched_autogroup_enabled", "1\n",
		  "beware  autogroup on - sysctl kernel.sched_autogroup_enabled"
		  "=0\n", EXIT_OK },
		{ "/proc/swaps", "Filename\n/dev/sda2 partition 1 0 -2\n",
		  "beware  swap on - swapoff -a", EXIT_OK },
		{ "/sys/kernel/tracing/current_tracer", "function\n",
		  "unfit   tracer function is on", EXIT_FAIL },
		{ "/sys/kernel/tracing/events/enable", "X\n",
		  "unfit   trace events are on", EXIT_FAIL },
		{ "/proc/sys/kernel/tainted", "512\n",
		  "unfit   kernel tainted (512)", EXIT_FAIL },
		{ "/proc/self/mountinfo", "30 1 0:27 / /sys/fs/cgroup rw - "
		  "cgroup2 cgroup2 rw,favordynmods\n",
		  "beware  favordynmods on /sys/fs/cgroup", EXIT_OK },
		{ "/proc/self/mountinfo", "1 1 0:1 / / rw - ext4 x rw\n",
		  "beware  no cgroup hierarchy is mounted", EXIT_OK },
		{ "/sys/devices/system/cpu/online", "0\n",
		  "beware  one CPU", EXIT_OK },
		{ "/sys/devices/system/cpu/isolated", "2-3\n",
		  "ok      isolated CPUs: 2-3", EXIT_OK },
		{ "/sys/fs/cgroup/forkpath/1/cgroup.procs", "",
		  "beware  1 cgroup left: /sys/fs/cgroup/forkpath - "
		  "./run.sh clean", EXIT_OK },
		{ "/mnt/my set/forkpath/1/tasks", "",
		  "beware  1 cgroup left: /mnt/my set/forkpath", EXIT_OK },
		{ "/run/forkpath/999999999-7", "boot x\n",
		  "beware  1 journal of a killed run", EXIT_OK },
		{ "/proc/999999/environ", "FORKPATH_RUN=0123",
		  "beware  1 process left of an earlier run", EXIT_OK },
	};

	char all[40];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		end(state);
		begin(state);
		good_machine();
		put(bad[i].path, bad[i].text);
		look();
		if (!strstr(said, bad[i].line))
			fail_msg("no '%s' in\n%s", bad[i].line, said);
		snprintf(all, sizeof(all), "\n%.8sin all: ", bad[i].line);
		assert_non_null(strstr(said, all));
		assert_int_equal(code, bad[i].code);
		assert_true(!strncmp(bad[i].line, "ok", 2) ==
			    !(strstr(said, "beware") || strstr(said, "unfit")));
	}
}

/* Where a loop of clones starves its CPU (docs/starved.md) it is said. */
static void test_autogroup(void **state)
{
	static const struct { const char *release; bool starves; } t[] = {
		{ "6.12.9\n", false }, { "6.13.0\n", true },
		{ "6.18.44\n", true }, { "7.0.1\n", false },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		end(state);
		begin(state);
		good_machine();
		put("/proc/sys/kernel/osrelease", t[i].release);
		put("/proc/sys/kernel/sched_autogroup_enabled", "1\n");
		look();
		assert_non_null(strstr(said, "beware  autogroup on"));
		assert_true(!strstr(said, "autogroup on: may starve "
				    "(docs/starved.md) - run with --fix\n") ==
			    !t[i].starves);
	}
}

static json_t *conditions(void)
{
	struct meta_args args = { .label = "l", .question = "q", .seed = 42 };
	char *s = meta_text(&args), why[200];
	json_error_t err;
	json_t *o = json_loads(s, JSON_REJECT_DUPLICATES, &err);

	assert_non_null(o);
	/* Keys sorted: what json writes again is what was there. */
	assert_int_equal(meta_check(s, json_string_value(json_object_get(
		json_object_get(o, "kernel"), "release")), "", why,
		sizeof(why)), 0);
	free(s);
	return o;
}

static const char *string(json_t *o, const char *a, const char *b)
{
	o = json_object_get(o, a);
	return json_string_value(b ? json_object_get(o, b) : o);
}

/* Of arm64: no flag says that it is virtual, and no line what CPU it is. */
static void test_arm64(void **state)
{
	static const struct {
		const char *path, *text, *hypervisor, *model;
	} t[] = {
		{ "/proc/cpuinfo", "CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n",
		  NULL, "Neoverse-N1" },
		{ "/proc/cpuinfo", "CPU implementer\t: 0x51\nCPU part\t: 0x001\n",
		  NULL, "implementer 0x51 part 0x001" },
		{ "/sys/class/dmi/id/sys_vendor", "QEMU\n", "QEMU", NULL },
		{ "/sys/class/dmi/id/sys_vendor", "Supermicro\n", NULL, NULL },
		{ "/sys/class/dmi/id/product_name", "KVM Virtual Machine\n",
		  "KVM", NULL },
		{ "/proc/device-tree/compatible", "linux,dummy-virt", "QEMU",
		  NULL },
		{ "/proc/device-tree/hypervisor/compatible", "linux,kvm", "KVM",
		  NULL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		json_t *o;

		end(state);
		begin(state);
		good_machine();
		put("/proc/cpuinfo", "Features\t: fp asimd atomics\n");
		put(t[i].path, t[i].text);
		o = conditions();
		if (t[i].hypervisor)
			assert_string_equal(string(o, "hypervisor", NULL),
					    t[i].hypervisor);
		else
			assert_true(json_is_null(json_object_get(o,
							"hypervisor")));
		assert_string_equal(string(o, "place", NULL),
				    t[i].hypervisor ? "vm" : "host");
		if (t[i].model)
			assert_string_equal(string(o, "cpu", "model"),
					    t[i].model);
		json_decref(o);
	}
}

static void test_meta(void **state)
{
	json_t *o, *m, *config;

	(void)state;
	good_machine();
	setenv("HWLOC_SYNTHETIC", "pack:2 [numa] l3:2 core:4 pu:2", 1);
	o = conditions();
	unsetenv("HWLOC_SYNTHETIC");
	assert_string_equal(string(o, "schema", NULL), "forkpath-meta/1");
	assert_string_equal(string(o, "label", NULL), "l");
	assert_string_equal(string(o, "place", NULL), "host");
	assert_true(json_is_null(json_object_get(o, "hypervisor")));
	assert_true(json_is_null(json_object_get(o, "command")));
	assert_string_equal(string(o, "kernel", "release"), "6.12.1");
	assert_string_equal(string(o, "kernel", "config_from"),
			    "/boot/config-6.12.1");
	assert_int_equal(json_integer_value(json_object_get(o, "hz")), 250);
	assert_string_equal(string(o, "preempt", NULL), "voluntary");
	assert_string_equal(string(o, "lock_mode", NULL), "default");
	assert_string_equal(string(o, "cpu", "model"), "X 5000");
	assert_string_equal(string(o, "microcode", NULL), "0x2b");
	assert_string_equal(string(o, "turbo", NULL), "off");
	assert_string_equal(string(o, "thp", NULL), "madvise");
	m = json_object_get(o, "cpu");
	assert_int_equal(json_integer_value(json_object_get(m, "online")), 4);
	assert_int_equal(json_integer_value(json_object_get(m, "possible")), 8);
	assert_int_equal(json_integer_value(json_object_get(m, "cores")), 16);
	assert_string_equal(string(m, "vulnerabilities", "meltdown"),
			    "Not affected");
	m = json_object_get(json_object_get(o, "numa"), "distances");
	assert_int_equal(json_integer_value(json_array_get(
		json_array_get(m, 0), 1)), 21);
	assert_non_null(strstr(string(o, "topology", "synthetic"),
			       "Package:2 [NUMANode"));
	m = json_array_get(json_object_get(o, "cgroups"), 0);
	assert_string_equal(string(m, "controllers", NULL),
			    "cpuset memory pids");
	m = json_array_get(json_object_get(o, "cgroups"), 1);
	assert_string_equal(string(m, "path", NULL), "/mnt/my set");
	assert_string_equal(string(m, "controllers", NULL), "cpuset");
	config = json_object_get(o, "config");
	assert_string_equal(string(config, "CGROUPS", NULL), "y");
	assert_string_equal(string(config, "KASAN", NULL), "n");
	assert_string_equal(string(config, "LOCALVERSION", NULL), "-x");
	json_decref(o);
}

/* Unknown is null: never 0, never "". */
static void nothing_empty(json_t *o)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_object(o)) {
		json_object_foreach(o, key, v) {
			if (json_is_string(v) && !*json_string_value(v))
				fail_msg("%s is empty", key);
			nothing_empty(v);
		}
	}
	json_array_foreach(o, i, v)
		nothing_empty(v);
}

static void test_meta_empty(void **state)
{
	static const char *const unknown[] = {
		"config", "hz", "preempt", "microcode", "governor", "turbo",
		"smt", "clocksource", "thp", "autogroup", "memory_gib",
		"swap_kib", "boot_id", "loadavg",
	};
	json_t *o;

	(void)state;
	put("/proc/sys/kernel/osrelease", "6.12.1\n");
	o = conditions();
	nothing_empty(o);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		if (!json_is_null(json_object_get(o, unknown[i])))
			fail_msg("%s is not null", unknown[i]);
	assert_string_equal(string(o, "lock_mode", NULL), "unknown");
	json_decref(o);
	put("/proc/sys/kernel/sched_autogroup_enabled", "0\n");
	o = conditions();
	assert_string_equal(string(o, "autogroup", NULL), "off");
	json_decref(o);
}

static void test_lock_mode(void **state)
{
	static const struct {
		const char *release, *mounts, *config, *mode;
	} t[] = {
		{ "5.15.1", "cgroup2 rw", "", "default" },
		{ "6.1.0", "cgroup2 rw", "", "default" },
		{ "6.1.0", "cgroup2 rw,favordynmods", "", "favordynmods" },
		{ "6.18.0", "cgroup2 rw,nsdelegate", "", "default" },
		{ "6.18.0", NULL, "CONFIG_CGROUP_FAVOR_DYNMODS=y\n",
		  "favordynmods" },
		/* Mounted with nofavordynmods: the mount wins. */
		{ "6.18.0", "cgroup2 rw", "CONFIG_CGROUP_FAVOR_DYNMODS=y\n",
		  "default" },
		{ "6.18.0", NULL, "CONFIG_CGROUPS=y\n", "default" },
		{ "6.18.0", NULL, NULL, "unknown" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		char *path, *line;
		const char *how;
		struct kconf k;

		end(state);
		begin(state);
		line = xprintf("%s\n", t[i].release);
		put("/proc/sys/kernel/osrelease", line);
		free(line);
		line = xprintf("1 1 0:1 / /c rw - cgroup2 %s\n",
			       t[i].mounts ? t[i].mounts : "");
		put("/proc/self/mountinfo", t[i].mounts ? line : "");
		free(line);
		path = xprintf("/boot/config-%s", t[i].release);
		if (t[i].config)
			put(path, *t[i].config ? t[i].config : "CONFIG_X=y\n");
		free(path);
		kconf_load(&k);
		assert_string_equal(meta_lock_mode(&k, &how), t[i].mode);
		kconf_free(&k);
	}
}

static void test_kconf_gz(void **state)
{
	char *line = xprintf("printf 'CONFIG_HZ=1000\\n' | gzip >"
			     "%s/proc/config.gz", root), *v;
	struct kconf k;

	(void)state;
	good_machine();
	assert_int_equal(system(line), 0);
	free(line);
	kconf_load(&k);
	assert_string_equal(k.from, "/proc/config.gz");
	v = kconf_get(&k, "HZ");
	assert_string_equal(v, "1000");
	free(v);
	v = kconf_get(&k, "H");
	assert_string_equal(v, "n");
	free(v);
	kconf_free(&k);
	assert_null(kconf_get(&k, "HZ"));
}

static void test_meta_check(void **state)
{
	char why[200];

	(void)state;
	assert_int_equal(meta_check("{", "x", "", why, sizeof(why)), -22);
	assert_int_equal(meta_check("{\"schema\": \"forkpath-meta/2\"}", "x",
				    "", why, sizeof(why)), -22);
	assert_non_null(strstr(why, "forkpath-meta/1 would be right"));
	assert_int_equal(meta_check("{\"schema\": \"forkpath-meta/1\", "
				    "\"kernel\": {\"release\": \"6.1\"}}",
				    "6.2", "", why, sizeof(why)), -22);
	assert_non_null(strstr(why, "measured on kernel 6.1, this is 6.2"));
	assert_int_equal(meta_check("{\"schema\": \"forkpath-meta/1\", "
				    "\"lab\": {}, "
				    "\"kernel\": {\"release\": \"6.2\"}}",
				    "6.2", "", why, sizeof(why)), -22);
	assert_non_null(strstr(why, "a guest of the lab measured this"));
	put("/proc/sys/kernel/random/boot_id", "b\n");
	assert_int_equal(meta_check("{\"schema\": \"forkpath-meta/1\", "
				    "\"boot_id\": \"a\", "
				    "\"programs\": \"7\"}", "6.2", "7", why,
				    sizeof(why)), 0);
	assert_non_null(strstr(why, "booted again"));
	assert_int_equal(meta_check("{\"schema\": \"forkpath-meta/1\", "
				    "\"programs\": \"7\"}", "6.2", "8", why,
				    sizeof(why)), -22);
	assert_non_null(strstr(why, "other programs (7, these are 8)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, begin, end),
		cmocka_unit_test_setup_teardown(test_empty, begin, end),
		cmocka_unit_test_setup_teardown(test_each, begin, end),
		cmocka_unit_test_setup_teardown(test_autogroup, begin, end),
		cmocka_unit_test_setup_teardown(test_arm64, begin, end),
	cmocka_unit_test_setup_teardown(test_meta, begin, end),
		cmocka_unit_test_setup_teardown(test_meta_empty, begin, end),
		cmocka_unit_test_setup_teardown(test_lock_mode, begin, end),
		cmocka_unit_test_setup_teardown(test_kconf_gz, begin, end),
		cmocka_unit_test_setup_teardown(test_meta_check, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
