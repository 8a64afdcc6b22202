// SPDX-License-Identifier: GPL-2.0-or-later
/* record - what came back from a guest becomes a results folder */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cpio.h"
#include "digest.h"
#include "err.h"
#include "folder.h"
#include "record.h"
#include "tree.h"

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *boot_id(void)
{
	FILE *f = fopen("/proc/sys/kernel/random/uuid", "re");
	char line[64] = "";

	if (f && !fgets(line, sizeof(line), f))
		*line = '\0';
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return *line ? json_string(line) : json_null();
}

/* From the start of QEMU, in tenths: more is noise of the host. */
static json_t *first_result(const struct guest *g)
{
	return g->result ? json_real((long)((g->result - g->began) * 10 + 0.5) /
				     10.0) : json_null();
}

static const char *died(const struct guest *g)
{
	return g->status < 0 ? g->failure : NULL;
}

static json_t *lab(const struct record *r)
{
	const struct qemu_args *m = r->machine;
	json_t *o = json_object(), *image = json_object();
	struct text command = { 0 };
	char *numa = xprintf("%ux%u", m->nodes, m->cpus);

	for (unsigned int i = 0; i < r->argv->nr; i++)
		text_printf(&command, "%s%s", i ? " " : "", r->argv->v[i]);
	json_object_set_new(image, "path", text(r->kernel->image));
	json_object_set_new(image, "version", text(r->kernel->version));
	json_object_set_new(image, "sha256", text(r->kernel->sha256));
	json_object_set_new(image, "package", text(r->kernel->package));
	json_object_set_new(o, "image", image);
	json_object_set_new(o, "time", text(qemu_time(m)));
	json_object_set_new(o, "exact", json_boolean(m->exact));
	json_object_set_new(o, "accelerator", text(m->kvm ? "kvm" : "tcg"));
	json_object_set_new(o, "why_tcg", text(r->why_tcg));
	json_object_set_new(o, "qemu", text(r->qemu));
	json_object_set_new(o, "machine", text("pc"));
	json_object_set_new(o, "cpu", text(qemu_cpu(m)));
	json_object_set_new(o, "numa", text(numa));
	json_object_set_new(o, "distance", text(m->distance));
	json_object_set_new(o, "memory_mib", json_integer(m->memory_mib));
	json_object_set_new(o, "append", text(m->append));
	json_object_set_new(o, "command", text(command.s));
	json_object_set_new(o, "boot", json_integer(r->boot));
	json_object_set_new(o, "boots", json_integer(r->boots));
	json_object_set_new(o, "first_result_seconds", first_result(r->guest));
	json_object_set_new(o, "died", text(died(r->guest)));
	text_free(&command);
	free(numa);
	return o;
}

char *record_meta(const struct record *r, const char *meta)
{
	json_t *o = json_loads(meta, JSON_REJECT_DUPLICATES, NULL);
	struct utsname un;
	char *s, *whole, *host, *tree;

	if (!json_is_object(o)) {
		json_decref(o);
		return NULL;
	}
	uname(&un);
	json_object_set_new(o, "place", text("lab"));
	/* Counted instructions are the same on every host. */
	host = r->machine->exact ? xstrdup("lab") : xprintf("%s-lab", un.nodename);
	json_object_set_new(o, "host", text(host));
	free(host);
	tree = digest_text(r->tree);
	json_object_set_new(o, "programs", text(tree));
	free(tree);
	json_object_set_new(o, "utc", text(r->utc));
	json_object_set_new(o, "boot_id", boot_id());
	json_object_set_new(o, "command", text(r->command));
	json_object_set_new(o, "label", text(r->label));
	json_object_set_new(o, "lab", lab(r));
	s = json_dumps(o, JSON_SORT_KEYS | JSON_INDENT(1) |
		       JSON_REAL_PRECISION(15));
	json_decref(o);
	whole = s ? xprintf("%s\n", s) : NULL;
	free(s);
	return whole;
}

/* "# command" of the plan is what a report says repeats it. */
static int patch_plan(const struct folder *f, const char *command)
{
	static const char key[] = "\n# command ";
	struct text t = { 0 }, new = { 0 };
	int ret = folder_read(f, "plan.tsv", &t);
	char *at = ret ? NULL : strstr(t.s, key);

	if (at) {
		at += strlen(key);
		text_add(&new, t.s, at - t.s);
		text_printf(&new, "%s%s", command, at + strcspn(at, "\n"));
		ret = folder_write(f, "plan.tsv", new.s, new.len);
	}
	text_free(&t);
	text_free(&new);
	return ret;
}

static int patch_meta(const struct folder *f, const struct record *r)
{
	struct text t = { 0 };
	int ret = folder_read(f, "meta.json", &t);
	char *s = ret ? NULL : record_meta(r, t.s);

	if (s)
		ret = folder_write(f, "meta.json", s, strlen(s));
	free(s);
	text_free(&t);
	return ret;
}

int record_make(const struct record *r, const char *out, char **path)
{
	char *results = tree_results(), why[300];
	struct guest *g = r->guest;
	struct folder f;
	int ret = folder_new(&f, results, r->kernel->release, out);

	free(results);
	if (ret)
		return ret;
	if (died(g)) {
		g->archive.len = g->whole;
		cpio_end(&g->archive);
	}
	if (cpio_unpack(f.fd, g->archive.s, g->archive.len, why,
			sizeof(why))) {
		err_say("%s: what the guest sent back: %s", f.path, why);
		ret = EXIT_FAIL;
		goto out;
	}
	ret = patch_plan(&f, r->command);
	if (!ret)
		ret = patch_meta(&f, r);
	if (!ret)
		ret = folder_write(&f, "console.log", g->console.s,
				   g->console.len);
	if (!ret)
		ret = folder_write(&f, "dmesg.log", g->log.s, g->log.len);
	if (ret) {
		err_say("%s: %s", f.path, strerror(-ret));
		ret = EXIT_FAIL;
		goto out;
	}
	*path = xstrdup(f.path);
out:
	folder_close(&f);
	return ret;
}
