// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fragment - leave a node no free block of an order, and hold it there
 *
 * SUMMARY
 * Every free block of 2^order pages and more is taken whole, split into
 * pages, and all of each aligned 2^order pages given back but the first. Those
 * are kernel pages, which compaction cannot move: a block of that order
 * cannot come together again while they are held. Between 50 % (order 1) and
 * 99.9 % (order 10) of the memory stays free.
 *
 * Degrees: with `leave` P, blocks of 2^order pages are taken one by one, and
 * each is given back whole with a probability of P in a hundred, once all
 * are known. Which ones follows from their place and a seed, so that those
 * that are free lie beside each other as chance has it, and make larger
 * blocks so often.
 *
 * DETAILS
 * Blocks are taken on this node alone (__GFP_THISNODE), which never calls
 * the OOM killer; as the node's memory is never gone, nothing else feels
 * it. The last blocks are asked for like kmalloc(GFP_KERNEL) asks, so what
 * compaction could still make for a try has been made and taken. Later on
 * other owners free pages beside each other: a mop takes those blocks too,
 * before each try. Where blocks are left, a mop takes only what is more than
 * there was; which of them it takes is the allocator's choice.
 *
 * Blocks that wait to be given back are out of everybody's reach meanwhile,
 * down to the reserve: what is not taken for its sake stays whole, too.
 * Blocks of order 3 and less, and those of a huge page, may lie in lists of
 * the CPUs afterwards instead of where they could be joined.
 *
 * Kept pages are noted in pages of the same node. Memory goes back when the
 * descriptor is closed, when nothing was asked of it for `hold` seconds,
 * and on the first sign of the OOM killer, unless a lab wants to see it.
 */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "module.h"

#ifdef NR_PAGE_ORDERS
#define ORDERS NR_PAGE_ORDERS
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define ORDERS (MAX_ORDER + 1)
#else
#define ORDERS MAX_ORDER
#endif

#define TAKE	(GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN)

struct book {			/* one page */
	struct book	*next;
	u64		nr;
	struct page	*page[PAGE_SIZE / sizeof(void *) - 2];
};

struct held {			/* of one node */
	unsigned int	order;	/* 0: nothing */
	unsigned int	leave, seed;
	u64		reserve, pages;
	u64		target;	/* of blocks that are left */
	struct book	*books, *whole;
};

struct fragments {
	struct mutex		lock;
	bool			lab, keep, let_go;
	unsigned int		hold;		/* seconds */
	struct delayed_work	watchdog;
	struct notifier_block	oom;
	struct held		node[MAX_NUMNODES];
};

static u64 free_pages_of(int node)
{
	pg_data_t *pgdat = NODE_DATA(node);
	u64 sum = 0;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		sum += zone_page_state(&pgdat->node_zones[i], NR_FREE_PAGES);
	return sum;
}

/* Free blocks of 2^order pages, larger ones as so many of them. */
static u64 blocks_of(int node, unsigned int order)
{
	pg_data_t *pgdat = NODE_DATA(node);
	unsigned int o;
	u64 sum = 0;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		for (o = order; o < ORDERS; o++)
			sum += (u64)READ_ONCE(pgdat->node_zones[i].
					      free_area[o].nr_free) <<
				(o - order);
	return sum;
}

/* Notes PAGE in BOOKS, or fails for want of a page to note it in. */
static int note(struct held *h, struct book **books, int node,
		struct page *page)
{
	struct book *b = *books;

	if (!b || b->nr == ARRAY_SIZE(b->page)) {
		struct page *fresh = alloc_pages_node(node, TAKE | __GFP_NORETRY,
						      0);

		if (!fresh)
			return -ENOMEM;
		b = page_address(fresh);
		b->next = *books;
		b->nr = 0;
		*books = b;
		h->pages++;
	}
	b->page[b->nr++] = page;
	h->pages++;
	return 0;
}

/* A block of ORDER or more: one page of each 2^h->order stays. */
static int thin(struct held *h, int node, struct page *page,
		unsigned int order)
{
	unsigned long i, step = 1ul << h->order;
	int ret = 0;

	split_page(page, order);
	for (i = 0; i < 1ul << order; i++)
		if (i % step || note(h, &h->books, node, page + i)) {
			if (!(i % step))
				ret = -ENOMEM;
			__free_page(page + i);
		}
	return ret;
}

/* 0 when nothing more is to be had or the reserve is reached. */
static int take(struct fragments *f, int node)
{
	struct held *h = &f->node[node];
	unsigned int order = ORDERS - 1;
	gfp_t gfp = TAKE | __GFP_NORETRY;

	while (free_pages_of(node) >= h->reserve + (1ull << order)) {
		struct page *page;

		if (pause())
			return -EINTR;
		if (READ_ONCE(f->let_go))
			return -ENOMEM;
		page = alloc_pages_node(node, gfp, order);
		if (page) {
			int ret = thin(h, node, page, order);

			if (ret)
				return ret;
		} else if (order > h->order) {
			order--;
		} else if (gfp != TAKE) {
			gfp = TAKE;	/* now as hard as a try does */
		} else {
			return 0;
		}
	}
	return 0;
}

static void give_back(struct held *h, struct book **books, unsigned int order)
{
	while (*books) {
		struct book *b = *books;
		u64 i;

		*books = b->next;
		for (i = 0; i < b->nr; i++)
			__free_pages(b->page[i], order);
		h->pages -= b->nr + 1;
		free_page((unsigned long)b);
		cond_resched();
	}
}

static void let_go_of(struct held *h)
{
	give_back(h, &h->whole, h->order);
	give_back(h, &h->books, 0);
	h->order = 0;
}

static bool is_left(const struct held *h, struct page *page)
{
	u64 place = page_to_pfn(page) >> h->order;

	return jhash_2words(place, h->seed, place >> 32) % 100 < h->leave;
}

/* One by one; what is left waits until all are known. */
static int spread(struct fragments *f, int node)
{
	struct held *h = &f->node[node];
	gfp_t gfp = TAKE | __GFP_NORETRY;
	int ret = 0;

	while (!ret && free_pages_of(node) >= h->reserve + (1ull << h->order)) {
		struct page *page;

		if (pause())
			return -EINTR;
		if (READ_ONCE(f->let_go))
			return -ENOMEM;
		page = alloc_pages_node(node, gfp, h->order);
		if (!page && gfp == TAKE)
			break;
		if (!page) {
			gfp = TAKE;
		} else if (!is_left(h, page)) {
			ret = thin(h, node, page, h->order);
		} else {
			ret = note(h, &h->whole, node, page);
			if (ret)
				__free_pages(page, h->order);
		}
	}
	give_back(h, &h->whole, h->order);
	h->target = blocks_of(node, h->order);
	return ret;
}

/* Until there are no more than were left. */
static int level(struct fragments *f, int node)
{
	struct held *h = &f->node[node];
	int ret = 0;

	while (!ret && blocks_of(node, h->order) > h->target) {
		struct page *page = alloc_pages_node(node, TAKE | __GFP_NORETRY,
						     h->order);

		if (pause())
			ret = -EINTR;
		if (!page)
			break;
		if (ret)
			__free_pages(page, h->order);
		else
			ret = thin(h, node, page, h->order);
	}
	return ret;
}

static void let_go(struct fragments *f)
{
	int node;

	for (node = 0; node < MAX_NUMNODES; node++)
		let_go_of(&f->node[node]);
	WRITE_ONCE(f->let_go, false);
}

static void bark(struct work_struct *work)
{
	struct fragments *f = container_of(to_delayed_work(work),
					   struct fragments, watchdog);

	mutex_lock(&f->lock);
	let_go(f);
	mutex_unlock(&f->lock);
}

/* Whoever takes at this moment holds the lock, and looks at let_go. */
static int on_oom(struct notifier_block *nb, unsigned long unused, void *freed)
{
	struct fragments *f = container_of(nb, struct fragments, oom);

	if (READ_ONCE(f->keep))
		return NOTIFY_OK;
	WRITE_ONCE(f->let_go, true);
	if (mutex_trylock(&f->lock)) {
		*(unsigned long *)freed += fragments_held(f);
		let_go(f);
		mutex_unlock(&f->lock);
	}
	return NOTIFY_OK;
}

struct fragments *fragments_make(bool lab)
{
	struct fragments *f = kvzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return NULL;
	mutex_init(&f->lock);
	f->lab = lab;
	INIT_DELAYED_WORK(&f->watchdog, bark);
	f->oom.notifier_call = on_oom;
	if (register_oom_notifier(&f->oom)) {
		kvfree(f);
		return NULL;
	}
	return f;
}

void fragments_free(struct fragments *f)
{
	if (!f)
		return;
	unregister_oom_notifier(&f->oom);
	cancel_delayed_work_sync(&f->watchdog);
	let_go(f);
	kvfree(f);
}

u64 fragments_held(struct fragments *f)
{
	u64 sum = 0;
	int node;

	for (node = 0; node < MAX_NUMNODES; node++)
		sum += READ_ONCE(f->node[node].pages);
	return sum;
}

/* Is there another node with memory that is whole? */
static bool is_last(const struct fragments *f, int node)
{
	int other;

	for_each_node_state(other, N_MEMORY)
		if (other != node && !f->node[other].order)
			return false;
	return true;
}

static void wake(struct fragments *f)
{
	mod_delayed_work(system_wq, &f->watchdog, f->hold * HZ);
}

static void tell(const struct fragments *f, struct kmod_fragment *r)
{
	pg_data_t *pgdat = NODE_DATA(r->node);
	unsigned int i, order;

	r->held = f->node[r->node].pages;
	r->free = free_pages_of(r->node);
	memset(r->blocks, 0, sizeof(r->blocks));
	for (i = 0; i < MAX_NR_ZONES; i++)
		for (order = 0; order < ORDERS && order < KMOD_ORDERS; order++)
			r->blocks[order] += READ_ONCE(
				pgdat->node_zones[i].free_area[order].nr_free);
}

static int hold(struct fragments *f, struct kmod_fragment *r)
{
	struct held *h = &f->node[r->node];
	int ret;

	if (!r->order) {
		let_go_of(h);
		return 0;
	}
	if (h->order)
		return -EALREADY;
	if (is_last(f, r->node) && !f->lab)
		return -EPERM;
	f->hold = r->hold;
	WRITE_ONCE(f->keep, r->keep);
	h->order = r->order;
	h->reserve = r->reserve;
	h->leave = r->leave;
	h->seed = r->seed;
	ret = h->leave ? spread(f, r->node) : take(f, r->node);
	if (ret)
		let_go_of(h);
	wake(f);
	return ret;
}

int fragments_hold(struct fragments *f, struct kmod_fragment *r)
{
	int ret = node_check(r->node);

	if (ret)
		return ret;
	if (r->keep > 1 || (r->keep && !f->lab) || r->order >= ORDERS ||
	    (r->order && !r->hold) || r->leave > 100)
		return -EINVAL;
	if (r->hold > KMOD_HOLD_MAX)
		return -E2BIG;
	if (mutex_lock_killable(&f->lock))
		return -EINTR;
	ret = hold(f, r);
	if (!ret)
		tell(f, r);
	if (READ_ONCE(f->let_go))
		let_go(f);
	mutex_unlock(&f->lock);
	return ret;
}

/* All that are held: a try that may go anywhere would find the leftovers. */
static int mop(struct fragments *f)
{
	int ret = -EINVAL;	/* the watchdog has let go, or nobody took */
	int node;

	for_each_node_state(node, N_MEMORY) {
		if (!f->node[node].order)
			continue;
		ret = f->node[node].leave ? level(f, node) : take(f, node);
		if (ret)
			return ret;
	}
	return ret;
}

int fragments_mop(struct fragments *f)
{
	int ret;

	if (mutex_lock_killable(&f->lock))
		return -EINTR;
	ret = mop(f);
	if (!ret)
		wake(f);
	if (READ_ONCE(f->let_go))
		let_go(f);
	mutex_unlock(&f->lock);
	return ret;
}
