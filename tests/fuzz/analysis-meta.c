// SPDX-License-Identifier: GPL-2.0-or-later
/* analysis-meta - meta.json, and the conditions in words */
#include "fuzz.h"

#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct run run = { .dirfd = -1 };
	struct doc doc = { 0 };
	char buf[300];

	if (!meta_parse(&run, (char *)data, len)) {
		cond_kernel(&run, buf, sizeof(buf));
		cond_machine(&run, buf, sizeof(buf));
		cond_lock(&run, buf, sizeof(buf));
		cond_text(&run, "label", buf, sizeof(buf));
		cond_beware(&run, buf, sizeof(buf));
		cond_print(&run, &doc);
	}
	doc_free(&doc);
	run_free(&run);
	return 0;
}
