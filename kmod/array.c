// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * array - one array of pointers, from its allocation to its end
 *
 * SUMMARY
 * array_try() times the four lives of an array: allocate, fill, walk, free.
 * Loops over elements are made once per container by inlining, so no call
 * through a pointer is in them but those that the container itself makes.
 *
 * DETAILS
 * flex-array is built anew from what is published of the design of 2.6.31
 * to 5.0: a base page holds a header of 16 bytes (that of 3.0) and up to 510
 * pointers to parts; a part is one page of whole elements; what fits behind
 * the header needs no part. So 510 x 512 = 261,120 elements of 8 bytes are
 * the most there can be, or 510 x 170 = 86,700 of 24. The division by the
 * elements of a part is a multiplication, as from 3.0 on. All parts are
 * allocated at once (prealloc), which is what attaching a group needed. What
 * it cost its callers is in it: memory is written over with FLEX_FREE where
 * it was not asked for zeroed, every access is a call that looks whether the
 * index is in the array and whether its part is there, and an element is
 * copied by its size. One thing is not as it was: parts are asked of a node.
 *
 * two-level is the same pages without that: nothing is written before it is
 * filled, an access is inlined and checks nothing. It is a floor, and nobody
 * ever had it.
 *
 * xarray reserves its slots and list its links when it is allocated, so
 * that filling needs no memory and can be done under RCU.
 *
 * Nodes: preferred and strict (__GFP_THISNODE) reach the allocator of what
 * takes a node: kmalloc, kvmalloc, the pages of flex-array and two-level, the
 * links of list. genradix and xarray take none, vmalloc one that it only
 * prefers: these are allocated on a CPU of that node, where __GFP_THISNODE
 * means that node, and where what asks for any page gets a near one. From
 * 6.19 on vmalloc refuses that flag, so there the caller has to bind itself
 * (set_mempolicy(2)), which vmalloc heeds on any kernel. What
 * comes out of the slab may be of another node all the same: a strict array
 * that has some of that is kept aside, where nobody gets it again, while the
 * next is made, a few times over; only the last is timed. So every page that
 * holds elements is looked at, by their addresses, and `remote` counts those
 * that came from elsewhere. What points to them (page tables, inner nodes of
 * a tree) is not looked at.
 */
#include <linux/cpumask.h>
#include <linux/generic-radix-tree.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "module.h"

#define STRIDE	4096	/* elements between two looks at the clock on the wall */
#define FLEX_FREE 0x6c	/* what nobody has written yet */
#define ASIDE	4	/* arrays that are made to get one of one node */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define NOT_OF_VMALLOC __GFP_THISNODE
#else
#define NOT_OF_VMALLOC 0
#endif

#ifdef GENRADIX_NODE_SIZE
#define RADIX_NODE GENRADIX_NODE_SIZE
#else
#define RADIX_NODE PAGE_SIZE
#endif

struct triple {
	u64	word[3];
};

struct flex {
	u32	size, nr, per_part, reciprocal;
	void	*part[];
};

#define FLEX_ROOM	(PAGE_SIZE - sizeof(struct flex))
#define FLEX_PARTS	(FLEX_ROOM / sizeof(void *))

struct link {
	struct list_head	list;
	u64			value;
};

struct array {
	u32			kind, size, nr;
	void			*flat;
	struct flex		*flex;
	GENRADIX(u64)		radix;
	GENRADIX(struct triple)	radix3;
	struct xarray		xa;
	struct list_head	links;
	struct link		*at;		/* where filling or walking is */
};

/* --- elements ------------------------------------------------------------ */

static __always_inline void *flat_slot(struct array *a, u32 i)
{
	return a->flat + (size_t)i * a->size;
}

static __always_inline bool flex_fits(const struct flex *f)
{
	return (size_t)f->nr * f->size <= FLEX_ROOM;
}

static __always_inline u32 flex_nr(const struct flex *f, u32 i)
{
	return (u64)i * f->reciprocal >> 32;
}

static __always_inline void *two_slot(struct array *a, u32 i)
{
	struct flex *f = a->flex;
	u32 part;

	if (flex_fits(f))
		return (void *)f->part + i * f->size;
	part = flex_nr(f, i);
	return f->part[part] + (i - part * f->per_part) * f->size;
}

/* The part, made now if it is not there yet. */
static noinline void *flex_part(struct flex *f, u32 nr, gfp_t gfp, int node)
{
	void *part = f->part[nr];

	if (part)
		return part;
	part = kmalloc_node(PAGE_SIZE, gfp, node);
	if (!part)
		return NULL;
	if (!(gfp & __GFP_ZERO))
		memset(part, FLEX_FREE, PAGE_SIZE);
	f->part[nr] = part;
	return part;
}

/* Not inlined, for it was a function of another file. */
static noinline int flex_put(struct flex *f, u32 i, const void *from, gfp_t gfp)
{
	void *part = f->part;
	u32 nr = 0;

	if (i >= f->nr)
		return -ENOSPC;
	if (!f->size)
		return 0;
	if (!flex_fits(f)) {
		nr = flex_nr(f, i);
		part = flex_part(f, nr, gfp, NUMA_NO_NODE);
		if (!part)
			return -ENOMEM;
	}
	memcpy(part + (i - nr * f->per_part) * f->size, from, f->size);
	return 0;
}

static noinline void *flex_get(struct flex *f, u32 i)
{
	void *part = f->part;
	u32 nr = 0;

	if (!f->size || i >= f->nr)
		return NULL;
	if (!flex_fits(f)) {
		nr = flex_nr(f, i);
		part = f->part[nr];
		if (!part)
			return NULL;
	}
	return part + (i - nr * f->per_part) * f->size;
}

static __always_inline void *radix_slot(struct array *a, u32 i)
{
	if (a->size == sizeof(u64))
		return genradix_ptr(&a->radix, i);
	return genradix_ptr(&a->radix3, i);
}

static __always_inline void store(struct array *a, u64 *slot, u64 value)
{
	slot[0] = value;
	if (a->size == sizeof(struct triple))
		slot[1] = slot[2] = value;
}

static __always_inline void put_flat(struct array *a, u32 i, u64 value)
{
	store(a, flat_slot(a, i), value);
}

/* What is not stored is not in the sum that is read back. */
static __always_inline void put_flex(struct array *a, u32 i, u64 value)
{
	struct triple t;

	store(a, t.word, value);
	flex_put(a->flex, i, &t, GFP_NOWAIT);
}

static __always_inline void put_two(struct array *a, u32 i, u64 value)
{
	store(a, two_slot(a, i), value);
}

static __always_inline void put_radix(struct array *a, u32 i, u64 value)
{
	store(a, radix_slot(a, i), value);
}

static __always_inline void put_xa(struct array *a, u32 i, u64 value)
{
	xa_store(&a->xa, i, (void *)(unsigned long)value, GFP_NOWAIT);
}

static __always_inline void put_list(struct array *a, u32 i, u64 value)
{
	a->at->value = value;
	a->at = list_next_entry(a->at, list);
}

static __always_inline u64 get_flat(struct array *a, u32 i)
{
	return *(u64 *)flat_slot(a, i);
}

static __always_inline u64 get_flex(struct array *a, u32 i)
{
	u64 *slot = flex_get(a->flex, i);

	return slot ? *slot : 0;
}

static __always_inline u64 get_two(struct array *a, u32 i)
{
	return *(u64 *)two_slot(a, i);
}

static __always_inline u64 get_radix(struct array *a, u32 i)
{
	return *(u64 *)radix_slot(a, i);
}

static __always_inline u64 get_xa(struct array *a, u32 i)
{
	return (unsigned long)xa_load(&a->xa, i);
}

static __always_inline u64 get_list(struct array *a, u32 i)
{
	u64 value = a->at->value;

	a->at = list_next_entry(a->at, list);
	return value;
}

/* --- loops over all of them ---------------------------------------------- */

typedef void (*put_fn)(struct array *a, u32 i, u64 value);
typedef u64 (*get_fn)(struct array *a, u32 i);

/* What a task pointer looks like: aligned, no two alike. */
static __always_inline u64 synthetic(u32 i)
{
	return PAGE_OFFSET + ((u64)i << 6);
}

static __always_inline int fill_with(struct array *a, u64 *sum, put_fn put)
{
	u32 i;

	for (i = 0; i < a->nr; i++) {
		if (!(i % STRIDE) && pause())
			return -EINTR;
		put(a, i, synthetic(i));
		*sum += synthetic(i);
	}
	return 0;
}

static __always_inline int fill_tasks_with(struct array *a, u64 *sum,
					   struct task_struct *leader,
					   put_fn put)
{
	struct task_struct *t;
	u32 i = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(t, &leader->signal->thread_head, thread_node) {
		if (i == a->nr)
			break;
		get_task_struct(t);
		put(a, i++, (unsigned long)t);
		*sum += (unsigned long)t;
	}
	rcu_read_unlock();
	a->nr = i;
	return 0;
}

static __always_inline int walk_with(struct array *a, u64 *sum, get_fn get)
{
	u32 i;

	for (i = 0; i < a->nr; i++) {
		if (!(i % STRIDE) && pause())
			return -EINTR;
		*sum += get(a, i);
	}
	return 0;
}

static __always_inline void drop_with(struct array *a, get_fn get)
{
	u32 i;

	for (i = 0; i < a->nr; i++) {
		if (!(i % STRIDE))
			cond_resched();
		put_task_struct((void *)(unsigned long)get(a, i));
	}
}

/* CALL with the suffix of this array's container. */
#define BY_KIND(a, CALL)				\
	do {						\
		switch ((a)->kind) {			\
		case KMOD_FLEX:				\
			CALL(flex); break;		\
		case KMOD_TWO_LEVEL:			\
			CALL(two); break;		\
		case KMOD_GENRADIX:			\
			CALL(radix); break;		\
		case KMOD_XARRAY:			\
			CALL(xa); break;		\
		case KMOD_LIST:				\
			CALL(list); break;		\
		default:				\
			CALL(flat);			\
		}					\
	} while (0)

static void rewind(struct array *a)
{
	if (a->kind == KMOD_LIST)
		a->at = list_first_entry(&a->links, struct link, list);
}

static int fill(struct array *a, struct task_struct *leader, u64 *sum)
{
	int ret;

	rewind(a);
#define FILL(kind)	ret = fill_with(a, sum, put_##kind)
#define FILL_TASKS(kind) ret = fill_tasks_with(a, sum, leader, put_##kind)
	if (leader)
		BY_KIND(a, FILL_TASKS);
	else
		BY_KIND(a, FILL);
	return ret;
}

static int walk(struct array *a, u64 *sum)
{
	int ret;

	rewind(a);
#define WALK(kind)	ret = walk_with(a, sum, get_##kind)
	BY_KIND(a, WALK);
	return ret;
}

static void drop(struct array *a)
{
	rewind(a);
#define DROP(kind)	drop_with(a, get_##kind)
	BY_KIND(a, DROP);
}

void array_put(struct array *a, u32 i, u64 value)
{
#define PUT(kind)	put_##kind(a, i, value)
	BY_KIND(a, PUT);
}

u64 array_get(struct array *a, u32 i)
{
	u64 value;

#define GET(kind)	value = get_##kind(a, i)
	BY_KIND(a, GET);
	return value;
}

/* --- memory -------------------------------------------------------------- */

static int flex_make(struct array *a, gfp_t gfp, int node)
{
	u32 per_part = PAGE_SIZE / a->size, i;
	struct flex *f;

	if (a->nr > FLEX_PARTS * per_part)
		return -ENOMEM;		/* as its callers had it */
	f = kzalloc_node(PAGE_SIZE, gfp, node);
	if (!f)
		return -ENOMEM;
	a->flex = f;
	f->size = a->size;
	f->nr = a->nr;
	f->per_part = per_part;
	f->reciprocal = ((1ull << 32) + per_part - 1) / per_part;
	if (flex_fits(f)) {
		if (a->kind == KMOD_FLEX)
			memset(f->part, FLEX_FREE, FLEX_ROOM);
		return 0;
	}
	for (i = 0; i < DIV_ROUND_UP(a->nr, per_part); i++) {
		if (pause())
			return -EINTR;
		if (a->kind == KMOD_FLEX)
			flex_part(f, i, gfp, node);
		else
			f->part[i] = kmalloc_node(PAGE_SIZE, gfp, node);
		if (!f->part[i])
			return -ENOMEM;
	}
	return 0;
}

static void flex_free(struct flex *f)
{
	u32 i;

	if (f && !flex_fits(f))
		for (i = 0; i < FLEX_PARTS; i++)
			kfree(f->part[i]);
	kfree(f);
}

static int xa_make(struct array *a, gfp_t gfp)
{
	u32 i;

	for (i = 0; i < a->nr; i++) {
		if (!(i % STRIDE) && pause())
			return -EINTR;
		if (xa_reserve(&a->xa, i, gfp))
			return -ENOMEM;
	}
	return 0;
}

static int list_make(struct array *a, gfp_t gfp, int node)
{
	struct link *l;
	u32 i;

	for (i = 0; i < a->nr; i++) {
		if (!(i % STRIDE) && pause())
			return -EINTR;
		l = kmalloc_node(sizeof(*l), gfp, node);
		if (!l)
			return -ENOMEM;
		list_add_tail(&l->list, &a->links);
	}
	return 0;
}

static void list_free(struct array *a)
{
	struct link *l, *next;

	list_for_each_entry_safe(l, next, &a->links, list)
		kfree(l);
}

void array_free(struct array *a)
{
	if (!a)
		return;
	kvfree(a->flat);
	flex_free(a->flex);
	genradix_free(&a->radix);
	genradix_free(&a->radix3);
	xa_destroy(&a->xa);
	list_free(a);
	kfree(a);
}

static int flat(struct array *a, void *p)
{
	a->flat = p;
	return p ? 0 : -ENOMEM;
}

static int make(struct array *a, u32 policy, int node)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	size_t bytes = (size_t)a->nr * a->size;

	if (policy == KMOD_ANY)
		node = NUMA_NO_NODE;
	else if (policy == KMOD_STRICT)
		gfp |= __GFP_THISNODE;
	switch (a->kind) {
	case KMOD_KMALLOC:
		return flat(a, kmalloc_node(bytes, gfp, node));
	case KMOD_KMALLOC_NORETRY:
		return flat(a, kmalloc_node(bytes, gfp | __GFP_NORETRY, node));
	case KMOD_KVMALLOC:
		return flat(a, kvmalloc_node(bytes, gfp, node));
	case KMOD_VMALLOC:
		if (policy == KMOD_PREFERRED)
			return flat(a, vmalloc_node(bytes, node));
		return flat(a, __vmalloc(bytes, gfp & ~NOT_OF_VMALLOC));
	case KMOD_FLEX:
	case KMOD_TWO_LEVEL:
		return flex_make(a, gfp, node);
	case KMOD_GENRADIX:
		return a->size == sizeof(u64) ?
			genradix_prealloc(&a->radix, a->nr, gfp) :
			genradix_prealloc(&a->radix3, a->nr, gfp);
	case KMOD_XARRAY:
		return xa_make(a, gfp);
	case KMOD_LIST:
		return list_make(a, gfp, node);
	}
	return -EINVAL;
}

/* Must the caller be on that node, or would the allocator never know it? */
static bool takes_no_node(u32 kind, u32 policy)
{
	if (kind == KMOD_VMALLOC)
		return policy == KMOD_STRICT;
	return policy != KMOD_ANY &&
		(kind == KMOD_GENRADIX || kind == KMOD_XARRAY);
}

/* make(), and how long that took, on a CPU of the node; then back. */
static int make_there(struct array *a, u32 policy, int node, u64 *ns)
{
	cpumask_var_t old;
	u64 begin;
	int ret;

	if (!alloc_cpumask_var(&old, GFP_KERNEL))
		return -ENOMEM;
	cpumask_copy(old, current->cpus_ptr);
	ret = set_cpus_allowed_ptr(current, cpumask_of_node(node)) ?
		-ENODEV : 0;
	if (!ret) {
		begin = stamp();
		ret = make(a, policy, node);
		*ns = stamp() - begin;
		set_cpus_allowed_ptr(current, old);
	}
	free_cpumask_var(old);
	return ret;
}

/*
 * NULL with -EINTR, -ENOMEM or -ENODEV in OUTCOME; what was allocated is
 * free. NS: how long the answer took.
 */
struct array *array_make(u32 kind, u32 nr, u32 size, u32 policy, int node,
			 int *outcome, u64 *ns)
{
	struct array *a = kzalloc(sizeof(*a), GFP_KERNEL);
	u64 begin;

	*outcome = -ENOMEM;
	if (!a)
		return NULL;
	a->kind = kind;
	a->nr = nr;
	a->size = size;
	genradix_init(&a->radix);
	genradix_init(&a->radix3);
	xa_init(&a->xa);
	INIT_LIST_HEAD(&a->links);
	if (takes_no_node(kind, policy)) {
		*outcome = make_there(a, policy, node, ns);
	} else {
		begin = stamp();
		*outcome = make(a, policy, node);
		*ns = stamp() - begin;
	}
	if (!*outcome)
		return a;
	array_free(a);
	return NULL;
}

/*
 * Room for NR elements, and those that are in it stay: a new block and a copy,
 * or some parts more. 0 or -ENOMEM, and nothing has changed.
 */
int array_grow(struct array *a, u32 nr)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	struct flex *f = a->flex;
	void *larger;
	u32 i;

	switch (a->kind) {
	case KMOD_KMALLOC:
		larger = kmalloc((size_t)nr * a->size, gfp);
		if (!larger)
			return -ENOMEM;
		memcpy(larger, a->flat, (size_t)a->nr * a->size);
		kfree(a->flat);
		a->flat = larger;
		break;
	case KMOD_FLEX:
		if (flex_fits(f) || nr > FLEX_PARTS * f->per_part)
			return -ENOMEM;
		for (i = 0; i < DIV_ROUND_UP(nr, f->per_part); i++)
			if (!flex_part(f, i, gfp, NUMA_NO_NODE))
				return -ENOMEM;
		f->nr = nr;
		break;
	case KMOD_GENRADIX:
		if (a->size != sizeof(u64) ||
		    genradix_prealloc(&a->radix, nr, gfp))
			return -ENOMEM;
		break;
	default:
		return -ENOMEM;
	}
	a->nr = nr;
	return 0;
}

/* Order of the largest block without which there is no such array. */
static int order_of(const struct kmod_try *t)
{
	switch (t->kind) {
	case KMOD_KMALLOC:
	case KMOD_KMALLOC_NORETRY:
		return get_order((unsigned long)t->nr * t->size);
	default:
		return 0;
	}
}

/* Of element I; NULL: it needs no memory of its own. */
static struct page *page_of(struct array *a, u32 i)
{
	XA_STATE(xas, &a->xa, i);
	void *p;

	switch (a->kind) {
	case KMOD_FLEX:
	case KMOD_TWO_LEVEL:
		p = two_slot(a, i);
		break;
	case KMOD_GENRADIX:
		p = radix_slot(a, i);
		break;
	case KMOD_XARRAY:
		rcu_read_lock();
		xas_load(&xas);
		rcu_read_unlock();
		p = xas.xa_node;
		break;
	case KMOD_LIST:
		p = a->at;
		a->at = list_next_entry(a->at, list);
		break;
	default:
		p = flat_slot(a, i);
	}
	if (!p)
		return NULL;
	return is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p);
}

/* How many elements lie beside each other for sure. */
static u32 together(const struct array *a)
{
	switch (a->kind) {
	case KMOD_GENRADIX:
		return RADIX_NODE / a->size;
	case KMOD_XARRAY:
		return XA_CHUNK_SIZE;
	case KMOD_LIST:
		return 1;
	default:
		return PAGE_SIZE / a->size;
	}
}

static void look(struct array *a, struct kmod_try *t, int node)
{
	u32 i, step = together(a);
	struct page *page;

	t->pages = t->remote = 0;
	rewind(a);
	for (i = 0; i < a->nr; i += step) {
		if (!(i % STRIDE))
			cond_resched();
		page = page_of(a, i);
		if (!page)
			continue;
		t->pages++;
		t->remote += page_to_nid(page) != node;
	}
}

static int check(const struct kmod_try *t)
{
	u64 bytes = (u64)t->nr * t->size;
	struct sysinfo info;
	int ret;

	if (t->kind >= KMOD_NR_ARRAYS || t->policy > KMOD_STRICT ||
	    t->mop > 1 || t->reserved || t->tgid < 0 || !t->nr ||
	    (t->size != sizeof(u64) && t->size != sizeof(struct triple)))
		return -EINVAL;
	/* These hold a pointer each, nothing else. */
	if ((t->kind == KMOD_XARRAY || t->kind == KMOD_LIST) &&
	    t->size != sizeof(u64))
		return -EINVAL;
	if (t->nr > KMOD_NR_MAX || bytes > KMOD_BYTES_MAX)
		return -E2BIG;
	ret = t->policy == KMOD_ANY ? 0 : node_check(t->node);
	if (ret)
		return ret;
	if (t->kind == KMOD_LIST)
		bytes = (u64)t->nr * roundup_pow_of_two(sizeof(struct link));
	si_meminfo(&info);
	return bytes / info.mem_unit > info.freeram / 4 ? -ENOSPC : 0;
}

/* The array that is asked for, from nowhere else if that can be had. */
static struct array *make_of(struct kmod_try *t, int node)
{
	bool bound = t->policy == KMOD_STRICT &&
		takes_no_node(t->kind, t->policy);
	struct array *a, *aside[ASIDE];
	int nr = 0;

	for (;;) {
		a = array_make(t->kind, t->nr, t->size, t->policy, t->node,
			       &t->outcome, &t->alloc);
		if (!a)
			break;
		look(a, t, node);
		if (!bound || !t->remote || nr == ASIDE || check(t))
			break;
		aside[nr++] = a;
	}
	while (nr)
		array_free(aside[--nr]);
	return a;
}

static int try(struct kmod_try *t, struct task_struct *leader)
{
	int node = t->policy == KMOD_ANY ? numa_node_id() : t->node, ret;
	u64 begin, put = 0, got = 0;
	struct array *a = make_of(t, node);

	if (!a)
		return t->outcome == -ENOMEM ? 0 : t->outcome;
	begin = stamp();
	ret = fill(a, leader, &put);
	t->fill = stamp() - begin;
	if (ret)
		goto out;
	begin = stamp();
	ret = walk(a, &got);
	t->walk = stamp() - begin;
	if (!ret && put != got)
		ret = -EIO;
	t->nr = a->nr;
out:
	begin = stamp();
	if (leader)
		drop(a);
	array_free(a);
	t->free = stamp() - begin;
	return ret;
}

int array_try(struct fragments *f, struct kmod_try *t)
{
	struct task_struct *leader = NULL;
	struct pid *pid;
	int ret = check(t);

	if (ret)
		return ret;
	if (t->tgid) {
		pid = find_get_pid(t->tgid);
		leader = get_pid_task(pid, PIDTYPE_TGID);
		put_pid(pid);
		if (!leader)
			return -ESRCH;
		t->nr = min_t(u32, t->nr, get_nr_threads(leader));
	}
	t->order = order_of(t);
	t->alloc = t->fill = t->walk = t->free = 0;
	t->pages = t->remote = 0;
	ret = t->mop ? fragments_mop(f) : 0;
	if (!ret)
		ret = try(t, leader);
	if (leader)
		put_task_struct(leader);
	return ret;
}
