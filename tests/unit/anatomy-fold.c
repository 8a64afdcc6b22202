// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbols, and a trace made by hand: what goes to whom */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "fold.h"
#include "ksyms.h"
#include "sleep.h"
#include "../../lib/trace.h"

/* --- symbols ------------------------------------------------------------- */

static struct ksyms k, user_syms;
static char symbols[4096], why[200];

static int parse(const char *text)
{
	snprintf(symbols, sizeof(symbols), "%s", text);
	return ksyms_parse(&k, symbols, strlen(symbols), why, sizeof(why));
}

static const char *at(uint64_t addr)
{
	const struct ksym *s = ksyms_find(&k, addr);

	return s ? s->name : "-";
}

static void test_symbols(void **state)
{
	(void)state;
	assert_int_equal(parse(
		"0000000000000000 A fixed_percpu_data\n"
		"ffffffff81000000 T _stext\n"
		"ffffffff81000200 t copy_process.part.0\n"
		"ffffffff810001f0 t __pfx_copy_process.part.0\n"
		"ffffffff81000300 T do_exit\n"
		"ffffffff81000300 T __do_exit\n"
		"ffffffff81000280 D some_data\n"
		"ffffffff81000400 t do_exit.cold\n"
		"ffffffff81000500 T _etext\n"
		"ffffffff81000600 W in_module\t[module]\n"), 0);
	assert_string_equal(at(0xffffffff80ffffff), "-");
	assert_string_equal(at(0xffffffff81000000), "_stext");
	assert_string_equal(at(0xffffffff810001ff), "_stext");
	assert_string_equal(at(0xffffffff81000200), "copy_process");
	assert_string_equal(at(0xffffffff81000290), "copy_process");
	assert_string_equal(at(0xffffffff81000301), "do_exit");
	assert_string_equal(at(0xffffffff81000400), "do_exit");
	assert_string_equal(at(0xffffffff810004ff), "do_exit");
	assert_string_equal(at(0xffffffff81000500), "-");
	assert_string_equal(at(0xffffffff81000600), "in_module");
	ksyms_free(&k);
}

static void test_no_symbols(void **state)
{
	static const char *const bad[] = {
		"",
		"ffffffff81000000 T _stext\n",		/* no end */
		"ffffffff81000000 T\n",
		"ffffffff8100000 T short\n",
		"ffffffffg1000000 T wrong\n",
		"ffffffff81000000  T two\n",
		" fffffff81000000 T blank\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		*why = 0;
		assert_int_equal(parse(bad[i]), -1);
		assert_true(*why);
	}
}

/* --- functions of a program ---------------------------------------------- */

static void test_program(void **state)
{
	static uint8_t file[1 << 12];
	Elf64_Ehdr head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB },
		.e_type = ET_EXEC, .e_shoff = 64, .e_shnum = 2,
		.e_shentsize = sizeof(Elf64_Shdr),
	};
	Elf64_Shdr section[2] = {
		{ .sh_type = SHT_SYMTAB, .sh_link = 1, .sh_offset = 1024,
		  .sh_size = 5 * sizeof(Elf64_Sym) },
		{ .sh_type = SHT_STRTAB, .sh_offset = 2048, .sh_size = 32 },
	};
	Elf64_Sym s[5] = {
		{ .st_name = 1, .st_info = STT_FUNC, .st_value = 0x401000,
		  .st_size = 16 },
		{ .st_name = 6, .st_info = STT_FUNC, .st_value = 0x401010,
		  .st_size = 8 },
		{ .st_name = 6, .st_info = STT_OBJECT, .st_value = 0x401004 },
		{ .st_name = 99, .st_info = STT_FUNC, .st_value = 0x401008 },
		{ .st_name = 15, .st_info = STT_FUNC, .st_value = 0x401020 },
	};

	(void)state;
	memcpy(file, &head, sizeof(head));
	memcpy(file + 64, section, sizeof(section));
	memcpy(file + 1024, s, sizeof(s));
	memcpy(file + 2048, "\0main\0_cp.cold\0down_read", 25);
	memcpy(file + 2048 + 99, "no name", 8);
	assert_int_equal(ksyms_program(&k, file, sizeof(file), why,
				       sizeof(why)), 0);
	assert_string_equal(at(0x400fff), "-");
	assert_string_equal(at(0x40100f), "[user:main]");
	assert_string_equal(at(0x401010), "[user:_cp]");
	assert_string_equal(at(0x401018), "-");
	assert_string_equal(at(0x401020), "[user:down_read]");
	ksyms_free(&k);
	for (size_t len = 0; len < 2080; len++)
		assert_int_equal(ksyms_program(&k, file, len, why,
					       sizeof(why)), -1);
	head.e_type = ET_DYN;
	memcpy(file, &head, sizeof(head));
	assert_int_equal(ksyms_program(&k, file, sizeof(file), why,
				       sizeof(why)), -1);
}

/* Whichever comes first: of two in a row neither ends the other. */
static void test_added(void **state)
{
	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		k = (struct ksyms){ 0 };
		ksyms_add(&k, 0x401000, 16, "[user:main]");
		ksyms_add(&k, turn ? 0x402010 : 0x402000, turn ? 8 : 16,
			  turn ? "b" : "a");
		ksyms_add(&k, turn ? 0x402000 : 0x402010, turn ? 16 : 8,
			  turn ? "a" : "b");
		assert_string_equal(at(0x40100f), "[user:main]");
		assert_string_equal(at(0x401010), "-");
		assert_string_equal(at(0x402000), "a");
		assert_string_equal(at(0x40200f), "a");
		assert_string_equal(at(0x402010), "b");
		assert_string_equal(at(0x402018), "-");
		ksyms_free(&k);
	}
}

/* --- a trace ------------------------------------------------------------- */

/* A function is 256 bytes long; its instructions are one byte each. */
enum fn {
	SYSCALL, KERNEL_CLONE, COPY_PROCESS, CAN_FORK, SPIN_LOCK, DOWN_READ,
	EXIT_SIGNALS, SCHEDULE, SWITCH_ASM, SWITCH_TO, NEWBORN, DO_EXIT,
	TIMER, STUB, COMMON, PAGE_FAULT, KTHREAD, HELPER,
	EL0_SVC, CPU_SWITCH_TO, IRQ_HANDLER, VECTORS, FNS,	/* of arm64 */
};

static const char *name[FNS] = {
	"entry_SYSCALL_64", "kernel_clone", "copy_process", "cgroup_can_fork",
	"_raw_spin_lock", "down_read", "exit_signals", "__schedule",
	"__switch_to_asm", "__switch_to", "ret_from_fork_asm", "do_exit",
	"asm_sysvec_apic_timer_interrupt", "irq_entries_start",
	"asm_common_interrupt", "asm_exc_page_fault", "kthread", "helper",
	"el0_svc", "cpu_switch_to", "el1_interrupt", "vectors",
};

#define TEXT 0xffffffff81000000ull
#define USER 0x401000ull
#define STACK_A 0xffffc90000104000ull	/* of the caller: 16 KiB from here */
#define STACK_B 0xffffc90000204000ull
#define STACK_K 0xffffc90000304000ull
#define STACK_IRQ 0xffffc90000404000ull

static uint64_t word[4096], run[4096];
static size_t nr_word, nr_run, nr_insn;
static unsigned long nr_window;
static unsigned int length;	/* of an instruction, as recorded */

static void begin(void)
{
	nr_run = 0;
	run[nr_run++] = TRACE_WORD(TRACE_BEGIN, 0, 0);
}

/* N instructions from ADDR on, the last of them being WHAT. */
static void go_at(uint64_t addr, unsigned int n, unsigned int what)
{
	uint64_t last = nr_run ? run[nr_run - 1] : 0;

	/* As the plugin writes it: what is next by its number goes on. */
	if (TRACE_KIND(last) == TRACE_RUN &&
	    TRACE_LOW(last) + TRACE_COUNT(last) == nr_insn)
		run[nr_run - 1] += TRACE_WORD(0, n, 0);
	else
		run[nr_run++] = TRACE_WORD(TRACE_RUN, n, nr_insn);
	for (unsigned int i = 0; i < n; i++, nr_insn++)
		word[nr_word++] = TRACE_AT(TRACE_INSN, length << 4 |
					   (i + 1 == n ? what : 0), addr + i);
}

/* From the start of a function; from somewhere in its middle. */
static void enter(enum fn fn, unsigned int n, unsigned int what)
{
	go_at(TEXT + fn * 256, n, what);
}

static void go(enum fn fn, unsigned int n, unsigned int what)
{
	go_at(TEXT + fn * 256 + 100, n, what);
}

static void user(unsigned int n)
{
	go_at(USER, n, 0);
}

static void slot(uint64_t addr)
{
	run[nr_run++] = TRACE_AT(TRACE_STACK, 0, addr);
}

/* FROM executes N and calls TO, which executes M. */
static void call(enum fn from, unsigned int n, enum fn to, unsigned int m,
		 uint64_t stack)
{
	go(from, n, TRACE_CALL);
	slot(stack);
	enter(to, m, 0);
}

static void ret(enum fn from, uint64_t stack)
{
	go(from, 1, TRACE_RET);
	slot(stack);
}

static void finish(void)
{
	run[nr_run++] = TRACE_WORD(TRACE_FINISH, 0, 0);
	memcpy(word + nr_word, run, nr_run * sizeof(*run));
	nr_word += nr_run;
	nr_window++;
}

static int setup(void **state)
{
	size_t len = 0;

	(void)state;
	for (int i = 0; i < FNS; i++)
		len += snprintf(symbols + len, sizeof(symbols) - len,
				"%016llx T %s\n", TEXT + i * 256, name[i]);
	len += snprintf(symbols + len, sizeof(symbols) - len,
			"%016llx T _etext\n", TEXT + FNS * 256 + 2048);
	nr_word = nr_insn = nr_window = 0;
	word[nr_word++] = TRACE_MAGIC;
	length = 0;
	return ksyms_parse(&k, symbols, len, why, sizeof(why));
}

static int teardown(void **state)
{
	(void)state;
	ksyms_free(&k);
	return 0;
}

static struct fold f;
static struct counts c;
static bool median;		/* the functions of its windows */

/* Function by function or instruction by instruction: as many of the kernel. */
static void whole(void)
{
	uint64_t fns = 0, insns = 0;

	for (size_t i = 2; i < f.nr_node; i++)
		if (*f.fn[f.node[i].fn] != '[')
			fns += f.node[i].all[FOLD_CALLER] +
			       f.node[i].all[FOLD_CHILD];
	for (size_t i = 0; i < f.nr_insn; i++) {
		insns += f.insn[i].nr;
		assert_true(!i || f.insn[i - 1].addr < f.insn[i].addr);
	}
	assert_int_equal(insns, fns);
}

static void fold(void)
{
	word[nr_word++] = TRACE_WORD(TRACE_END, 0, nr_window);
	*why = 0;
	assert_int_equal(fold_trace(&f, word, nr_word, &k, &user_syms, median, why,
				    sizeof(why)), 0);
	counts_of(&c, &f);
	whole();
}

static void done(void)
{
	counts_free(&c);
	fold_free(&f);
}

/* Instructions of FN in PART; 0 if there are none. */
static const struct counts_row *row(enum fold_part part, const char *fn)
{
	static const struct counts_row none;

	for (size_t i = 0; i < c.nr_row; i++)
		if (c.row[i].part == part && !strcmp(c.row[i].fn, fn))
			return &c.row[i];
	return &none;
}

static double mean(enum fold_part part, enum fn fn)
{
	return row(part, name[fn])->mean;
}

static void assert_stack(const char *want)
{
	char line[400];

	for (size_t i = 2; i < f.nr_node; i++) {
		uint32_t path[20], n = i;
		size_t nr = 0, len = 0;

		for (; n > 1; n = f.node[n].parent)
			path[nr++] = f.node[n].fn;
		*line = 0;
		while (nr--)
			len += snprintf(line + len, sizeof(line) - len, "%s%s",
					len ? ";" : "", f.fn[path[nr]]);
		if (!strcmp(line, want))
			return;
	}
	fail_msg("no stack %s", want);
}

static void test_calls(void **state)
{
	(void)state;
	begin();
	user(5);
	enter(SYSCALL, 3, 0);
	call(SYSCALL, 1, KERNEL_CLONE, 2, STACK_A + 0x3000);
	call(KERNEL_CLONE, 1, COPY_PROCESS, 4, STACK_A + 0x2f00);
	enter(HELPER, 6, 0);				/* a tail call */
	ret(HELPER, STACK_A + 0x2f00);
	go(KERNEL_CLONE, 1, 0);
	ret(KERNEL_CLONE, STACK_A + 0x3000);
	go(SYSCALL, 1, 0);
	user(2);
	finish();
	fold();
	assert_int_equal(f.mode, 28);
	assert_true(row(FOLD_CALLER, "[user]")->mean == 7);
	assert_true(mean(FOLD_CALLER, SYSCALL) == 5);
	assert_true(mean(FOLD_CALLER, KERNEL_CLONE) == 5);
	assert_true(mean(FOLD_CALLER, COPY_PROCESS) == 4);
	assert_true(mean(FOLD_CALLER, HELPER) == 7);
	assert_stack("entry_SYSCALL_64;kernel_clone;copy_process");
	assert_stack("entry_SYSCALL_64;kernel_clone;helper");
	done();
}

/* Once as it should be in the kernel, once in user space, once a fetch. */
static void test_fault(void **state)
{
	(void)state;
	begin();
	enter(SYSCALL, 3, 0);
	go(HELPER, 4, 0);		/* the last of it faults ... */
	enter(PAGE_FAULT, 10, TRACE_IRET);
	go_at(TEXT + HELPER * 256 + 103, 1, 0);		/* ... is repeated */
	user(8);			/* the last of it faults ... */
	enter(PAGE_FAULT, 10, TRACE_IRET);
	go_at(USER + 7, 1, 0);				/* ... is repeated */
	user(8);			/* done; the next cannot be fetched */
	enter(PAGE_FAULT, 10, TRACE_IRET);
	go_at(USER + 8, 1, 0);
	finish();
	fold();
	assert_int_equal(f.mode, 3 + 4 + 8 + 9 + 30);
	assert_true(mean(FOLD_CALLER, HELPER) == 4);
	assert_true(row(FOLD_CALLER, "[user]")->mean == 17);
	assert_true(mean(FOLD_CALLER, PAGE_FAULT) == 30);
	assert_true(mean(FOLD_INTERRUPT, PAGE_FAULT) == 0);
	done();
}

static void test_interrupt(void **state)
{
	(void)state;
	begin();
	enter(SYSCALL, 3, 0);
	call(SYSCALL, 1, KERNEL_CLONE, 2, STACK_A + 0x3000);
	enter(TIMER, 5, 0);
	call(TIMER, 1, HELPER, 7, STACK_IRQ + 0x3ff0);	/* another stack */
	ret(HELPER, STACK_IRQ + 0x3ff0);
	go(TIMER, 2, TRACE_IRET);
	go(KERNEL_CLONE, 1, 0);
	enter(STUB, 2, 0);				/* a device */
	enter(COMMON, 4, TRACE_IRET);
	ret(KERNEL_CLONE, STACK_A + 0x3000);
	go(SYSCALL, 1, 0);
	user(1);
	finish();
	fold();
	assert_int_equal(f.mode, 3 + 1 + 2 + 1 + 1 + 1 + 1);
	assert_true(mean(FOLD_INTERRUPT, TIMER) == 8);
	assert_true(mean(FOLD_INTERRUPT, HELPER) == 8);
	assert_true(mean(FOLD_INTERRUPT, STUB) == 2);
	assert_true(mean(FOLD_INTERRUPT, COMMON) == 4);
	assert_true(mean(FOLD_CALLER, HELPER) == 0);
	assert_true(mean(FOLD_CALLER, KERNEL_CLONE) == 4);
	assert_stack("asm_sysvec_apic_timer_interrupt;helper");
	assert_true(c.all.p50 == f.mode + 22);
	done();
}

/* From the task on FROM to that on TO, which goes on in the middle. */
static void switch_to(uint64_t from, uint64_t to)
{
	call(SCHEDULE, 2, SWITCH_ASM, 3, from + 0x2800);
	enter(SWITCH_TO, 4, TRACE_RET);
	slot(to + 0x2800);
}

/* A child is born, lives on in the next window; a kernel thread gets in. */
static void test_tasks(void **state)
{
	(void)state;
	begin();
	enter(SYSCALL, 3, 0);
	switch_to(STACK_A, STACK_B);
	enter(NEWBORN, 6, 0);
	user(2);
	enter(SYSCALL, 3, 0);
	call(SYSCALL, 1, DO_EXIT, 5, STACK_B + 0x3000);
	switch_to(STACK_B, STACK_A);
	go(SCHEDULE, 1, 0);
	user(1);
	finish();

	begin();
	enter(SYSCALL, 3, 0);
	switch_to(STACK_A, STACK_B);
	go(SCHEDULE, 1, 0);
	go(DO_EXIT, 20, 0);			/* the rest of its life */
	switch_to(STACK_B, STACK_K);
	enter(NEWBORN, 2, 0);
	call(NEWBORN, 1, KTHREAD, 9, STACK_K + 0x3000);
	switch_to(STACK_K, STACK_A);
	go(SCHEDULE, 1, 0);
	user(1);
	finish();
	fold();

	/* First: 15 of the caller, 17 + 9 of its child, and 21 + 9 later. */
	assert_int_equal(f.window[0].part[FOLD_CALLER], 3 + 9 + 1 + 1);
	assert_int_equal(f.window[0].part[FOLD_CHILD],
			 6 + 2 + 3 + 6 + 9 + 1 + 20 + 9);
	assert_int_equal(f.window[0].all, 14 + 6 + 2 + 3 + 6 + 9);
	assert_int_equal(f.window[1].part[FOLD_CALLER], 3 + 9 + 1 + 1);
	assert_int_equal(f.window[1].part[FOLD_CHILD], 0);
	assert_int_equal(f.window[1].part[FOLD_OTHER], 2 + 1 + 9 + 9);
	assert_int_equal(f.window[1].all, 14 + 30 + 21);
	assert_true(mean(FOLD_CHILD, DO_EXIT) == 25. / 2);
	assert_true(mean(FOLD_OTHER, KTHREAD) == 9. / 2);
	done();
}

/* Another actor ran in the window: told by its mark, also what came before. */
static void test_beside(void **state)
{
	(void)state;
	begin();
	enter(SYSCALL, 3, 0);
	switch_to(STACK_A, STACK_B);
	go(SCHEDULE, 1, 0);
	user(2);
	run[nr_run++] = TRACE_WORD(TRACE_BESIDE, 0, 0);
	enter(SYSCALL, 7, 0);
	switch_to(STACK_B, STACK_A);
	go(SCHEDULE, 1, 0);
	user(1);
	finish();
	fold();
	assert_int_equal(f.window[0].part[FOLD_CALLER], 3 + 9 + 1 + 1);
	assert_int_equal(f.window[0].part[FOLD_CHILD], 0);
	assert_int_equal(f.window[0].part[FOLD_OTHER], 1 + 2 + 7 + 9);
	done();
}

static void cpu(unsigned int nr)
{
	run[nr_run++] = TRACE_WORD(TRACE_CPU, 0, nr);
}

/*
 * Two CPUs: who runs on the other one when a window begins is known, and each
 * has a last instruction, an interrupt and a switch of its own.
 */
static void test_cpus(void **state)
{
	(void)state;
	nr_run = 0;
	run[nr_run++] = TRACE_WORD(TRACE_POINT, 0, 0);
	cpu(1);
	user(4);
	run[nr_run++] = TRACE_WORD(TRACE_BESIDE, 0, 0);
	enter(SYSCALL, 7, 0);
	switch_to(STACK_B, STACK_K);
	go(SCHEDULE, 1, 0);
	enter(KTHREAD, 2, 0);
	cpu(0);
	user(3);
	run[nr_run++] = TRACE_WORD(TRACE_BEGIN, 0, 0);	/* given up */
	user(30);
	run[nr_run++] = TRACE_WORD(TRACE_BEGIN, 0, 0);
	user(2);
	enter(SYSCALL, 3, 0);
	cpu(1);
	go(KTHREAD, 5, 0);
	switch_to(STACK_K, STACK_B);
	go(SCHEDULE, 1, 0);
	user(2);
	cpu(0);
	enter(TIMER, 5, 0);
	cpu(1);
	enter(SYSCALL, 4, 0);
	cpu(0);
	go(TIMER, 1, TRACE_IRET);
	go(HELPER, 4, 0);		/* the last of it faults ... */
	cpu(1);
	go(SYSCALL, 1, 0);
	cpu(0);
	enter(PAGE_FAULT, 10, TRACE_IRET);
	go_at(TEXT + HELPER * 256 + 103, 1, 0);		/* ... is repeated */
	run[nr_run++] = TRACE_WORD(TRACE_FINISH, 0, 0);
	user(50);
	cpu(1);
	user(60);
	run[nr_run++] = TRACE_WORD(TRACE_POINT, 0, 1);
	memcpy(word + nr_word, run, nr_run * sizeof(*run));
	nr_word += nr_run;
	nr_window++;
	fold();
	assert_int_equal(f.nr_window, 1);
	assert_int_equal(f.window[0].part[FOLD_CALLER], 2 + 3 + 4 + 10);
	assert_int_equal(f.window[0].part[FOLD_CHILD], 0);
	assert_int_equal(f.window[0].part[FOLD_INTERRUPT], 5 + 1);
	assert_int_equal(f.window[0].part[FOLD_OTHER], 5 + 9 + 1 + 2 + 4 + 1);
	assert_int_equal(f.window[0].all, 19 + 6 + 22);
	assert_true(mean(FOLD_CALLER, HELPER) == 4);
	assert_true(mean(FOLD_OTHER, KTHREAD) == 5);
	assert_true(row(FOLD_OTHER, "[user]")->mean == 2);
	done();
}

/* A lock is the cgroup code's where that code takes it, nowhere else. */
static void test_reader_tax(void **state)
{
	(void)state;
	begin();
	enter(SYSCALL, 3, 0);
	call(SYSCALL, 1, COPY_PROCESS, 2, STACK_A + 0x3000);
	call(COPY_PROCESS, 1, SPIN_LOCK, 5, STACK_A + 0x2f00);
	ret(SPIN_LOCK, STACK_A + 0x2f00);
	call(COPY_PROCESS, 1, DOWN_READ, 5, STACK_A + 0x2f00);
	ret(DOWN_READ, STACK_A + 0x2f00);
	call(COPY_PROCESS, 1, CAN_FORK, 3, STACK_A + 0x2f00);
	call(CAN_FORK, 1, SPIN_LOCK, 5, STACK_A + 0x2e00);
	ret(SPIN_LOCK, STACK_A + 0x2e00);
	ret(CAN_FORK, STACK_A + 0x2f00);
	call(COPY_PROCESS, 1, EXIT_SIGNALS, 2, STACK_A + 0x2f00);
	call(EXIT_SIGNALS, 1, DOWN_READ, 5, STACK_A + 0x2e00);
	ret(DOWN_READ, STACK_A + 0x2e00);
	call(EXIT_SIGNALS, 1, SPIN_LOCK, 5, STACK_A + 0x2e00);
	ret(SPIN_LOCK, STACK_A + 0x2e00);
	ret(EXIT_SIGNALS, STACK_A + 0x2f00);
	finish();
	fold();
	assert_true(row(FOLD_CALLER, "_raw_spin_lock")->mean == 18);
	assert_true(row(FOLD_CALLER, "_raw_spin_lock")->cgroup == 6);
	assert_true(row(FOLD_CALLER, "down_read")->mean == 12);
	assert_true(row(FOLD_CALLER, "down_read")->cgroup == 6);
	assert_true(row(FOLD_CALLER, "down_read")->lock == 6);
	assert_true(row(FOLD_CALLER, "cgroup_can_fork")->cgroup == 5);
	assert_true(row(FOLD_CALLER, "cgroup_can_fork")->lock == 0);
	assert_true(row(FOLD_CALLER, "exit_signals")->cgroup == 0);
	assert_true(row(FOLD_CALLER, "copy_process")->cgroup == 0);
	done();
}

static void test_mode(void **state)
{
	(void)state;
	for (int i = 0; i < 9; i++) {
		begin();
		user(i % 3 ? 100 : 21 * i + 40);
		finish();
	}
	fold();
	assert_int_equal(f.mode, 100);
	assert_int_equal(f.nr_mode, 6);
	assert_true(row(FOLD_CALLER, "[user]")->mode == 100);
	assert_true(row(FOLD_CALLER, "[user]")->mean ==
		    (6 * 100 + 40 + 103 + 166) / 9.);
	assert_true(c.all.p50 == 100 && c.all.min == 40 && c.all.max == 166);
	done();
}

static void test_median(void **state)
{
	static const int total[] = { 400, 100, 300, 400, 200, 300, 400 };

	(void)state;
	for (int i = 0; i < 7; i++) {
		begin();
		user(total[i]);
		finish();
	}
	median = true;
	fold();
	median = false;
	assert_int_equal(f.mode, 300);
	assert_int_equal(f.nr_mode, 2);
	assert_true(row(FOLD_CALLER, "[user]")->mode == 300);
	assert_true(c.operation.p50 == 300);
	done();
}

static void test_string(void **state)
{
	(void)state;
	begin();
	enter(SYSCALL, 3, TRACE_STRING);
	go(HELPER, 1, TRACE_STRING);
	finish();
	fold();
	assert_true(row(FOLD_CALLER, name[SYSCALL])->string == 1);
	assert_true(row(FOLD_CALLER, name[HELPER])->string == 1);
	done();
}

static void refused(size_t nr, const char *reason)
{
	*why = 0;
	assert_int_equal(fold_trace(&f, word, nr, &k, &user_syms, false, why, sizeof(why)), -1);
	if (!strstr(why, reason))
		fail_msg("'%s' instead of '%s'", why, reason);
}

static void test_bad_trace(void **state)
{
	size_t last;

	(void)state;
	refused(0, "no trace");
	refused(1, "truncated");
	begin();
	user(3);
	finish();
	last = nr_word;
	refused(nr_word, "after 1 windows: truncated");
	word[nr_word++] = TRACE_WORD(TRACE_END, 0, 2);	/* of one */
	refused(nr_word, "is 0x0600000000000002, not what");
	word[last] = TRACE_WORD(TRACE_RUN, 1, 0);	/* in no window */
	refused(nr_word, "word 7 is");
	word[last] = TRACE_WORD(99, 0, 0);
	refused(nr_word, "word 7 is");
	word[5] = TRACE_WORD(TRACE_RUN, 4, 0);		/* one too many */
	refused(nr_word, "word 5 is");
	word[5] = TRACE_WORD(TRACE_RUN, 0, 0);
	refused(nr_word, "word 5 is");
	word[1] = TRACE_WORD(TRACE_END, 3, 0);
	refused(2, "no mark was executed");
	word[0]++;
	refused(nr_word, "no trace");
}

/* --- counts -------------------------------------------------------------- */

static const char good[] =
	"# forkpath-anatomy/1\n# label 6.12\n# lock default\n"
	"# windows 500 mode 37 given-up 1\n# samples 499 more 9\n"
	"# operation mode 27753 p50 28930.5 mean 30000.25 min 21145 max 9e5\n"
	"# all p50 31620.5 mean 32626.6 min 1 max 2\n"
	"part\tfunction\tmode\tmean\tcgroup\tlock\tstring\n"
	"caller\t[user]\t7\t7.5\t3\t2\t1\n"
	"interrupt\tdo_irq\t0\t0.25\t0\t0\t0\n";

static int counts(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	copy[len] = 0;
	*why = 0;
	return counts_parse(&c, copy, len, why, sizeof(why));
}

static void test_counts(void **state)
{
	char *text;
	size_t len;
	FILE *to;

	(void)state;
	assert_int_equal(counts(good, strlen(good)), 0);
	assert_string_equal(counts_about(&c, "label"), "6.12");
	assert_string_equal(counts_about(&c, "lock"), "default");
	assert_string_equal(counts_about(&c, "loc"), "?");
	assert_true(c.windows == 500 && c.mode_windows == 37 &&
		    c.given_up == 1 && c.mode == 27753 &&
		    c.confirmed == 499 && c.more == 9);
	assert_true(c.operation.p50 == 28930.5 && c.operation.max == 9e5);
	assert_true(c.all.mean == 32626.6 && c.all.max == 2);
	assert_int_equal(c.nr_row, 2);
	assert_int_equal(c.row[1].part, FOLD_INTERRUPT);
	assert_string_equal(c.row[0].fn, "[user]");
	assert_true(c.row[0].mode == 7 && c.row[0].mean == 7.5 &&
		    c.row[0].cgroup == 3 && c.row[0].lock == 2 &&
		    c.row[0].string == 1);

	/* What is printed can be read, and is the same when printed again. */
	to = open_memstream(&text, &len);
	counts_print(&c, to);
	fclose(to);
	counts_free(&c);
	assert_int_equal(counts(text, len), 0);
	assert_true(c.row[0].mean == 7.5 && c.all.p50 == 31620.5);
	counts_free(&c);
	free(text);
}

static void test_bad_counts(void **state)
{
	static const char *const bad[] = {
		"", "\n", "# forkpath-anatomy/2\n", "# forkpath-anatomy/1\n",
		"# forkpath-anatomy/1\nfunction\n",
	};
	static const char *const rows[] = {
		"", "caller\t[user]\t7\t7.5\t0\t0\n",
		"caller\t[user]\t7\t7.5\t0\t0\t1\t2\n",
		"nobody\t[user]\t7\t7.5\t0\t0\t1\n",
		"caller\t[user]\t7\t-7.5\t0\t0\t1\n",
		"caller\t[user]\t7\tinf\t0\t0\t1\n",
		"caller\t[user]\t7\t1e999\t0\t0\t1\n",
		"caller\t[user]\t7\t7.5x\t0\t0\t1\n",
		"caller\t[user]\t7\t7.5\t0\t0\t1",
	};
	const char *table = strstr(good, "caller");
	char text[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(counts(bad[i], strlen(bad[i])), -1);
		assert_true(*why);
		counts_free(&c);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text), "%.*s%s", (int)(table - good),
			 good, rows[i]);
		assert_int_equal(counts(text, strlen(text)), -1);
		assert_true(*why);
		counts_free(&c);
	}
	memcpy(text, good, sizeof(good));
	text[25] = 0;
	assert_int_equal(counts(text, sizeof(good) - 1), -1);
	counts_free(&c);
}

/* Samples are windows and 9; one of them slept for a tick. */
static void test_sleep(void **state)
{
	struct fold_window window[] = {
		{ .all = 300 }, { .all = 100 }, { .all = 200 }, { .all = 100 },
	};
	struct bucket bucket[] = {
		{ 109, 110, 2 }, { 209, 210, 1 }, { 4000309, 4000310, 1 },
	};
	uint64_t sum[] = { 109, 4000309, 109, 209 };
	struct series series = { .batch = 1, .sum = sum, .nr_sum = 4 };
	struct dist_role role[] = {
		{ .ops = 3 }, { .ops = 4, .bucket = bucket, .nr_bucket = 3 },
	};
	struct dist_file lat = { .role = role, .nr_role = 2 };
	const struct fold fresh = { .window = window, .nr_window = 4 };

	(void)state;
	f = fresh;
	sleep_find(&f, &lat);
	assert_true(f.timed);
	assert_int_equal(f.slept, 1);
	assert_int_equal(f.asleep, 4000000);

	role[1] = (struct dist_role){ .ops = 4, .series = &series,
				      .nr_series = 1 };
	f = fresh;
	sleep_find(&f, &lat);
	assert_true(f.timed);
	assert_int_equal(f.asleep, 4000000);

	role[1] = (struct dist_role){ .ops = 4, .bucket = bucket,
				      .nr_bucket = 3 };
	bucket[0].low = 150;		/* of other windows */
	f = fresh;
	sleep_find(&f, &lat);
	assert_false(f.timed);
	f = (struct fold){ 0 };
}

/* --- arm64: return addresses are in a register --------------------------- */

/* Vector NR of the table, N instructions of it. */
static void vector(unsigned int nr, unsigned int n)
{
	go_at(TEXT + VECTORS * 256 + 128 * nr, n, 0);
}

/* So many bytes into FN. */
static void go_on(enum fn fn, unsigned int at, unsigned int n, unsigned int what)
{
	go_at(TEXT + fn * 256 + at, n, what);
}

/* From the task whose register is left at OUT to that of IN. */
static void link_switch(uint64_t out, uint64_t in)
{
	enter(CPU_SWITCH_TO, 2, 0);
	slot(out);
	go(CPU_SWITCH_TO, 3, 0);
	slot(in);
	go(CPU_SWITCH_TO, 1, TRACE_RET);
}

static void link_windows(void)
{
	word[0] = TRACE_MAGIC_LINK;
	length = 1;
	for (int i = 0; i < 2; i++) {
		begin();
		user(3);
		vector(8, 2);
		enter(EL0_SVC, 2, TRACE_CALL);
		enter(KERNEL_CLONE, 3, TRACE_CALL);
		enter(COPY_PROCESS, 4, TRACE_CALL);
		enter(CAN_FORK, 1, 0);
		enter(HELPER, 2, TRACE_RET);	/* a tail call */
		/* An interrupt between a return and where it goes. */
		vector(5, 5);
		enter(IRQ_HANDLER, 3, TRACE_CALL);
		enter(HELPER, 6, TRACE_RET);
		go_on(IRQ_HANDLER, 3, 1, TRACE_IRET);
		go_on(COPY_PROCESS, 4, 7, TRACE_RET);
		go_on(KERNEL_CLONE, 3, 2, TRACE_RET);
		go_on(EL0_SVC, 2, 1, TRACE_CALL);
		link_switch(STACK_A, STACK_B);
		enter(NEWBORN, 4, TRACE_IRET);
		user(5);
		vector(8, 2);
		enter(DO_EXIT, 6, TRACE_CALL);
		link_switch(STACK_B, STACK_A);
		go_on(EL0_SVC, 3, 8, TRACE_IRET);
		user(1);
		finish();
	}
	fold();
	assert_int_equal(mean(FOLD_CALLER, KERNEL_CLONE), 5);
	assert_int_equal(mean(FOLD_CALLER, COPY_PROCESS), 11);
	assert_int_equal(mean(FOLD_CALLER, EL0_SVC), 11);
	assert_int_equal(mean(FOLD_CALLER, VECTORS), 2);
	assert_int_equal(mean(FOLD_CALLER, CPU_SWITCH_TO), 6);
	assert_int_equal(mean(FOLD_CALLER, HELPER), 2);
	assert_int_equal(row(FOLD_CALLER, "[user]")->mean, 4);
	assert_int_equal(mean(FOLD_INTERRUPT, VECTORS), 5);
	assert_int_equal(mean(FOLD_INTERRUPT, IRQ_HANDLER), 4);
	assert_int_equal(mean(FOLD_INTERRUPT, HELPER), 6);
	assert_int_equal(mean(FOLD_CHILD, NEWBORN), 4);
	assert_int_equal(mean(FOLD_CHILD, DO_EXIT), 6);
	assert_int_equal(mean(FOLD_CHILD, CPU_SWITCH_TO), 6);
	assert_int_equal(row(FOLD_CHILD, "[user]")->mean, 5);
	assert_stack("el0_svc;kernel_clone;copy_process");
	assert_stack("el0_svc;kernel_clone;copy_process;helper");
	assert_stack("el0_svc;cpu_switch_to");
	done();
}

/* The table of vectors may be one of those against branch history injection. */
static void test_link(void **state)
{
	link_windows();
	teardown(state);
	name[VECTORS] = "__bp_harden_el1_vectors";
	assert_int_equal(setup(state), 0);
	link_windows();
	name[VECTORS] = "vectors";
}

/* A loop over a whole function begins it again, whatever was there before. */
static void test_again(void **state)
{
	(void)state;
	begin();
	call(SYSCALL, 3, HELPER, 4, STACK_A + 0x3000);
	go(HELPER, 5, 0);
	enter(HELPER, 6, 0);
	finish();
	fold();
	assert_true(mean(FOLD_CALLER, HELPER) == 15);
	for (size_t i = 2; i < f.nr_node; i++)
		if (!strcmp(f.fn[f.node[i].fn], name[HELPER]))
			assert_int_equal(f.node[i].calls[FOLD_CALLER], 2);
	done();
}

/* The program has a function of which all is, and another one of which not. */
static void test_user_named(void **state)
{
	struct ksym sym[] = { { USER, "[user:main]" }, { USER + 4, NULL } };

	(void)state;
	user_syms = (struct ksyms){ .sym = sym, .nr = 2 };
	begin();
	user(7);
	call(SYSCALL, 3, DO_EXIT, 4, STACK_A + 0x3000);
	finish();
	fold();
	assert_true(row(FOLD_CALLER, "[user:main]")->mean == 4);
	assert_true(row(FOLD_CALLER, "[user]")->mean == 3);
	assert_true(mean(FOLD_CALLER, DO_EXIT) == 4);
	done();
	user_syms = (struct ksyms){ 0 };
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_no_symbols),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_added),
		cmocka_unit_test_setup_teardown(test_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fault, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupt, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_tasks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user_named, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_beside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reader_tax, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(test_median, setup, teardown),
		cmocka_unit_test_setup_teardown(test_string, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cpus, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_trace, setup,
						teardown),
		cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_bad_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
