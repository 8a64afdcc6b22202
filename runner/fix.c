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
	return changed;
}

const struct strv *fix_done(void)
{
	return &done;
}
