// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pids - every pid number of a tree of processes, at every level
 *
 * What a checkpoint has to write down: a process in a pid namespace nested
 * d levels deep has a number in each of them. All pids that a namespace
 * knows are looked up in its IDR under RCU, so nobody can be stopped by it;
 * numbers of levels above that namespace are none of its business.
 */
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>

#include "module.h"

/* Once over the tree; with an array, numbers are stored there. */
static int once(struct pid_namespace *ns, struct kmod_pids *p,
		struct array *a, u32 *found)
{
	struct pid *pid;
	int nr = 1, level;

	*found = 0;
	p->tasks = p->depth = 0;
	for (;; nr++) {
		rcu_read_lock();
		pid = idr_get_next(&ns->idr, &nr);
		if (!pid) {
			rcu_read_unlock();
			return 0;
		}
		if (pid_task(pid, PIDTYPE_PID)) {
			p->tasks++;
			for (level = ns->level; level <= pid->level; level++) {
				if (a && *found < p->nr)
					array_put(a, *found,
						  pid->numbers[level].nr);
				++*found;
			}
			p->depth = max_t(u32, p->depth,
					 pid->level - ns->level + 1);
		}
		rcu_read_unlock();
		if (!(p->tasks % 1024) && pause())
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

int pids_collect(struct kmod_pids *p)
{
	struct pid_namespace *ns;
	struct array *a = NULL;
	u64 begin;
	u32 found;
	int ret;

	if (p->kind != KMOD_KMALLOC && p->kind != KMOD_FLEX &&
	    p->kind != KMOD_GENRADIX)
		return -EINVAL;
	if (!p->nr || p->tgid <= 0)
		return -EINVAL;
	if (p->nr > KMOD_NR_MAX)
		return -E2BIG;
	ns = namespace_of(p->tgid);
	if (!ns)
		return -ESRCH;
	p->sum = p->alloc = p->collect = p->free = 0;
	a = array_make(p->kind, p->nr, sizeof(u64), KMOD_ANY, 0, &p->outcome,
		       &p->alloc);
	ret = p->outcome == -EINTR ? -EINTR : 0;
	if (a) {
		begin = stamp();
		ret = once(ns, p, a, &found);
		p->collect = stamp() - begin;
		if (!ret && found > p->nr)
			ret = -E2BIG;
		if (!ret)
			p->sum = sum_of(a, found);
		p->nr = found;
		begin = stamp();
		array_free(a);
		p->free = stamp() - begin;
	}
	put_pid_ns(ns);
	return ret;
}
