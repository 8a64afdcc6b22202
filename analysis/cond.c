// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cond - the conditions of a run in words, from meta.json
 *
 * Which key says what is in the tables here and nowhere else. A value that
 * could not be had is null there and is left out here, never guessed.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* "a.b" in the object META; NULL if it is not there or null. */
static const json_t *find(const json_t *meta, const char *path)
{
	char key[64];

	while (meta && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = 0;
		meta = json_object_get(meta, key);
		path += n;
		path += *path == '.';
	}
	return json_is_null(meta) ? NULL : meta;
}

/* A scalar as text; NULL if there is none. */
static const char *text(const json_t *meta, const char *path, char *buf,
			size_t len)
{
	const json_t *v = find(meta, path);

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
	char release[80], version[120];

	snprintf(buf, len, "%s %s",
		 text(run->meta, "kernel.release", release, sizeof(release)) ?:
		 run->sample_kernel ?: "unknown",
		 text(run->meta, "kernel.version", version, sizeof(version)) ?:
		 "");
	return buf;
}

const char *cond_lock(const struct run *run, char *buf, size_t len)
{
	return text(run->meta, "lock_mode", buf, len);
}

const char *cond_label(const struct run *run)
{
	static char buf[100];

	return text(run->meta, "label", buf, sizeof(buf));
}

const char *cond_machine(const struct run *run, char *buf, size_t len)
{
	static const struct { const char *path, *form; } part[] = {
		{ "cpu.model", "%s" }, { "cpu.online", "%s CPUs" },
		{ "numa.nodes", "%s nodes" }, { "memory_gib", "%s GiB" },
		{ "hypervisor", "under %s" },
	};
	size_t n = 0;
	char v[120];

	*buf = 0;
	for (size_t i = 0; i < sizeof(part) / sizeof(*part) && n < len; i++) {
		if (!text(run->meta, part[i].path, v, sizeof(v)))
			continue;
		n += snprintf(buf + n, len - n, n ? ", " : "");
		if (n < len)
			n += snprintf(buf + n, len - n, part[i].form, v);
	}
	if (!n)
		snprintf(buf, len, "not recorded");
	return buf;
}

void cond_print(const struct run *run, FILE *to)
{
	static const struct { const char *path, *name; } part[] = {
		{ "clocksource", "clock" }, { "hz", "HZ" },
		{ "preempt", "preemption" }, { "governor", "governor" },
		{ "turbo", "turbo" }, { "smt", "SMT" }, { "thp", "THP" },
		{ "autogroup", "autogroup" }, { "microcode", "microcode" },
		{ "compiler", "compiler" },
	};
	char line[1500], v[200];
	size_t n = 0;

	*line = 0;
	for (size_t i = 0; i < sizeof(part) / sizeof(*part) && n < sizeof(line);
	     i++)
		if (text(run->meta, part[i].path, v, sizeof(v)))
			n += snprintf(line + n, sizeof(line) - n, "%s%s %s",
				      n ? ", " : "", part[i].name, v);
	out_wrap(to, "machine  ", "%s", n ? line : "conditions not recorded");
}
