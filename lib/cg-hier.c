// SPDX-License-Identifier: GPL-2.0-or-later
/* cg-hier - hierarchies by name, and what is missing for one */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cg.h"
#include "cg-own.h"
#include "undo.h"

#define NULLFS	0x4e554c4c	/* NULL_FS_MAGIC */

int cg_hier_check(const char *name)
{
	if (!strcmp(name, "v2"))
		return 0;
	if (strncmp(name, "v1-", 3) && strncmp(name, "v2-", 3))
		return -EINVAL;
	return name[3] && strlen(name) < 64 && !strpbrk(name, "/ ,\t\n") ?
	       0 : -EINVAL;
}

/* Is WORD in the blank-separated list that FILE of the directory holds? */
static int listed(const char *dir, const char *file, const char *word)
{
	char path[PATH_MAX + 64], list[1024], *save = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	if (!fgets(list, sizeof(list), f))
		list[0] = '\0';
	fclose(f);
	for (char *w = strtok_r(list, " \n", &save); w;
	     w = strtok_r(NULL, " \n", &save))
		if (!strcmp(w, word))
			return 1;
	return 0;
}

/*
 * The controllers that H's name asks for, as a list: -ENODEV if the top does
 * not pass each of them on.
 */
static int find_controllers(struct cg_hier *h)
{
	struct cg top = { .dir = -1, .version = 2 };
	char names[sizeof(h->controller)], *save = NULL;
	int ret = 0;

	if (!strcmp(h->controller, CG_ALL)) {
		top.dir = open(h->mount, O_DIRECTORY | O_CLOEXEC);
		ret = top.dir < 0 ? -errno :
			cg_read(&top, "cgroup.subtree_control", h->controller,
				sizeof(h->controller));
		cg_close(&top);
		for (char *c = h->controller; ret > 0 && *c; c++)
			if (*c == ' ')
				*c = '+';
		return ret <= 0 || ret == sizeof(h->controller) - 1 ? -ENODEV :
			0;
	}
	strcpy(names, h->controller);
	for (char *w = strtok_r(names, "+", &save); w && !ret;
	     w = strtok_r(NULL, "+", &save))
		if (listed(h->mount, "cgroup.subtree_control", w) != 1)
			ret = -ENODEV;
	return ret;
}

/* Does this kernel know file system NAME? */
static bool has_filesystem(const char *name)
{
	FILE *f = fopen("/proc/filesystems", "re");
	char line[128], type[64];
	bool has = false;

	while (f && !has && fgets(line, sizeof(line), f))
		has = sscanf(line, "nodev %63s", type) == 1 &&
		      !strcmp(type, name);
	if (f)
		fclose(f);
	return has;
}

bool cg_is_own(const struct cg_hier *h)
{
	return h->version == 1 && !strcmp(h->controller, CG_OWN);
}

/*
 * May this process mount a hierarchy that nobody has? Asked with a file system
 * that does not exist, which changes nothing. A new hierarchy is for the
 * first user and cgroup namespace alone, whose numbers are fixed.
 */
static bool may_mount(void)
{
	static const struct { const char *file; ino_t first; } ns[] = {
		{ "/proc/self/ns/user", 0xeffffffd },
		{ "/proc/self/ns/cgroup", 0xeffffffb },
	};
	struct stat st;

	for (int i = 0; i < 2; i++)
		if (!stat(ns[i].file, &st) && st.st_ino != ns[i].first)
			return false;
	return !mount("none", "/", "forkpath-none", 0, NULL) ||
	       errno == ENODEV;
}

int cg_hier_find(const char *name, const char *mountinfo, struct cg_hier *h)
{
	int ret = cg_hier_check(name);
	struct cg_mount m;

	if (ret)
		return ret;
	memset(h, 0, sizeof(*h));
	h->version = name[1] - '0';
	if (name[2])
		snprintf(h->controller, sizeof(h->controller), "%s", name + 3);
	strcpy(h->root, "/");
	if (cg_is_own(h))
		return !has_filesystem("cgroup") ||
		       !undo_hierarchy_path(0, h->mount, sizeof(h->mount)) ?
		       -ENOENT : may_mount() ? 0 : -EPERM;
	ret = cg_mount_find(h->version, h->controller, mountinfo, &m);
	if (ret != -ENOENT) {
		snprintf(h->mount, sizeof(h->mount), "%s", m.path);
		snprintf(h->root, sizeof(h->root), "%s", m.root);
	}
	return !ret && h->version == 2 && *h->controller ?
		find_controllers(h) : ret;
}

const char *cg_hier_bad(const char *name)
{
	static char why[200];

	if (!cg_hier_check(name))
		return NULL;
	snprintf(why, sizeof(why), "--hierarchy: '%s' is not v2, "
		 "v2-CONTROLLER[+CONTROLLER...], v2-all, v1-CONTROLLER or "
		 "v1-name=NAME", name);
	return why;
}

static bool own_asked;

const char *cg_hier_missing(const char *name, struct cg_hier *h)
{
	static char why[400];
	int ret = cg_hier_find(name, NULL, h);
	bool where = ret == -EROFS || ret == -EACCES || ret == -ESTALE ||
		     ret == -EILSEQ;
	const char *what = NULL;

	own_asked = !strcmp(name, "v1-" CG_OWN);
	switch (ret) {
	case 0:
		return NULL;
	case -ENODEV:
		what = strcmp(name, "v2-" CG_ALL) ? ": the controller is not "
			"enabled at the top of v2" :
			": no controller is enabled at the top of v2";
		break;
	case -EPERM:
		what = ": needs CAP_SYS_ADMIN, outside of user and cgroup "
		       "namespaces, for a mount";
		break;
	case -EROFS:
		what = " is mounted read-only";
		break;
	case -EILSEQ:
		what = " is mounted where no journal can say it, a tab or a "
		       "newline in the name";
		break;
	case -EACCES:
		what = " is not writable for this process, as in a user namespace";
		break;
	case -ESTALE:
		what = " is covered by another mount";
		break;
	default:
		what = strcmp(name, "v1-" CG_OWN) ? " is not mounted here" :
		       ": this kernel has no v1, or there is no place for a "
		       "mount";
	}
	snprintf(why, sizeof(why), "hierarchy %s%s%s%.200s", name, what,
		 where ? ": " : "", where ? h->mount : "");
	return why;
}

double cg_own_seconds(void)
{
	return own_asked ? 0.55 : 0;
}

const char *cg_agent_missing(void)
{
	char self[PATH_MAX - 16], path[PATH_MAX], name[32] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct stat there, here;
	struct statfs root;
	FILE *f = fopen("/proc/2/comm", "re");

	if (f && !fgets(name, sizeof(name), f))
		name[0] = '\0';
	if (f)
		fclose(f);
	self[n > 0 ? n : 0] = '\0';
	/*
	 * Kernel threads of 7.0 and later are in a root of their own, with
	 * nothing in it; agents begin where the first process is.
	 */
	snprintf(path, sizeof(path), "/proc/%d/root%s",
		 !statfs("/proc/2/root/", &root) && root.f_type == NULLFS ?
		 1 : 2, self);
	if (n > 0 && !strcmp(name, "kthreadd\n") &&
	    !stat("/proc/self/exe", &here) && !stat(path, &there) &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev)
		return NULL;
	return "the kernel cannot start this program as an agent: it is not "
	       "where the kernel looks (a chroot, a container, a pid "
	       "namespace)";
}
