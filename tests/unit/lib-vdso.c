// SPDX-License-Identifier: GPL-2.0-or-later
/* lib-vdso - the functions that the kernel maps into this program */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "vdso.h"

/* From where to where this process has it; false: nowhere. */
static bool mapped(unsigned long long range[2])
{
	FILE *f = fopen("/proc/self/maps", "re");
	bool found = false;
	char line[512];

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, "[vdso]") &&
			sscanf(line, "%llx-%llx", &range[0], &range[1]) == 2;
	fclose(f);
	return found;
}

static void functions(void **state)
{
	unsigned long long range[2], addr, bytes;
	char *text = NULL, *save = NULL, name[64];
	size_t len, nr = 0, clock = 0;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	assert_non_null(to);
	vdso_print(to);
	fclose(to);
	/* valgrind hides it. */
	if (!getauxval(AT_SYSINFO_EHDR) || !mapped(range)) {
		assert_string_equal(text, "");
		free(text);
		skip();
	}
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		assert_int_equal(sscanf(line, "vdso %16llx %llu %63s", &addr,
					&bytes, name), 3);
		assert_true(addr >= range[0] && bytes &&
			    addr + bytes <= range[1]);
		assert_null(strstr(name, "__"));
		clock += !strcmp(name, "clock_gettime");
		nr++;
	}
	assert_int_equal(clock, 1);
	assert_true(nr > 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
