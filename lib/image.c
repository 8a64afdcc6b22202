// SPDX-License-Identifier: GPL-2.0-or-later
/* image - the smallest static programs there are, to be executed */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch.h"
#include "image.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U	/* 6.3: else vm.memfd_noexec decides */
#endif

#define BASE 0x400000

static const uint8_t code[][32] = {
	[IMAGE_EXIT] = ARCH_EXIT,
	[IMAGE_WAIT] = ARCH_WAIT,
};

struct file {
	Elf64_Ehdr	head;
	Elf64_Phdr	load, stack;
	uint8_t		code[sizeof(code[0])];
};

static int anonymous(void)
{
	int fd = memfd_create("forkpath-image", MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("forkpath-image", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

const char *image_missing(void)
{
	int fd;

	if (ARCH_ELF == EM_NONE)
		return "no program to execute has been written for this "
		       "architecture";
	fd = anonymous();
	if (fd < 0)
		return "memfd_create(2) gives no executable memory (since "
		       "3.17; vm.memfd_noexec)";
	close(fd);
	return NULL;
}

int image_make(enum image what, unsigned char status)
{
	struct file f = {
		.head = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				     ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = ARCH_ELF,
			.e_version = EV_CURRENT,
			.e_entry = BASE + offsetof(struct file, code),
			.e_phoff = offsetof(struct file, load),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2,
		},
		.load = {
			.p_type = PT_LOAD, .p_flags = PF_R | PF_X,
			.p_vaddr = BASE, .p_filesz = sizeof(f),
			.p_memsz = sizeof(f), .p_align = 0x10000,
		},
		.stack = { .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W },
	};
	int fd = anonymous(), ret = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	memcpy(f.code, code[what], sizeof(f.code));
	if (what == IMAGE_EXIT)
		arch_set_status(f.code, status);
	n = write(fd, &f, sizeof(f));
	if (n != sizeof(f)) {
		ret = n < 0 ? -errno : -EIO;
		close(fd);
	}
	return ret ? ret : fd;
}

int image_exec(int fd)
{
	static char *const none[] = { NULL };
	static char *const argv[] = { (char *)"image", NULL };

	syscall(SYS_execveat, fd, "", argv, none, AT_EMPTY_PATH);
	return -errno;
}
