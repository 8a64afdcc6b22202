// SPDX-License-Identifier: GPL-2.0-or-later
/* events - names of events, and the numbers that the kernel wants */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count.h"
#include "events.h"
#include "sys.h"
#include "tracefs.h"

const char *events_default(void)
{
	/* The first four in one repetition: they belong together. */
	static const struct { const char *vendor, *list; } of[] = {
		{ "GenuineIntel", "cycles:k,instructions:k,cache-misses:k,"
		  "dTLB-load-misses:k,node-load-misses:k,branch-misses:k" },
		/* Zen has no generic event for another node's memory. */
		{ "AuthenticAMD", "cycles:k,instructions:k,cache-misses:k,"
		  "dTLB-load-misses:k,branch-misses:k" },
	};
	char *info = sys_read("/proc/cpuinfo");
	char *vendor = sys_field(info, "vendor_id");
	const char *list = "cycles:k,instructions:k,cache-misses:k,"
			   "branch-misses:k";

	for (size_t i = 0; vendor && i < sizeof(of) / sizeof(*of); i++)
		if (!strcmp(vendor, of[i].vendor))
			list = of[i].list;
	free(vendor);
	free(info);
	return list;
}

/* The id of the tracepoint NAME, subsystem:event, as of tracefs_id(). */
static long tracepoint(const char *name)
{
	char *copy = xstrdup(name), *colon = strchr(copy, ':');
	long id = -1;

	if (colon)
		*colon = '\0';
	if (colon && word_ok(copy) && word_ok(colon + 1))
		id = tracefs_id(copy, colon + 1);
	free(copy);
	return id;
}

static void unknown(const char *name, const char *no_tracefs, char *why,
		    size_t len)
{
	if (no_tracefs)
		snprintf(why, len, "%s: libpfm4 does not know it, and tracefs "
			 "cannot be read: %s", name, no_tracefs);
	else
		snprintf(why, len, "%s: neither libpfm4 nor tracefs knows such "
			 "an event", name);
}

static int pmu(const char *name, struct perf_event_attr *attr,
	       const char *no_tracefs, char *why, size_t len)
{
	pfm_perf_encode_arg_t arg = { .size = sizeof(arg), .attr = attr };
	static int ready = 1;	/* not asked yet; PFM_SUCCESS is 0 */
	int ret;

	if (ready == 1)
		ready = pfm_initialize();
	ret = ready ? ready :
	      pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3,
					PFM_OS_PERF_EVENT_EXT, &arg);
	if (ret == PFM_SUCCESS)
		return 0;
	if (ret == PFM_ERR_NOTFOUND) {
		unknown(name, no_tracefs, why, len);
		return no_tracefs ? -ENOTSUP : -EINVAL;
	}
	snprintf(why, len, "%s: libpfm4: %s", name, pfm_strerror(ret));
	return -EINVAL;
}

static int encode(const char *name, struct text *to, char *why, size_t len)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	char *plain = xstrdup(name);
	size_t n = strlen(plain);
	int ret = 0, error;
	long id;

	if (n > 6 && !strcmp(plain + n - 6, ":actor"))
		plain[n - 6] = '\0';
	id = tracepoint(plain);
	error = errno;
	if (!*plain || strchr(plain, '=')) {
		snprintf(why, len, "'%s': not an event; what libpfm4 writes "
			 "with '=' can be given raw, rNNNN", name);
		ret = -EINVAL;
	} else if (!id) {
		/* libpfm4 would take the event for an attribute. */
		unknown(name, NULL, why, len);
		ret = -EINVAL;
	} else if (id > 0) {
		attr.type = PERF_TYPE_TRACEPOINT;
		attr.config = id;
	} else {
		ret = pmu(plain, &attr, id == -2 ? strerror(error) : NULL, why,
			  len);
	}
	free(plain);
	if (ret)
		return ret;
	text_printf(to, "%s=%x:%llx:%llx:%llx:%x", name, attr.type, (unsigned long long)attr.config,
		    (unsigned long long)attr.config1,
		    (unsigned long long)attr.config2,
		    attr.exclude_user | attr.exclude_kernel << 1 |
		    attr.exclude_hv << 2 | attr.exclude_idle << 3 |
		    attr.exclude_host << 4 | attr.exclude_guest << 5);
	return 0;
}

/*
 * Names may differ where the event does not (page-faults, faults,
 * perf::PAGE-FAULTS). Counted twice it would take two counters for one figure.
 */
static int encode_new(const struct strv *names, struct strv *numbers,
		      char *why, size_t len)
{
	unsigned int nr = numbers->nr;
	const char *name = names->v[nr];
	struct text t = { 0 };
	size_t n = strlen(name);
	bool actor = n > 6 && !strcmp(name + n - 6, ":actor");
	int ret = encode(name, &t, why, len);

	if (ret)
		return ret;
	strv_add(numbers, xprintf("%s%s", strrchr(t.s, '=') + 1,
				  actor ? " actor" : ""));
	text_free(&t);
	for (unsigned int i = 0; i < nr && !ret; i++) {
		if (strcmp(numbers->v[i], numbers->v[nr]))
			continue;
		if (strcmp(names->v[i], name))
			snprintf(why, len, "%s: is there twice, it is the same "
				 "event as %s", name, names->v[i]);
		else
			snprintf(why, len, "%s: is there twice", name);
		ret = -EINVAL;
	}
	return ret;
}

/*
 * LIST to NAMES, and what follows the name and its '=' to NUMBERS. With
 * MISSING an event that cannot be looked up here is no error: it has no
 * number, and MISSING says why; the others have "" there.
 */
static int encode_all(const char *list, struct strv *names,
		      struct strv *numbers, struct strv *missing, char *why,
		      size_t len)
{
	int ret = 0;

	strv_split(names, list, ",");
	while (!ret && numbers->nr < names->nr) {
		const char *name = names->v[numbers->nr], *lacks = "";

		ret = encode_new(names, numbers, why, len);
		if (ret == -ENOTSUP && missing) {
			strv_add(numbers, xstrdup(""));
			lacks = why + strlen(name) + 2;
			ret = 0;
		}
		if (missing)
			strv_add(missing, xstrdup(lacks));
	}
	return ret;
}

static void add_encoded(struct text *to, const char *name, const char *number)
{
	text_printf(to, "%s%s=%.*s", to->len ? "," : "", name,
		    (int)strcspn(number, " "), number);
}

int events_encode(const char *list, struct text *to, char *why, size_t len)
{
	struct strv names = { 0 }, numbers = { 0 };
	int ret = encode_all(list, &names, &numbers, NULL, why, len);

	for (unsigned int i = 0; i < names.nr && !ret; i++)
		add_encoded(to, names.v[i], numbers.v[i]);
	strv_free(&names);
	strv_free(&numbers);
	return ret;
}

/* Does the kernel take it, on a CPU as in a repetition? */
static void try(struct event *e, const char *encoded)
{
	struct count_event c;
	char why[200];
	int fd = count_parse(encoded, &c, why, sizeof(why));

	if (fd > 0) {
		e->hardware = c.type == PERF_TYPE_HARDWARE ||
			      c.type == PERF_TYPE_HW_CACHE ||
			      c.type >= PERF_TYPE_RAW;
		fd = c.actor ? count_open(&c, 0, -1, why, sizeof(why)) :
			       count_open(&c, -1, 0, why, sizeof(why));
	}
	if (fd >= 0)
		close(fd);
	else	/* "NAME: not available: reason" */
		e->why = xstrdup(strstr(why, ": not ") ?
				 strstr(why, ": not ") + 2 : why);
}

int events_try(const char *list, struct event **event, char *why, size_t len)
{
	struct strv names = { 0 }, numbers = { 0 }, missing = { 0 };
	int nr = 0, ret = encode_all(list, &names, &numbers, &missing, why,
				     len);

	*event = NULL;
	for (unsigned int i = 0; i < names.nr && !ret; i++) {
		struct text t = { 0 };

		*event = xrealloc(*event, nr + 1, sizeof(**event));
		(*event)[nr] = (struct event){ .name = xstrdup(names.v[i]) };
		if (*missing.v[i]) {
			(*event)[nr++].why = xstrdup(missing.v[i]);
			continue;
		}
		add_encoded(&t, names.v[i], numbers.v[i]);
		try(&(*event)[nr++], t.s);
		text_free(&t);
	}
	strv_free(&names);
	strv_free(&numbers);
	strv_free(&missing);
	return ret ? ret : nr;
}

void events_free(struct event *event, int nr)
{
	for (int i = 0; i < nr; i++) {
		free(event[i].name);
		free(event[i].why);
	}
	free(event);
}
