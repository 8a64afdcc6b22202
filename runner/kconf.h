/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kconf - how the running kernel was configured
 *
 * From /proc/config.gz, /boot/config-RELEASE, or a config beside the
 * modules. Where none can be read everything is unknown, which is not "n".
 */
#ifndef FORKPATH_KCONF_H
#define FORKPATH_KCONF_H

struct kconf {
	char	*text;		/* NULL: unknown */
	char	*from;		/* the file, for people */
};

void kconf_load(struct kconf *k);

/* "y", "m", "n", a number or a string; NULL: unknown. The caller frees it. */
char *kconf_get(const struct kconf *k, const char *option);

void kconf_free(struct kconf *k);

#endif
