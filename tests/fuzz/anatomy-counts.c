// SPDX-License-Identifier: GPL-2.0-or-later
/* analysis-counts - instructions per function, LABEL.anatomy */
#include "fuzz.h"

#include "counts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct counts c;
	char why[200] = "";

	if (counts_parse(&c, fuzz_text(data, len), len, why, sizeof(why)) &&
	    !*why)
		abort();	/* refused without a word */
	counts_free(&c);
	return 0;
}
