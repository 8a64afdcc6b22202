/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * root - a machine that is not there: a directory with the files that the
 * kernel would show, for sys_root. Include after cmocka.h.
 */
#ifndef FORKPATH_TESTS_ROOT_H
#define FORKPATH_TESTS_ROOT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"

static char root[64];

static void put(const char *path, const char *text)
{
	char *full = xprintf("%s%s", root, path), *other;
	FILE *f;

	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	/* Whole, whoever reads meanwhile. */
	other = xprintf("%s.new", full);
	f = fopen(other, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(rename(other, full), 0);
	free(other);
	free(full);
}

#endif
