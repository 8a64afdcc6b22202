// SPDX-License-Identifier: GPL-2.0-or-later
/* count - kernel and hardware events of the actors (perf_event_open) */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "count.h"

static const char at_actor[] = ":actor";

static bool numbers(struct count_event *e, const char *s)
{
	uint64_t *to[] = { &e->type, &e->config, &e->config1, &e->config2,
			   &e->exclude };

	for (int i = 0; i < 5; i++) {
		char *end;

		if (!*s || !strchr("0123456789abcdef", *s))
			return false;
		errno = 0;
		*to[i] = strtoull(s, &end, 16);
		if (errno || *end != (i < 4 ? ':' : '\0'))
			return false;
		s = end + 1;
	}
	return true;
}

static bool one(struct count_event *e, char *word)
{
	char *eq = strrchr(word, '=');
	size_t n, tail = strlen(at_actor);

	*e = (struct count_event){ 0 };
	if (!eq || eq == word || (size_t)(eq - word) >= sizeof(e->name))
		return false;
	*eq = '\0';
	strcpy(e->name, word);
	n = strlen(word);
	e->actor = n > tail && !strcmp(word + n - tail, at_actor);
	return numbers(e, eq + 1);
}

int count_parse(const char *list, struct count_event *event, char *why,
		size_t len)
{
	char *copy = strdup(list ? list : ""), *at = copy, *word;
	int n = 0;

	while (n >= 0 && copy && *list && (word = strsep(&at, ","))) {
		if (n == COUNT_MAX) {
			snprintf(why, len, "events: more than %d", COUNT_MAX);
			n = -EINVAL;
		} else if (!one(&event[n], word)) {
			snprintf(why, len, "events: '%.60s' is not encoded; "
				 "'forkpath-runner events LIST' does it", word);
			n = -EINVAL;
		} else {
			n++;
		}
		for (int i = 0; i < n - 1; i++) {
			if (strcmp(event[i].name, event[n - 1].name))
				continue;
			snprintf(why, len, "events: %.60s is there twice", word);
			n = -EINVAL;
		}
	}
	free(copy);
	return n;
}

/* Why the kernel would not, in words where there are better ones. */
static void explain(const struct count_event *e, int err, char *why, size_t len)
{
	bool hardware = e->type == PERF_TYPE_HARDWARE ||
			e->type == PERF_TYPE_HW_CACHE ||
			e->type >= PERF_TYPE_RAW;
	const char *what = strerror(err);

	if (err == EACCES || err == EPERM)
		what = "perf_event_paranoid: needs root or CAP_PERFMON";
	else if (err == ENOSYS)
		what = "a kernel without perf events";
	else if (err == EMFILE)
		what = "too many open files (events x CPUs)";
	else if (hardware && (err == ENOENT || err == EOPNOTSUPP))
		what = "no such hardware counter here";
	else if (err == ENOENT || err == EINVAL)
		what = "this kernel does not have it";
	snprintf(why, len, "%s: not available: %s", e->name, what);
}

int count_open(const struct count_event *e, pid_t tid, int cpu, char *why,
	       size_t len)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = e->type, .config = e->config,
		.config1 = e->config1, .config2 = e->config2,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		.disabled = 1,
		.exclude_user = !!(e->exclude & 1),
		.exclude_kernel = !!(e->exclude & 2),
		.exclude_hv = !!(e->exclude & 4),
		.exclude_idle = !!(e->exclude & 8),
		.exclude_host = !!(e->exclude & 0x10),
		.exclude_guest = !!(e->exclude & 0x20),
	};
	int fd = syscall(SYS_perf_event_open, &attr, tid, cpu, -1,
			 PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		return fd;
	fd = -errno;
	explain(e, errno, why, len);
	return fd;
}

int count_start(int fd)
{
	return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) ? -errno : 0;
}

int count_stop(int fd)
{
	return ioctl(fd, PERF_EVENT_IOC_DISABLE, 0) ? -errno : 0;
}

int count_add(int fd, struct count *c)
{
	uint64_t got[3];
	ssize_t n = read(fd, got, sizeof(got));

	if (n != sizeof(got))
		return n < 0 ? -errno : -EIO;
	c->value += got[0];
	c->enabled += got[1];
	c->running += got[2];
	return 0;
}

bool count_whole(const struct count *c)
{
	return c->running && c->running >= c->enabled - c->enabled / 100;
}
