/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu - the virtual machine as a command line
 *
 * Where a guest keeps time (struct qemu.time, in meta.json as lab.time):
 *   real          KVM: the host's clock, comparable like any machine's
 *   emulated      TCG: what the emulation costs, comparable with nothing
 *   instructions  TCG with the instruction counter as its clock (exact)
 */
#ifndef FORKPATH_QEMU_H
#define FORKPATH_QEMU_H

#include <stdbool.h>

#include "mem.h"

/* The program, a path or a name; NULL: the one of the architecture. */
extern const char *qemu_program;

/* Descriptors that QEMU finds open. */
enum { QEMU_INITRD = 10, QEMU_CONSOLE, QEMU_WIRE };

/*
 * How TCG is asked for where each CPU has a thread. It is faster, and now and
 * then breaks a kernel that patches itself (guest.h): only for tests that are
 * there for races.
 */
#define QEMU_PARALLEL	"tcg"

struct qemu_args {
	unsigned int	 nodes, cpus;		/* cpus per node */
	unsigned long	 memory_mib;
	const char	*distance;		/* NULL: QEMU's own 10 and 20 */
	const char	*cpu;			/* NULL: the default model */
	const char	*append;		/* NULL: nothing more */
	const struct strv *plugin;		/* FILE[,ARG]... */
	unsigned long	 layout;		/* of an exact machine; 0 */
	bool		 exact, kvm;
	bool		 parallel;		/* see above */
	bool		 terminal;		/* the console is our terminal */
};

/*
 * Does KVM work, for CPU (NULL: the default)? A device that opens is not
 * enough: QEMU is started with a firmware of a few bytes that ends it. Takes
 * 0.1 s. If not, why not (static text) is in WHY.
 */
bool qemu_kvm(const char *cpu, const char **why);

/* "NxC" -> nodes, CPUs per node. 0 or -EINVAL. */
int qemu_numa(const char *shape, unsigned int *nodes, unsigned int *cpus);

/* Is LIST fit for --distance with so many nodes? NULL, or what is wrong. */
const char *qemu_bad_distance(const char *list, unsigned int nodes);

/* "512M", "2G" -> MiB. 0 or -EINVAL. */
int qemu_memory(const char *size, unsigned long *mib);

/* The model that will be asked for. */
const char *qemu_cpu(const struct qemu_args *a);

const char *qemu_time(const struct qemu_args *a);

/* The whole command line for the kernel IMAGE. */
void qemu_argv(struct strv *argv, const struct qemu_args *a,
	       const char *image);

/* What `--version` says, NULL if there is none; to be freed. */
char *qemu_version(void);

#endif
