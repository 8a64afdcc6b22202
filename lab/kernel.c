// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel - what is to be booted: an image, its release, its configuration */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch.h"
#include "err.h"
#include "kernel.h"
#include "mem.h"
#include "tool.h"
#include "tree.h"

/* Offsets of the boot protocol, Documentation/arch/x86/boot.rst. */
#define BOOT_FLAG	0x1fe
#define HEADER		0x202
#define PROTOCOL	0x206
#define VERSION_AT	0x20e
#define LOADED_HIGH	0x211

/* Of Documentation/arch/arm64/booting.rst. */
#define MAGIC_AT	56
#define VERSION_TEXT	"Linux version "

static unsigned int u16(const unsigned char *at)
{
	return at[0] | at[1] << 8;
}

/* An Image of arm64 has it only where the running kernel has it, too. */
static char *image_version(const unsigned char *image, size_t len, char *why,
			   size_t why_len)
{
	const unsigned char *at = memmem(image, len, VERSION_TEXT,
					 strlen(VERSION_TEXT)), *end;

	if (at)
		at += strlen(VERSION_TEXT);
	for (end = at; end && end < image + len && *end >= ' '; end++)
		;
	if (at && end > at && end < image + len)
		return xstrndup((const char *)at, end - at);
	snprintf(why, why_len, "the image does not say which release it is");
	return NULL;
}

char *kernel_version(const unsigned char *image, size_t len, char *why,
		     size_t why_len)
{
	size_t at, end;

	if (!len) {
		snprintf(why, why_len, "the file is empty");
		return NULL;
	}
	if (len > MAGIC_AT + 4 && !memcmp(image + MAGIC_AT, "ARMd", 4))
		return image_version(image, len, why, why_len);
	if (len < 0x264 || u16(image + BOOT_FLAG) != 0xaa55 ||
	    memcmp(image + HEADER, "HdrS", 4)) {
		snprintf(why, why_len, "%s; a bzImage would be right",
			 len >= 4 && !memcmp(image, "\177ELF", 4) ?
			 "an ELF file, such as vmlinux, does not boot here" :
			 "not a Linux kernel");
		return NULL;
	}
	if (u16(image + PROTOCOL) < 0x200 || !(image[LOADED_HIGH] & 1)) {
		snprintf(why, why_len, "a zImage of old; a bzImage would be "
			 "right");
		return NULL;
	}
	at = u16(image + VERSION_AT) + 0x200;
	for (end = at; end < len && image[end] >= ' ' && image[end] < 0x7f;
	     end++)
		;
	if (at == 0x200 || end >= len || image[end] || end == at) {
		snprintf(why, why_len, "the image does not say which release "
			 "it is");
		return NULL;
	}
	return xstrndup((const char *)image + at, end - at);
}

static int read_image(struct kernel *k)
{
	int fd = open(k->image, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char why[200];
	void *image;

	if (fd < 0) {
		err_say("%s: %s", k->spec, strerror(errno));
		return EXIT_BAD;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		err_say("%s: not a file; %s would be right", k->spec,
			arch->image);
		close(fd);
		return EXIT_BAD;
	}
	image = mmap(NULL, st.st_size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		err_say("%s: %s", k->spec, strerror(errno));
	close(fd);
	if (image == MAP_FAILED)
		return EXIT_FAIL;
	k->version = kernel_version(image, st.st_size, why, sizeof(why));
	munmap(image, st.st_size + 1);
	if (!k->version) {
		err_say("%s: %s", k->image, why);
		return EXIT_FAIL;
	}
	k->release = xstrndup(k->version, strcspn(k->version, " "));
	return EXIT_OK;
}

static void take(struct kernel *k, char *line)
{
	const struct { const char *key; char **to; } keys[] = {
		{ "image=", &k->image }, { "config=", &k->config },
		{ "sha256=", &k->sha256 }, { "package=", &k->package },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		size_t n = strlen(keys[i].key);

		if (!strncmp(line, keys[i].key, n) && line[n]) {
			free(*keys[i].to);
			*keys[i].to = xstrdup(line + n);
		}
	}
}

/* Before it boots: has it what no guest comes up without? An exit code. */
static int built_for_guest(const struct kernel *k)
{
	char *argv[] = { tree_path("lab/check"), "--boot", k->config, k->spec,
			 NULL };
	struct text said = { 0 };
	int ret = tool_run(argv, &said);

	fputs(said.s ?: "", stderr);
	text_free(&said);
	free(argv[0]);
	return ret;
}

/* Where this machine's would not run. An exit code. */
static int find_busybox(struct kernel *k)
{
	char *argv[] = { tree_path("lab/kernel"), "--arch", (char *)arch->name,
			 "libraries", NULL };
	struct text said = { 0 };
	int ret = tool_run(argv, &said);

	if (!ret && said.len && !strncmp(said.s, "sysroot=", 8))
		k->busybox = xprintf("%.*s/bin/busybox",
				     (int)strcspn(said.s + 8, "\n"),
				     said.s + 8);
	text_free(&said);
	free(argv[0]);
	return ret;
}

int kernel_get(struct kernel *k, const char *spec)
{
	char *argv[] = { tree_path("lab/kernel"), "--arch", (char *)arch->name,
			 "get", (char *)spec, NULL };
	struct strv lines = { 0 };
	struct text said = { 0 };
	int ret;

	*k = (struct kernel){ .spec = xstrdup(spec) };
	ret = tool_run(argv, &said);
	free(argv[0]);
	if (!ret) {
		strv_split(&lines, said.s, "\n");
		for (unsigned int i = 0; i < lines.nr; i++)
			take(k, lines.v[i]);
		strv_free(&lines);
		if (k->image) {
			ret = read_image(k);
		} else {
			err_say("%s: lab/kernel names no image", spec);
			ret = EXIT_FAIL;
		}
	}
	if (!ret && k->config)
		ret = built_for_guest(k);
	if (!ret && !arch_is_own())
		ret = find_busybox(k);
	text_free(&said);
	return ret;
}

void kernel_module(const struct kernel *k, const char *question)
{
	char *argv[] = { NULL, (char *)"--arch", (char *)arch->name, k->spec,
			 NULL, NULL, NULL };
	struct text said = { 0 };

	/* Of an image that somebody built: make kmod KDIR=... */
	if (strchr(k->spec, '/'))
		return;
	if (question) {
		argv[3] = (char *)"--for";
		argv[4] = (char *)question;
		argv[5] = k->spec;
	}
	argv[0] = tree_path("kmod/build");
	tool_run(argv, &said);
	text_free(&said);
	free(argv[0]);
}

void kernel_free(struct kernel *k)
{
	free(k->spec);
	free(k->image);
	free(k->release);
	free(k->version);
	free(k->config);
	free(k->sha256);
	free(k->package);
	free(k->busybox);
	*k = (struct kernel){ 0 };
}
