// SPDX-License-Identifier: GPL-2.0-or-later
/* cg-mount - cgroup mounts, as the mount table has them */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cg.h"

/* The kernel writes blank, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 |
				(s[3] - '0');
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

int cg_mount_next(FILE *mountinfo, struct cg_mount *m)
{
	char line[3 * PATH_MAX];

	while (fgets(line, sizeof(line), mountinfo)) {
		char type[16], *tail = strstr(line, " - "), how[512];

		/* ID PARENT DEV ROOT PATH OPTIONS [FIELD]... - TYPE SRC SUPER */
		if (!tail ||
		    sscanf(line, "%d %*s %*s %4095s %4095s %511s", &m->id,
			   m->root, m->path, how) != 4 ||
		    sscanf(tail, " - %15s %*s %511s", type, m->options) != 2)
			continue;
		if (!strcmp(type, "cgroup2"))
			m->version = 2;
		else if (!strcmp(type, "cgroup"))
			m->version = 1;
		else
			continue;
		unescape(m->root);
		unescape(m->path);
		m->ro = cg_option(how, "ro");
		return 1;
	}
	return 0;
}

bool cg_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == len && !strncmp(p, word, len))
			return true;
	return false;
}

const char *cg_below(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (len == 1)			/* the top, which is "/" */
		len = 0;
	if (strncmp(root, path, len))
		return NULL;
	path += len;
	return *path == '/' ? path : *path ? NULL : "/";
}

/* Is it this mount that its path leads to, and may we write there? */
static int usable(const struct cg_mount *m)
{
	int fd = open(m->path, O_PATH | O_DIRECTORY | O_CLOEXEC), id = -1;
	char file[64], line[128];
	FILE *f;

	if (fd < 0)
		return -ESTALE;
	snprintf(file, sizeof(file), "/proc/self/fdinfo/%d", fd);
	f = fopen(file, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "mnt_id: %d", &id) == 1)
			break;
	if (f)
		fclose(f);
	close(fd);
	if (id != m->id)
		return -ESTALE;
	return faccessat(AT_FDCWD, m->path, W_OK, AT_EACCESS) ? -errno : 0;
}

int cg_mount_find(int version, const char *controller, const char *mountinfo,
		  struct cg_mount *m)
{
	FILE *f = fopen(mountinfo ? mountinfo : "/proc/self/mountinfo", "re");
	struct cg_mount next;
	int ret = -ENOENT;

	if (!f)
		return -errno;
	while (ret && cg_mount_next(f, &next)) {
		int is;

		if (next.version != version ||
		    (version == 1 && !cg_option(next.options, controller)))
			continue;
		/* Of what a journal cannot name nothing could be undone. */
		is = strpbrk(next.path, "\t\n") ? -EILSEQ :
		     !mountinfo ? usable(&next) : next.ro ? -EROFS : 0;
		/* One that can be read is better than one that is not seen. */
		if (is && ret != -ENOENT && (is == -ESTALE || ret != -ESTALE))
			continue;
		ret = is;
		*m = next;
	}
	fclose(f);
	return ret;
}
