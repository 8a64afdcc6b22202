/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch - what a machine of one architecture is called, and has
 *
 * All that the host side of the lab knows of architectures. A guest may have
 * another one than this machine: then it is emulated, and its programs are in
 * a folder of their own (make ARCH=NAME guest).
 */
#ifndef FORKPATH_LAB_ARCH_H
#define FORKPATH_LAB_ARCH_H

#include <stdbool.h>
#include <stddef.h>

struct arch {
	const char	*name;		/* as --arch has it */
	const char	*uname;		/* as the kernel has it */
	const char	*qemu, *package;
	const char	*machine;	/* -machine */
	const char	*cpu;		/* a model that is the same everywhere */
	unsigned int	 cpus;		/* at most, of this machine type */
	const char	*console, *wire;	/* devices in the guest */
	const char	*port;		/* -device of the wire; NULL: -serial */
	const char	*append;	/* where time is emulated */
	const char	*built;		/* folder of its programs, where foreign */
	const char	*image;		/* what it boots */
	/*
	 * A firmware of so many bytes, all zero but for the code at AT, which
	 * ends QEMU with the exit code ENDS.
	 */
	const char	*firmware_device;
	const unsigned char *code;
	size_t		 code_len, at, firmware_len;
	int		 ends;
};

/* The guests'. */
extern const struct arch *arch;

/* The one called NAME (NULL: this machine's) from now on; false: none is. */
bool arch_choose(const char *name);

/* Is it this machine's? */
bool arch_is_own(void);

/* The folder of its programs, in the tree. */
const char *arch_built(void);

#endif
