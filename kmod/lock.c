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
 *
 * A lock is cold once: so each turn of a cold batch makes it so, and is
 * stamped by itself. What is chilled are the lines that a reader of this lock
 * touches (the lock, its counter on this CPU, the pointer to it), and that of
 * a word that each turn counts up first, as a fork does in the structure
 * beside the lock. Another CPU that touches them adds 0 to a word of each,
 * which whoever owns the lock does not notice.
 */
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/percpu-rwsem.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/wait.h>
#ifdef CONFIG_X86
#include <asm/special_insns.h>
#endif

#include "module.h"

#define SLOW	2	/* GP_PASSED of kernel/rcu/sync.c */

#define LINE	L1_CACHE_BYTES

struct own {
	struct rw_semaphore	sem ____cacheline_aligned;
	u64			beside;		/* in the line of sem, mostly */
	u64			apart ____cacheline_aligned;
	struct rw_semaphore	*at ____cacheline_aligned;	/* of sem */
};

struct done {			/* on one CPU */
	u64	pairs, writes, chilled;
};

struct locks {
	struct done __percpu		*done;
	struct rw_semaphore		shared ____cacheline_aligned_in_smp;
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
		d->chilled += READ_ONCE(per_cpu_ptr(l->done, cpu)->chilled);
	}
}

/* Of this reader alone, on the node of whoever comes first. */
static struct own *own(struct locks *l, u32 reader)
{
	struct own *o = READ_ONCE(l->own[reader]), *old;

	if (o)
		return o;
	/* Of such a size it begins with a line, whatever the lines are. */
	o = kzalloc_node(roundup_pow_of_two(sizeof(*o)), GFP_KERNEL,
			 numa_node_id());
	if (!o)
		return NULL;
	init_rwsem(&o->sem);
	o->at = &o->sem;
	old = cmpxchg(&l->own[reader], NULL, o);
	if (!old)
		return o;
	kfree(o);
	return old;
}

/* Memory that is to be cold. */
struct pieces {
	struct piece {
		void	*at;
		size_t	len;
	}		piece[4];
	unsigned int	nr;
	struct locks	*l;
};

static void add_piece(struct pieces *p, void *at, size_t len)
{
	p->piece[p->nr++] = (struct piece){ at, len };
}

static void add_percpu(struct pieces *p, struct percpu_rw_semaphore *sem)
{
	add_piece(p, sem, sizeof(*sem));
	add_piece(p, raw_cpu_ptr(sem->read_count), sizeof(*sem->read_count));
}

/* What a reader on this CPU touches, and the word before it. */
static void find_pieces(struct pieces *p, const struct kmod_batch *b,
			struct own *o, u64 *word)
{
	p->nr = 0;
	add_piece(p, word, sizeof(*word));
	switch (b->lock) {
	case KMOD_RWSEM_OWN:
		add_piece(p, &o->sem, sizeof(o->sem));
		if (b->layout == KMOD_BEHIND)
			add_piece(p, &o->at, sizeof(o->at));
		break;
	case KMOD_RWSEM_SHARED:
		add_piece(p, &p->l->shared, sizeof(p->l->shared));
		break;
	case KMOD_PERCPU_FAST:
		add_percpu(p, &p->l->fast);
		break;
	case KMOD_SLOW_AND_OWN:
		add_piece(p, &o->sem, sizeof(o->sem));
		fallthrough;
	case KMOD_PERCPU_SLOW:
		add_percpu(p, &p->l->slow);
		break;
	}
}

#if defined(CONFIG_X86)
#define CAN_FLUSH	1
#define flush_line(at)	clflush(at)
#define flush_end()	mb()
#elif defined(CONFIG_ARM64)
#define CAN_FLUSH	1
#define flush_line(at)	asm volatile("dc civac, %0" : : "r" (at) : "memory")
#define flush_end()	dsb(sy)
#else
#define CAN_FLUSH	0
#define flush_line(at)	do { } while (0)
#define flush_end()	do { } while (0)
#endif

#define each_line(at, piece)						\
	for (at = PTR_ALIGN_DOWN((char *)(piece)->at, LINE);		\
	     at < (char *)(piece)->at + (piece)->len; at += LINE)

/* Out of every cache. */
static void flush(struct pieces *p)
{
	unsigned int i;
	char *at;

	for (i = 0; i < p->nr; i++)
		each_line(at, &p->piece[i])
			flush_line(at);
	flush_end();
	this_cpu_inc(p->l->done->chilled);
}

/* Into the cache of the CPU that this runs on, as its own. */
static void touch(void *info)
{
	struct pieces *p = info;
	unsigned int i;
	char *at;

	for (i = 0; i < p->nr; i++)
		each_line(at, &p->piece[i])
			atomic_add(0, (atomic_t *)at);
	this_cpu_inc(p->l->done->chilled);
}

static int chill(struct pieces *p, const struct kmod_batch *b)
{
	if (b->cache == KMOD_TOUCHED)
		return smp_call_function_single(b->cpu, touch, p, 1);
	if (b->cache == KMOD_FLUSHED)
		flush(p);
	return 0;
}

#define WARM(body)						\
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

#define COLD(body)						\
	do {							\
		for (i = 0; i < b->pairs && !ret; i++) {	\
			find_pieces(&p, b, o, word);		\
			ret = chill(&p, b);			\
			begin = stamp();			\
			WRITE_ONCE(*word, READ_ONCE(*word) + 1);\
			body;					\
			b->ns += stamp() - begin;		\
			done++;					\
			OPTIMIZER_HIDE_VAR(done);		\
			if (!ret && i % 64 == 63)		\
				ret = pause();			\
		}						\
	} while (0)

/* Batches of each lock, the loop around it being TURNS. */
#define BATCH(TURNS)							\
	do switch (b->lock) {						\
	case KMOD_LOOP:							\
		TURNS();						\
		break;							\
	case KMOD_RCU:							\
		TURNS(rcu_read_lock(); rcu_read_unlock());		\
		break;							\
	case KMOD_RWSEM_OWN:						\
		if (b->layout == KMOD_BEHIND)				\
			TURNS(sem = READ_ONCE(o->at); down_read(sem);	\
			      up_read(sem));				\
		else							\
			TURNS(down_read(sem); up_read(sem));		\
		break;							\
	case KMOD_RWSEM_SHARED:						\
		sem = &l->shared;					\
		TURNS(down_read(sem); up_read(sem));			\
		break;							\
	case KMOD_PERCPU_FAST:						\
		b->slow = READ_ONCE(fast->rss.gp_state) != 0;		\
		TURNS(percpu_down_read(fast); percpu_up_read(fast));	\
		break;							\
	case KMOD_PERCPU_SLOW:						\
		b->slow = READ_ONCE(slow->rss.gp_state) != 0;		\
		TURNS(percpu_down_read(slow); percpu_up_read(slow));	\
		break;							\
	case KMOD_SLOW_AND_OWN:						\
		b->slow = READ_ONCE(slow->rss.gp_state) != 0;		\
		TURNS(percpu_down_read(slow); down_read(sem);		\
		      up_read(sem); percpu_up_read(slow));		\
		break;							\
	} while (0)

static int warm_batch(struct locks *l, struct kmod_batch *b, struct own *o,
		      u32 *pairs)
{
	struct percpu_rw_semaphore *fast = &l->fast, *slow = &l->slow;
	struct rw_semaphore *sem = &o->sem;
	u32 i, done = 0;
	u64 begin;

	BATCH(WARM);
	*pairs = done;
	return pause();
}

static int cold_batch(struct locks *l, struct kmod_batch *b, struct own *o,
		      u32 *pairs)
{
	struct percpu_rw_semaphore *fast = &l->fast, *slow = &l->slow;
	struct rw_semaphore *sem = &o->sem;
	u64 *word = b->layout == KMOD_BESIDE ? &o->beside : &o->apart;
	struct pieces p = { .l = l };
	u32 i, done = 0;
	int ret = 0;
	u64 begin;

	BATCH(COLD);
	*pairs = done;
	return ret;
}

static int check_cold(const struct kmod_batch *b)
{
	if (b->pairs > KMOD_COLD_MAX)
		return -E2BIG;
	if (b->cache == KMOD_FLUSHED && !CAN_FLUSH)
		return -EOPNOTSUPP;
	if (b->cache == KMOD_TOUCHED &&
	    (b->cpu >= nr_cpu_ids || !cpu_online(b->cpu)))
		return -ENXIO;
	if (b->layout == KMOD_BESIDE &&
	    offsetof(struct own, beside) + sizeof(u64) > LINE)
		return -EOVERFLOW;
	return 0;
}

static int check_batch(const struct kmod_batch *b)
{
	if (b->lock >= KMOD_NR_LOCKS || !b->pairs || b->reserved ||
	    b->cache > KMOD_TOUCHED || b->layout > KMOD_BEHIND)
		return -EINVAL;
	/* The loop has the layout of the lock that it is taken off. */
	if (b->layout != KMOD_ALONE && b->lock != KMOD_RWSEM_OWN &&
	    b->lock != KMOD_LOOP)
		return -EINVAL;
	if (b->layout == KMOD_BESIDE && b->cache == KMOD_WARM)
		return -EINVAL;
	if (b->pairs > KMOD_PAIRS_MAX || b->reader >= KMOD_READERS_MAX)
		return -E2BIG;
	return b->cache == KMOD_WARM ? 0 : check_cold(b);
}

int locks_batch(struct locks *l, struct kmod_batch *b)
{
	int ret = check_batch(b);
	struct own *o;
	u32 pairs = 0;

	if (ret)
		return ret;
	o = own(l, b->reader);
	if (!o)
		return -ENOMEM;
	b->slow = 0;
	b->ns = 0;
	ret = b->cache == KMOD_WARM ? warm_batch(l, b, o, &pairs) :
		cold_batch(l, b, o, &pairs);
	this_cpu_add(l->done->pairs, pairs);
	b->pairs = pairs;
	return ret;
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
	struct own *o;
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
		o = own(l, w->reader);
		if (!o)
			return -ENOMEM;
		write_rwsem(l, &o->sem, w);
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
