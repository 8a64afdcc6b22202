// SPDX-License-Identifier: GPL-2.0-or-later
/* runner-sample - a .sample file as --resume scans it: what is whole? */
#include "fuzz.h"

#include "../../runner/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sample_head head = { 0 };
	char *text = fuzz_text(data, len), why[300];
	unsigned char done[9] = { 0 };
	unsigned int at = 0;
	size_t whole = 0, again = 0;

	if (!sample_scan(&head, text, len, done, 8, &whole, &at, why,
			 sizeof(why))) {
		/* What is kept is whole: nothing of it goes the next time. */
		sample_head_free(&head);
		if (whole > len ||
		    sample_scan(&head, text, whole, done, 8, &again, &at, why,
				sizeof(why)) || again != whole)
			abort();
	}
	sample_head_free(&head);
	free(text);
	return 0;
}
