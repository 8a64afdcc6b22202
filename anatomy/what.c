// SPDX-License-Identifier: GPL-2.0-or-later
/* what - what a kernel's function is, by its name */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "what.h"

/* How fork and exit get into the cgroup code, 4.4 to 7.3. */
static const char *const cgroup_roots[] = {
	"cgroup_fork", "cgroup_can_fork", "cgroup_cancel_fork",
	"cgroup_post_fork", "cgroup_css_set_fork", "cgroup_css_set_put_fork",
	"cgroup_threadgroup_change_begin", "cgroup_threadgroup_change_end",
	"cgroup_exit", "cgroup_task_exit", "cgroup_task_dead",
	"cgroup_release", "cgroup_task_release", "cgroup_free",
	"cgroup_task_free",
};

/* They take the read side in line; they use no other lock of that kind. */
static const char *const lock_callers[] = {
	"exit_signals", "de_thread", "begin_new_exec",
};

static const char *const locks[] = {
	"down_read", "up_read", "__percpu_down_read", "__percpu_up_read",
	"percpu_down_read", "percpu_up_read", "rcuwait_wake_up",
	"rwsem_down_read_slowpath", "rwsem_wake",
};

static bool one_of(const char *const *list, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}
#define ONE_OF(list, name) one_of(list, sizeof(list) / sizeof(*(list)), name)

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

static struct what what_is(const char *name)
{
	struct what w = {
		.cgroup_root = ONE_OF(cgroup_roots, name),
		.lock_caller = ONE_OF(lock_callers, name),
		.lock = ONE_OF(locks, name),
		.vectors = !strcmp(name, "vectors") ||
			   !strcmp(name, "__bp_harden_el1_vectors"),
		.switches = !strcmp(name, "__switch_to_asm") ||
			    !strcmp(name, "cpu_switch_to"),
		.newborn = begins(name, "ret_from_fork"),
		.user = begins(name, "entry_SYSCALL_64") ||
			begins(name, "el0t_64_") || begins(name, "el0_svc") ||
			begins(name, "ret_from_fork") ||
			!strcmp(name, "do_exit"),
		.kernel = !strcmp(name, "kthread") ||
			  !strcmp(name, "kthreadd") ||
			  !strcmp(name, "do_idle"),
	};

	if (!strcmp(name, "irq_entries_start") ||
	    !strcmp(name, "spurious_entries_start"))
		w.entry = ENTRY_STUB;
	else if (begins(name, "asm_sysvec_") ||
		 !strcmp(name, "asm_common_interrupt") ||
		 !strcmp(name, "asm_spurious_interrupt") ||
		 !strcmp(name, "asm_exc_nmi"))
		w.entry = ENTRY_IRQ;
	else if (!strcmp(name, "asm_exc_int3") ||
		 !strcmp(name, "asm_exc_debug"))
		w.entry = ENTRY_TRAP;
	else if (begins(name, "asm_exc_"))
		w.entry = ENTRY_FAULT;
	return w;
}

/*
 * Arm Architecture Reference Manual, D1.4: sixteen vectors of 128 bytes; 4 to
 * 7 are taken from the kernel on its own stack, 8 to 11 from user space; in
 * each four a synchronous exception, IRQ, FIQ, SError. Of the first from user
 * space most are system calls; a fault there is one if the instruction is
 * executed again, and that is looked for in any case. Against branch history
 * injection kernels have several such tables in a row, and take the one that
 * the CPU needs.
 */
enum entry what_vector(uint64_t offset)
{
	static const enum entry entry[16] = {
		[4] = ENTRY_FAULT, [5] = ENTRY_IRQ, [6] = ENTRY_IRQ,
		[7] = ENTRY_IRQ,
		[8] = ENTRY_FAULT, [9] = ENTRY_IRQ, [10] = ENTRY_IRQ,
		[11] = ENTRY_IRQ,
	};

	return offset % 128 ? ENTRY_NONE : entry[offset % 2048 / 128];
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct what *what_all(struct fold *f, const struct ksyms *k,
		      const struct ksyms *user)
{
	struct what *what;
	size_t nr = 0;

	f->fn = mem_get(k->nr + user->nr + 2, sizeof(*f->fn));
	f->fn[FN_USER] = "[user]";
	f->fn[FN_UNKNOWN] = "[unknown]";
	f->nr_fn = 2;
	for (size_t i = 0; i < k->nr; i++)
		if (k->sym[i].name)
			f->fn[2 + nr++] = k->sym[i].name;
	for (size_t i = 0; i < user->nr; i++)
		if (user->sym[i].name)
			f->fn[2 + nr++] = user->sym[i].name;
	qsort(f->fn + 2, nr, sizeof(*f->fn), by_name);
	for (size_t i = 2; i < 2 + nr; i++)
		if (i == 2 || strcmp(f->fn[i], f->fn[f->nr_fn - 1]))
			f->fn[f->nr_fn++] = f->fn[i];
	what = mem_get(f->nr_fn, sizeof(*what));
	for (size_t i = 2; i < f->nr_fn; i++)
		what[i] = what_is(f->fn[i]);
	return what;
}

uint32_t what_find(const struct fold *f, const char *name)
{
	const char **fn = bsearch(&name, f->fn + 2, f->nr_fn - 2,
				  sizeof(*f->fn), by_name);

	return fn - f->fn;
}
