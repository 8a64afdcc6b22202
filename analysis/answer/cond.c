// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cond - the conditions of a run in words, from meta.json
 *
 * Which key says what is in the tables here and nowhere else. A value that
 * could not be had is null there and is left out here, never guessed.
 */
#include <string.h>

#include "cond.h"
#include "folders.h"
#include "out.h"

/* A scalar as text; NULL if there is none. */
static const char *text(const json_t *meta, const char *path, char *buf,
			size_t len)
{
	const json_t *v = run_meta_of(meta, path);

	if (json_is_string(v))
		snprintf(buf, len, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(buf, len, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		snprintf(buf, len, "%.6g", json_real_value(v));
	else if (json_is_boolean(v))
		snprintf(buf, len, "%s", json_is_true(v) ? "yes" : "no");
	else
		return NULL;
	return *buf ? buf : NULL;
}

const char *cond_kernel(const struct run *run, char *buf, size_t len)
{
	char version[120], machine[40];

	snprintf(buf, len, "%s %s %s", run_release(run) ?: "unknown",
		 text(run->meta, "kernel.version", version, sizeof(version)) ?:
		 "",
		 text(run->meta, "kernel.machine", machine, sizeof(machine)) ?:
		 "");
	return buf;
}

const char *cond_lock(const struct run *run, char *buf, size_t len)
{
	char mode[40], how[200];

	if (!text(run->meta, "lock_mode", mode, sizeof(mode)))
		return NULL;
	if (text(run->meta, "lock_how", how, sizeof(how)))
		snprintf(buf, len, "%s (%s)", mode, how);
	else
		snprintf(buf, len, "%s", mode);
	return buf;
}

const char *cond_text(const struct run *run, const char *path, char *buf,
		      size_t len)
{
	return text(run->meta, path, buf, len);
}

/* "NAME VALUE" or as FORM says, after a comma, where there is a value. */
static void add(const json_t *meta, const char *path, const char *form,
		char *buf, size_t len)
{
	size_t n = strlen(buf);
	char v[160];

	if (!text(meta, path, v, sizeof(v)) || n + 3 > len)
		return;
	/* "1 nodes" */
	if (!strcmp(v, "1") && form[strlen(form) - 1] == 's' &&
	    !strncmp(form, "%s ", 3))
		snprintf(buf + n, len - n, "%s1 %.*s", n ? ", " : "",
			 (int)strlen(form) - 4, form + 3);
	else {
		const char *at = strstr(form, "%s");

		snprintf(buf + n, len - n, "%s%.*s%s%s", n ? ", " : "",
			 (int)(at - form), form, v, at + 2);
	}
}

/* CPUs name their hypervisor in twelve letters. */
static void hypervisor(const struct run *run, char *buf, size_t len)
{
	static const char *const known[][2] = {
		{ "KVMKVMKVM", "KVM" }, { "TCGTCGTCGTCG", "QEMU without KVM" },
		{ "Microsoft Hv", "Hyper-V" }, { "VMwareVMware", "VMware" },
		{ "XenVMMXenVMM", "Xen" },
	};
	size_t n = strlen(buf);
	char v[60];

	if (!text(run->meta, "hypervisor", v, sizeof(v)))
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(v, known[i][0]))
			snprintf(v, sizeof(v), "%s", known[i][1]);
	if (n < len)
		snprintf(buf + n, len - n, "%s%s guest", n ? ", " : "", v);
}

const char *cond_machine(const struct run *run, char *buf, size_t len)
{
	*buf = 0;
	add(run->meta, "cpu.model", "%s", buf, len);
	add(run->meta, "cpu.online", "%s CPUs", buf, len);
	add(run->meta, "cpu.packages", "%s packages", buf, len);
	add(run->meta, "numa.nodes", "%s nodes", buf, len);
	add(run->meta, "memory_gib", "%s GiB", buf, len);
	hypervisor(run, buf, len);
	if (!*buf)
		snprintf(buf, len, "not recorded");
	return buf;
}

/* As much of it as stands on a line with the kernel. */
static const char *cond_place(const struct run *run, char *buf, size_t len)
{
	*buf = 0;
	add(run->meta, "cpu.model", "%s", buf, len);
	add(run->meta, "cpu.online", "%s CPUs", buf, len);
	add(run->meta, "numa.nodes", "%s nodes", buf, len);
	hypervisor(run, buf, len);
	if (!*buf)
		snprintf(buf, len, "machine not recorded");
	return buf;
}

const char *cond_where(const struct run *run, char *buf, size_t len)
{
	char lock[60];
	size_t n;

	cond_place(run, buf, len);
	n = strlen(buf);
	if (text(run->meta, "lock_mode", lock, sizeof(lock)) &&
	    strcmp(lock, "default") && n < len)
		snprintf(buf + n, len - n, "; lock %.40s", lock);
	return buf;
}

/* A guest: how soon it answered. Else NULL. */
static const char *guest(const struct run *run, char *buf, size_t len)
{
	char accelerator[20], seconds[40];

	if (!text(run->meta, "lab.first_result_seconds", seconds,
		  sizeof(seconds)) ||
	    !text(run->meta, "lab.accelerator", accelerator,
		  sizeof(accelerator)))
		return NULL;
	snprintf(buf, len, "%s; first result %s s after the start of the guest",
		 accelerator, seconds);
	return buf;
}

const char *cond_died(const struct run *run, char *buf, size_t len)
{
	char how[200];

	if (!text(run->meta, "lab.died", how, sizeof(how)))
		return NULL;
	snprintf(buf, len, "the guest died: %s", how);
	return buf;
}

/* What turns a timing of the fork path into one of something else. */
const char *cond_beware(const struct run *run, char *buf, size_t len)
{
	static const char *const option[] = {
		"PROVE_LOCKING", "LOCKDEP", "LOCK_STAT", "DEBUG_LOCK_ALLOC",
		"KASAN", "KCSAN", "KMSAN", "KCOV", "GCOV_KERNEL",
		"DEBUG_PAGEALLOC", "DEBUG_KMEMLEAK", "DEBUG_OBJECTS",
		"SLUB_DEBUG_ON", "DEBUG_RWSEMS", "DEBUG_PREEMPT",
	};
	char names[300] = "";
	size_t n = 0;

	if (run_timeless(run)) {
		snprintf(buf, len, "%s: its times can be compared with nothing",
			 run_timeless(run));
		return buf;
	}
	for (size_t i = 0;
	     i < sizeof(option) / sizeof(*option) && n < sizeof(names); i++) {
		char path[60], v[40];

		snprintf(path, sizeof(path), "config.%s", option[i]);
		if (text(run->meta, path, v, sizeof(v)) && !strcmp(v, "y"))
			n += snprintf(names + n, sizeof(names) - n, "%s%s",
				      n ? " " : "", option[i]);
	}
	snprintf(buf, len, "a debug kernel (%s): its timings say nothing about others",
		 names);
	return n ? buf : NULL;
}

/* "8 mitigated, 2 open (srbds tsa)" */
static void mitigations(const struct run *run, char *buf, size_t len)
{
	json_t *all = json_object_get(json_object_get(run->meta, "cpu"),
				      "vulnerabilities"), *v;
	unsigned int closed = 0, nr_open = 0;
	char names[300] = "";
	const char *name;
	size_t n = 0;

	*buf = 0;
	if (!json_object_size(all))
		return;
	json_object_foreach(all, name, v) {
		const char *s = json_string_value(v) ?: "";

		if (!strncmp(s, "Mitigation", 10)) {
			closed++;
		} else if (strncmp(s, "Not affected", 12) && *s) {
			nr_open++;
			if (n < sizeof(names))
				n += snprintf(names + n, sizeof(names) - n,
					      "%s%s", n ? " " : "", name);
		}
	}
	if (nr_open)
		snprintf(buf, len, "%u on, %u open (%s)", closed, nr_open, names);
	else
		snprintf(buf, len, "%u on, none open", closed);
}

/* "v1: cpuset, freezer; v2: cpu io memory" */
static void hierarchies(const struct run *run, char *buf, size_t len)
{
	json_t *all = json_object_get(run->meta, "cgroups"), *m;
	size_t i, n = 0;

	*buf = 0;
	for (int v2 = 0; v2 < 2; v2++) {
		bool first = true;

		json_array_foreach(all, i, m) {
			char type[20], what[100];

			if (!text(m, "type", type, sizeof(type)) || n >= len ||
			    v2 != (strcmp(type, "cgroup2") == 0))
				continue;
			if (!text(m, "controllers", what, sizeof(what)))
				snprintf(what, sizeof(what), "(none)");
			n += snprintf(buf + n, len - n, "%s%s%s",
				      first && n ? "; " : "",
				      !first ? ", " : v2 ? "v2: " : "v1: ",
				      what);
			first = false;
		}
	}
}

/* A clock that ticks more slowly than it counts: what is shorter is 0 or that. */
static void clock_tick(const struct run *run, char *line, size_t len)
{
	double ns = json_number_value(json_object_get(run->meta,
						      "clock_tick_ns"));
	size_t n = strlen(line);

	if (ns >= 1.5 && n)
		snprintf(line + n, len - n, " (ticks every %.3g ns: no time is "
			 "finer)", ns);
}

void cond_print(const struct run *run, struct doc *to)
{
	char line[1200] = "", v[40];

	add(run->meta, "hz", "HZ %s", line, sizeof(line));
	add(run->meta, "preempt", "preemption %s", line, sizeof(line));
	add(run->meta, "clocksource", "clock %s", line, sizeof(line));
	clock_tick(run, line, sizeof(line));
	add(run->meta, "governor", "governor %s", line, sizeof(line));
	add(run->meta, "turbo", "turbo %s", line, sizeof(line));
	add(run->meta, "smt", "SMT %s", line, sizeof(line));
	add(run->meta, "thp", "THP %s", line, sizeof(line));
	add(run->meta, "autogroup", "autogroup %s", line, sizeof(line));
	if (text(run->meta, "rcu.rcu_expedited", v, sizeof(v)) && strcmp(v, "0"))
		add(run->meta, "rcu.rcu_expedited", "rcu_expedited %s", line,
		    sizeof(line));
	if (text(run->meta, "rcu.rcu_normal", v, sizeof(v)) && strcmp(v, "0"))
		add(run->meta, "rcu.rcu_normal", "rcu_normal %s", line,
		    sizeof(line));
	add(run->meta, "cpu.isolated", "isolated CPUs %s", line, sizeof(line));
	add(run->meta, "cpu.nohz_full", "nohz_full %s", line, sizeof(line));
	add(run->meta, "microcode", "microcode %s", line, sizeof(line));
	/* "0.10 0.05 0.01 1/99 4242": the last two are of no use later. */
	if (text(run->meta, "loadavg", v, sizeof(v)) && strlen(line) < 1000)
		sprintf(line + strlen(line), "%sload before %.*s",
			*line ? ", " : "", (int)strcspn(v, " "), v);
	doc_key(to, "settings", "%s", *line ? line : "not recorded");
	mitigations(run, line, sizeof(line));
	if (*line)
		doc_key(to, "mitigation", "%s", line);
	hierarchies(run, line, sizeof(line));
	if (*line)
		doc_key(to, "cgroups", "%s", line);
	*line = 0;
	add(run->meta, "utc", "%s", line, sizeof(line));
	add(run->meta, "compiler", "suite built by %s", line, sizeof(line));
	if (*line)
		doc_key(to, "measured", "%s", line);
	doc_key(to, "machine", "%s", cond_machine(run, line, sizeof(line)));
	if (guest(run, line, sizeof(line)))
		doc_key(to, "lab", "%s", line);
}
