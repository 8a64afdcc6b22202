// SPDX-License-Identifier: GPL-2.0-or-later
/* owner - whoever reads a folder of somebody's is that somebody */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owner.h"

int owner_become(int fd)
{
	struct stat st;

	if (geteuid())
		return 0;
	if (fstat(fd, &st))
		return -errno;
	if (!st.st_uid)
		return 0;
	if (setgroups(0, NULL) || setresgid(st.st_gid, st.st_gid, st.st_gid) ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return geteuid() == st.st_uid ? 0 : -EPERM;
}

int owner_enter(const char *path, char *why, size_t len)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (fd < 0)
		return 0;
	ret = owner_become(fd);
	close(fd);
	if (ret)
		snprintf(why, len, "%s: root cannot become its owner here: %s",
			 path, strerror(-ret));
	return ret;
}

int owner_folder(const char *path, char *why, size_t len)
{
	int fd = mkdir(path, 0777) && errno != EEXIST ? -1 :
		open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = -errno;

	if (fd < 0) {
		snprintf(why, len, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = owner_enter(path, why, len);
	if (ret)
		close(fd);
	return ret ? ret : fd;
}
