// SPDX-License-Identifier: GPL-2.0-or-later
/* analysis-plan - plan.tsv as analysis reads it, grouped into points */
#include "fuzz.h"

#include "point.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct run run = { .dirfd = -1 };
	struct points points;
	char *text = fuzz_text(data, len);

	if (!plan_parse(&run, text, len)) {
		points_make(&points, &run);
		points_free(&points);
	}
	run_free(&run);
	free(text);
	return 0;
}
