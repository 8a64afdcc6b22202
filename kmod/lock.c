// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lock - read locks in batches, writes cut in two
 *
 * SUMMARY
 * A batch is a plain loop of lock and unlock between two clock reads: no
 * call through a pointer, nothing else inside but a count of its turns.
 * KMOD_LOOP is that loop without a lock; what it costs is to be taken off.
 *
 * DETAILS
 * What is told to have happened is counted where it happens: pairs in a
 * variable of the loop that the compiler has to keep up (it is not what the
 * loop ends by, and adds an instruction to every loop alike), writes after
 * their unlock. Each CPU has sums of its own, so readers do not meet there.
 *
 * A percpu_rwsem lets readers pass with one increment of a per-CPU counter
 * as long as its rcu_sync is idle. A writer ends that: rcu_sync_enter()
 * waits for a grace period, after which every reader takes the slow path (a
 * memory barrier, and a look at whether the writer must be woken). The fast
 * path is back a grace period after the last write.
 *
 * Forced slow is what favordynmods makes of cgroup_threadgroup_rwsem: an
 * rcu_sync_enter() that is never left. That function is not for modules, so
 * the state that it leaves behind is set by hand: state passed, count 1, and
 * a grace period waited for.
 *
 * The grace period ends in a wake-up of those who wait for the same one:
 * there a wait queue entry of ours stamps the time, which cuts a write in
 * its two parts without touching either.
 */
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/percpu-rwsem.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "module.h"

#define SLOW	2	/* GP_PASSED of kernel/rcu/sync.c */

struct own {
	struct rw_semaphore	sem;
} ____cacheline_aligned_in_smp;

struct done {			/* on one CPU */
	u64	pairs, writes;
};

struct locks {
	struct done __percpu		*done;
	struct rw_semaphore		shared;
	struct percpu_rw_semaphore	fast ____cacheline_aligned_in_smp;
	struct percpu_rw_semaphore	slow ____cacheline_aligned_in_smp;
	struct own			*own[KMOD_READERS_MAX];
};

static void force(struct percpu_rw_semaphore *sem, bool slow)
{
	WRITE_ONCE(sem->rss.gp_count, slow);
	WRITE_ONCE(sem->rss.gp_state, slow ? SLOW : 0);
	synchronize_rcu();
}

struct locks *locks_make(void)
{
	struct locks *l = kzalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return NULL;
	init_rwsem(&l->shared);
	l->done = alloc_percpu(struct done);
	if (!l->done)
		goto no_done;
	if (percpu_init_rwsem(&l->fast))
		goto no_fast;
	if (percpu_init_rwsem(&l->slow))
		goto no_slow;
	force(&l->slow, true);
	return l;
no_slow:
	percpu_free_rwsem(&l->fast);
no_fast:
	free_percpu(l->done);
no_done:
	kfree(l);
	return NULL;
}

void locks_free(struct locks *l)
{
	int i;

	if (!l)
		return;
	force(&l->slow, false);
	percpu_free_rwsem(&l->slow);
	percpu_free_rwsem(&l->fast);
	free_percpu(l->done);
	for (i = 0; i < KMOD_READERS_MAX; i++)
		kfree(l->own[i]);
	kfree(l);
}

void locks_done(struct locks *l, struct kmod_done *d)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		d->pairs += READ_ONCE(per_cpu_ptr(l->done, cpu)->pairs);
		d->writes += READ_ONCE(per_cpu_ptr(l->done, cpu)->writes);
	}
}

/* Of this reader alone, on the node of whoever comes first. */
static struct rw_semaphore *own(struct locks *l, u32 reader)
{
	struct own *o = READ_ONCE(l->own[reader]), *old;

	if (o)
		return &o->sem;
	o = kzalloc_node(sizeof(*o), GFP_KERNEL, numa_node_id());
	if (!o)
		return NULL;
	init_rwsem(&o->sem);
	old = cmpxchg(&l->own[reader], NULL, o);
	if (!old)
		return &o->sem;
	kfree(o);
	return &old->sem;
}

#define LOOP(body)						\
	do {							\
		begin = stamp();				\
		for (i = 0; i < b->pairs; i++) {		\
			body;					\
			done++;					\
			OPTIMIZER_HIDE_VAR(done);		\
			barrier();				\
		}						\
		b->ns = stamp() - begin;			\
	} while (0)

int locks_batch(struct locks *l, struct kmod_batch *b)
{
	struct percpu_rw_semaphore *fast = &l->fast, *slow = &l->slow;
	struct rw_semaphore *sem;
	u32 i, done = 0;
	u64 begin;

	if (b->lock >= KMOD_NR_LOCKS || !b->pairs)
		return -EINVAL;
	if (b->pairs > KMOD_PAIRS_MAX || b->reader >= KMOD_READERS_MAX)
		return -E2BIG;
	sem = own(l, b->reader);
	if (!sem)
		return -ENOMEM;
	b->slow = 0;
	switch (b->lock) {
	case KMOD_LOOP:
		LOOP();
		break;
	case KMOD_RCU:
		LOOP(rcu_read_lock(); rcu_read_unlock());
		break;
	case KMOD_RWSEM_OWN:
		LOOP(down_read(sem); up_read(sem));
		break;
	case KMOD_RWSEM_SHARED:
		sem = &l->shared;
		LOOP(down_read(sem); up_read(sem));
		break;
	case KMOD_PERCPU_FAST:
		b->slow = READ_ONCE(fast->rss.gp_state) != 0;
		LOOP(percpu_down_read(fast); percpu_up_read(fast));
		break;
	case KMOD_PERCPU_SLOW:
		b->slow = READ_ONCE(slow->rss.gp_state) != 0;
		LOOP(percpu_down_read(slow); percpu_up_read(slow));
		break;
	case KMOD_SLOW_AND_OWN:
		b->slow = READ_ONCE(slow->rss.gp_state) != 0;
		LOOP(percpu_down_read(slow); down_read(sem);
		     up_read(sem); percpu_up_read(slow));
		break;
	}
	this_cpu_add(l->done->pairs, done);
	b->pairs = done;
	return pause();
}

struct watch {
	struct wait_queue_entry	wait;
	u64			at;
};

static int passed(struct wait_queue_entry *wait, unsigned int mode, int sync,
		  void *key)
{
	container_of(wait, struct watch, wait)->at = stamp();
	return 0;	/* not the one who waits: wake the others, too */
}

/* Until readers are back on the fast path. */
static int window(const struct percpu_rw_semaphore *sem, u64 begin, u64 *ns)
{
	u64 limit = ktime_get_ns() + KMOD_WINDOW_NS;

	while (READ_ONCE(sem->rss.gp_state)) {
		if (ktime_get_ns() > limit)
			return -ETIME;
		if (fatal_signal_pending(current))
			return -EINTR;
		usleep_range(10, 20);
	}
	*ns = stamp() - begin;
	return 0;
}

static int write_percpu(struct locks *l, struct percpu_rw_semaphore *sem,
			struct kmod_write *w)
{
	struct watch s = { .at = 0 };
	u64 begin, locked, unlocked;

	init_waitqueue_func_entry(&s.wait, passed);
	add_wait_queue(&sem->rss.gp_wait, &s.wait);
	begin = stamp();
	percpu_down_write(sem);
	locked = stamp();
	percpu_up_write(sem);
	unlocked = stamp();
	this_cpu_inc(l->done->writes);
	remove_wait_queue(&sem->rss.gp_wait, &s.wait);
	/* Also the end of another writer's grace period, if it was ours. */
	if (s.at < begin || s.at > locked)
		s.at = begin;
	w->ns = locked - begin;
	w->grace = s.at - begin;
	w->drain = locked - s.at;
	w->unlock = unlocked - locked;
	return w->wait ? window(sem, unlocked, &w->window) : 0;
}

static void write_rwsem(struct locks *l, struct rw_semaphore *sem,
			struct kmod_write *w)
{
	u64 begin = stamp(), locked;

	down_write(sem);
	locked = stamp();
	up_write(sem);
	w->unlock = stamp() - locked;
	this_cpu_inc(l->done->writes);
	w->ns = w->drain = locked - begin;
}

int locks_write(struct locks *l, struct kmod_write *w)
{
	struct rw_semaphore *sem;
	u64 begin;

	if (w->reserved || w->wait > 1)
		return -EINVAL;
	if (w->reader >= KMOD_READERS_MAX)
		return -E2BIG;
	if (w->wait && w->lock != KMOD_PERCPU_FAST)
		return -EINVAL;
	w->ns = w->grace = w->drain = w->unlock = w->window = 0;
	switch (w->lock) {
	case KMOD_RCU:
		begin = stamp();
		synchronize_rcu();
		w->ns = w->grace = stamp() - begin;
		this_cpu_inc(l->done->writes);
		return 0;
	case KMOD_RWSEM_OWN:
	case KMOD_SLOW_AND_OWN:	/* the writer wants the group's own alone */
		sem = own(l, w->reader);
		if (!sem)
			return -ENOMEM;
		write_rwsem(l, sem, w);
		return 0;
	case KMOD_RWSEM_SHARED:
		write_rwsem(l, &l->shared, w);
		return 0;
	case KMOD_PERCPU_FAST:
		return write_percpu(l, &l->fast, w);
	case KMOD_PERCPU_SLOW:
		return write_percpu(l, &l->slow, w);
	}
	return -EINVAL;
}
