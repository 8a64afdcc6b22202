/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf - how large a structure of the running kernel is
 *
 * Read from BTF, the kernel's description of its own types
 * (Documentation/bpf/btf.rst), of which this understands enough to walk over
 * every type and to find a structure by its name.
 */
#ifndef FORKPATH_BTF_H
#define FORKPATH_BTF_H

#include <stddef.h>

#define BTF_KERNEL "/sys/kernel/btf/vmlinux"

/*
 * Bytes of `struct NAME` as PATH has it. -ENOENT: no such file, or no such
 * structure in it; -EINVAL: it is no BTF, or has a kind of type that is not
 * known here; or another -errno.
 */
long btf_struct_size(const char *path, const char *name);

/* The same of LEN bytes at BLOB. */
long btf_find(const void *blob, size_t len, const char *name);

#endif
