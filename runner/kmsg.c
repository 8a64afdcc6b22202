// SPDX-License-Identifier: GPL-2.0-or-later
/* kmsg - did the kernel complain while we measured? */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmsg.h"

#define RECORDS_MAX	100000		/* a kernel that never stops */
#define LOG_MAX		(1 << 18)

/* What begins a complaint, or is in the middle of one. */
static const char *const begins[] = {
	"BUG:", "WARNING:", "Oops", "Kernel panic", "kernel BUG at",
	"general protection fault", "Unable to handle kernel",
	"INFO: possible ", "INFO: suspicious RCU", "INFO: trying to register",
};
static const char *const contains[] = {
	"BUG: ", "WARNING: CPU:", "WARNING: possible ", "WARNING: suspicious RCU",
	"WARNING: inconsistent lock", "WARNING: bad unlock balance", "kernel BUG at",
	"Oops: ", "general protection fault", "blocked for more than",
	"rcu_sched detected", "rcu_preempt detected", "detected stalls on CPU",
	"self-detected stall", "detected expedited stalls", "soft lockup",
	"hard LOCKUP", "Kernel panic", "possible circular locking",
	"possible recursive locking", "inconsistent lock state",
	"UBSAN: ", "KASAN: ", "KCSAN: ", "refcount_t: ", "list_add corruption",
	"list_del corruption",
};

/* A program of user space that died, by a fault that has the same name. */
static const char of_user[] = "traps: ";

bool kmsg_bad(const char *line)
{
	if (!strncmp(line, of_user, strlen(of_user)))
		return false;
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(line, begins[i], strlen(begins[i])))
			return true;
	for (size_t i = 0; i < sizeof(contains) / sizeof(*contains); i++)
		if (strstr(line, contains[i]))
			return true;
	return false;
}

int kmsg_open(struct kmsg *k, const char *path, const char *spare)
{
	*k = (struct kmsg){
		.fd = open(path ? path : "/dev/kmsg",
			   O_RDONLY | O_NONBLOCK | O_CLOEXEC),
		.spare = spare,
	};
	if (k->fd < 0)
		return -errno;
	lseek(k->fd, 0, SEEK_END);
	return 0;
}

/*
 * One record per read: "PRIORITY,SEQUENCE,TIME,FLAGS;MESSAGE\n" and lines of
 * a dictionary that begin with a blank. The facility (priority / 8) is 0 for
 * the kernel; what users write there is not the kernel's complaint.
 */
static void one_record(struct kmsg *k, char *line, char **found,
		       struct text *log)
{
	char *text = strchr(line, ';'), *copy;
	unsigned long long sequence;

	if (*line == ' ' || !text)
		return;
	if (sscanf(line, "%*u,%llu", &sequence) == 1) {
		if (k->next && sequence > k->next)
			k->nr_lost += sequence - k->next;
		k->next = sequence + 1;
	}
	if (strtol(line, NULL, 10) >> 3)
		return;
	copy = one_line(xstrdup(text + 1));
	copy[utf8_span(copy, strlen(copy))] = '\0';
	if (k->spare && strstr(copy, k->spare))
		k->nr_spared++;
	else if (!*found && kmsg_bad(copy))
		*found = xstrdup(copy);
	if (*found && log->len < LOG_MAX) {
		text_printf(log, "%s\n", copy);
	} else if (*found && !k->cut) {
		text_printf(log, "(and more, which is not kept here)\n");
		k->cut = true;
	}
	free(copy);
}

char *kmsg_missing(const struct kmsg *k)
{
	if (k->endless)
		return xstrdup("the kernel log does not end: what is in it "
			       "cannot be told");
	if (k->nr_lost)
		return xprintf("the kernel log: at least %lu record%s "
			       "overwritten before they could be read",
			       k->nr_lost, k->nr_lost == 1 ? "" : "s");
	return NULL;
}

char *kmsg_check(struct kmsg *k, struct text *log)
{
	char buf[9000], *found = NULL, *save;
	int limit = RECORDS_MAX;
	bool overwritten = false;
	ssize_t got;

	k->nr_lost = 0;
	k->cut = k->endless = false;
	while (k->fd >= 0) {
		if (!limit--) {
			k->endless = true;
			break;
		}
		got = read(k->fd, buf, sizeof(buf) - 1);
		if (got < 0 && errno == EINTR)
			continue;
		/* Before we came; the next read goes on. */
		if (got < 0 && errno == EPIPE) {
			overwritten = true;
			continue;
		}
		if (got <= 0)
			break;
		buf[got] = '\0';
		for (char *line = strtok_r(buf, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			one_record(k, line, &found, log);
	}
	/* Without the number of the last one there is no telling how many. */
	if (overwritten && !k->nr_lost)
		k->nr_lost = 1;
	return found;
}

void kmsg_close(struct kmsg *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
}
