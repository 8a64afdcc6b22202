// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner-plan - plan.tsv as the runner reads it, for --resume
 *
 * The program `clone` is invented here: no process is started to be asked.
 */
#include <errno.h>

#include "fuzz.h"

#include "../../lib/opt.h"
#include "../../runner/desc.h"
#include "../../runner/plan.h"

static unsigned long siblings;
static int kind;
static double seconds;

static const struct opt own[] = {
	{ "kind", OPT_CHOICE, &kind, "fork", "fork thread", "" },
	{ "siblings", OPT_UINT, &siblings, "0", "0..1000", "" },
	OPT_END
};

static const struct opt common[] = {
	{ "time", OPT_TIME, &seconds, "0.4", "0.01..100", "" },
	OPT_END
};

int desc_get(const char *bench, const struct desc **d, char *why, size_t len)
{
	static struct desc clone;

	(void)why;
	(void)len;
	if (strcmp(bench, "clone"))
		return -ENOENT;
	clone.opts = (struct opt *)own;
	clone.common = (struct opt *)common;
	*d = &clone;
	return 0;
}

void desc_forget(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	FILE *from = fuzz_file(data, len);
	struct plan p;

	if (!from)
		return 0;
	if (!plan_read(&p, "plan.tsv", from))
		plan_nr_run(&p);
	plan_free(&p);
	fclose(from);
	return 0;
}
