// SPDX-License-Identifier: GPL-2.0-or-later
/* analysis-lat - a distribution, lat/NNNN.lat */
#include "fuzz.h"

#include "run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dist_file dist;
	char why[200] = "";
	char *text = fuzz_text(data, len);

	if (dist_parse(&dist, text, len, why, sizeof(why)) && !*why)
		abort();	/* refused without a word */
	dist.text = text;
	dist_free(&dist);
	return 0;
}
