// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * anatomy-plugin - a QEMU plugin that records what ONE operation executes
 *
 * SUMMARY
 * Writes every instruction that is executed between the marks of a bench
 * (lib/mark.h) to a file (lab/trace.h). It knows nothing of kernels and
 * symbols; anatomy/ makes functions and tables of it.
 *
 *   -plugin anatomy-plugin-1.so,out=FILE,windows=N[,skip=M]
 *	   [,points=1][,image=FILE,from=ADDRESS,to=ADDRESS]
 *	   [,nops=ADDRESS]
 *
 * N windows are recorded, after M that are not. With points, windows count
 * only where a bench measures (MARK_FIRST to MARK_LAST), each bench a point of
 * its own. The image is the kernel between two addresses as it lies in memory
 * after the last window, patched by itself as it was booted: the magic of the
 * trace, the first address, and the bytes (anatomy/code.h).
 *
 * With nops the kernel is another one from the first mark on: the NOP of five
 * bytes with which the function there begins is five of one, four instructions
 * more. from= and to= have to be given.
 *
 * Of a machine with several virtual CPUs, which take turns (-accel
 * tcg,thread=single), a point is recorded from its begin to its end, what lies
 * between windows, too: who is running on the others when a window begins
 * cannot be known otherwise. points=1 belongs to it.
 *
 * DETAILS
 * Until the first mark, blocks are searched for it as they are translated,
 * and nothing else, so that booting is no slower than without a plugin. The
 * first mark executed has all code forgotten (qemu_plugin_reset()), and from
 * then on it is translated to be counted. There is no way back: QEMU 7.2 may
 * call what a reset has freed (see stack()).
 *
 * Every instruction adds one to a counter, in line; a callback for each would
 * take most of the time. When a block begins, at marks, calls and returns it is
 * looked at how far the block under way has come: a page fault may have ended
 * it anywhere. What adds comes before its instruction, so one that faults is
 * counted twice; only who knows the symbols can tell (lib/trace.h). The stack
 * address of calls and returns tells tasks and frames apart.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"
#include "trace.h"

#define MOST_WORDS (1ul << 26)	/* of a window, 512 MiB */
#define SOME_WORDS (1ul << 16)
#define MOST_INSNS UINT32_MAX

QEMU_EXPORT int qemu_plugin_version = QEMU_API;

struct words {
	uint64_t	*word;
	size_t		 nr, room;
};

static qemu_plugin_id_t self;
static const struct decode *code;	/* of the guest */
static const char *out_name, *image_name;
static FILE *out, *image;
static uint64_t image_from, image_to;
static uint8_t *image_at;	/* the first of it, here */
static uint64_t nops;		/* a function's address, or 0 */
static unsigned long want = 1, skip, points;

static bool open;		/* between two marks */
static bool measuring;		/* of points: in one */
static bool several;		/* virtual CPUs */
static unsigned int running;	/* of them */
static unsigned long given_up, written;
static struct words insns, window;
static uint64_t nr_insns;	/* ever translated while awake */
static uint64_t run_first, run_next;	/* the run that is growing */
static struct plugin_counter executed;	/* instructions, while awake */
static uint64_t block, block_at;	/* its first one, and EXECUTED then */
static uint64_t block_taken;	/* of it: those that are in a run, or before a window */

static void put(struct words *w, uint64_t word)
{
	if (w->nr == w->room) {
		w->room = w->room ? 2 * w->room : 1 << 16;
		w->word = realloc(w->word, w->room * sizeof(*w->word));
		if (!w->word) {
			fprintf(stderr, "anatomy-plugin: out of memory\n");
			exit(1);
		}
	}
	w->word[w->nr++] = word;
}

static void save(struct words *w)
{
	if (fwrite(w->word, sizeof(*w->word), w->nr, out) != w->nr) {
		fprintf(stderr, "anatomy-plugin: %s: %s\n", out_name,
			strerror(errno));
		exit(1);
	}
	w->nr = 0;
}

/* The memory of the guest is one piece; the kernel is one in it. */
static void save_image(void)
{
	uint64_t head[2] = { code->magic, image_from };

	if (!image)
		return;
	if (image_at && (fwrite(head, sizeof(head), 1, image) != 1 ||
			 fwrite(image_at, image_to - image_from, 1,
				image) != 1)) {
		fprintf(stderr, "anatomy-plugin: %s: %s\n", image_name,
			strerror(errno));
		exit(1);
	}
	fclose(image);
}

static void finish(void)
{
	if (!out)
		return;
	save_image();
	given_up += open;
	window.nr = 0;
	put(&window, TRACE_WORD(TRACE_END, given_up, written));
	save(&window);
	if (fclose(out)) {
		fprintf(stderr, "anatomy-plugin: %s: %s\n", out_name,
			strerror(errno));
		exit(1);
	}
	out = NULL;
}

/* Is what is executed now in the trace? */
static bool recording(void)
{
	return several ? measuring : open;
}

/* Several CPUs: what there is goes out, wherever a window is. */
static void save_all(void)
{
	if (!several)
		return;
	save(&insns);
	save(&window);
}

static void run_end(void)
{
	if (run_next != run_first)
		put(&window, TRACE_WORD(TRACE_RUN, run_next - run_first,
					run_first));
	run_first = run_next = 0;
}

static void run_grow(uint64_t first, uint64_t nr)
{
	if (first != run_next || run_next - run_first + nr > 0xffffff) {
		run_end();
		run_first = first;
		if (several && window.nr > SOME_WORDS) {
			save_all();
		} else if (window.nr > MOST_WORDS) {
			open = false;
			given_up++;
		}
	}
	run_next = first + nr;
}

/* What was executed of the block under way goes to the run. */
static void catch_up(void)
{
	uint64_t nr = *executed.at - block_at;

	if (recording() && nr > block_taken)
		run_grow(block + block_taken, nr - block_taken);
	block_taken = nr;
}

/* What follows is executed by another CPU, from the first block on. */
static void turn(unsigned int cpu)
{
	running = cpu;
	plugin_counter_find(&executed, cpu);
	if (!recording())
		return;
	run_end();
	put(&window, TRACE_WORD(TRACE_CPU, 0, cpu));
}

/* DATA: the number of its first instruction. */
static void block_begins(unsigned int cpu, void *data)
{
	catch_up();
	if (cpu != running)
		turn(cpu);
	block = (uintptr_t)data;
	block_at = *executed.at;
	block_taken = 0;
}

/*
 * A call or return touched its stack. Asked for by what is being executed
 * only: QEMU 7.2 leaves the callback in force for helpers of instructions
 * that come later, and takes reads for writes when it decides whom to call.
 */
static void stack(bool store, uint32_t info, uint64_t addr, void *data)
{
	catch_up();
	if (!recording() || run_next == run_first ||
	    run_next - 1 != (uintptr_t)data ||
	    qemu_plugin_mem_is_store(info) != store)
		return;
	run_end();
	put(&window, TRACE_AT(TRACE_STACK, 0, addr));
}

static void call(unsigned int cpu, uint32_t info, uint64_t addr, void *data)
{
	(void)cpu;
	stack(true, info, addr, data);
}

static void ret(unsigned int cpu, uint32_t info, uint64_t addr, void *data)
{
	(void)cpu;
	stack(false, info, addr, data);
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (!out || (points && !measuring))
		return;
	if (open)
		given_up++;
	open = false;
	catch_up();
	open = true;
	if (several) {
		run_end();
	} else {
		run_first = run_next = 0;
		window.nr = 0;
	}
	put(&window, TRACE_WORD(TRACE_BEGIN, 0, 0));
}

static void end(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	catch_up();
	if (!open)
		return;
	open = false;
	if (skip) {
		skip--;
		return;
	}
	run_end();
	put(&window, TRACE_WORD(TRACE_FINISH, 0, 0));
	save(&insns);
	save(&window);
	if (++written == want)
		finish();
}

static void first(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (!out || !points)
		return;
	if (executed.at)
		catch_up();
	measuring = true;
	window.nr = 0;
	put(&window, TRACE_WORD(TRACE_POINT, 0, 0));
	if (several)
		put(&window, TRACE_WORD(TRACE_CPU, 0, running));
	save(&insns);
	save(&window);
}

static void last(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	if (!measuring)
		return;
	given_up += open;
	if (several) {
		catch_up();
		run_end();
		save_all();
	}
	open = measuring = false;
	window.nr = 0;
	put(&window, TRACE_WORD(TRACE_POINT, given_up, 1));
	save(&window);
	given_up = 0;
}

/* An actor of another role; its operations are no windows. */
static void beside(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
	catch_up();
	if (!recording())
		return;
	run_end();
	put(&window, TRACE_WORD(TRACE_BESIDE, 0, 0));
}

static void through(unsigned int cpu, void *data)
{
	(void)cpu, (void)data;
}

static const qemu_plugin_exec_cb_t on_mark[] = {
	begin, end, first, last, beside, through,
};

static void find_image(const struct qemu_plugin_insn *insn)
{
	uint64_t at = qemu_plugin_insn_vaddr(insn);
	uint8_t *here;

	if (image_at || at < image_from || at >= image_to)
		return;
	here = qemu_plugin_insn_haddr(insn);
	if (here)
		image_at = here - (at - image_from);
}

/* Nothing translated of it is kept: a reset comes next. */
static void put_nops(void)
{
	static const uint8_t five[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	uint8_t *fn = image_at ? image_at + (nops - image_from) : NULL;

	/* At its begin, or behind an endbr64 or what the kernel makes of it. */
	if (fn && (!memcmp(fn, "\xf3\x0f\x1e\xfa", 4) ||
		   !memcmp(fn, "\x66\x0f\x1f\x00", 4) ||
		   !memcmp(fn, "\x0f\x1f\x40\xd6", 4)))
		fn += 4;
	if (!fn || memcmp(fn, five, sizeof(five))) {
		fprintf(stderr, "anatomy-plugin: nops=%016" PRIx64 ": no NOP of "
			"five bytes there, as functions have that can be traced\n",
			nops);
		exit(1);
	}
	memset(fn, 0x90, sizeof(five));
	nops = 0;
}

static void translate_awake(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_begins,
		QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)nr_insns);
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t at = qemu_plugin_insn_vaddr(insn);
		uint8_t b[16] = { 0 };
		size_t len = plugin_bytes(insn, b);
		unsigned int what = code->what(b, len);
		uint32_t mark = code->mark(b, len);
		char memory = code->memory(b, what);
		void *data;

		if (mark) {
			qemu_plugin_register_vcpu_insn_exec_cb(insn,
				on_mark[mark - MARK_BEGIN],
				QEMU_PLUGIN_CB_NO_REGS, NULL);
			continue;
		}
		if (nr_insns == MOST_INSNS) {
			fprintf(stderr, "anatomy-plugin: too much code\n");
			exit(1);
		}
		find_image(insn);
		if (!(at >> 63))
			at &= (1ull << 47) - 1;
		put(&insns, TRACE_AT(TRACE_INSN, what | len << 4, at));
		data = (void *)(uintptr_t)nr_insns++;
		plugin_count(insn, &executed);
		if (memory)
			qemu_plugin_register_vcpu_mem_cb(insn,
				memory == 'W' ? call : ret,
				QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
				data);
	}
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
	(void)id, (void)data;
	finish();
}

static void awake(qemu_plugin_id_t id)
{
	plugin_counter_find(&executed, running);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_awake);
}

/* DATA: not NULL for the mark that begins a point. */
static void wake(unsigned int cpu, void *data)
{
	running = cpu;
	if (nops)
		put_nops();
	if (data)
		first(cpu, NULL);
	qemu_plugin_reset(self, awake);
}

static void translate_asleep(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint8_t b[16] = { 0 };
		uint32_t mark;

		if (nops)
			find_image(insn);
		if (qemu_plugin_insn_size(insn) != code->mark_len)
			continue;
		mark = code->mark(b, plugin_bytes(insn, b));
		if (mark == (points ? MARK_FIRST : MARK_BEGIN))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, wake,
				QEMU_PLUGIN_CB_NO_REGS, points ? &points : NULL);
	}
}

static bool option(const char *text)
{
	if (!strncmp(text, "out=", 4)) {
		out_name = text + 4;
		return true;
	}
	if (!strncmp(text, "image=", 6)) {
		image_name = text + 6;
		return true;
	}
	return (!strncmp(text, "from=", 5) &&
		plugin_address(text + 5, &image_from)) ||
	       (!strncmp(text, "to=", 3) &&
		plugin_address(text + 3, &image_to)) ||
	       (!strncmp(text, "nops=", 5) && plugin_address(text + 5, &nops)) ||
	       (!strncmp(text, "windows=", 8) &&
		plugin_number(text + 8, &want) && want) ||
	       (!strncmp(text, "points=", 7) &&
		plugin_number(text + 7, &points)) ||
	       (!strncmp(text, "skip=", 5) && plugin_number(text + 5, &skip));
}

/* Can all that be had of this machine? */
static bool possible(const qemu_info_t *info)
{
	if (!code || !info->system_emulation) {
		fprintf(stderr, "anatomy-plugin: needs a whole machine, x86_64 "
			"or aarch64\n");
		return false;
	}
	several = info->system.max_vcpus > 1;
	if (several && (!points || skip || info->system.max_vcpus > TRACE_CPUS)) {
		fprintf(stderr, "anatomy-plugin: %d virtual CPUs; more than one "
			"need points=1 and no skip, and are at most %d\n",
			info->system.max_vcpus, TRACE_CPUS);
		return false;
	}
	if ((image_name || nops) && image_to <= image_from) {
		fprintf(stderr, "anatomy-plugin: from=ADDRESS and a larger "
			"to=ADDRESS belong to image= and nops=\n");
		return false;
	}
	if (nops && (nops < image_from || nops > image_to - 16)) {
		fprintf(stderr, "anatomy-plugin: nops=%016" PRIx64 ": not "
			"between from= and to=\n", nops);
		return false;
	}
	return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
			int argc, char **argv)
{
	self = id;
	code = decode_for(info->target_name);
	for (int i = 0; i < argc; i++) {
		if (option(argv[i]))
			continue;
		fprintf(stderr, "anatomy-plugin: '%s'; out=FILE, image=FILE, "
			"from=, to= and nops=ADDRESS, points=0 or 1, windows=1..%d and skip=0..%d are right\n",
			argv[i], 0xffffff, 0xffffff);
		return 1;
	}
	if (!possible(info))
		return 1;
	out = out_name ? fopen(out_name, "we") : NULL;
	if (!out || fwrite(&code->magic, sizeof(code->magic), 1, out) != 1) {
		fprintf(stderr, "anatomy-plugin: out=%s: %s\n",
			out_name ? out_name : "", strerror(errno));
		return 1;
	}
	image = image_name ? fopen(image_name, "we") : NULL;
	if (image_name && !image) {
		fprintf(stderr, "anatomy-plugin: image=%s: %s\n", image_name,
			strerror(errno));
		return 1;
	}
	plugin_counter_new(&executed);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_asleep);
	return 0;
}
