// SPDX-License-Identifier: GPL-2.0-or-later
/* fold - a trace to instructions per function */
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "fold-code.h"
#include "fold-node.h"
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

struct cpu {
	size_t			 now;	/* task */
	size_t			 last;	/* instruction, plus one; 0: none */
	uint32_t		 log, step;	/* of LAST; NONE: not counted */
	bool			 switching;
};

struct state {
	struct fold		*f;
	struct what		*what;
	struct fold_code	 code;
	struct task		*task;
	size_t			 nr_task, caller;
	struct cpu		 cpu[TRACE_CPUS], *on;	/* who executes */
	bool			 several;	/* CPUs: tasks are known throughout */
	bool			 open;		/* in a window */
	size_t			 nr_window;	/* of this pass, so far */
	struct entry_log	*log;
	size_t			 nr_log, room_log;
	struct step		*step;
	size_t			 nr_step, room_step;
	struct fold_hash	 hash;
	bool			 link;	/* return addresses are in a register */
};

/* What was executed last here; more may be translated meanwhile. */
static const struct fold_insn_at *last_of(const struct state *s)
{
	return s->on->last ? &s->code.insn[s->on->last - 1] : NULL;
}

static uint32_t node(struct state *s, uint32_t parent, uint32_t fn)
{
	return fold_node_find(&s->hash, s->f, s->what, parent, fn);
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
	size_t born = s->task[s->on->now].born;
	size_t window = born == NOT ? s->nr_window : born;

	s->on->log = s->on->step = NONE;
	if (!s->open)
		return;
	if (!e || e->task != s->on->now || e->node != node ||
	    e->window != window) {
		if (s->nr_log == s->room_log) {
			s->room_log = s->room_log ? 2 * s->room_log : 1 << 14;
			s->log = xrealloc(s->log, s->room_log,
					  sizeof(*s->log));
		}
		e = &s->log[s->nr_log++];
		*e = (struct entry_log){ .window = window, .task = s->on->now,
					 .node = node };
	}
	e->nr++;
	e->calls += called;
	e->string += !!(i->flags & TRACE_STRING);
	s->on->log = s->nr_log - 1;
	if (i->user || i->fn == FN_UNKNOWN)
		return;
	if (s->nr_step == s->room_step) {
		s->room_step = s->room_step ? 2 * s->room_step : 1 << 16;
		s->step = xrealloc(s->step, s->room_step, sizeof(*s->step));
	}
	s->step[s->nr_step] = (struct step){ i - s->code.insn, 1, s->nr_log - 1 };
	s->on->step = s->nr_step++;
}

/* NR more, each of which goes on where the last one was. */
static void count_on(struct state *s, size_t nr)
{
	if (s->open) {
		s->log[s->on->log].nr += nr;
		s->step[s->on->step].nr += nr;
	}
	s->on->last += nr;
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
	count(s, node(s, ROOT, i->fn), i, false);
}

/* By which way the processor went on at I by itself, if it did. */
static enum entry entered(const struct state *s, const struct fold_insn_at *i)
{
	const struct fold_insn_at *was = last_of(s);
	enum entry last = was ? s->what[was->fn].entry : ENTRY_NONE;
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
	const struct fold_insn_at *last = last_of(s);
	const struct cpu *on = s->on;

	if (!last || on->log == NONE)
		return;
	if (!last->user) {
		uncount(s, on->log, last->flags & TRACE_STRING);
		if (on->step != NONE)
			s->step[on->step].nr--;
		return;
	}
	t->faulted = on->log;
	t->fault_at = last->addr;
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
	struct task *t = &s->task[s->on->now];
	const struct what *w = &s->what[i->fn];
	enum entry entry = entered(s, i);
	struct frame *top;

	if (i->user) {
		user(s, t, i);
		s->on->last = i - s->code.insn + 1;
		return;
	}
	if (w->newborn) {
		t->nr_frame = 0;
		t->kernel = false;
		t->born = s->open ? s->nr_window : NOT;
		/* On the stack of one that is gone, perhaps. */
		t->user &= !s->several;
		t->beside &= !s->several;
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
	if (!s->link && w->switches && (!s->on->last || last_of(s)->fn != i->fn)) {
		s->on->switching = true;
		t->stack = top->slot >> STACK_SHIFT;
	}
	if (!top->node || s->f->node[top->node].fn != i->fn)
		top->node = node(s, top->irq ? ROOT_IRQ : t->nr_frame > 1 ?
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
	s->on->last = i - s->code.insn + 1;
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

/* Another task, of which nothing is known so far. */
static size_t task_new(struct state *s)
{
	struct task *t = mem_more(&s->task, &s->nr_task, sizeof(*t));

	t->born = NOT;
	t->faulted = NONE;
	return s->nr_task - 1;
}

static void switched(struct state *s, uint64_t stack)
{
	size_t i = 0;

	s->on->switching = false;
	while (i < s->nr_task && s->task[i].stack != stack)
		i++;
	if (i == s->nr_task)
		task_new(s);
	s->task[i].stack = stack;
	s->on->now = i;
}

static void stack_used(struct state *s, uint64_t slot)
{
	const struct fold_insn_at *last = last_of(s);
	struct task *t;

	if (!last || last->user)
		return;
	if (s->link) {
		/* First the one that is left, then the one that goes on. */
		if (s->what[last->fn].switches && s->on->switching) {
			switched(s, slot);
		} else if (s->what[last->fn].switches) {
			s->task[s->on->now].stack = slot;
			s->on->switching = true;
		}
		return;
	}
	if (s->on->switching)
		switched(s, slot >> STACK_SHIFT);
	t = &s->task[s->on->now];
	if (last->flags & TRACE_CALL) {
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
	if (e->task == s->caller)
		return FOLD_CALLER;
	return t->user && !t->kernel && !t->beside ? FOLD_CHILD : FOLD_OTHER;
}

/* With several CPUs it is known who runs on which, and in what. */
static void begin(struct state *s)
{
	for (size_t i = 0; i < s->nr_task; i++) {
		struct task *t = &s->task[i];

		t->faulted = NONE;
		if (s->open && t->born == s->nr_window)
			t->born = NOT;		/* in one that is given up */
	}
	s->open = true;
	s->nr_log = s->nr_step = 0;
	for (size_t i = 0; s->several && i < TRACE_CPUS; i++)
		s->cpu[i].log = s->cpu[i].step = NONE;
	if (s->several) {
		s->caller = s->on->now;
		return;
	}
	/* What happened between two windows is not known. */
	for (size_t i = 0; i < s->nr_task; i++) {
		s->task[i].nr_frame = 0;
		s->task[i].returning = false;
	}
	s->task[0].stack = 0;
	*s->on = (struct cpu){ .log = NONE, .step = NONE };
}

/* A point of several CPUs: what was before it is not known, nor who that was. */
static void point(struct state *s)
{
	s->open = false;
	for (size_t i = 0; i < s->nr_task; i++)
		s->task[i].stack = 0;
	for (size_t i = 0; i < TRACE_CPUS; i++)
		s->cpu[i] = (struct cpu){ .now = NOT, .log = NONE, .step = NONE };
}

static void turn(struct state *s, uint32_t cpu)
{
	s->on = &s->cpu[cpu];
	if (s->on->now == NOT)
		s->on->now = task_new(s);
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

/* Is it known who executes what comes? */
static bool known(const struct state *s)
{
	return s->several ? s->on->now != NOT : s->open;
}

/* A word between what was executed. False: it cannot stand there. */
static bool between(struct state *s, uint64_t word, bool second)
{
	switch (TRACE_KIND(word)) {
	case TRACE_BEGIN:
		if (s->open && !s->several)
			return false;
		begin(s);
		return true;
	case TRACE_FINISH:
		if (!s->open)
			return false;
		s->open = false;
		finish(s, second);
		return true;
	case TRACE_BESIDE:
		if (!known(s))
			return false;
		s->task[s->on->now].beside = true;
		return true;
	case TRACE_CPU:
		if (TRACE_LOW(word) >= TRACE_CPUS || (s->open && !s->several))
			return false;
		if (!s->several)
			point(s);
		s->several = true;
		turn(s, TRACE_LOW(word));
		return true;
	case TRACE_POINT:
		if (s->open && !s->several)
			return false;
		if (s->several)
			point(s);
		return true;
	}
	return false;
}

/* One way through the trace. Returns 0, or the number of a wrong word. */
static size_t pass(struct state *s, const uint64_t *word, size_t nr, bool second)
{
	size_t i;

	s->nr_window = 0;
	s->open = false;
	for (i = 1; i < nr; i++) {
		uint32_t low = TRACE_LOW(word[i]), many = TRACE_COUNT(word[i]);

		switch (TRACE_KIND(word[i])) {
		case TRACE_INSN:
			if (s->open && !s->several)
				return i;
			if (!second)
				fold_code_add(&s->code, s->f, s->what, word[i]);
			break;
		case TRACE_RUN:
			if (!known(s) || !many || low >= s->code.nr ||
			    many > s->code.nr - low)
				return i;
			run(s, low, many);
			break;
		case TRACE_STACK:
			if (!known(s))
				return i;
			stack_used(s, TRACE_ADDR(word[i]));
			break;
		case TRACE_END:
			s->f->given_up = many;
			return (s->open && !s->several) || low != s->nr_window ||
				i + 1 != nr ? i : 0;
		default:
			if (!between(s, word[i], second))
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
	tasks_free(s);
	point(s);
	s->several = false;
	s->on = s->cpu;
	s->on->now = s->caller = task_new(s);
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
	fold_node_roots(&s.hash, f);
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
	free(s.hash.node);
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
