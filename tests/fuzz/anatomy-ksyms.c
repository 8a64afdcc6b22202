// SPDX-License-Identifier: GPL-2.0-or-later
/* analysis-ksyms - symbols of a kernel, /proc/kallsyms of the guest */
#include "fuzz.h"

#include "ksyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char why[200] = "", *text = fuzz_text(data, len);
	struct ksyms k;

	if (ksyms_parse(&k, text, len, why, sizeof(why))) {
		if (!*why)
			abort();	/* refused without a word */
	} else {
		for (size_t i = 0; i < k.nr; i++)
			if (ksyms_find(&k, k.sym[i].addr) !=
			    (k.sym[i].name ? &k.sym[i] : NULL))
				abort();	/* not where it is */
		ksyms_free(&k);
	}
	free(text);
	return 0;
}
