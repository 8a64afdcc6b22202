// SPDX-License-Identifier: GPL-2.0-or-later
/* fix - settings that make numbers quieter, for the time of a run */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "fix.h"
#include "sys.h"
#include "undo.h"

static struct strv done;

/* VALUE NULL: the number of the first CPU. */
static const struct {
	const char	*path, *value, *what;
} settings[] = {
	{ "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
	  "performance", "governor" },
	{ "/sys/devices/system/cpu/intel_pstate/no_turbo", "1", "no turbo" },
	{ "/sys/devices/system/cpu/cpufreq/boost", "0", "boost" },
	{ "/proc/sys/kernel/sched_autogroup_enabled", "0", "autogroup" },
	{ "/proc/sys/kernel/numa_balancing", "0", "NUMA balancing" },
	{ "/proc/sys/kernel/nmi_watchdog", "0", "NMI watchdog" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled", "never",
	  "transparent huge pages" },
	{ "/sys/kernel/mm/ksm/run", "0", "KSM" },
	{ "/proc/irq/*/smp_affinity_list", NULL, "CPUs of an interrupt" },
};

static char *old_value(const char *path)
{
	char *chosen = sys_chosen("%s", path);

	return chosen ? chosen : sys_read("%s", path);
}

static int apply(size_t i, const char *value, FILE *say)
{
	char *pattern = xprintf("%s%s", sys_root, settings[i].path);
	size_t root = strlen(sys_root), changed = 0, refused = 0;
	char *first = NULL;
	int error = 0;
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		found.gl_pathc = 0;
	for (size_t k = 0; k < found.gl_pathc; k++) {
		const char *path = found.gl_pathv[k];
		char *old = old_value(path + root);
		int ret = old && strcmp(old, value) ?
			undo_setting(path, value) : 0;

		if (!ret && old && strcmp(old, value)) {
			strv_add(&done, xprintf("%s %s %s", path + root, old,
						value));
			changed++;
			if (!first)
				first = xstrdup(old);
		} else if (ret) {
			refused++;
			error = ret;
		}
		free(old);
	}
	if (changed == 1)
		fprintf(say, "set     %s: %s -> %s\n", settings[i].what, first,
			value);
	else if (changed)
		fprintf(say, "set     %s: %s and so on -> %s (%zu files)\n",
			settings[i].what, first, value, changed);
	if (refused)
		fprintf(say, "refused %s -> %s: %s (%zu file%s)\n",
			settings[i].what, value, strerror(-error), refused,
			refused > 1 ? "s" : "");
	if (found.gl_pathc)
		globfree(&found);
	free(first);
	free(pattern);
	return changed;
}

/* Is WORD in the blank-separated LIST? */
static bool has_word(const char *list, const char *word)
{
	struct strv words = { 0 };
	bool has = false;

	strv_split(&words, list, " ");
	for (unsigned int i = 0; i < words.nr; i++)
		has |= !strcmp(words.v[i], word);
	strv_free(&words);
	return has;
}

/* What the root of v2 has and does not pass on. Returns how many files. */
static int pass_on(FILE *say)
{
	static const char *const tops[] = {
		"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
	};
	int changed = 0;

	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		char *has = sys_read("%s/cgroup.controllers", tops[i]);
		char *on = sys_read("%s/cgroup.subtree_control", tops[i]);
		char *type = sys_read("%s/cgroup.type", tops[i]);
		struct text value = { 0 }, back = { 0 };
		struct strv all = { 0 };
		int ret = 0;

		strv_split(&all, has ? has : "", " ");
		/* Only the root has no type: in a namespace it is not ours. */
		for (unsigned int k = 0; k < all.nr && !type; k++) {
			if (has_word(on ? on : "", all.v[k]))
				continue;
			text_printf(&value, "%s+%s", value.len ? " " : "",
				    all.v[k]);
			text_printf(&back, "%s-%s", back.len ? " " : "",
				    all.v[k]);
		}
		if (value.len) {
			char *path = xprintf("%s%s/cgroup.subtree_control",
					     sys_root, tops[i]);

			ret = undo_setting_as(path, value.s, has, back.s);
			fprintf(say, "%s %s/cgroup.subtree_control: %s%s%s\n",
				ret ? "refused" : "set    ", tops[i], value.s,
				ret ? ": " : "", ret ? strerror(-ret) : "");
			if (!ret)
				strv_add(&done, xprintf("%s/cgroup.subtree_"
					"control %s %s", tops[i], back.s,
					value.s));
			changed += !ret;
			free(path);
		}
		text_free(&value);
		text_free(&back);
		strv_free(&all);
		free(has);
		free(on);
		free(type);
	}
	return changed;
}

int fix_apply(FILE *say)
{
	unsigned int cpu;
	char first[16];
	int changed = 0;

	if (cpus_allowed(&cpu, 1) != 1)
		cpu = 0;
	snprintf(first, sizeof(first), "%u", cpu);
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		changed += apply(i, settings[i].value ? settings[i].value :
				 first, say);
	return changed + pass_on(say);
}

const struct strv *fix_done(void)
{
	return &done;
}
