// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-plugin - a QEMU plugin: memory that operations on two CPUs share
 *
 * SUMMARY
 * Looks at every memory access between the marks of a bench (lib/mark.h), on
 * each virtual CPU for itself, and adds up by line of 64 bytes. At the end it
 * writes the lines that two CPUs touched and one wrote, and by which
 * instructions (contention-lines.c); anatomy/lines.c makes names and tables of
 * it.
 *
 *   -plugin contention-plugin-4.so,out=FILE,windows=N[,skip=M][,deaths=D]
 *           [,deaths-else=D][,symbols=FILE][,slab=OPTION]
 *
 * N windows of each CPU are taken, after M that are not. With symbols, those
 * of the guest's /proc/kallsyms, what interrupts do is left out, and a window
 * in which not exactly D tasks died (on its CPU) is refused: its child went on
 * after the end, or the child of another window ended in it. Where CPUs do
 * different things, deaths is of the first one, deaths-else of the others.
 *
 * DETAILS
 * Lines are physical: one line may have several virtual addresses. Sums are
 * of whole windows: what a window touched is kept until its end, and thrown
 * away if it is refused.
 *
 * Needs interface 4 (QEMU 10.0 or later): QEMU from 9.0 on, under -icount,
 * calls back with the number of the CPU that has TRANSLATED, so the CPU is
 * told by the register that holds the address of its per-CPU area (%gs base,
 * TPIDR_EL1), which older interfaces cannot read; and QEMU before 8.1 starves
 * the second CPU of older kernels under -icount. CPUs are numbered in the
 * order of these areas, which is the kernel's.
 *
 * A locked instruction is an access that reads and one that writes. With one
 * virtual CPU an x86 kernel has none of them: at least two are needed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contention.h"
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
bool qemu_plugin_read_memory_vaddr(uint64_t addr, struct GByteArray *to,
				   size_t len);
struct GByteArray *g_byte_array_new(void);
struct GByteArray *g_byte_array_set_size(struct GByteArray *a,
					 unsigned int len);

QEMU_EXPORT int qemu_plugin_version = QEMU_API;

#define MOST_ACCESSES	(1u << 22)	/* of a window */

static qemu_plugin_id_t self;
static const struct contention_arch *arch;
static const struct decode *decode;
static struct layout layout;
static const char *out_name, *symbols_name;
static unsigned long want = 1, skip, deaths, deaths_else;
static bool has_else;
static FILE *out;
static struct cpu cpus[MOST_CPUS], *cur = &cpus[0];
static unsigned int nr_cpus, all_cpus;
static bool too_many_cpus;

/* Addresses in the kernel, from its symbols. */
static uint64_t *irq_entry, dead_at, switch_at, kernel_at;
static uint32_t nr_irq;

static void die(const char *why)
{
	fprintf(stderr, "contention-plugin: %s\n", why);
	exit(1);
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

static void find_cpu(uint64_t area)
{
	for (cur = cpus; cur < cpus + nr_cpus && cur->area != area; cur++)
		;
	if (cur < cpus + nr_cpus)
		return;
	if (nr_cpus == MOST_CPUS) {
		too_many_cpus = true;
		cur = cpus;
		return;
	}
	cur->area = area;
	nr_cpus++;
}

static struct GByteArray *of_register;
static void *area_reg, *kernel_area_reg, *sp_reg;

static void find_registers(void)
{
	struct GArray *all = qemu_plugin_get_registers();
	struct reg *r = (struct reg *)all->data;

	of_register = g_byte_array_new();
	for (unsigned int i = 0; i < all->len; i++) {
		if (!strcmp(r[i].name, arch->area))
			area_reg = r[i].handle;
		if (arch->kernel_area && !strcmp(r[i].name, arch->kernel_area))
			kernel_area_reg = r[i].handle;
		if (arch->sp && !strcmp(r[i].name, arch->sp))
			sp_reg = r[i].handle;
	}
	if (!area_reg || (arch->kernel_area && !kernel_area_reg) ||
	    (arch->sp && !sp_reg))
		die("this QEMU does not show the registers that it needs");
}

/* At the start of every block, which has DATA instructions: on which CPU? */
static void which(unsigned int cpu, void *data)
{
	uint64_t v;

	(void)cpu;
	if (!of_register)
		find_registers();
	v = read_reg(area_reg, of_register);
	if (kernel_area_reg && !(v >> 63))
		v = read_reg(kernel_area_reg, of_register);
	if (v != cur->area)
		find_cpu(v);
	if (cur->open && !cur->irq)
		cur->insns += (uintptr_t)data;
}

/* Where what is returned to is in a register, so that no access tells. */
static void call_or_return(unsigned int cpu, void *data)
{
	struct insn *in = data;
	uint64_t sp;

	(void)cpu;
	if (!cur->open || cur->irq)
		return;
	sp = read_reg(sp_reg, of_register);
	if (in->flags & CALL)
		contention_called(cur, sp, in->nr);
	else
		contention_returned(cur, sp);
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
		c->log = contention_grown(c->log, c->room * sizeof(*c->log));
	}
	c->log[c->nr++] = (struct access){
		.pa = pa / LINE * LINE, .va = va / LINE * LINE,
		.mask = mask << pa % LINE, .insn = in->nr,
		.way = in->addr >> 63 ? c->call : NONE,
		.when = c->insns, .store = store,
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
	if (!arch->sp && in->flags & CALL && store && va >> 63)
		contention_called(cur, va, in->nr);
	if (!arch->sp && in->flags & RET && va >> 63)
		contention_returned(cur, va);
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
	cur->nr = cur->irq = cur->deaths = cur->insns = 0;
	contention_no_calls(cur);
}

static bool peek(uint64_t addr, void *to, size_t len)
{
	static struct GByteArray *a;

	if (!a)
		a = g_byte_array_new();
	g_byte_array_set_size(a, len);
	if (!qemu_plugin_read_memory_vaddr(addr, a, len) || a->len != len)
		return false;
	memcpy(to, a->data, len);
	return true;
}

static void finish(void)
{
	if (!out)
		return;
	if (too_many_cpus)
		die("more than 8 CPUs");
	contention_write(cpus, nr_cpus, &layout, out);
	if (ferror(out) | fclose(out)) {
		fprintf(stderr, "contention-plugin: %s: %s\n", out_name,
			strerror(errno));
		exit(1);
	}
	out = NULL;
}

/* What the guest does from here on is of no interest: it is to be quick. */
static void asleep_again(qemu_plugin_id_t id)
{
	(void)id;
}

/* The last window of all has ended: what was shared is still there. */
static bool all_done(void)
{
	if (nr_cpus < all_cpus)
		return false;
	for (unsigned int i = 0; i < nr_cpus; i++)
		if (cpus[i].windows != want)
			return false;
	return true;
}

/* Of CPU C in a window: the area of the first one is the lowest. */
static unsigned long due(const struct cpu *c)
{
	for (unsigned int i = 0; i < nr_cpus; i++)
		if (has_else && cpus[i].area < c->area)
			return deaths_else;
	return deaths;
}

static void find_all(void)
{
	if (!out)
		return;
	arch->layout(&layout, peek);
	contention_find(peek, nr_cpus, &layout);
	finish();
	qemu_plugin_reset(self, asleep_again);
}

static void end(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (!cur->open)
		return;
	cur->open = false;
	if (cur->begun++ < skip)
		return;
	if (cur->overflow || (dead_at && cur->deaths != due(cur)))
		cur->refused++;
	else
		contention_commit(cur, cur - cpus);
	if (all_done() && !kernel_at)
		find_all();
}

static void in_kernel(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (all_done())
		find_all();
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

static uint32_t flags_of(const uint8_t *b, size_t len)
{
	unsigned int what = decode->what(b, len);

	return (what & TRACE_CALL ? CALL : 0) | (what & TRACE_RET ? RET : 0) |
	       (what & TRACE_IRET ? IRET : 0) |
	       (arch->locks(b, len) ? LOCKED : 0);
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
	qemu_plugin_register_vcpu_tb_exec_cb(tb, which, CB_R_REGS,
					     (void *)(uintptr_t)nr);
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
		uint64_t addr = qemu_plugin_insn_vaddr(q);
		uint8_t b[16] = { 0 };
		size_t len = plugin_bytes(q, b);
		uint32_t mark = decode->mark(b, len);
		struct insn *in;

		if (mark == MARK_BEGIN || mark == MARK_BESIDE) {
			call_at(q, begin);
			continue;
		}
		if (mark == MARK_END || mark == MARK_THROUGH) {
			call_at(q, end);
			continue;
		}
		in = contention_insn(addr, b, flags_of(b, len));
		for (uint32_t k = 0; k < nr_irq; k++)
			if (irq_entry[k] == addr)
				call_at(q, irq_in);
		if (in->flags & IRET || (addr && addr == switch_at))
			call_at(q, irq_out);
		if (addr && addr == dead_at)
			call_at(q, dead);
		if (addr && addr == kernel_at)
			call_at(q, in_kernel);
		if (arch->sp && in->flags & (CALL | RET) && addr >> 63)
			qemu_plugin_register_vcpu_insn_exec_cb(q,
				call_or_return, CB_R_REGS, in);
		qemu_plugin_register_vcpu_mem_cb(q, mem,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, in);
	}
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

		if (qemu_plugin_insn_size(q) != decode->mark_len)
			continue;
		mark = decode->mark(b, plugin_bytes(q, b));
		if (mark == MARK_BEGIN || mark == MARK_BESIDE)
			call_at(q, wake);
	}
}

static void read_symbols(void)
{
	static const char *const symbols[] = {
		[SYMBOL_TEXT] = "_text", [SYMBOL_END] = "_end",
		[SYMBOL_VMCOREINFO] = "vmcoreinfo_data",
	};
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
		else if (!strcmp(name, arch->switch_to))
			switch_at = addr;
		else if (arch->kernel_at && !strcmp(name, arch->kernel_at))
			kernel_at = addr;
		for (unsigned int i = 0; i < NR_SYMBOLS; i++)
			if (!strcmp(name, symbols[i]))
				contention_symbol[i] = addr;
		if (!arch->is_irq(name))
			continue;
		irq_entry = contention_grown(irq_entry,
				  (nr_irq + 1) * sizeof(*irq_entry));
		irq_entry[nr_irq++] = addr;
	}
	fclose(f);
	if (!dead_at || !switch_at || !nr_irq ||
	    (arch->kernel_at && !kernel_at)) {
		fprintf(stderr, "contention-plugin: %s: no do_task_dead, "
			"%s, %s or %s; expected /proc/kallsyms as root\n",
			symbols_name, arch->switch_to, arch->irq_name,
			arch->kernel_at ? arch->kernel_at : arch->irq_name);
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
			   plugin_number(argv[i] + 7, &deaths)) &&
			 !(!strncmp(argv[i], "slab=", 5) &&
			   contention_slab_option(argv[i] + 5)) &&
			 !(!strncmp(argv[i], "deaths-else=", 12) &&
			   plugin_number(argv[i] + 12, &deaths_else) &&
			   (has_else = true))) {
			fprintf(stderr, "contention-plugin: '%s'; expected "
				"out=FILE, symbols=FILE, windows=1..%d, "
				"skip=0..%d, deaths=0..%d or deaths-else=0..%d"
				"\n", argv[i], 0xffffff, 0xffffff, 0xffffff,
				0xffffff);
			return 1;
		}
	}
	arch = contention_arch_for(info->target_name);
	decode = decode_for(info->target_name);
	if (!arch || !decode || !info->system_emulation ||
	    info->system.max_vcpus < 2 || info->system.max_vcpus > MOST_CPUS) {
		fprintf(stderr, "contention-plugin: needs a whole x86_64 or "
			"aarch64 machine with 2 to %d virtual CPUs\n",
			MOST_CPUS);
		return 1;
	}
	all_cpus = info->system.smp_vcpus;
	out = out_name ? fopen(out_name, "we") : NULL;
	if (!out) {
		fprintf(stderr, "contention-plugin: out=%s: %s\n",
			out_name ? out_name : "", strerror(errno));
		return 1;
	}
	if (symbols_name)
		read_symbols();
	arch->layout(&layout, NULL);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_asleep);
	return 0;
}
