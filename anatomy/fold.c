// SPDX-License-Identifier: GPL-2.0-or-later
/* fold - a trace to instructions per function */
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "fold-code.h"
#include "mem.h"
#include "trace.h"
#include "what.h"

#define STACK_SHIFT 14			/* THREAD_SIZE of x86-64 */
#define NONE UINT32_MAX
#define NOT SIZE_MAX

const char *const fold_part_name[FOLD_PARTS] = {
	"caller", "child", "interrupt", "other",
};

struct frame {
	uint64_t	slot;		/* of its return address, with link that
					   address itself; 0: unknown */
	uint32_t	node;		/* 0: nothing of it executed yet */
	bool		entry, irq;	/* by an exception; by an interrupt */
	bool		returning;	/* so was who was interrupted */
};

struct task {
	uint64_t	 stack;		/* of 16 KiB, or where link is left */
	struct frame	*frame;
	size_t		 nr_frame, room;
	bool		 user, kernel, beside;
	bool		 returning;	/* link: a return was executed last */
	size_t		 born;		/* in this window; NOT: before */
	uint32_t	 faulted;	/* what was executed before a fault ... */
	uint64_t	 fault_at;	/* ... in user space, and where it was */
};

struct entry_log {
	size_t		window;		/* whose operation it belongs to */
	uint32_t	task, node, nr, string, calls;
	enum fold_part	part;		/* at its end */
};

/* Instructions of the kernel that were executed in a row, and for whom. */
struct step {
	uint32_t	insn, nr, log;
};

enum { ROOT, ROOT_IRQ };		/* nodes */

struct state {
	struct fold		*f;
	struct what		*what;
	struct fold_code	 code;
	struct task		*task;	/* 0 is the caller */
	size_t			 nr_task, now;
	size_t			 nr_window;	/* of this pass, so far */
	struct entry_log	*log;
	size_t			 nr_log, room_log;
	struct step		*step;
	size_t			 nr_step, room_step;
	uint32_t		*hash;	/* nodes by parent and function */
	size_t			 room_hash;
	const struct fold_insn_at	*last;
	bool			 switching;
	bool			 link;	/* return addresses are in a register */
};

static size_t place(const struct state *s, uint32_t parent, uint32_t fn)
{
	uint64_t h = ((uint64_t)parent << 32 | fn) * 0x9e3779b97f4a7c15ull;
	size_t at = (h >> 32) & (s->room_hash - 1);

	for (; s->hash[at]; at = (at + 1) & (s->room_hash - 1)) {
		const struct fold_node *n = &s->f->node[s->hash[at]];

		if (n->parent == parent && n->fn == fn)
			break;
	}
	return at;
}

static void rehash(struct state *s)
{
	free(s->hash);
	s->room_hash = s->room_hash ? 2 * s->room_hash : 1 << 12;
	s->hash = mem_get(s->room_hash, sizeof(*s->hash));
	for (size_t i = 2; i < s->f->nr_node; i++)
		s->hash[place(s, s->f->node[i].parent, s->f->node[i].fn)] = i;
}

/* FN as called by what PARENT is. */
static uint32_t child(struct state *s, uint32_t parent, uint32_t fn)
{
	size_t at = place(s, parent, fn);
	struct fold_node *n;

	if (s->hash[at])
		return s->hash[at];
	s->hash[at] = s->f->nr_node;
	n = mem_more(&s->f->node, &s->f->nr_node, sizeof(*n));
	n->parent = parent;
	n->fn = fn;
	n->cgroup = parent > ROOT_IRQ && s->f->node[parent].cgroup;
	if (s->what[fn].cgroup_root ||
	    (s->what[fn].lock && parent > ROOT_IRQ &&
	     s->what[s->f->node[parent].fn].lock_caller))
		n->cgroup = true;
	n->lock = n->cgroup && (s->what[fn].lock ||
				(parent > ROOT_IRQ && s->f->node[parent].lock));
	at = s->f->nr_node - 1;
	if (2 * s->f->nr_node > s->room_hash)
		rehash(s);
	return at;
}

static struct frame *push(struct task *t)
{
	if (t->nr_frame == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->frame = xrealloc(t->frame, t->room, sizeof(*t->frame));
	}
	t->frame[t->nr_frame] = (struct frame){ 0 };
	return &t->frame[t->nr_frame++];
}

static void count(struct state *s, uint32_t node, const struct fold_insn_at *i,
		  bool called)
{
	struct entry_log *e = s->nr_log ? &s->log[s->nr_log - 1] : NULL;
	size_t born = s->task[s->now].born;
	size_t window = born == NOT ? s->nr_window : born;

	if (!e || e->task != s->now || e->node != node ||
	    e->window != window) {
		if (s->nr_log == s->room_log) {
			s->room_log = s->room_log ? 2 * s->room_log : 1 << 14;
			s->log = xrealloc(s->log, s->room_log,
					  sizeof(*s->log));
		}
		e = &s->log[s->nr_log++];
		*e = (struct entry_log){ .window = window, .task = s->now,
					 .node = node };
	}
	e->nr++;
	e->calls += called;
	e->string += !!(i->flags & TRACE_STRING);
	if (i->user || i->fn == FN_UNKNOWN)
		return;
	if (s->nr_step == s->room_step) {
		s->room_step = s->room_step ? 2 * s->room_step : 1 << 16;
		s->step = xrealloc(s->step, s->room_step, sizeof(*s->step));
	}
	s->step[s->nr_step++] = (struct step){ i - s->code.insn, 1, s->nr_log - 1 };
}

/* NR more, each of which goes on where S->last was. */
static void count_on(struct state *s, size_t nr)
{
	s->log[s->nr_log - 1].nr += nr;
	s->step[s->nr_step - 1].nr += nr;
	s->last += nr;
}

static void uncount(struct state *s, uint32_t at, bool string)
{
	if (at < s->nr_log && s->log[at].nr) {
		s->log[at].nr--;
		s->log[at].string -= string && s->log[at].string;
	}
}

/* Executed in user space: no frame of the kernel is left. */
static void user(struct state *s, struct task *t, const struct fold_insn_at *i)
{
	if (t->faulted != NONE && t->fault_at == i->addr)
		uncount(s, t->faulted, i->flags & TRACE_STRING);
	t->faulted = NONE;
	t->nr_frame = 0;
	t->returning = false;
	t->user = true;
	t->kernel = false;
	count(s, child(s, ROOT, i->fn), i, false);
}

/* By which way the processor went on at I by itself, if it did. */
static enum entry entered(const struct state *s, const struct fold_insn_at *i)
{
	enum entry last = s->last ? s->what[s->last->fn].entry : ENTRY_NONE;
	enum entry entry = s->link ? i->vector : s->what[i->fn].entry;

	if (s->link || entry == ENTRY_NONE)
		return entry;
	return (i->first || entry == ENTRY_STUB) && last != ENTRY_STUB ? entry :
									 ENTRY_NONE;
}

/*
 * What was executed last has not happened if it faulted. In user space it
 * may have, and the next instruction could not be fetched: that is known
 * when the fault returns.
 */
static void fault(struct state *s, struct task *t)
{
	if (!s->last || !s->nr_log)
		return;
	if (!s->last->user) {
		uncount(s, s->nr_log - 1, s->last->flags & TRACE_STRING);
		if (s->last->fn > FN_UNKNOWN)
			s->nr_step -= !--s->step[s->nr_step - 1].nr;
		return;
	}
	t->faulted = s->nr_log - 1;
	t->fault_at = s->last->addr;
}

/* What was called with its return address in SLOT has returned. */
static void returned(struct task *t, uint64_t slot)
{
	size_t i = t->nr_frame;

	while (i && t->frame[i - 1].slot != slot)
		i--;
	if (i) {
		t->nr_frame = i - 1;
		return;
	}
	/* To a caller that was there before the window began. */
	while (t->nr_frame > 1 && !t->frame[t->nr_frame - 1].entry)
		t->nr_frame--;
}

static void executed(struct state *s, const struct fold_insn_at *i)
{
	struct task *t = &s->task[s->now];
	const struct what *w = &s->what[i->fn];
	enum entry entry = entered(s, i);
	struct frame *top;

	if (i->user) {
		user(s, t, i);
		s->last = i;
		return;
	}
	if (w->newborn) {
		t->nr_frame = 0;
		t->kernel = false;
		t->born = s->nr_window;
	}
	t->user |= w->user;
	t->kernel |= w->kernel;
	if (entry == ENTRY_NONE && t->returning)
		returned(t, i->addr);
	if (!t->nr_frame)
		push(t);
	if (entry != ENTRY_NONE) {
		if (entry == ENTRY_FAULT)
			fault(s, t);
		top = push(t);
		top->entry = true;
		top->irq = entry == ENTRY_IRQ || entry == ENTRY_STUB;
		top->returning = t->returning;
		t->returning = false;
	}
	top = &t->frame[t->nr_frame - 1];
	if (!s->link && w->switches && (!s->last || s->last->fn != i->fn)) {
		s->switching = true;
		t->stack = top->slot >> STACK_SHIFT;
	}
	if (!top->node || s->f->node[top->node].fn != i->fn)
		top->node = child(s, top->irq ? ROOT_IRQ : t->nr_frame > 1 ?
				  top[-1].node : ROOT, i->fn);
	/* By its first instruction: not where a window found it under way. */
	count(s, top->node, i, i->first);
	if (s->link && i->flags & TRACE_CALL)
		push(t)->slot = i->addr + i->length;
	t->returning = s->link && i->flags & TRACE_RET;
	if (i->flags & TRACE_IRET) {
		while (t->nr_frame && !t->frame[t->nr_frame - 1].entry)
			t->nr_frame--;
		if (t->nr_frame)
			t->returning = t->frame[--t->nr_frame].returning;
	}
	s->last = i;
}

/* NR instructions from FIRST on. */
static void run(struct state *s, size_t first, size_t nr)
{
	for (size_t end = first + nr; first < end; first++) {
		size_t to = fold_code_end(&s->code, first);

		executed(s, &s->code.insn[first]);
		if (to > end)
			to = end;
		if (to > first + 1)
			count_on(s, to - first - 1);
		first = to - 1;
	}
}

static void switched(struct state *s, uint64_t stack)
{
	size_t i = 0;

	s->switching = false;
	while (i < s->nr_task && s->task[i].stack != stack)
		i++;
	if (i == s->nr_task) {
		struct task *t = mem_more(&s->task, &s->nr_task, sizeof(*t));

		t->stack = stack;
		t->born = NOT;
		t->faulted = NONE;
	}
	s->now = i;
}

static void stack_used(struct state *s, uint64_t slot)
{
	struct task *t;

	if (!s->last || s->last->user)
		return;
	if (s->link) {
		/* First the one that is left, then the one that goes on. */
		if (s->what[s->last->fn].switches && s->switching) {
			switched(s, slot);
		} else if (s->what[s->last->fn].switches) {
			s->task[s->now].stack = slot;
			s->switching = true;
		}
		return;
	}
	if (s->switching)
		switched(s, slot >> STACK_SHIFT);
	t = &s->task[s->now];
	if (s->last->flags & TRACE_CALL) {
		/* Frames below: left without a return. */
		while (t->nr_frame > 1) {
			const struct frame *top = &t->frame[t->nr_frame - 1];

			if (top->entry || top->slot > slot ||
			    top->slot >> STACK_SHIFT != slot >> STACK_SHIFT)
				break;
			t->nr_frame--;
		}
		push(t)->slot = slot;
		return;
	}
	returned(t, slot);
}

static enum fold_part part_of(const struct state *s,
			      const struct entry_log *e)
{
	const struct task *t = &s->task[e->task];
	uint32_t n = e->node;

	while (n > ROOT_IRQ)
		n = s->f->node[n].parent;
	if (n == ROOT_IRQ)
		return FOLD_INTERRUPT;
	if (!e->task)
		return FOLD_CALLER;
	return t->user && !t->kernel && !t->beside ? FOLD_CHILD : FOLD_OTHER;
}

static void begin(struct state *s)
{
	/* What happened between two windows is not known. */
	for (size_t i = 0; i < s->nr_task; i++) {
		s->task[i].nr_frame = 0;
		s->task[i].faulted = NONE;
		s->task[i].returning = false;
	}
	s->now = 0;
	s->task[0].stack = 0;
	s->nr_log = s->nr_step = 0;
	s->last = NULL;
	s->switching = false;
}

/*
 * At the end of a window: to whom all that went. When all totals are known, the
 * same once more of those of the mode.
 */
static void finish(struct state *s, bool second)
{
	struct fold *f = s->f;
	struct fold_window *w = NULL;

	if (!second)
		w = mem_more(&f->window, &f->nr_window, sizeof(*w));
	for (size_t i = 0; i < s->nr_log; i++) {
		struct entry_log *e = &s->log[i];
		struct fold_node *n = &f->node[e->node];
		enum fold_part part = e->part = part_of(s, e);

		/* Only a child has its life where it began. */
		if (part == FOLD_CHILD)
			w = &f->window[e->window];
		else
			w = &f->window[s->nr_window];
		if (!second) {
			w->part[part] += e->nr;
			f->window[s->nr_window].all += e->nr;
			n->all[part] += e->nr;
			n->calls[part] += e->calls;
		} else if (fold_is_mode(f, w)) {
			n->mode[part] += e->nr;
			n->string[part] += e->string;
		}
	}
	for (size_t i = 0; i < s->nr_step && !second; i++) {
		const struct step *step = &s->step[i];

		if (s->log[step->log].part <= FOLD_CHILD)
			fold_code_executed(&s->code, step->insn, step->nr);
	}
	s->nr_window++;
}

/* One way through the trace. Returns 0, or the number of a wrong word. */
static size_t pass(struct state *s, const uint64_t *word, size_t nr, bool second)
{
	bool open = false;
	size_t i;

	s->nr_window = 0;

	for (i = 1; i < nr; i++) {
		uint32_t low = TRACE_LOW(word[i]), many = TRACE_COUNT(word[i]);

		switch (TRACE_KIND(word[i])) {
		case TRACE_INSN:
			if (open)
				return i;
			if (!second)
				fold_code_add(&s->code, s->f, s->what, word[i]);
			break;
		case TRACE_BEGIN:
			if (open)
				return i;
			open = true;
			begin(s);
			break;
		case TRACE_RUN:
			if (!open || !many || low >= s->code.nr ||
			    many > s->code.nr - low)
				return i;
			run(s, low, many);
			break;
		case TRACE_STACK:
			if (!open)
				return i;
			stack_used(s, TRACE_ADDR(word[i]));
			break;
		case TRACE_FINISH:
			if (!open)
				return i;
			open = false;
			finish(s, second);
			break;
		case TRACE_BESIDE:
			if (!open)
				return i;
			s->task[s->now].beside = true;
			break;
		case TRACE_POINT:
			if (open)
				return i;
			break;
		case TRACE_END:
			s->f->given_up = many;
			return open || low != s->nr_window || i + 1 != nr ? i : 0;
		default:
			return i;
		}
	}
	return nr;
}

static void tasks_free(struct state *s)
{
	for (size_t i = 0; i < s->nr_task; i++)
		free(s->task[i].frame);
	free(s->task);
	s->task = NULL;
	s->nr_task = 0;
}

/* The caller alone, so that both passes tell tasks alike. */
static void tasks(struct state *s)
{
	struct task *caller;

	tasks_free(s);
	caller = mem_more(&s->task, &s->nr_task, sizeof(*caller));
	caller->born = NOT;
	caller->faulted = NONE;
}

int fold_trace(struct fold *f, const uint64_t *word, size_t nr,
	       const struct ksyms *k, const struct ksyms *user,
	       enum fold_of of, char *why, size_t why_len)
{
	struct state s = { .f = f, .code = { .kernel = k, .user = user } };
	size_t wrong;

	*f = (struct fold){ 0 };
	if (!nr || (word[0] != TRACE_MAGIC && word[0] != TRACE_MAGIC_LINK)) {
		snprintf(why, why_len, "no trace of lab/anatomy-plugin.c");
		return -1;
	}
	s.link = word[0] == TRACE_MAGIC_LINK;
	s.what = what_all(f, k, user);
	for (int i = 0; i < 2; i++)
		mem_more(&f->node, &f->nr_node, sizeof(*f->node));
	rehash(&s);
	tasks(&s);
	wrong = pass(&s, word, nr, false);
	if (wrong == nr)
		snprintf(why, why_len, "it ends after %zu windows: truncated",
			 f->nr_window);
	else if (wrong)
		snprintf(why, why_len, "word %zu is 0x%016llx, not what can "
			 "stand there", wrong, (unsigned long long)word[wrong]);
	else if (!f->nr_window)
		snprintf(why, why_len, "no window: no mark was executed");
	if (wrong || !f->nr_window) {
		wrong = 1;
	} else {
		fold_code_list(&s.code, f);
		if (of != FOLD_OF_ALL) {
			fold_find_mode(f, of == FOLD_OF_P50);
			tasks(&s);
			pass(&s, word, nr, true);
		}
	}
	tasks_free(&s);
	free(s.log);
	free(s.step);
	free(s.hash);
	fold_code_free(&s.code);
	free(s.what);
	if (wrong)
		fold_free(f);
	return wrong ? -1 : 0;
}

void fold_free(struct fold *f)
{
	free(f->fn);
	free(f->insn);
	free(f->node);
	free(f->window);
	*f = (struct fold){ 0 };
}
