// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod - the module is asked by many while it is removed and loaded
 *
 * Invariant: the module of kmod/ cannot be removed while a descriptor of
 * its device is open (EAGAIN), so every request on an open one is answered,
 * with what its arguments deserve, and its count of them is the asker's.
 * Opening says ENOENT or ENODEV when it is not there and EBUSY when another
 * process has it open, and nothing else. Removed, it loads again.
 *
 * Three askers open, ask for a few batches of locking and a few arrays,
 * good requests and bad ones, and close; a remover removes and loads the
 * module. Only in a guest of the lab, where it was built for the kernel
 * (make kmod). An overlap is a removal that was tried during a request.
 *
 * Mutation: `miscount`, an asker counts one batch that it has not asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "kmod.h"
#include "stress.h"
#include "undo.h"

#define ASKERS	3
#define ASKS	8

static unsigned long askers = ASKERS;
static struct {
	struct race	asking;
	uint64_t	open[ASKERS];	/* odd: this one has it open */
} *state;
static char ko[PATH_MAX];

static const struct opt opts[] = {
	STRESS_OPTIONS("module", "module", "miscount"),
	OPT_END
};

/* build/kmod/RELEASE/forkpath.ko, from build/bench/stress/kmod. */
static int find_module(void)
{
	char self[PATH_MAX - 128];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct utsname un;

	if (len < 0 || uname(&un))
		return -errno;
	self[len] = '\0';
	snprintf(ko, sizeof(ko), "%s/../../kmod/%s/" KMOD_NAME ".ko",
		 dirname(self), un.release);
	return access(ko, R_OK) ? -errno : 0;
}

static const char *missing(void)
{
	if (!getenv("FORKPATH_LAB"))
		return "removes and loads a module, only in a guest of the lab";
	return find_module() ? "no module for this kernel: make kmod builds it"
			     : NULL;
}

static int load(void)
{
	int fd = open(ko, O_RDONLY | O_CLOEXEC), ret;

	ret = fd < 0 || syscall(SYS_finit_module, fd, "lab=1", 0) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	stress_note("load", 0, ret);
	return ret;
}

static int setup(void)
{
	int ret = stress_share();

	state = bench_shared(sizeof(*state));
	if (!state)
		return -ENOMEM;
	if (!ret)
		ret = undo_module(KMOD_NAME);
	if (!ret && access(KMOD_DEVICE, F_OK))
		ret = load();
	return ret ? stress_failed(ret, "%s", ko) : 0;
}

/* One request. Adds what the module will count to COUNT. */
static int ask(int fd, struct rng *rng, struct kmod_done *count)
{
	struct kmod_batch b = {
		.lock = rng_below(rng, KMOD_NR_LOCKS), .pairs = 100,
		.cache = rng_below(rng, KMOD_TOUCHED + 1), .cpu = 0,
	};
	struct kmod_try t = {
		.kind = rng_below(rng, KMOD_NR_ARRAYS), .size = 8,
		.nr = 1 + rng_below(rng, 4096),
	};
	int ret;

	switch (rng_below(rng, 4)) {
	case 0:
	case 1:
		count->pairs += b.pairs;
		count->chilled += b.cache < KMOD_FLUSHED ? 0 : b.pairs;
		ret = kmod_ask(fd, KMOD_BATCH, &b);
		break;
	case 2:
		count->tries++;
		ret = kmod_ask(fd, KMOD_TRY, &t);
		if (!ret && t.outcome && t.outcome != -ENOMEM)
			ret = t.outcome;
		break;
	default:
		b.lock = KMOD_NR_LOCKS;
		ret = kmod_ask(fd, KMOD_BATCH, &b);
		ret = ret == -EINVAL ? 0 : stress_broke("lock %u, which is "
				"none: %s", b.lock, ret ? strerror(-ret) :
				"answered");
	}
	return ret;
}

static int session(int fd, struct rng *rng)
{
	struct kmod_done want = { 0 }, is = { 0 };
	int ret = 0;

	for (int i = 0; i < ASKS && !ret; i++) {
		ret = race_in(&state->asking, ask(fd, rng, &want));
		stress_count(&stress->rounds.n, 1);
	}
	if (!ret)
		ret = kmod_ask(fd, KMOD_DONE, &is);
	if (ret)
		return stress_broke("a request on an open descriptor: %s",
				    strerror(-ret));
	want.pairs += stress_broken("miscount");
	if (is.pairs != want.pairs || is.tries != want.tries ||
	    is.chilled != want.chilled)
		return stress_broke("the module counts %llu pairs, %llu of "
				    "them cold, %llu arrays; %llu, %llu and "
				    "%llu were asked for", is.pairs,
				    is.chilled, is.tries, want.pairs,
				    want.chilled, want.tries);
	return 0;
}

static int ask_loop(unsigned int nr, struct lat *lat)
{
	static struct rng rng;
	char why[200];
	int ret = 0;

	if (!rng.state)
		rng = stress_rng(nr);
	while (!ret && loop_more(lat)) {
		uint64_t begin = clock_ns();
		int fd = kmod_open(NULL, why, sizeof(why));

		stress_note("open", nr, fd < 0 ? fd : 0);
		if (fd == -ENOENT || fd == -ENODEV || fd == -EBUSY) {
			stress_count(&stress->refused.n, 1);
			continue;
		}
		if (fd < 0)
			return stress_broke("%s", why);
		__atomic_add_fetch(&state->open[nr], 1, __ATOMIC_SEQ_CST);
		ret = session(fd, &rng);
		__atomic_add_fetch(&state->open[nr], 1, __ATOMIC_SEQ_CST);
		close(fd);
		lat_add(lat, clock_ns() - begin);
	}
	return ret;
}

static int remove_loop(unsigned int nr, struct lat *lat)
{
	(void)nr;
	while (loop_more(lat)) {
		uint64_t begin = clock_ns();
		uint64_t open[ASKERS];
		int ret;

		for (int i = 0; i < ASKERS; i++)
			open[i] = __atomic_load_n(&state->open[i],
						  __ATOMIC_SEQ_CST);
		ret = race_against(&state->asking,
				   syscall(SYS_delete_module, KMOD_NAME,
					   O_NONBLOCK) ? -errno : 0);
		stress_note("remove", 0, ret);
		if (ret && ret != -EAGAIN && ret != -EBUSY)
			return stress_broke("removing it: %s", strerror(-ret));
		for (int i = 0; i < ASKERS && !ret; i++)
			if (open[i] % 2 && open[i] ==
			    __atomic_load_n(&state->open[i], __ATOMIC_SEQ_CST))
				return stress_broke("it was removed while "
						    "asker %d had it open", i);
		if (ret) {
			nanosleep(&(struct timespec){ .tv_nsec = 100000 },
				  NULL);
			continue;
		}
		ret = load();
		if (ret)
			return stress_broke("loading it again: %s",
					    strerror(-ret));
		lat_add(lat, clock_ns() - begin);
	}
	return 0;
}

const struct bench bench = {
	.name = "kmod",
	.summary = "the module is asked by many while it is removed",
	.opts = opts,
	.roles = (const struct role[]){
		{ .name = "asker", .nr = &askers, .loop = ask_loop },
		{ .name = "remover", .loop = remove_loop },
		{ .name = NULL },
	},
	.counters = stress_counters,
	.needs = { .root = true, .missing = missing },
	.setup = setup,
};
