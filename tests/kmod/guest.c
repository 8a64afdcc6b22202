// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guest - tests of the kernel module, from inside a guest of two nodes
 *
 *   guest test MODULE          all tests but those below, as TAP
 *   guest fuzz MODULE N SEED   N random requests by three processes at once
 *   guest cycle MODULE N       load, use, unload, N times
 *   guest hold MODULE N        fragment and let go, N times
 *
 * The last three print one line and succeed if memory, slab and the kernel
 * log are afterwards as they were. MODULE is a .ko that is not loaded yet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kmod.h"
#include "numa.h"

#define NODE	1		/* that is fragmented; we run on node 0 */
#define ORDER	4

static int tests, failures;

__attribute__((format(printf, 2, 3)))
static void ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failures += !good;
}

/* GOT is 0 or -errno. */
static void is(int got, int want, const char *what)
{
	ok(got == want, "%s: %s", what, want ? strerror(-want) : "yes");
	if (got != want)
		printf("# got %d (%s)\n", got, strerror(got < 0 ? -got : 0));
}

/* --- what must be as it was ---------------------------------------------- */

static long meminfo(const char *key)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kb = atol(line + strlen(key) + 1);
	if (f)
		fclose(f);
	return kb;
}

/* Caches that are only kept while nobody needs them do not count. */
static void settle(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (fd >= 0 && write(fd, "3", 1) != 1)
		perror("drop_caches");
	close(fd);
	fd = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1", 1) != 1)
		perror("compact_memory");
	close(fd);
}

static int log_fd = -1;

static void log_from_here(void)
{
	if (log_fd < 0)
		log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(log_fd, 0, SEEK_END);
}

/* Has the kernel said nothing that it says when something is wrong? */
static bool log_clean(void)
{
	static const char *const bad[] = {
		"BUG", "WARNING", "Oops", "INFO: ", "Call Trace", "lockdep",
		"page allocation", "Out of memory", "general protection",
		"refcount", "list_add", "list_del", "leak",
	};
	char record[8192];
	bool clean = true;
	ssize_t n;

	while ((n = read(log_fd, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			if (!strstr(record, bad[i]))
				continue;
			printf("# kernel: %s", record);
			clean = false;
			break;
		}
	}
	return clean;
}

/* --- the module ---------------------------------------------------------- */

static int load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, KMOD_NAME, O_NONBLOCK) ? -errno : 0;
}

static int device(void)
{
	char why[200];
	int fd = kmod_open(NULL, why, sizeof(why));

	if (fd < 0)
		printf("# %s\n", why);
	return fd;
}

static struct kmod_try try_of(int kind, unsigned int nr, int policy)
{
	return (struct kmod_try){
		.kind = kind, .policy = policy, .size = 8, .nr = nr,
		.node = NODE,
	};
}

static int fragment(int fd, int node, unsigned int order)
{
	struct kmod_fragment f = {
		.node = node, .order = order, .reserve = 4096, .hold = 60,
	};

	return kmod_ask(fd, KMOD_FRAGMENT, &f);
}

static unsigned long large_blocks(int node)
{
	unsigned long block[NUMA_ORDERS], sum = 0;
	int orders = numa_blocks(node, NULL, block);

	for (int i = ORDER; i < orders; i++)
		sum += block[i] << (i - ORDER);
	return sum;
}

/* Free pages in the lists of the CPUs do not count as free: empty them. */
static void drain(int fd)
{
	for (int node = 0; node < 2; node++) {
		fragment(fd, node, 10);
		fragment(fd, node, 0);
	}
	settle();
}

/*
 * Pages that were given back lie in lists of the CPUs, thousands of them,
 * until somebody wants more large blocks than there are: then the kernel
 * empties those.
 */
static void back(int fd, unsigned long before, const char *what)
{
	unsigned long now = 0;

	for (int i = 0; i < 20 && now * 100 < before * 95; i++) {
		drain(fd);
		now = large_blocks(NODE);
	}
	ok(now * 100 >= before * 95, "%s: %lu of %lu large blocks", what, now,
	   before);
}

/* --- tests --------------------------------------------------------------- */

static void test_refusals(void)
{
	struct kmod_hello h = { .version = KMOD_VERSION + 1 };
	struct kmod_done d;
	struct kmod_batch b = { .pairs = 1 };
	struct kmod_write w = { .lock = KMOD_LOOP };
	struct kmod_try t;
	struct kmod_fragment f;
	struct kmod_pids p = { .kind = KMOD_KMALLOC, .nr = 1, .tgid = 1 };
	int fd = open(KMOD_DEVICE, O_RDWR | O_CLOEXEC), other;

	is(kmod_ask(fd, KMOD_DONE, &d), -EPROTO, "a request before the hello");
	is(kmod_ask(fd, KMOD_HELLO, &h), 0, "another version says hello");
	ok(h.version == KMOD_VERSION, "... and learns which this is");
	is(kmod_ask(fd, KMOD_BATCH, &b), -EPROTO, "... but may not ask");
	other = open(KMOD_DEVICE, O_RDWR | O_CLOEXEC);
	is(other < 0 ? -errno : 0, -EBUSY, "a second user");
	close(fd);

	fd = device();
	ok(fd >= 0, "the next user");
	is(kmod_ask(fd, _IO('f', 0xff), &d), -ENOTTY, "no such request");
	is(kmod_ask(fd, _IOWR('f', 0xc2, char[8]), &b), -ENOTTY,
	   "a structure of another size");
	is(kmod_ask(fd, _IOWR('f', 0xc2, char[8000]), &b), -ENOTTY,
	   "a structure of any size");
	is(kmod_ask(fd, KMOD_BATCH, NULL), -EFAULT, "no structure");

	b = (struct kmod_batch){ .lock = KMOD_NR_LOCKS, .pairs = 1 };
	is(kmod_ask(fd, KMOD_BATCH, &b), -EINVAL, "no such lock");
	b = (struct kmod_batch){ .pairs = 0 };
	is(kmod_ask(fd, KMOD_BATCH, &b), -EINVAL, "a batch of nothing");
	b = (struct kmod_batch){ .pairs = KMOD_PAIRS_MAX + 1 };
	is(kmod_ask(fd, KMOD_BATCH, &b), -E2BIG, "too long a batch");
	b = (struct kmod_batch){ .pairs = 1, .reader = KMOD_READERS_MAX };
	is(kmod_ask(fd, KMOD_BATCH, &b), -E2BIG, "too many readers");
	b = (struct kmod_batch){ .pairs = 1, .cache = KMOD_TOUCHED + 1 };
	is(kmod_ask(fd, KMOD_BATCH, &b), -EINVAL, "no such cache");
	b = (struct kmod_batch){ .pairs = 1, .layout = KMOD_BEHIND + 1 };
	is(kmod_ask(fd, KMOD_BATCH, &b), -EINVAL, "no such layout");
	b = (struct kmod_batch){ .pairs = 1, .lock = KMOD_RCU,
				 .layout = KMOD_BEHIND };
	is(kmod_ask(fd, KMOD_BATCH, &b), -EINVAL, "a layout of no rwsem");
	b = (struct kmod_batch){ .pairs = 1, .layout = KMOD_BESIDE };
	is(kmod_ask(fd, KMOD_BATCH, &b), -EINVAL, "beside in a warm cache");
	b = (struct kmod_batch){ .pairs = 1, .reserved = 1 };
	is(kmod_ask(fd, KMOD_BATCH, &b), -EINVAL, "something reserved");
	b = (struct kmod_batch){ .pairs = KMOD_COLD_MAX + 1,
				 .cache = KMOD_FLUSHED };
	is(kmod_ask(fd, KMOD_BATCH, &b), -E2BIG, "too many cold locks");
	b = (struct kmod_batch){ .pairs = 1, .cache = KMOD_TOUCHED,
				 .cpu = 1u << 31 };
	is(kmod_ask(fd, KMOD_BATCH, &b), -ENXIO, "touched by no CPU");
	is(kmod_ask(fd, KMOD_WRITE, &w), -EINVAL, "a write of no lock");

	t = try_of(KMOD_NR_ARRAYS, 1, KMOD_ANY);
	is(kmod_ask(fd, KMOD_TRY, &t), -EINVAL, "no such array");
	t = try_of(KMOD_KMALLOC, 0, KMOD_ANY);
	is(kmod_ask(fd, KMOD_TRY, &t), -EINVAL, "an array of nothing");
	t = try_of(KMOD_KMALLOC, 1, KMOD_ANY);
	t.size = 16;
	is(kmod_ask(fd, KMOD_TRY, &t), -EINVAL, "an odd element");
	t = try_of(KMOD_LIST, 1, KMOD_ANY);
	t.size = 24;
	is(kmod_ask(fd, KMOD_TRY, &t), -EINVAL, "a list of more than pointers");
	t = try_of(KMOD_VMALLOC, KMOD_NR_MAX + 1, KMOD_ANY);
	is(kmod_ask(fd, KMOD_TRY, &t), -E2BIG, "too large an array");
	t = try_of(KMOD_VMALLOC, KMOD_NR_MAX, KMOD_ANY);
	t.size = 24;
	ok(!kmod_ask(fd, KMOD_TRY, &t) && !t.outcome, "the largest array");
	t = try_of(KMOD_KMALLOC, 1, KMOD_STRICT);
	t.node = 2;
	is(kmod_ask(fd, KMOD_TRY, &t), -ENXIO, "a node that is not there");
	t.node = -7;
	is(kmod_ask(fd, KMOD_TRY, &t), -ENXIO, "a negative node");
	t.node = 1 << 30;
	is(kmod_ask(fd, KMOD_TRY, &t), -ENXIO, "a node beyond all");
	t = try_of(KMOD_KMALLOC, 10, KMOD_ANY);
	t.tgid = 4194304;
	is(kmod_ask(fd, KMOD_TRY, &t), -ESRCH, "no such thread group");
	t = try_of(KMOD_KMALLOC, 1, KMOD_STRICT);
	t.mop = 1;
	is(kmod_ask(fd, KMOD_TRY, &t), -EINVAL, "a mop where nothing is held");

	f = (struct kmod_fragment){ .node = 9, .order = 1, .hold = 1 };
	is(kmod_ask(fd, KMOD_FRAGMENT, &f), -ENXIO, "fragment no node");
	f = (struct kmod_fragment){ .node = NODE, .order = 11, .hold = 1 };
	is(kmod_ask(fd, KMOD_FRAGMENT, &f), -EINVAL, "fragment no order");
	f = (struct kmod_fragment){ .node = NODE, .order = 1, .hold = 601 };
	is(kmod_ask(fd, KMOD_FRAGMENT, &f), -E2BIG, "hold for ever");
	p.kind = KMOD_LIST;
	is(kmod_ask(fd, KMOD_PIDS, &p), -EINVAL, "pids in a list");
	p = (struct kmod_pids){ .kind = KMOD_FLEX, .nr = 1, .tgid = 1,
				.room = KMOD_GROWN };
	is(kmod_ask(fd, KMOD_PIDS, &p), -EINVAL, "room that is given and grows");
	p = (struct kmod_pids){ .kind = KMOD_FLEX, .nr = 1, .tgid = 1,
				.whole = 2 };
	is(kmod_ask(fd, KMOD_PIDS, &p), -EINVAL, "pids more than whole");
	p = (struct kmod_pids){ .kind = KMOD_FLEX, .nr = 1, .tgid = 4194304 };
	is(kmod_ask(fd, KMOD_PIDS, &p), -ESRCH, "pids of nobody");
	close(fd);
}

/* A time in a cold cache is for a machine that has one; here: is it taken? */
static void test_cold(void)
{
	static const uint32_t layout[] = { KMOD_ALONE, KMOD_BESIDE, KMOD_BEHIND };
	int fd = device(), ret = 0, batches = 0;
	struct kmod_done d;

	for (int lock = 0; lock < KMOD_NR_LOCKS; lock++)
		for (int cache = KMOD_FLUSHED; cache <= KMOD_TOUCHED; cache++)
			for (int i = 0; i < 3 && !ret; i++) {
				struct kmod_batch b = {
					.lock = lock, .pairs = 100,
					.cache = cache, .layout = layout[i],
					.cpu = 1,
				};

				if (i && lock != KMOD_RWSEM_OWN)
					continue;
				ret = kmod_ask(fd, KMOD_BATCH, &b);
				if (!ret && (b.pairs != 100 || !b.ns))
					ret = -ERANGE;
				batches++;
			}
	is(ret, 0, "every lock in every layout, cold");
	is(kmod_ask(fd, KMOD_DONE, &d), 0, "the kernel has counted those");
	ok(d.pairs == batches * 100ull && d.chilled == d.pairs,
	   "... every pair, and who chilled each turn");
	close(fd);
}

static void test_locks(void)
{
	struct kmod_write w = { .lock = KMOD_PERCPU_FAST, .wait = 1 };
	struct kmod_batch b;
	struct kmod_done d;
	uint64_t floor = 0;
	int fd = device(), ret = 0;

	for (int lock = 0; lock < KMOD_NR_LOCKS && !ret; lock++) {
		b = (struct kmod_batch){ .lock = lock, .pairs = 10000 };
		ret = kmod_ask(fd, KMOD_BATCH, &b);
		/* Where preemption is not counted, a section of RCU is nothing. */
		if (lock == KMOD_LOOP)
			floor = b.ns;
		else if (!ret && lock != KMOD_RCU && b.ns <= floor)
			ret = -ERANGE;
		if (!ret && b.slow != (lock >= KMOD_PERCPU_SLOW))
			ret = -EPROTO;
	}
	is(ret, 0, "every lock takes longer than none, slow is slow");
	ret = kmod_ask(fd, KMOD_WRITE, &w);
	ok(!ret && w.ns == w.grace + w.drain && w.grace && w.window,
	   "a write waits for a grace period, and readers for another");
	w = (struct kmod_write){ .lock = KMOD_PERCPU_FAST };
	ret = kmod_ask(fd, KMOD_WRITE, &w);
	b = (struct kmod_batch){ .lock = KMOD_PERCPU_FAST, .pairs = 1 };
	ok(!ret && !kmod_ask(fd, KMOD_BATCH, &b) && b.slow,
	   "right after a write readers are slow");
	ret = kmod_ask(fd, KMOD_WRITE, &w);
	ok(!ret && !w.grace, "a second write need not wait for a grace period");
	w = (struct kmod_write){ .lock = KMOD_PERCPU_SLOW };
	ret = kmod_ask(fd, KMOD_WRITE, &w);
	ok(!ret && !w.grace, "nor does one of the lock that is always slow");
	for (int lock = KMOD_RCU; lock < KMOD_NR_LOCKS && !ret; lock++) {
		w = (struct kmod_write){ .lock = lock };
		ret = kmod_ask(fd, KMOD_WRITE, &w);
	}
	is(ret, 0, "every lock can be written");
	is(kmod_ask(fd, KMOD_DONE, &d), 0, "the kernel has counted");
	ok(d.pairs == KMOD_NR_LOCKS * 10000 + 1 && d.writes ==
	   4 + KMOD_NR_LOCKS - KMOD_RCU, "... every pair, every write");
	ok(b.pairs == 1, "a batch tells how many pairs it had");
	close(fd);
}

/* The outcome of one try, or what went wrong. */
static int outcome(int fd, struct kmod_try t)
{
	int ret = kmod_ask(fd, KMOD_TRY, &t);

	if (!ret && !t.outcome && t.policy == KMOD_STRICT &&
	    (t.remote || !t.pages))
		return -EXDEV;
	return ret ? ret : t.outcome;
}

static void test_arrays(void)
{
	static const struct { unsigned int kind, size, fits; } limit[] = {
		{ KMOD_FLEX, 8, 261120 }, { KMOD_FLEX, 24, 86700 },
		{ KMOD_TWO_LEVEL, 8, 261120 }, { KMOD_TWO_LEVEL, 24, 86700 },
	};
	int fd = device(), ret = 0;
	struct kmod_try t;

	for (int kind = 0; kind < KMOD_NR_ARRAYS; kind++) {
		ret = 0;
		for (unsigned int nr = 1; nr <= 1 << 17 && !ret; nr = nr * 5 + 3)
			ret = outcome(fd, try_of(kind, nr, KMOD_ANY));
		ok(!ret, "array kind %d, from 1 to 100,000 elements", kind);
	}
	for (unsigned int nr = 510; nr <= 524288 && !ret; nr *= 2)
		ret = outcome(fd, try_of(KMOD_KMALLOC, nr, KMOD_STRICT));
	if (!ret)
		ret = outcome(fd, try_of(KMOD_KMALLOC, 524288, KMOD_STRICT));
	is(ret, 0, "whole memory: kmalloc of one node up to 4 MiB");
	is(outcome(fd, try_of(KMOD_KMALLOC, 524289, KMOD_STRICT)), -ENOMEM,
	   "kmalloc of more than 4 MiB");
	for (int i = 0; i < 4; i++) {
		t = try_of(limit[i].kind, limit[i].fits, KMOD_ANY);
		t.size = limit[i].size;
		ret = outcome(fd, t);
		t.nr++;
		ok(!ret && outcome(fd, t) == -ENOMEM,
		   "%s: %u elements of %u bytes, no more",
		   limit[i].kind == KMOD_FLEX ? "flex_array" : "two-level",
		   limit[i].fits, limit[i].size);
	}
	t = try_of(KMOD_FLEX, 100, KMOD_ANY);
	t.tgid = getpid();
	ret = kmod_ask(fd, KMOD_TRY, &t);
	ok(!ret && !t.outcome && t.nr == 1, "this thread group has one task");
	close(fd);
}

#define WORD(id, word) word,
static const char *const kind_word[] = { KMOD_ARRAYS(WORD) };
#undef WORD

/*
 * Every kind has all of a strict array from that node, however it is, but
 * kmalloc where it is fragmented: order 5.
 */
static void test_strict(int fd, bool refuse)
{
	const char *state = refuse ? "fragmented" : "whole";
	unsigned long mask = 1 << NODE;
	cpu_set_t before, after;

	sched_getaffinity(0, sizeof(before), &before);
	for (int kind = 0; kind < KMOD_NR_ARRAYS; kind++) {
		int had = 0, ret = 0;

		/* As lib/kmod.h has it. */
		if (kind == KMOD_VMALLOC)
			syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64);
		for (int i = 0; i < 10 && !ret; i++) {
			struct kmod_try t = try_of(kind, 9000, KMOD_STRICT);

			t.mop = refuse;
			ret = outcome(fd, t);
			had += ret == (kind > KMOD_KMALLOC_NORETRY || !refuse ?
				       0 : -ENOMEM);
			if (ret == -ENOMEM)
				ret = 0;
		}
		syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
		ok(had == 10, "%s node, strict %s: %d of 10 as expected (%s)",
		   state, kind_word[kind], had, strerror(-ret));
	}
	sched_getaffinity(0, sizeof(after), &after);
	ok(CPU_EQUAL(&before, &after), "%s node: back where we were", state);
}

/* What of its free memory lies in blocks of ORDER and more. */
static double large_share(int node)
{
	unsigned long block[NUMA_ORDERS], all = 0;
	int orders = numa_blocks(node, NULL, block);

	for (int i = 0; i < orders; i++)
		all += block[i] << i;
	return (double)(large_blocks(node) << ORDER) / all;
}

/*
 * Half of the blocks left: about half of the memory is in such blocks, and
 * none of order 10 (64 of them side by side) among them. All left: nothing
 * has happened. Which are left is decided by the seed.
 */
static void test_degrees(void)
{
	static const int leave[] = { 5, 50, 95 };
	struct kmod_fragment f = {
		.node = NODE, .order = ORDER, .reserve = 4096, .hold = 60,
	};
	int fd = device(), ret;
	struct kmod_try t;
	double share;

	for (int i = 0; i < 3; i++) {
		f.leave = leave[i];
		f.seed = i;
		ret = kmod_ask(fd, KMOD_FRAGMENT, &f);
		share = large_share(NODE);
		ok(!ret && fabs(share - leave[i] / 100.) < 0.06,
		   "of blocks of order 4 leave %d %%: %.1f %%", leave[i],
		   100 * share);
		t = try_of(KMOD_KMALLOC, 8192, KMOD_STRICT);
		t.mop = 1;
		ret = outcome(fd, t);
		if (!ret)
			ret = outcome(fd, t);
		is(ret, 0, "... one of them is had");
		t.nr = 524288;
		if (leave[i] <= 50)
			is(outcome(fd, t), -ENOMEM, "... 64 in a row are not");
		share -= large_share(NODE);
		ok(fabs(share) < 0.03, "... and nothing is used up: %.1f %%",
		   100 * share);
		fragment(fd, NODE, 0);
		drain(fd);
	}
	f.leave = 100;
	is(kmod_ask(fd, KMOD_FRAGMENT, &f), 0, "leave all");
	is(outcome(fd, try_of(KMOD_KMALLOC, 524288, KMOD_STRICT)), 0,
	   "... and a block of 4 MiB is had");
	fragment(fd, NODE, 0);
	f.leave = 101;
	is(kmod_ask(fd, KMOD_FRAGMENT, &f), -EINVAL, "leave more than all");
	close(fd);
}

/*
 * Fragment the node; LEFT: the blocks that are in it all the same. What others
 * give back may make one meanwhile: some more tries until there is none.
 */
static int fragment_all(int fd, unsigned long *left)
{
	for (int i = 0; ; i++) {
		int ret = fragment(fd, NODE, ORDER);

		*left = large_blocks(NODE);
		if (ret || !*left || i == 4)
			return ret;
		fragment(fd, NODE, 0);
		settle();
	}
}

static void test_fragmented(bool lab)
{
	unsigned long before = large_blocks(NODE), left;
	int fd = device(), ret, bad = 0, good = 0;
	struct kmod_fragment f;
	struct kmod_try t;

	test_strict(fd, false);
	is(fragment_all(fd, &left), 0, "fragment a node");
	ok(!left, "/proc/buddyinfo has no block of order 4 left");
	is(fragment(fd, NODE, ORDER), -EALREADY, "fragment it again");
	is(fragment(fd, 0, ORDER), lab ? 0 : -EPERM, "fragment the last node");
	if (lab)
		is(fragment(fd, 0, 0), 0, "... and let go of it");
	for (int i = 0; i < 100; i++) {
		t = try_of(KMOD_KMALLOC, 8192 << i % 7, KMOD_STRICT);
		t.mop = 1;
		bad += outcome(fd, t) == -ENOMEM;
		t.nr = 4096;
		good += !outcome(fd, t);
	}
	ok(bad == 100, "kmalloc of order 4 to 10 on that node: %d of 100 "
	   "refused", bad);
	ok(good == 100, "kmalloc of order 3: %d of 100 had", good);
	good = 0;
	for (int i = 0; i < 20; i++)
		good += !outcome(fd, try_of(KMOD_FLEX, i % 2 ? 261120 : 8192,
					    KMOD_STRICT));
	ok(good == 20, "flex_array up to its limit: %d of 20 had", good);
	test_strict(fd, true);
	t = try_of(KMOD_KMALLOC, 8192, KMOD_PREFERRED);
	t.mop = 1;
	ret = kmod_ask(fd, KMOD_TRY, &t);
	ok(!ret && !t.outcome && t.pages == t.remote,
	   "where it is only preferred, another node helps out");
	is(fragment(fd, NODE, 0), 0, "let go");
	back(fd, before, "all given back");

	f = (struct kmod_fragment){ .node = NODE, .order = 9, .hold = 1 };
	ret = kmod_ask(fd, KMOD_FRAGMENT, &f);
	for (int i = 0; !ret && f.held && i < 300; i++) {
		struct kmod_done d;

		usleep(100000);
		ret = kmod_ask(fd, KMOD_DONE, &d);
		f.held = d.held;
	}
	ok(!ret && !f.held, "the watchdog lets go");
	f = (struct kmod_fragment){
		.node = NODE, .order = 9, .hold = 60, .keep = 1,
	};
	is(kmod_ask(fd, KMOD_FRAGMENT, &f), lab ? 0 : -EINVAL,
	   "hold even when the OOM killer comes");
	close(fd);
}

/*
 * Process 1 of a new pid namespace and its children 2, 3 and 4; it makes
 * process 5, who is process 1 of another namespace inside. Does not return.
 */
static _Noreturn void live_nested(int ready)
{
	for (int i = 0; i < 4; i++) {
		long flags = SIGCHLD | (i == 3 ? CLONE_NEWPID : 0);
		pid_t pid = syscall(SYS_clone, flags, 0, 0, 0, 0);

		if (!pid)
			break;
		if (pid < 0)
			_exit(1);
	}
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/*
 * Process 1 of a new pid namespace, who leads a session, and 3, who is in
 * that of 2, who is dead. Does not return.
 */
static _Noreturn void live_closed(int ready)
{
	pid_t pid;
	int status;

	setsid();
	pid = fork();
	if (!pid) {
		setsid();
		pid = fork();
		if (pid)
			_exit(pid < 0);
	} else if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		_exit(1);
	}
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* A tree of two tasks and a dead leader, as a checkpoint needs it. */
static void test_whole(int fd)
{
	struct kmod_pids p = { .kind = KMOD_KMALLOC, .whole = 1, .nr = 3 };
	int ready[2], came = 0, status, ns;
	char byte, path[64];
	pid_t top, guest;

	if (pipe(ready))
		return;
	top = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!top)
		live_closed(ready[1]);
	close(ready[1]);
	while (came < 2 && read(ready[0], &byte, 1) == 1)
		came++;
	p.tgid = top;
	ok(!kmod_ask(fd, KMOD_PIDS, &p) && p.tasks == 2 && p.leaders == 1 &&
	   p.nr == 3 && p.sum == 1 + 2 + 3, "a number that only a session has");
	p = (struct kmod_pids){ .kind = KMOD_FLEX, .nr = 2, .tgid = top };
	ok(!kmod_ask(fd, KMOD_PIDS, &p) && p.tasks == 2 && !p.leaders &&
	   p.nr == 2, "... is no task's");
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", top);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	guest = fork();
	if (!guest) {
		pid_t pid = setns(ns, CLONE_NEWPID) ? -1 : fork();

		if (!pid)
			pause();
		/* Its child is in the tree, and its child's parent is not. */
		p = (struct kmod_pids){ .kind = KMOD_FLEX, .nr = 4, .whole = 1,
					.tgid = top };
		status = kmod_ask(fd, KMOD_PIDS, &p) == -EXDEV;
		if (pid > 0)
			kill(pid, SIGKILL);
		_exit(!status);
	}
	ok(waitpid(guest, &status, 0) == guest && !status,
	   "a task whose parent is outside: %s", strerror(EXDEV));
	close(ns);
	kill(top, SIGKILL);
	waitpid(top, &status, 0);
	close(ready[0]);
}

/* 1 + 2 + 3 + 4 + 5, and 1 of the level below: six numbers of five tasks. */
static void test_pids(void)
{
	static const int kind[] = { KMOD_KMALLOC, KMOD_FLEX, KMOD_GENRADIX };
	int ready[2], fd = device(), came = 0, right = 0, status;
	struct kmod_pids p;
	char byte;
	pid_t top;

	if (pipe(ready))
		return;
	top = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!top)
		live_nested(ready[1]);
	close(ready[1]);
	while (came < 5 && read(ready[0], &byte, 1) == 1)
		came++;
	ok(came == 5, "%d of 5 tasks in two pid namespaces", came);
	for (int i = 0; i < 3; i++) {
		p = (struct kmod_pids){ .kind = kind[i], .nr = 6, .tgid = top };
		right += !kmod_ask(fd, KMOD_PIDS, &p) && !p.outcome &&
			 p.nr == 6 && p.tasks == 5 && p.depth == 2 &&
			 p.sum == 1 + 2 + 3 + 4 + 5 + 1;
	}
	ok(right == 3, "their numbers in %d of 3 kinds of array", right);
	for (int i = right = 0; i < 6; i++) {
		p = (struct kmod_pids){
			.kind = kind[i / 2], .tgid = top,
			.room = i % 2 ? KMOD_COUNTED : KMOD_GROWN,
		};
		right += !kmod_ask(fd, KMOD_PIDS, &p) && !p.outcome &&
			 p.nr == 6 && p.tasks == 5 && !p.again &&
			 p.sum == 1 + 2 + 3 + 4 + 5 + 1;
	}
	ok(right == 6, "counted and grown: %d of 6 kinds and ways", right);
	p = (struct kmod_pids){ .kind = KMOD_FLEX, .nr = 5, .tgid = top };
	is(kmod_ask(fd, KMOD_PIDS, &p), -E2BIG, "more numbers than room");
	p = (struct kmod_pids){ .kind = KMOD_FLEX, .nr = 6, .tgid = top,
				.whole = 1 };
	is(kmod_ask(fd, KMOD_PIDS, &p), -EXDEV, "a tree of another session");
	kill(top, SIGKILL);
	waitpid(top, &status, 0);
	close(ready[0]);
	test_whole(fd);
	close(fd);
}

/* Whoever holds it is killed: nothing is left. */
static void test_kill(void)
{
	unsigned long before = large_blocks(NODE);
	int ready[2], fd, status;
	char byte;
	pid_t pid;

	if (pipe(ready))
		return;
	pid = fork();
	if (!pid) {
		fd = device();
		if (!fragment(fd, NODE, ORDER) && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	ok(read(ready[0], &byte, 1) == 1 && !large_blocks(NODE),
	   "another process holds the node");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ready[0]);
	fd = device();
	ok(fd >= 0, "killed: the device is free");
	back(fd, before, "killed: all given back");
	close(fd);
}

static int test(const char *module)
{
	long free_kb, slab_kb;
	cpu_set_t here;
	int fd;

	CPU_ZERO(&here);
	CPU_SET(0, &here);
	sched_setaffinity(0, sizeof(here), &here);
	ok(!numa_here(), "we run on node 0");
	log_from_here();
	is(load("/proc/self/exe", ""), -ENOEXEC, "what is no module");
	is(load(module, "lab=1"), 0, "load");
	is(load(module, ""), -EEXIST, "load it twice");
	fd = device();
	drain(fd);
	close(fd);
	free_kb = meminfo("MemFree");
	slab_kb = meminfo("Slab");
	test_refusals();
	test_locks();
	test_cold();
	test_arrays();
	test_pids();
	test_fragmented(true);
	test_degrees();
	test_kill();
	fd = device();
	drain(fd);
	close(fd);
	free_kb = meminfo("MemFree") - free_kb;
	slab_kb = meminfo("Slab") - slab_kb;
	ok(free_kb > -4096, "free memory: %+ld KiB", free_kb);
	ok(slab_kb < 4096, "slab: %+ld KiB", slab_kb);
	is(unload(), 0, "unload");
	is(load(module, ""), 0, "load it for a machine that is in use");
	test_fragmented(false);
	is(unload(), 0, "unload");
	ok(access(KMOD_DEVICE, F_OK), "the device is gone");
	ok(log_clean(), "the kernel log is clean");
	printf("1..%d\n", tests);
	return failures > 0;
}

/* --- many times ---------------------------------------------------------- */

static int use(void)
{
	struct kmod_write w = { .lock = KMOD_PERCPU_FAST };
	int fd = device(), ret = fd < 0 ? fd : 0;

	for (int i = 0; i < KMOD_NR_ARRAYS && !ret; i++)
		ret = outcome(fd, try_of(i, 1000, KMOD_ANY));
	if (!ret)
		ret = kmod_ask(fd, KMOD_WRITE, &w);
	close(fd);
	return ret;
}

/* Nothing in the lists of the CPUs, also where no device is open (FD < 0). */
static int level(const char *module, int fd)
{
	int ret = 0;

	if (fd >= 0) {
		drain(fd);
		return 0;
	}
	ret = load(module, "lab=1");
	if (ret)
		return ret;
	fd = device();
	drain(fd);
	close(fd);
	ret = unload();
	settle();
	return ret;
}

/* Everything N times, and what that has left behind. */
static int many(const char *module, unsigned long n, bool cycle)
{
	long free_kb = 0, slab_kb = 0;
	int ret = 0, fd = -1;
	bool clean;

	log_from_here();
	if (!cycle) {
		ret = load(module, "lab=1");
		fd = device();
	}
	for (unsigned long i = 0; i < n && !ret; i++) {
		if (i == n / 100) {	/* caches have grown by then */
			ret = level(module, fd);
			free_kb = meminfo("MemFree");
			slab_kb = meminfo("Slab");
		}
		if (cycle) {
			if (!ret)
				ret = load(module, "");
			if (!ret)
				ret = use();
			if (!ret)
				ret = unload();
		} else {
			ret = fragment(fd, NODE, 1 + i % 10);
			if (!ret && numa_here() == 0 && i % 10 == ORDER - 1 &&
			    large_blocks(NODE))
				ret = -EBADMSG;
			if (!ret)
				ret = fragment(fd, NODE, 0);
		}
		if (ret)
			printf("# turn %lu: %s\n", i, strerror(-ret));
	}
	if (!ret)
		ret = level(module, fd);
	free_kb = meminfo("MemFree") - free_kb;
	slab_kb = meminfo("Slab") - slab_kb;
	if (fd >= 0)
		close(fd);
	if (!cycle && !ret)
		ret = unload();
	clean = log_clean();
	printf("%lu times: %s, free memory %+ld KiB, slab %+ld KiB, log %s\n",
	       n, ret ? strerror(-ret) : "done", free_kb, slab_kb,
	       clean ? "clean" : "not clean");
	return ret || !clean || free_kb < -8192 || slab_kb > 4096;
}

/* --- nonsense ------------------------------------------------------------ */

static uint64_t state;

static uint64_t rnd(void)	/* xorshift64 */
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Small, near a limit, or anything. */
static uint32_t value(void)
{
	static const uint32_t edge[] = {
		0, 1, 2, 8, 24, 510, 1024, 4096, 86700, 261120, 4194304,
		KMOD_PAIRS_MAX, KMOD_READERS_MAX, 0x7fffffff, 0x80000000,
		0xffffffff,
	};

	switch (rnd() % 4) {
	case 0:
		return edge[rnd() % (sizeof(edge) / sizeof(*edge))];
	case 1:
		return edge[rnd() % (sizeof(edge) / sizeof(*edge))] + 1;
	case 2:
		return rnd();
	default:
		return rnd() % 10;
	}
}

static void nonsense(int fd)
{
	static const unsigned long request[] = {
		KMOD_HELLO, KMOD_DONE, KMOD_BATCH, KMOD_WRITE, KMOD_TRY,
		KMOD_FRAGMENT, KMOD_PIDS,
	};
	unsigned long r = request[rnd() % 7];
	uint32_t what[64];

	for (size_t i = 0; i < 64; i++)
		what[i] = value();
	if (r == KMOD_HELLO && rnd() % 8)
		what[0] = KMOD_VERSION, what[9] = 0;
	/* Held for at most a second, or all the rest would be refused. */
	if (r == KMOD_FRAGMENT)
		what[4] %= 2;
	if (!(rnd() % 50))
		r = (uint32_t)rnd();
	if (!(rnd() % 20))
		ioctl(fd, r, (void *)rnd());
	else
		ioctl(fd, r, what);
}

static int fuzz(const char *module, unsigned long n, uint64_t seed)
{
	struct kmod_hello h = { .version = KMOD_VERSION };
	long free_kb, slab_kb;
	int ret, status, bad = 0;
	bool clean;

	log_from_here();
	ret = load(module, "");
	settle();
	free_kb = meminfo("MemFree");
	slab_kb = meminfo("Slab");
	for (unsigned long round = 0; round < n / 300 && !ret; round++) {
		int fd = open(KMOD_DEVICE, O_RDWR | O_CLOEXEC);
		pid_t pid[3];

		ret = fd < 0 ? -errno : kmod_ask(fd, KMOD_HELLO, &h);
		for (int k = 0; k < 3; k++) {
			pid[k] = fork();
			if (pid[k])
				continue;
			state = (seed + round * 3 + k + 1) * 0x9e3779b97f4a7c15;
			for (int i = 0; i < 100; i++)
				nonsense(fd);
			_exit(0);
		}
		/* The last copy is closed by whoever ends last, or is killed. */
		close(fd);
		if (round % 8 == 7)
			kill(pid[round % 3], SIGKILL);
		for (int k = 0; k < 3; k++) {
			waitpid(pid[k], &status, 0);
			bad += WIFSIGNALED(status) &&
				WTERMSIG(status) != SIGKILL;
		}
	}
	settle();
	free_kb = meminfo("MemFree") - free_kb;
	slab_kb = meminfo("Slab") - slab_kb;
	if (!ret)
		ret = unload();
	clean = log_clean();
	printf("%lu requests, seed %lu: %s, %d crashed, free memory %+ld KiB, "
	       "slab %+ld KiB, log %s\n", n, seed, ret ? strerror(-ret) :
	       "unloaded", bad, free_kb, slab_kb,
	       clean ? "clean" : "not clean");
	return ret || bad || !clean || free_kb < -8192 || slab_kb > 4096;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;

	if (argc == 3 && !strcmp(argv[1], "test"))
		return test(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "cycle"))
		return many(argv[2], n, true);
	if (argc == 4 && !strcmp(argv[1], "hold"))
		return many(argv[2], n, false);
	if (argc == 5 && !strcmp(argv[1], "fuzz"))
		return fuzz(argv[2], n, strtoul(argv[4], NULL, 10));
	return 2;
}
