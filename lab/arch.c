// SPDX-License-Identifier: GPL-2.0-or-later
/* arch - what a machine of one architecture is called, and has */
#include <string.h>
#include <sys/utsname.h>

#include "arch.h"

/* Begins 16 bytes before the end; writes 42 to isa-debug-exit: 2 * 42 + 1. */
static const unsigned char x86_exit[] = {
	0xb0, 0x2a,		/* mov $42, %al */
	0xe6, 0xf4,		/* out %al, $0xf4 */
	0xf4,			/* hlt */
};

/* At the beginning; PSCI, SYSTEM_OFF. */
static const unsigned char arm64_exit[] = {
	0x00, 0x01, 0x80, 0x52,	/* mov  w0, #8 */
	0x00, 0x80, 0xb0, 0x72,	/* movk w0, #0x8400, lsl #16 */
	0x02, 0x00, 0x00, 0xd4,	/* hvc  #0 */
};

static const struct arch all[] = { {
	.name = "x86_64", .uname = "x86_64",
	.qemu = "qemu-system-x86_64", .package = "qemu-system-x86",
	.machine = "pc",
	/*
	 * One named model, without the fast string instructions by which
	 * kernels choose between a loop and `rep stosb`: each of its
	 * iterations counts under emulation, and releases choose differently.
	 */
	.cpu = "Skylake-Client-v1,-erms",
	.cpus = 255,
	.console = "ttyS0", .wire = "ttyS1",
	/*
	 * The kernel waits for ten ticks of a timer when it boots; an emulator
	 * that gets no CPU meanwhile looks like a broken one, and it panics.
	 */
	.append = " no_timer_check",
	.built = "build",
	.image = "a bzImage",
	.firmware_device = "isa-debug-exit,iobase=0xf4,iosize=4",
	.code = x86_exit, .code_len = sizeof(x86_exit), .at = 65536 - 16,
	.firmware_len = 65536, .ends = 85,
}, {
	.name = "arm64", .uname = "aarch64",
	.qemu = "qemu-system-aarch64", .package = "qemu-system-arm",
	.machine = "virt,gic-version=3",
	/*
	 * A tick of the counter is a nanosecond, which under -icount is an
	 * instruction; QEMU's own 62.5 MHz would make it 16 of them.
	 */
	.cpu = "neoverse-n1,cntfrq=1000000000",
	.cpus = 255,
	.console = "ttyAMA0", .wire = "ttyS0",
	.port = "pci-serial,chardev=wire",
	.append = "",
	.built = "build/arm64",
	.image = "an Image of arm64",
	.code = arm64_exit, .code_len = sizeof(arm64_exit), .at = 0,
	.firmware_len = 65536, .ends = 0,
} };

const struct arch *arch = &all[0];

bool arch_choose(const char *name)
{
	struct utsname un;

	uname(&un);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (strcmp(name ? name : un.machine,
			   name ? all[i].name : all[i].uname))
			continue;
		arch = &all[i];
		return true;
	}
	return false;
}

bool arch_is_own(void)
{
	struct utsname un;

	uname(&un);
	return !strcmp(arch->uname, un.machine);
}

const char *arch_built(void)
{
	return arch_is_own() ? "build" : arch->built;
}
