// SPDX-License-Identifier: GPL-2.0-or-later
/* common-conf - a config, configs/QUESTION.conf */
#include "fuzz.h"

#include "conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	FILE *from = fuzz_file(data, len);
	struct conf c;

	if (!from)
		return 0;
	conf_read(&c, "q.conf", "q", from);
	conf_free(&c);
	fclose(from);
	return 0;
}
