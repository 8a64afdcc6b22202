// SPDX-License-Identifier: GPL-2.0-or-later
/* sys - what the kernel says in /proc, /sys and /boot */
#define _GNU_SOURCE
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch.h"
#include "mem.h"
#include "sys.h"

const char *sys_root = "";

static char *path_of(const char *fmt, va_list ap)
{
	char *tail, *path;

	if (vasprintf(&tail, fmt, ap) < 0)
		tail = xstrdup("");
	path = xprintf("%s%s", sys_root, tail);
	free(tail);
	return path;
}

static char *read_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct text t = { 0 };
	char buf[16384];
	ssize_t got;

	if (fd < 0)
		return NULL;
	text_add(&t, "", 0);
	while ((got = read(fd, buf, sizeof(buf))) > 0 && t.len < 64 << 20)
		text_add(&t, buf, got);
	close(fd);
	if (got < 0) {
		text_free(&t);
		return NULL;
	}
	while (t.len && strchr(" \t\n", t.s[t.len - 1]))
		t.s[--t.len] = '\0';
	return t.s;
}

char *sys_read(const char *fmt, ...)
{
	va_list ap;
	char *path, *s;

	va_start(ap, fmt);
	path = path_of(fmt, ap);
	va_end(ap);
	s = read_path(path);
	free(path);
	return s;
}

bool sys_exists(const char *fmt, ...)
{
	va_list ap;
	char *path;
	bool yes;

	va_start(ap, fmt);
	path = path_of(fmt, ap);
	va_end(ap);
	yes = !access(path, F_OK);
	free(path);
	return yes;
}

long sys_number(long none, const char *fmt, ...)
{
	va_list ap;
	char *path, *s, *end;
	long v;

	va_start(ap, fmt);
	path = path_of(fmt, ap);
	va_end(ap);
	s = read_path(path);
	free(path);
	if (!s)
		return none;
	v = strtol(s, &end, 10);
	if (end == s)
		v = none;
	free(s);
	return v;
}

char *sys_chosen(const char *fmt, ...)
{
	va_list ap;
	char *path, *s, *open_, *close_, *word = NULL;

	va_start(ap, fmt);
	path = path_of(fmt, ap);
	va_end(ap);
	s = read_path(path);
	free(path);
	if (!s)
		return NULL;
	open_ = strchr(s, '[');
	close_ = open_ ? strchr(open_, ']') : NULL;
	if (close_)
		word = xstrndup(open_ + 1, close_ - open_ - 1);
	free(s);
	return word;
}

char *sys_field(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (text && *text) {
		const char *p = text + len;

		if (!strncmp(text, name, len)) {
			p += strspn(p, " \t");
			if (*p == ':') {
				p++;
				p += strspn(p, " \t");
				return xstrndup(p, strcspn(p, "\n"));
			}
		}
		text = strchr(text, '\n');
		text += !!text;
	}
	return NULL;
}

char *sys_release(void)
{
	char *s = sys_read("/proc/sys/kernel/osrelease");

	return s ? s : xstrdup("unknown");
}

bool sys_since(const char *release, int major, int minor)
{
	int a = 0, b = 0;

	if (sscanf(release, "%d.%d", &a, &b) != 2)
		return false;
	return a > major || (a == major && b >= minor);
}

char *sys_cpu_model(void)
{
	static const struct { const char *by, *part, *name; } arm[] = {
		{ "0x41", "0xd08", "Cortex-A72" },
		{ "0x41", "0xd0c", "Neoverse-N1" },
		{ "0x41", "0xd40", "Neoverse-V1" },
		{ "0x41", "0xd49", "Neoverse-N2" },
		{ "0x41", "0xd4f", "Neoverse-V2" },
		{ "0x41", "0xd8e", "Neoverse-N3" },
		{ "0x48", "0xd01", "Kunpeng-920" },
		{ "0xc0", "0xac3", "Ampere-1" },
		{ "0xc0", "0xac4", "Ampere-1a" },
	};
	char *info = sys_read("/proc/cpuinfo");
	char *model = sys_field(info, "model name");
	char *by = sys_field(info, "CPU implementer");
	char *part = sys_field(info, "CPU part");
	const char *name = NULL;

	if (!model && by && part) {
		for (size_t i = 0; i < sizeof(arm) / sizeof(*arm); i++)
			if (!strcmp(by, arm[i].by) && !strcmp(part, arm[i].part))
				name = arm[i].name;
		model = name ? xstrdup(name) :
			xprintf("implementer %s part %s", by, part);
	}
	free(part);
	free(by);
	free(info);
	return model;
}

/* What the hypervisor answers when a guest asks for its name. */
static char *cpuid_name(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned int eax, word[4] = { 0 };

	if (!*sys_root) {
		__cpuid(0x40000000, eax, word[0], word[1], word[2]);
		if (eax >= 0x40000000 && word[0])
			return one_line(xstrndup((char *)word, 12));
	}
#endif
	return NULL;
}

/*
 * arm64 has no flag for it. Who makes no hardware is a hypervisor; a guest
 * without DMI has a device tree: of KVM and Xen a node of their own, of QEMU
 * a machine that is none.
 */
static char *hypervisor_by_tree(void)
{
	static const struct { const char *path, *begins, *name; } t[] = {
		{ "/sys/class/dmi/id/sys_vendor", "QEMU", "QEMU" },
		{ "/sys/class/dmi/id/sys_vendor", "VMware", "VMware" },
		{ "/sys/class/dmi/id/sys_vendor", "Xen", "Xen" },
		{ "/sys/class/dmi/id/product_name", "KVM", "KVM" },
		{ "/sys/class/dmi/id/product_name", "Virtual Machine",
		  "Hyper-V" },
		{ "/sys/class/dmi/id/product_name", "Google Compute Engine",
		  "Google Compute Engine" },
		{ "/proc/device-tree/hypervisor/compatible", "linux,kvm", "KVM" },
		{ "/proc/device-tree/hypervisor/compatible", "xen", "Xen" },
		{ "/proc/device-tree/compatible", "linux,dummy-virt", "QEMU" },
	};
	char *found = NULL;

	for (size_t i = 0; !found && i < sizeof(t) / sizeof(*t); i++) {
		char *s = sys_read("%s", t[i].path);

		if (s && !strncmp(s, t[i].begins, strlen(t[i].begins)))
			found = xstrdup(t[i].name);
		free(s);
	}
	return found;
}

double sys_clock_tick(void)
{
	char *source = sys_read("/sys/devices/system/clocksource/clocksource0/"
				"current_clocksource");
	uint64_t hz = arch_counter_hz();
	bool is_it = source && !strcmp(source, "arch_sys_counter");

	free(source);
	return is_it && hz ? 1e9 / hz : 0;
}

char *sys_hypervisor(void)
{
	char *s = sys_read("/proc/cpuinfo"), *flags, *name;
	bool seen, x86;

	flags = sys_field(s, "flags");
	x86 = flags;
	seen = flags && strstr(flags, " hypervisor");
	free(flags);
	free(s);
	name = sys_read("/sys/hypervisor/type");
	if (name && *name)
		return name;
	free(name);
	if (!x86)
		return hypervisor_by_tree();
	if (!seen)
		return NULL;
	name = cpuid_name();
	if (name)
		return name;
	name = sys_read("/sys/class/dmi/id/sys_vendor");
	if (name && *name)
		return one_line(name);
	free(name);
	return xstrdup("unnamed");
}

char *sys_cmdline(const char *parameter)
{
	char *line = sys_read("/proc/cmdline"), *found = NULL;
	struct strv words = { 0 };
	size_t len = strlen(parameter);

	strv_split(&words, line ? line : "", " \t\n");
	for (unsigned int i = 0; i < words.nr; i++) {
		const char *w = words.v[i];

		if (!strcmp(w, "--"))
			break;	/* the rest is for init */
		if (strncmp(w, parameter, len) || (w[len] && w[len] != '='))
			continue;
		free(found);
		found = xstrdup(w[len] ? w + len + 1 : "");
	}
	strv_free(&words);
	free(line);
	return found;
}

/* mountinfo writes blanks in names as \040 and the like. */
static char *unescape(char *s)
{
	char *to = s;

	for (char *p = s; *p; p++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
			*to++ = (p[1] - '0') << 6 | (p[2] - '0') << 3 |
				(p[3] - '0');
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return one_line(s);
}

static bool is_controller(const char *word)
{
	static const char *const flags[] = {
		"rw", "ro", "favordynmods", "nofavordynmods", "nsdelegate",
		"memory_localevents", "memory_recursiveprot",
		"memory_hugetlb_accounting", "pids_localevents", "clone_children",
		"cpuset_v2_mode", "noprefix", "xattr", "seclabel",
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (!strcmp(word, flags[i]))
			return false;
	return !strchr(word, '=') || !strncmp(word, "name=", 5);
}

static struct sys_mount *one_mount(const char *line)
{
	struct strv before = { 0 }, after = { 0 }, words = { 0 };
	const char *dash = strstr(line, " - ");
	struct sys_mount *m = NULL;
	struct text list = { 0 };
	char *head;

	if (!dash)
		return NULL;
	head = xstrndup(line, dash - line);
	strv_split(&before, head, " ");
	strv_split(&after, dash + 3, " ");
	free(head);
	if (before.nr < 5 || after.nr < 3 || strncmp(after.v[0], "cgroup", 6))
		goto out;
	m = xzalloc(sizeof(*m));
	m->path = unescape(xstrdup(before.v[4]));
	m->type = xstrdup(after.v[0]);
	m->options = one_line(xstrdup(after.v[2]));
	strv_split(&words, after.v[2], ",");
	text_add(&list, "", 0);
	for (unsigned int i = 0; i < words.nr; i++) {
		if (!strcmp(words.v[i], "favordynmods"))
			m->favordynmods = true;
		if (is_controller(words.v[i]))
			text_printf(&list, "%s%s", list.len ? " " : "",
				    words.v[i]);
	}
	m->controllers = list.s;
	if (!strcmp(m->type, "cgroup2")) {
		free(m->controllers);
		m->controllers = sys_read("%s/cgroup.controllers", m->path);
	}
out:
	strv_free(&before);
	strv_free(&after);
	strv_free(&words);
	return m;
}

struct sys_mount *sys_mounts(void)
{
	struct sys_mount *first = NULL, **last = &first;
	char *table = sys_read("/proc/self/mountinfo"), *save = NULL;

	if (!table)
		return NULL;
	for (char *line = strtok_r(table, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		*last = one_mount(line);
		if (*last)
			last = &(*last)->next;
	}
	free(table);
	return first;
}

void sys_mounts_free(struct sys_mount *m)
{
	while (m) {
		struct sys_mount *next = m->next;

		free(m->path);
		free(m->type);
		free(m->options);
		free(m->controllers);
		free(m);
		m = next;
	}
}
