// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-plugin - a QEMU plugin: memory that operations on two CPUs share
 *
 * SUMMARY
 * Looks at every memory access between the marks of a bench (lib/mark.h), on
 * each virtual CPU for itself, and adds up by line of 64 bytes. At the end it
 * writes the lines that two CPUs touched and one wrote, and by which
 * instructions; anatomy/lines.c makes names and tables of it.
 *
 *   -plugin contention-plugin-4.so,out=FILE,windows=N[,skip=M][,deaths=D]
 *           [,symbols=FILE]
 *
 * N windows of each CPU are taken, after M that are not. With symbols, those
 * of the guest's /proc/kallsyms, what interrupts do is left out, and a window
 * in which not exactly D tasks died (on its CPU) is refused: its child went on
 * after the end, or the child of another window ended in it.
 *
 * DETAILS
 * Lines are physical: one line may have several virtual addresses. Sums are
 * of whole windows: what a window touched is kept until its end, and thrown
 * away if it is refused.
 *
 * Needs interface 4 (QEMU 10.0 or later): QEMU from 9.0 on, under -icount,
 * calls back with the number of the CPU that has TRANSLATED, so the CPU is
 * told by the kernel's %gs base, which older interfaces cannot read; and
 * QEMU before 8.1 starves the second CPU of older kernels under -icount.
 * CPUs are numbered in the order of their %gs bases, which is the kernel's.
 *
 * A locked instruction is an access that reads and one that writes. With one
 * virtual CPU the kernel has no locked instructions: at least two are needed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#if QEMU_API < 4
#error "needs interface 4, see above"
#endif

/* What nobody else of ours uses of QEMU's interface, and of GLib's. */
struct qemu_plugin_hwaddr;
struct GArray {
	char		*data;
	unsigned int	 len;
};
struct GByteArray {
	uint8_t		*data;
	unsigned int	 len;
};
struct reg {
	void		*handle;
	const char	*name, *feature;
};
enum { CB_R_REGS = 1 };

struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info,
						  uint64_t vaddr);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *h);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *h);
unsigned int qemu_plugin_mem_size_shift(uint32_t info);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  qemu_plugin_exec_cb_t cb, int flags,
					  void *data);
struct GArray *qemu_plugin_get_registers(void);
int qemu_plugin_read_register(void *handle, struct GByteArray *to);
struct GByteArray *g_byte_array_new(void);
struct GByteArray *g_byte_array_set_size(struct GByteArray *a,
					 unsigned int len);

QEMU_EXPORT int qemu_plugin_version = QEMU_API;

#define LINE		64
#define MOST_CPUS	8
#define MOST_ACCESSES	(1u << 22)	/* of a window */
#define NONE		UINT32_MAX

enum { LOCKED = 1, CALL = 2, IRET = 4 };

/* An instruction, once for each content of its address. */
struct insn {
	uint64_t	addr;
	uint32_t	nr, flags;
	uint8_t		b[16];
};

struct access {
	uint64_t	pa, va, mask;
	uint32_t	insn, caller;
	bool		store;
};

/* One CPU's part of a line. */
struct part {
	uint32_t	touched, wrote;		/* windows */
	uint32_t	seen, stored;		/* the last window that did */
	uint64_t	reads, writes, locked;
	uint64_t	read, written;		/* bytes */
};

struct line {
	uint64_t	pa, va;
	uint32_t	first;			/* of its struct at */
	struct part	cpu[MOST_CPUS];
};

/* What one instruction did to one line; CALLER: the last call before it. */
struct at {
	uint32_t	line, insn, caller, next;
	uint32_t	cpu;
	uint64_t	reads, writes, locked;
};

struct cpu {
	uint64_t	 gs;
	bool		 open, overflow;
	unsigned int	 irq;
	uint32_t	 deaths, call;
	uint32_t	 begun, windows, refused;
	uint64_t	 accesses;
	struct access	*log;
	uint32_t	 nr, room;
} cpus[MOST_CPUS], *cur = &cpus[0];

static qemu_plugin_id_t self;
static const char *out_name, *symbols_name;
static unsigned long want = 1, skip, deaths;
static FILE *out;
static unsigned int nr_cpus;
static bool too_many_cpus;

/* Index tables: what hashes to a slot is looked for from there on. */
struct index {
	uint32_t	*slot;
	uint32_t	 mask, nr;
};
static struct index insn_index, line_index, at_index;
static struct insn **insns;
static struct line *lines;
static struct at *ats;
static uint32_t room_insns, room_lines, room_ats;

/* Addresses in the kernel, from its symbols. */
static uint64_t *irq_entry, dead_at, switch_at;
static uint32_t nr_irq;

static void die(const char *why)
{
	fprintf(stderr, "contention-plugin: %s\n", why);
	exit(1);
}

static void *grown(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (!p)
		die("out of memory");
	return p;
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x7fb5d329728ea185ull;
	x ^= x >> 27;
	x *= 0x81dadef4bc2dd44dull;
	return x ^ x >> 33;
}

static uint64_t insn_hash(uint32_t i)
{
	return mix(insns[i]->addr);
}

static uint64_t line_hash(uint32_t i)
{
	return mix(lines[i].pa);
}

static uint64_t at_key(uint32_t line, uint32_t insn, uint32_t caller,
		       uint32_t cpu)
{
	return mix(line * 0x9e3779b97f4a7c15ull ^
		   mix((uint64_t)caller << 32 ^ (uint64_t)insn << 3 ^ cpu));
}

static uint64_t at_hash(uint32_t i)
{
	return at_key(ats[i].line, ats[i].insn, ats[i].caller, ats[i].cpu);
}

/* Element NR is new: room for it, at most half of the slots are in use. */
static void index_add(struct index *x, uint64_t (*hash)(uint32_t))
{
	uint32_t nr = x->nr++, from = nr;
	uint64_t i;

	if (!x->slot || x->nr > x->mask / 2) {
		x->mask = x->slot ? x->mask * 2 + 1 : 0xffff;
		x->slot = grown(x->slot,
				(x->mask + 1ul) * sizeof(*x->slot));
		memset(x->slot, 0xff, (x->mask + 1ul) * sizeof(*x->slot));
		from = 0;
	}
	for (; from <= nr; from++) {
		i = hash(from) & x->mask;
		while (x->slot[i] != NONE)
			i = (i + 1) & x->mask;
		x->slot[i] = from;
	}
}

static struct line *line_of(uint64_t pa, uint64_t va)
{
	struct index *x = &line_index;
	struct line *l;

	for (uint64_t i = mix(pa) & x->mask; x->slot && x->slot[i] != NONE;
	     i = (i + 1) & x->mask) {
		l = &lines[x->slot[i]];
		if (l->pa != pa)
			continue;
		if (!(l->va >> 63) && va >> 63)
			l->va = va;
		return l;
	}
	if (x->nr == room_lines) {
		room_lines = room_lines ? 2 * room_lines : 1 << 14;
		lines = grown(lines, room_lines * sizeof(*lines));
	}
	l = &lines[x->nr];
	memset(l, 0, sizeof(*l));
	l->pa = pa;
	l->va = va;
	l->first = NONE;
	index_add(x, line_hash);
	return l;
}

static struct at *at_of(struct line *l, uint32_t insn, uint32_t caller,
			uint32_t cpu)
{
	struct index *x = &at_index;
	uint32_t line = l - lines;
	struct at *a;

	for (uint64_t i = at_key(line, insn, caller, cpu) & x->mask;
	     x->slot && x->slot[i] != NONE; i = (i + 1) & x->mask) {
		a = &ats[x->slot[i]];
		if (a->line == line && a->insn == insn &&
		    a->caller == caller && a->cpu == cpu)
			return a;
	}
	if (x->nr == room_ats) {
		room_ats = room_ats ? 2 * room_ats : 1 << 16;
		ats = grown(ats, room_ats * sizeof(*ats));
	}
	a = &ats[x->nr];
	*a = (struct at){ .line = line, .insn = insn, .caller = caller,
			  .cpu = cpu, .next = l->first };
	l->first = x->nr;
	index_add(x, at_hash);
	return a;
}

/* --- while it runs ------------------------------------------------------- */

static uint64_t read_reg(void *handle, struct GByteArray *a)
{
	uint64_t v = 0;

	g_byte_array_set_size(a, 0);
	qemu_plugin_read_register(handle, a);
	memcpy(&v, a->data, a->len < sizeof(v) ? a->len : sizeof(v));
	return v;
}

/* At the start of every block: on which CPU? */
static void which(unsigned int cpu, void *data)
{
	static void *gs, *kernel_gs;
	static struct GByteArray *a;
	uint64_t v;

	(void)cpu, (void)data;
	if (!a) {
		struct GArray *all = qemu_plugin_get_registers();
		struct reg *r = (struct reg *)all->data;

		a = g_byte_array_new();
		for (unsigned int i = 0; i < all->len; i++) {
			if (!strcmp(r[i].name, "gs_base"))
				gs = r[i].handle;
			if (!strcmp(r[i].name, "k_gs_base"))
				kernel_gs = r[i].handle;
		}
		if (!gs || !kernel_gs)
			die("this QEMU shows no gs_base");
	}
	v = read_reg(gs, a);
	if (!(v >> 63))
		v = read_reg(kernel_gs, a);
	if (v == cur->gs)
		return;
	for (cur = cpus; cur < cpus + nr_cpus && cur->gs != v; cur++)
		;
	if (cur < cpus + nr_cpus)
		return;
	if (nr_cpus == MOST_CPUS) {
		too_many_cpus = true;
		cur = cpus;
		return;
	}
	cur->gs = v;
	nr_cpus++;
}

static void touch(struct insn *in, uint64_t pa, uint64_t va,
		  unsigned int size, bool store)
{
	struct cpu *c = cur;
	uint64_t mask = size >= LINE ? ~0ull : (1ull << size) - 1;

	if (c->nr == MOST_ACCESSES) {
		c->overflow = true;
		return;
	}
	if (c->nr == c->room) {
		c->room = c->room ? 2 * c->room : 1 << 16;
		c->log = grown(c->log, c->room * sizeof(*c->log));
	}
	c->log[c->nr++] = (struct access){
		.pa = pa / LINE * LINE, .va = va / LINE * LINE,
		.mask = mask << pa % LINE, .insn = in->nr,
		.caller = c->call, .store = store,
	};
}

static void mem(unsigned int cpu, uint32_t info, uint64_t va, void *data)
{
	unsigned int size = 1u << qemu_plugin_mem_size_shift(info), first;
	bool store = qemu_plugin_mem_is_store(info);
	struct qemu_plugin_hwaddr *h;
	struct insn *in = data;
	uint64_t pa;

	(void)cpu;
	if (!cur->open || cur->irq)
		return;
	h = qemu_plugin_get_hwaddr(info, va);
	if (!h || qemu_plugin_hwaddr_is_io(h))
		return;
	pa = qemu_plugin_hwaddr_phys_addr(h);
	if (in->flags & CALL && store)
		cur->call = in->nr;
	first = LINE - pa % LINE;
	touch(in, pa, va, size < first ? size : first, store);
	if (size > first)
		touch(in, pa + first, va + first, size - first, store);
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (cur->windows == want)
		return;
	cur->refused += cur->open;
	cur->open = true;
	cur->overflow = false;
	cur->nr = cur->irq = cur->deaths = 0;
	cur->call = NONE;
}

static void commit(struct cpu *c)
{
	unsigned int nr = c - cpus;

	c->windows++;
	c->accesses += c->nr;
	for (uint32_t i = 0; i < c->nr; i++) {
		struct access *a = &c->log[i];
		struct line *l = line_of(a->pa, a->va);
		struct part *p = &l->cpu[nr];
		struct at *at = at_of(l, a->insn, a->caller, nr);
		bool locked = a->store && insns[a->insn]->flags & LOCKED;

		p->touched += p->seen != c->windows;
		p->seen = c->windows;
		p->locked += locked;
		at->locked += locked;
		if (a->store) {
			p->wrote += p->stored != c->windows;
			p->stored = c->windows;
			p->writes++;
			p->written |= a->mask;
			at->writes++;
		} else {
			p->reads++;
			p->read |= a->mask;
			at->reads++;
		}
	}
}

static void end(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (!cur->open)
		return;
	cur->open = false;
	if (cur->begun++ < skip)
		return;
	if (cur->overflow || (dead_at && cur->deaths != deaths))
		cur->refused++;
	else
		commit(cur);
}

static void dead(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	cur->deaths++;
}

static void irq_in(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	cur->irq = 1;
}

static void irq_out(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	cur->irq = 0;
}

/* --- what is translated -------------------------------------------------- */

static uint32_t decode(const uint8_t *b, size_t len)
{
	static const uint8_t prefix[] = {
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2,
		0xf3,
	};
	bool own = false;	/* of this CPU: no need to lock */
	uint32_t flags = 0;
	size_t i = 0;

	for (; i < len && memchr(prefix, b[i], sizeof(prefix)); i++) {
		if (b[i] == 0xf0)
			flags = LOCKED;
		own |= b[i] == 0x65;
	}
	if (i < len && (b[i] & 0xf0) == 0x40)	/* REX */
		i++;
	if (i == len)
		return flags;
	if (b[i] == 0xcf)
		return flags | IRET;
	if (b[i] == 0xe8)
		return flags | CALL;
	if (i + 1 == len)
		return flags;
	if (b[i] == 0xff && (b[i + 1] >> 3 & 7) == 2)
		return flags | CALL;
	/* xchg with memory locks without being told. */
	if ((b[i] & 0xfe) == 0x86 && b[i + 1] < 0xc0 && !own)
		return flags | LOCKED;
	return flags;
}

static struct insn *intern(uint64_t addr, const uint8_t *b, size_t len)
{
	struct index *x = &insn_index;
	struct insn *in;

	for (uint64_t i = mix(addr) & x->mask; x->slot && x->slot[i] != NONE;
	     i = (i + 1) & x->mask) {
		in = insns[x->slot[i]];
		if (in->addr == addr && !memcmp(in->b, b, sizeof(in->b)))
			return in;
	}
	if (x->nr == room_insns) {
		room_insns = room_insns ? 2 * room_insns : 1 << 14;
		insns = grown(insns, room_insns * sizeof(*insns));
	}
	in = grown(NULL, sizeof(*in));
	in->addr = addr;
	in->nr = x->nr;
	in->flags = decode(b, len);
	memcpy(in->b, b, sizeof(in->b));
	insns[x->nr] = in;
	index_add(x, insn_hash);
	return in;
}

static void call_at(struct qemu_plugin_insn *q, qemu_plugin_exec_cb_t cb)
{
	qemu_plugin_register_vcpu_insn_exec_cb(q, cb, QEMU_PLUGIN_CB_NO_REGS,
					       NULL);
}

static void translate_awake(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, which, CB_R_REGS, NULL);
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
		uint64_t addr = qemu_plugin_insn_vaddr(q);
		uint8_t b[16] = { 0 };
		size_t len = plugin_bytes(q, b);
		uint32_t mark = decode_x86_mark(b, len);
		struct insn *in;

		if (mark == MARK_BEGIN || mark == MARK_BESIDE) {
			call_at(q, begin);
			continue;
		}
		if (mark == MARK_END || mark == MARK_THROUGH) {
			call_at(q, end);
			continue;
		}
		in = intern(addr, b, len);
		for (uint32_t k = 0; k < nr_irq; k++)
			if (irq_entry[k] == addr)
				call_at(q, irq_in);
		if (in->flags & IRET || (addr && addr == switch_at))
			call_at(q, irq_out);
		if (addr && addr == dead_at)
			call_at(q, dead);
		qemu_plugin_register_vcpu_mem_cb(q, mem,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, in);
	}
}

/* --- what is written ----------------------------------------------------- */

static int by_gs(const void *pa, const void *pb)
{
	const struct cpu *a = &cpus[*(const unsigned int *)pa];
	const struct cpu *b = &cpus[*(const unsigned int *)pb];

	return a->gs < b->gs ? -1 : a->gs > b->gs;
}

static int by_pa(const void *pa, const void *pb)
{
	const struct line *a = &lines[*(const uint32_t *)pa];
	const struct line *b = &lines[*(const uint32_t *)pb];

	return a->pa < b->pa ? -1 : a->pa > b->pa;
}

static unsigned int number_of[MOST_CPUS];	/* by the order of %gs */

static uint64_t addr_of(uint32_t insn)
{
	return insn == NONE ? 0 : insns[insn]->addr;
}

static int by_place(const void *pa, const void *pb)
{
	const struct at *a = &ats[*(const uint32_t *)pa];
	const struct at *b = &ats[*(const uint32_t *)pb];

	if (a->cpu != b->cpu)
		return number_of[a->cpu] < number_of[b->cpu] ? -1 : 1;
	if (addr_of(a->insn) != addr_of(b->insn))
		return addr_of(a->insn) < addr_of(b->insn) ? -1 : 1;
	if (addr_of(a->caller) != addr_of(b->caller))
		return addr_of(a->caller) < addr_of(b->caller) ? -1 : 1;
	return a->insn < b->insn ? -1 : a->insn > b->insn;
}

static bool shared(const struct line *l)
{
	unsigned int touched = 0, wrote = 0;

	for (unsigned int i = 0; i < nr_cpus; i++) {
		touched += l->cpu[i].touched > 0;
		wrote += l->cpu[i].wrote > 0;
	}
	return touched > 1 && wrote;
}

static void write_line(const struct line *l, const unsigned int *order)
{
	uint32_t nr = 0, *at;

	fprintf(out, "line %" PRIx64 " %" PRIx64 "\n", l->pa, l->va);
	for (unsigned int i = 0; i < nr_cpus; i++) {
		const struct part *p = &l->cpu[order[i]];

		if (p->touched)
			fprintf(out, "cpu %u %u %u %" PRIu64 " %" PRIu64 " %"
				PRIu64 " %" PRIx64 " %" PRIx64 "\n", i,
				p->touched, p->wrote, p->reads, p->writes,
				p->locked, p->read, p->written);
	}
	for (uint32_t i = l->first; i != NONE; i = ats[i].next)
		nr++;
	at = grown(NULL, nr * sizeof(*at));
	nr = 0;
	for (uint32_t i = l->first; i != NONE; i = ats[i].next)
		at[nr++] = i;
	qsort(at, nr, sizeof(*at), by_place);
	for (uint32_t i = 0; i < nr; i++) {
		const struct at *a = &ats[at[i]];

		fprintf(out, "at %u %" PRIx64 " %" PRIx64 " %" PRIu64 " %"
			PRIu64 " %" PRIu64 "\n", number_of[a->cpu],
			addr_of(a->insn), addr_of(a->caller), a->reads,
			a->writes, a->locked);
	}
	free(at);
}

static void finish(void)
{
	unsigned int order[MOST_CPUS];
	uint32_t *line, nr = 0;

	if (!out)
		return;
	if (too_many_cpus)
		die("more than 8 CPUs");
	for (unsigned int i = 0; i < nr_cpus; i++)
		order[i] = i;
	qsort(order, nr_cpus, sizeof(*order), by_gs);
	fprintf(out, "forkpath-lines/1\n");
	for (unsigned int i = 0; i < nr_cpus; i++) {
		const struct cpu *c = &cpus[order[i]];

		number_of[order[i]] = i;
		fprintf(out, "windows %u %" PRIx64 " %u %u %" PRIu64 "\n", i,
			c->gs, c->windows, c->refused, c->accesses);
	}
	line = grown(NULL, (line_index.nr + 1ul) * sizeof(*line));
	for (uint32_t i = 0; i < line_index.nr; i++)
		if (shared(&lines[i]))
			line[nr++] = i;
	qsort(line, nr, sizeof(*line), by_pa);
	for (uint32_t i = 0; i < nr; i++)
		write_line(&lines[line[i]], order);
	fprintf(out, "end %u\n", nr);
	free(line);
	if (ferror(out) | fclose(out)) {
		fprintf(stderr, "contention-plugin: %s: %s\n", out_name,
			strerror(errno));
		exit(1);
	}
	out = NULL;
}

/* --- from asleep to awake ------------------------------------------------ */

static void at_exit(qemu_plugin_id_t id, void *data)
{
	(void)id, (void)data;
	finish();
}

static void awake(qemu_plugin_id_t id)
{
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_awake);
}

static void wake(unsigned int cpu, void *data)
{
	static bool once;

	(void)cpu, (void)data;
	if (!once)
		qemu_plugin_reset(self, awake);
	once = true;
}

static void translate_asleep(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
		uint8_t b[16] = { 0 };
		uint32_t mark;

		if (qemu_plugin_insn_size(q) != 8)
			continue;
		mark = decode_x86_mark(b, plugin_bytes(q, b));
		if (mark == MARK_BEGIN || mark == MARK_BESIDE)
			call_at(q, wake);
	}
}

static bool is_irq(const char *name)
{
	return !strncmp(name, "asm_sysvec_", 11) ||
	       !strcmp(name, "asm_common_interrupt") ||
	       !strcmp(name, "asm_exc_nmi");
}

static void read_symbols(void)
{
	FILE *f = fopen(symbols_name, "re");
	char text[600], name[500];
	uint64_t addr;

	if (!f) {
		fprintf(stderr, "contention-plugin: %s: %s\n", symbols_name,
			strerror(errno));
		exit(1);
	}
	while (fgets(text, sizeof(text), f)) {
		if (sscanf(text, "%" SCNx64 " %*c %499s", &addr, name) != 2)
			continue;
		if (!strcmp(name, "do_task_dead"))
			dead_at = addr;
		else if (!strcmp(name, "__switch_to_asm"))
			switch_at = addr;
		if (!is_irq(name))
			continue;
		irq_entry = grown(irq_entry,
				  (nr_irq + 1) * sizeof(*irq_entry));
		irq_entry[nr_irq++] = addr;
	}
	fclose(f);
	if (!dead_at || !switch_at || !nr_irq) {
		fprintf(stderr, "contention-plugin: %s: no do_task_dead, "
			"__switch_to_asm or asm_sysvec_...; expected "
			"/proc/kallsyms as root\n", symbols_name);
		exit(1);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
			int argc, char **argv)
{
	self = id;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out_name = argv[i] + 4;
		else if (!strncmp(argv[i], "symbols=", 8))
			symbols_name = argv[i] + 8;
		else if (!(!strncmp(argv[i], "windows=", 8) &&
			   plugin_number(argv[i] + 8, &want) && want) &&
			 !(!strncmp(argv[i], "skip=", 5) &&
			   plugin_number(argv[i] + 5, &skip)) &&
			 !(!strncmp(argv[i], "deaths=", 7) &&
			   plugin_number(argv[i] + 7, &deaths))) {
			fprintf(stderr, "contention-plugin: '%s'; expected "
				"out=FILE, symbols=FILE, windows=1..%d, "
				"skip=0..%d or deaths=0..%d\n", argv[i],
				0xffffff, 0xffffff, 0xffffff);
			return 1;
		}
	}
	if (strcmp(info->target_name, "x86_64") || !info->system_emulation ||
	    info->system.max_vcpus < 2 || info->system.max_vcpus > MOST_CPUS) {
		fprintf(stderr, "contention-plugin: needs a whole x86_64 "
			"machine with 2 to %d virtual CPUs\n", MOST_CPUS);
		return 1;
	}
	out = out_name ? fopen(out_name, "we") : NULL;
	if (!out) {
		fprintf(stderr, "contention-plugin: out=%s: %s\n",
			out_name ? out_name : "", strerror(errno));
		return 1;
	}
	if (symbols_name)
		read_symbols();
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_asleep);
	return 0;
}
