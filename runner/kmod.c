// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod - the kernel module, for those benchmarks that need it */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../lib/kmod.h"
#include "desc.h"
#include "err.h"
#include "kmod.h"
#include "tree.h"
#include "undo.h"

static const char *refusal(int err)
{
	switch (err) {
	case ENOSYS:
		return "this kernel takes no modules";
	case ENOEXEC:
		return "built for another kernel";
	case EPERM:
	case EKEYREJECTED:
		return "the kernel refuses it (not root, signature, lockdown)";
	default:
		return strerror(err);
	}
}

/* NULL, or why not; to be freed. */
static char *load(void)
{
	const char *lab = getenv("FORKPATH_LAB");
	struct utsname un;
	char *path, *why = NULL;
	int fd, ret;

	uname(&un);
	path = tree_path("build/kmod/%s/" KMOD_NAME ".ko", un.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		why = errno == ENOENT ?
			xprintf("no module for kernel %s: make kmod builds it",
				un.release) :
			xprintf("%s: %s", path, strerror(errno));
	} else {
		ret = undo_module(KMOD_NAME);
		if (!ret && syscall(SYS_finit_module, fd,
				    lab ? "lab=1" : "", 0))
			ret = -errno;
		if (ret)
			why = xprintf("module " KMOD_NAME ": %s",
				      refusal(-ret));
		close(fd);
	}
	free(path);
	return why;
}

void kmod_for(const char *name)
{
	const struct desc *d;
	static bool tried;
	char why[300];
	char *reason;

	if (tried || desc_get(name, &d, why, sizeof(why)) || !d->module ||
	    !access(KMOD_DEVICE, F_OK))
		return;
	tried = true;
	reason = load();
	if (reason)
		setenv("FORKPATH_NO_MODULE", reason, 1);
	free(reason);
}
