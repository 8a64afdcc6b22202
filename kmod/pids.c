// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pids - every pid number of a tree of processes, at every level
 *
 * What a checkpoint has to write down: a process in a pid namespace nested
 * d levels deep has a number in each of them. All pids that a namespace
 * knows are looked up in its IDR under RCU, so nobody can be stopped by it;
 * numbers of levels above that namespace are none of its business. A number
 * that a process shares with its session and its group is one struct pid, so
 * it is there once; that of a leader who is dead is there as long as one of
 * them lives.
 */
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>

#include "module.h"

#define TRIES	8

struct found {
	u32	nr, tasks, leaders, depth;
};

/* Is somebody or something that T belongs to not in the tree of NS? */
static bool apart(struct task_struct *t, struct pid_namespace *ns)
{
	if (!task_pgrp_nr_ns(t, ns) || !task_session_nr_ns(t, ns))
		return true;
	return t->group_leader != ns->child_reaper &&
		!task_tgid_nr_ns(rcu_dereference(t->real_parent), ns);
}

/* A number of the dead: it is kept as that of a group or a session. */
static bool leads(struct pid *pid)
{
	return pid_task(pid, PIDTYPE_PGID) || pid_task(pid, PIDTYPE_SID);
}

/* PID, under RCU: its numbers, what it is. 0, -EXDEV; 1: it is nobody's. */
static __always_inline int take(struct pid *pid, struct pid_namespace *ns,
				bool whole, struct array *a, u32 room,
				struct found *f)
{
	struct task_struct *t = pid_task(pid, PIDTYPE_PID);
	int level;

	if (!t && !(whole && leads(pid)))
		return 1;
	if (t && whole && apart(t, ns))
		return -EXDEV;
	if (t)
		f->tasks++;
	else
		f->leaders++;
	for (level = ns->level; level <= pid->level; level++) {
		if (a && f->nr < room)
			array_put(a, f->nr, pid->numbers[level].nr);
		f->nr++;
	}
	f->depth = max_t(u32, f->depth, pid->level - ns->level + 1);
	return 0;
}

/*
 * Once over the tree; with an array, numbers are stored there. ROOM: of the
 * array; GROWS: it is made larger before it is full.
 */
static __always_inline int once(struct pid_namespace *ns, bool whole,
				struct array *a, u32 room, bool grows,
				struct found *f)
{
	struct pid *pid;
	int nr = 1, ret;

	*f = (struct found){ };
	for (;; nr++) {
		if (grows && f->nr + KMOD_LEVELS_MAX + 1 > room) {
			room = min_t(u32, 2 * room, KMOD_NR_MAX);
			if (f->nr + KMOD_LEVELS_MAX + 1 > room)
				return -E2BIG;
			ret = array_grow(a, room);
			if (ret)
				return ret;
		}
		rcu_read_lock();
		pid = idr_get_next(&ns->idr, &nr);
		if (!pid) {
			rcu_read_unlock();
			return 0;
		}
		ret = take(pid, ns, whole, a, room, f);
		rcu_read_unlock();
		if (ret < 0)
			return ret;
		if (!(f->tasks % 1024) && pause())
			return -EINTR;
	}
}

/* What has arrived, not what was sent. */
static u64 sum_of(struct array *a, u32 nr)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!(i % 4096))
			cond_resched();
		sum += array_get(a, i);
	}
	return sum;
}

static struct pid_namespace *namespace_of(int tgid)
{
	struct pid *pid = find_get_pid(tgid);
	struct task_struct *t = get_pid_task(pid, PIDTYPE_TGID);
	struct pid_namespace *ns = NULL;

	put_pid(pid);
	if (!t)
		return NULL;
	rcu_read_lock();
	ns = task_active_pid_ns(t);
	if (ns)
		get_pid_ns(ns);
	rcu_read_unlock();
	put_task_struct(t);
	return ns;
}

/* One try. 0, -errno; 1: there is not room enough. */
static int collect(struct pid_namespace *ns, struct kmod_pids *p)
{
	struct found f = { };
	struct array *a;
	u64 begin;
	int ret = 0;

	if (p->room == KMOD_COUNTED) {
		begin = stamp();
		ret = once(ns, p->whole, NULL, 0, false, &f);
		p->count += stamp() - begin;
		p->nr = f.nr;
	}
	if (ret)
		return ret;
	a = array_make(p->kind, p->nr, sizeof(u64), KMOD_ANY, 0, &p->outcome,
		       &p->alloc);
	if (!a)
		return p->outcome == -EINTR ? -EINTR : 0;
	begin = stamp();
	if (p->room == KMOD_GROWN)
		ret = once(ns, p->whole, a, p->nr, true, &f);
	else if (p->whole)
		ret = once(ns, true, a, p->nr, false, &f);
	else
		ret = once(ns, false, a, p->nr, false, &f);
	p->collect = stamp() - begin;
	if (ret == -ENOMEM) {
		p->outcome = ret;	/* it could not grow: a result */
		ret = 0;
	} else if (!ret && p->room != KMOD_GROWN && f.nr > p->nr) {
		ret = 1;
	} else if (!ret) {
		p->sum = sum_of(a, f.nr);
	}
	p->nr = f.nr;
	p->tasks = f.tasks;
	p->leaders = f.leaders;
	p->depth = f.depth;
	begin = stamp();
	array_free(a);
	p->free = stamp() - begin;
	return ret;
}

int pids_collect(struct kmod_pids *p)
{
	struct pid_namespace *ns;
	int ret;

	if (p->kind != KMOD_KMALLOC && p->kind != KMOD_FLEX &&
	    p->kind != KMOD_GENRADIX)
		return -EINVAL;
	if (p->tgid <= 0 || p->room > KMOD_GROWN || p->whole > 1 ||
	    !p->nr != (p->room != KMOD_GIVEN))
		return -EINVAL;
	if (p->nr > KMOD_NR_MAX)
		return -E2BIG;
	ns = namespace_of(p->tgid);
	if (!ns)
		return -ESRCH;
	p->sum = p->alloc = p->count = p->collect = p->free = 0;
	for (p->again = 0; ; p->again++) {
		if (p->room == KMOD_GROWN)
			p->nr = KMOD_ROOM_FIRST;
		ret = collect(ns, p);
		if (ret <= 0)
			break;
		ret = p->room == KMOD_GIVEN ? -E2BIG : -EAGAIN;
		if (p->room == KMOD_GIVEN || p->again == TRIES || pause())
			break;
	}
	put_pid_ns(ns);
	return ret;
}
