// SPDX-License-Identifier: GPL-2.0-or-later
/* kconf - how the running kernel was configured */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "kconf.h"
#include "mem.h"
#include "proc.h"
#include "sys.h"

void kconf_load(struct kconf *k)
{
	char *release = sys_release();
	char *gz = xprintf("%s/proc/config.gz", sys_root);
	struct proc p = { 0 };

	*k = (struct kconf){ 0 };
	if (sys_exists("/proc/config.gz") &&
	    !proc_run(&p, (char *[]){ "gzip", "-dc", gz, NULL }, 10) &&
	    p.text[0].len && !p.dropped[0]) {
		k->text = xstrdup(p.text[0].s);
		k->from = xstrdup("/proc/config.gz");
	}
	proc_free(&p);
	if (!k->text) {
		k->text = sys_read("/boot/config-%s", release);
		k->from = xprintf("/boot/config-%s", release);
	}
	if (!k->text) {
		free(k->from);
		k->text = sys_read("/lib/modules/%s/config", release);
		k->from = xprintf("/lib/modules/%s/config", release);
	}
	if (!k->text) {
		free(k->from);
		k->from = NULL;
	}
	free(gz);
	free(release);
}

char *kconf_get(const struct kconf *k, const char *option)
{
	char *key = xprintf("\nCONFIG_%s=", option), *at, *value;
	size_t len = strlen(key) - 1;

	if (!k->text) {
		free(key);
		return NULL;
	}
	at = !strncmp(k->text, key + 1, len) ? k->text : strstr(k->text, key);
	if (at == k->text)
		at += len;
	else if (at)
		at += len + 1;
	free(key);
	if (!at)
		return xstrdup("n");
	value = xstrndup(at, strcspn(at, "\n"));
	len = strlen(value);
	if (len > 1 && value[0] == '"' && value[len - 1] == '"') {
		memmove(value, value + 1, len - 2);
		value[len - 2] = '\0';
	}
	return value;
}

void kconf_free(struct kconf *k)
{
	free(k->text);
	free(k->from);
	*k = (struct kconf){ 0 };
}
