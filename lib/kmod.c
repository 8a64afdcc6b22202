// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod - the way to the kernel module */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "kmod.h"

int kmod_ask(int fd, unsigned long request, void *what)
{
	int ret;

	do
		ret = ioctl(fd, request, what);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static const char *reason(int err)
{
	switch (err) {
	case ENOENT:
		return getenv("FORKPATH_NO_MODULE") ?:
			"the module " KMOD_NAME " is not loaded";
	case EACCES:
	case EPERM:
		return "needs root";
	case EBUSY:
		return "another process has it open";
	default:
		return strerror(err);
	}
}

int kmod_open(struct kmod_hello *hello, char *why, unsigned long len)
{
	struct kmod_hello h = {
		.version = KMOD_VERSION, .counter = clock_exact,
	};
	int fd = open(KMOD_DEVICE, O_RDWR | O_CLOEXEC), ret;

	if (fd < 0) {
		ret = -errno;
		snprintf(why, len, KMOD_DEVICE ": %s", reason(errno));
		return ret;
	}
	ret = kmod_ask(fd, KMOD_HELLO, &h);
	if (ret) {
		snprintf(why, len, KMOD_DEVICE ": hello: %s", strerror(-ret));
	} else if (h.version != KMOD_VERSION) {
		ret = -EPROTO;
		snprintf(why, len, KMOD_DEVICE ": the module has version %u, "
			 "this program %u; load the one built with it",
			 h.version, KMOD_VERSION);
	}
	if (ret) {
		close(fd);
		return ret;
	}
	if (hello)
		*hello = h;
	return fd;
}

const char *kmod_missing(void)
{
	static char why[200];
	int fd = kmod_open(NULL, why, sizeof(why));

	if (fd < 0)
		return why;
	close(fd);
	return NULL;
}
