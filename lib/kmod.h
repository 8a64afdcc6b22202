/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod - what the programs and the kernel module say to each other
 *
 * SUMMARY
 * The module makes /dev/forkpath. One process at a time opens it (its
 * children inherit it), says hello with KMOD_VERSION, and asks. Whatever
 * the module has allocated, taken or held on behalf of that descriptor is
 * given back when its last copy is closed, however the process ended.
 *
 * DETAILS
 * Times are nanoseconds of ktime (CLOCK_MONOTONIC), or, if the hello says
 * so, counts of the time-stamp counter, which under QEMU's instruction clock
 * are instructions. Fields named reserved
 * must be 0. A field that is out of range is refused before anything is
 * allocated. What an allocation came to is a result, not an error: the
 * request succeeds and `outcome` holds 0 or -ENOMEM.
 *
 * errno    from        what it means
 * ENOENT   open        there is no device: the module is not loaded
 * EACCES   open        not allowed to: the device belongs to root
 * EPERM    open        no CAP_SYS_ADMIN
 * EBUSY    open        somebody else has it open
 * EPROTO   any         another version, or no hello yet
 * ENOTTY   any         there is no such request (or of another size)
 * EFAULT   any         the structure cannot be read or written
 * EINVAL   any         a field has a value that means nothing
 *          array       mop, but no node is held (any more)
 * E2BIG    any         more than the limits below
 *          pids        more numbers than there is room for
 * EAGAIN   pids        counted anew eight times, and each time there were more
 * EXDEV    pids        whole: a task's parent, session or process group is
 *                      not in the tree
 * ENODEV   array       the kind takes no node, and that node has no CPU to
 *                      ask it from
 * ENXIO    array,      there is no such node, or it has no memory
 *          fragment
 *          batch       touched: there is no such CPU online
 * EOPNOTSUPP batch     flushed: not known how on this kind of CPU
 * EOVERFLOW batch      beside: an rwsem of this kernel fills its line
 * ENOSPC   array       asks for more than a quarter of what is free
 * ESRCH    array, pids there is no such thread group
 * EPERM    fragment    the last node with memory that is whole, and this
 *                      is not a lab (module parameter lab=1 in a guest)
 * EALREADY fragment    this descriptor holds memory of that node already
 * ETIME    write       the fast path was not back within KMOD_WINDOW_NS
 * EINTR    any         a deadly signal ended it; nothing is left
 * EIO      array, pids what was read back is not what was stored
 *
 * Loading it says: ENOEXEC another kernel's module, EKEYREJECTED or
 * EPERM refused (signature, lockdown), EEXIST loaded already.
 */
#ifndef FORKPATH_KMOD_H
#define FORKPATH_KMOD_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KMOD_VERSION	5
#define KMOD_NAME	"forkpath"
#define KMOD_DEVICE	"/dev/" KMOD_NAME

#define KMOD_PAIRS_MAX	 100000		/* per batch */
#define KMOD_COLD_MAX	 10000		/* of locks that are cold */
#define KMOD_READERS_MAX 1024
#define KMOD_NR_MAX	 4194304	/* elements: PID_MAX_LIMIT */
#define KMOD_BYTES_MAX	 (256u << 20)	/* per array, all told */
#define KMOD_ORDERS	 16		/* free lists told of */
#define KMOD_HOLD_MAX	 600		/* seconds of the watchdog */
#define KMOD_WINDOW_NS	 10000000000ull
#define KMOD_LEVELS_MAX	 32		/* nested pid namespaces */

struct kmod_hello {
	__u32	version;		/* in: the caller's, out: the module's */
	__u32	page_size;
	__u64	kmalloc_max;		/* bytes: above, kmalloc always fails */
	__u64	cache_max;		/* bytes: above, whole pages are taken */
	__u32	max_order;		/* the largest that the allocator has */
	__u32	costly_order;		/* above, kmalloc gives up early */
	__u32	lab;			/* loaded with lab=1, inside a guest */
	__u32	counter;		/* in: 1: times by the counter */
};

/*
 * What the kernel counts of this descriptor, where it happens, for
 * verification against what a program has asked for. A try that was refused
 * is a try; collected are those that had an array to collect into.
 */
struct kmod_done {
	__u64	pairs, writes, tries, failed, collected;
	__u64	chilled;		/* turns of cold batches, by who did it */
	__u64	held;			/* pages the fragmenter holds now */
};

/* The locks; KMOD_LOOP is the empty loop around them. */
#define KMOD_LOCKS(X)							\
	X(LOOP, "loop") X(RCU, "rcu") X(RWSEM_OWN, "rwsem-own")		\
	X(RWSEM_SHARED, "rwsem-shared") X(PERCPU_FAST, "percpu-fast")	\
	X(PERCPU_SLOW, "percpu-slow") X(SLOW_AND_OWN, "percpu-slow+rwsem")

/* The containers of an array. */
#define KMOD_ARRAYS(X)							\
	X(KMALLOC, "kmalloc") X(KMALLOC_NORETRY, "kmalloc-noretry")	\
	X(KVMALLOC, "kvmalloc") X(VMALLOC, "vmalloc")			\
	X(FLEX, "flex-array") X(GENRADIX, "genradix")			\
	X(XARRAY, "xarray") X(LIST, "list") X(TWO_LEVEL, "two-level")

#define KMOD_ENUM(id, word) KMOD_##id,
enum kmod_lock { KMOD_LOCKS(KMOD_ENUM) KMOD_NR_LOCKS };
enum kmod_array { KMOD_ARRAYS(KMOD_ENUM) KMOD_NR_ARRAYS };
#undef KMOD_ENUM

enum kmod_policy { KMOD_ANY, KMOD_PREFERRED, KMOD_STRICT };

/*
 * `pairs` times lock for reading and unlock, between two clock reads; out,
 * how many there were, as counted in the loop.
 * reader tells private locks apart. slow: the percpu_rwsem was not in its
 * fast mode when the batch began.
 *
 * cache: where the lines of the lock are before each turn.
 *   KMOD_WARM     where the last turn has left them
 *   KMOD_SINGLE   there, too: what the next two are to be compared with
 *   KMOD_FLUSHED  in no cache
 *   KMOD_TOUCHED  in that of `cpu`, which has written to each of them
 * but for KMOD_WARM each turn is stamped by itself, ns is the sum, and begins
 * with counting up a word that is as cold (or not), the loop's too.
 *
 * layout, of rwsem-own and the loop alone:
 *   KMOD_ALONE   the lock has a line of its own, and so has the word
 *   KMOD_BESIDE  they share one (not with KMOD_WARM)
 *   KMOD_BEHIND  as KMOD_ALONE, and the lock's address is read from a third
 */
enum kmod_cache { KMOD_WARM, KMOD_SINGLE, KMOD_FLUSHED, KMOD_TOUCHED };
enum kmod_layout { KMOD_ALONE, KMOD_BESIDE, KMOD_BEHIND };

struct kmod_batch {
	__u32	lock, reader, pairs, slow;	/* pairs: in, out; slow: out */
	__u32	cache, layout, cpu, reserved;
	__u64	ns;
};

/*
 * Lock for writing and unlock. ns = grace + drain is the locking alone:
 * grace, until a grace period has made all readers take the slow path; then
 * drain, until those that are inside have left. For KMOD_RCU the write is
 * synchronize_rcu(). With `wait`, window is the time from the unlock until
 * readers are back on the fast path, watched in steps of 10 to 20 us.
 */
struct kmod_write {
	__u32	lock, reader, wait, reserved;
	__u64	ns, grace, drain, unlock, window;
};

/*
 * Allocate an array of nr elements of size bytes (8 or 24), fill it with
 * pointers, read them all, free it. tgid 0: synthetic pointers; else the tasks of that
 * thread group, each with a reference (taken under RCU, since tasklist_lock
 * is not for modules), and nr follows from it: in, the most that there may
 * be; out, how many there were. mop: first take what the fragmented nodes have
 * got back. strict is kept by all that takes a node. Of what does not
 * (genradix, xarray) it is by its pages, not by what the slab has, and of
 * vmalloc if the caller has bound itself to the node: remote tells.
 */
struct kmod_try {
	__u32	kind, policy, size, nr;
	__s32	node, tgid;
	__u32	mop, reserved;
	__s32	outcome, order;		/* order: of the largest block it needs */
	__u64	alloc, fill, walk, free;	/* ns; if outcome is 0 */
	__u32	pages, remote;		/* looked at; on another node */
};

/*
 * Take blocks of 2^order pages and more of a node, give all of each aligned
 * 2^order pages back but one, until less than `reserve` pages are free or
 * no such block is to be had. Held until the descriptor is closed, `order`
 * is 0, `hold` seconds have passed without another request, or the machine
 * runs out of memory. In a lab, keep: not even then.
 *
 * leave: of a hundred such blocks so many are given back whole, each with
 * that probability by itself, decided by `seed` and its place in memory.
 * Whole neighbours are a larger block again.
 */
struct kmod_fragment {
	__s32	node;
	__u32	order;			/* 1..max_order; 0: let go */
	__u64	reserve;
	__u32	hold, keep;
	__u32	leave, seed;
	__u64	held, free;		/* pages, out */
	__u32	blocks[KMOD_ORDERS];	/* free blocks by order, out */
};

/*
 * Every pid number of every process and thread in the pid namespace of tgid,
 * from that level down, into an array. nr: in, room; out, found. sum: of
 * them all, as read back from the array.
 *
 * room, where it comes from:
 *   KMOD_GIVEN    nr is what the caller knows
 *   KMOD_COUNTED  the tree is walked once more before (count, ns); if there
 *                 are more by then, all begins anew (again), eight times
 *   KMOD_GROWN    of KMOD_ROOM_FIRST numbers first; it doubles when it is
 *                 full, which is part of collect
 *
 * whole: as a checkpoint needs it. Numbers that nobody has any more but a
 * session or process group whose leader is dead (leaders) belong to it, each
 * once; a task whose parent, session or group is outside refuses it.
 */
enum kmod_room { KMOD_GIVEN, KMOD_COUNTED, KMOD_GROWN };
#define KMOD_ROOM_FIRST	1024

struct kmod_pids {
	__u32	kind, nr;
	__s32	tgid, outcome;
	__u32	room, whole;
	__u32	tasks, depth;		/* out */
	__u32	leaders, again;		/* out */
	__u64	sum;
	__u64	alloc, count, collect, free;
};

#define KMOD_HELLO	_IOWR('f', 0xc0, struct kmod_hello)
#define KMOD_DONE	_IOR('f', 0xc1, struct kmod_done)
#define KMOD_BATCH	_IOWR('f', 0xc2, struct kmod_batch)
#define KMOD_WRITE	_IOWR('f', 0xc3, struct kmod_write)
#define KMOD_TRY	_IOWR('f', 0xc4, struct kmod_try)
#define KMOD_FRAGMENT	_IOWR('f', 0xc5, struct kmod_fragment)
#define KMOD_PIDS	_IOWR('f', 0xc6, struct kmod_pids)

#ifndef __KERNEL__

/*
 * Open the device and say hello; times are what clock_ns() counts. Returns a
 * descriptor, or -errno with one line in WHY. HELLO may be NULL. Where there
 * is no module, FORKPATH_NO_MODULE in the environment is the reason.
 */
int kmod_open(struct kmod_hello *hello, char *why, unsigned long len);

/* NULL, or why the module cannot be used now. Valid until the next call. */
const char *kmod_missing(void);

/* ioctl(2), EINTR handled: 0 or -errno. */
int kmod_ask(int fd, unsigned long request, void *what);

#endif
#endif
