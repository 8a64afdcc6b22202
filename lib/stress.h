/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stress - what the stress tests share
 *
 * A stress test is a bench program (bench.h) below bench/stress/: its roles
 * race with each other, its loops assert an invariant while they do, and
 * its operations are counted, not compared. It has three options, made by
 * STRESS_OPTIONS():
 *
 *   hierarchy  on which it runs; the words are those that mean something
 *              to it, and the runner calls it once for each
 *   mutate     break the test itself, so that a self-test can see it fail
 *   seed       of what it draws
 *
 * An invariant that does not hold is said with stress_broke(): the line
 * that becomes the reason, then on stderr the last things that happened.
 */
#ifndef FORKPATH_STRESS_H
#define FORKPATH_STRESS_H

#include <pthread.h>

#include "bench.h"
#include "cg.h"
#include "mover.h"
#include "rng.h"
#include "turn.h"

/* For a test that any hierarchy can host, the ones whose moves differ. */
#define STRESS_ANY "v1-freezer v1-cpuset v1-memory v1-cpu " \
		   "v2 v2-cpuset v2-memory v2-cpu"
/* For a test to which the controller does not matter. */
#define STRESS_BOTH "v1-freezer v2"

#define STRESS_OPTIONS(HIERARCHIES, FIRST, MUTATIONS) \
	{ "hierarchy", OPT_CHOICE, &stress_hierarchy, FIRST, HIERARCHIES, \
	  "where the moves are made" }, \
	{ "mutate", OPT_CHOICE, &stress_mutation, "none", "none " MUTATIONS, \
	  "break this test, to see it fail" }, \
	{ "seed", OPT_UINT, &stress_seed, "1", "1..9223372036854775807", \
	  "of what is drawn" }

extern int stress_hierarchy, stress_mutation;
extern unsigned long stress_seed;

/* Is this the mutation asked for? */
bool stress_broken(const char *mutation);

/* An own sequence of numbers for each SALT. */
struct rng stress_rng(unsigned int salt);

/*
 * A race, and what is an overlap. One side does what it does between
 * race_begin() and race_end(); the other side takes a mark, does ONE thing,
 * and asks how many were under way at some time in between. That is exact:
 * begun before the end, less ended before the beginning, both counted by
 * the same two counters. Nothing but the operation lies in an interval:
 * what is opened, drawn or looked at is so before and after. An operation
 * whose process was killed in the middle of it never ends; race_over() is
 * for when all of them are known to be gone.
 *
 * stress->overlaps is counted by race_met() alone, which race_against() and
 * stress_write() call.
 */
struct race {
	uint64_t begun __attribute__((aligned(64)));
	uint64_t ended __attribute__((aligned(64)));
};

static inline void race_begin(struct race *r)
{
	__atomic_add_fetch(&r->begun, 1, __ATOMIC_SEQ_CST);
}

static inline void race_end(struct race *r)
{
	__atomic_add_fetch(&r->ended, 1, __ATOMIC_SEQ_CST);
}

static inline uint64_t race_mark(const struct race *r)
{
	return __atomic_load_n(&r->ended, __ATOMIC_SEQ_CST);
}

static inline uint64_t race_since(const struct race *r, uint64_t mark)
{
	return __atomic_load_n(&r->begun, __ATOMIC_SEQ_CST) - mark;
}

static inline void race_over(struct race *r)
{
	__atomic_store_n(&r->ended, __atomic_load_n(&r->begun,
						    __ATOMIC_SEQ_CST),
			 __ATOMIC_SEQ_CST);
}

/* So many others were under way during one operation. */
void race_met(uint64_t others);

/* CALL, an operation, between race_begin() and race_end() of R. */
#define race_in(R, CALL) ({						\
	struct race *race_ = (R);					\
	race_begin(race_);						\
	__typeof__(CALL) value_ = (CALL);				\
	race_end(race_);						\
	value_; })

/* CALL, an operation that overlaps with what is under way in R. */
#define race_against(R, CALL) ({					\
	const struct race *race_ = (R);					\
	uint64_t mark_ = race_mark(race_);				\
	__typeof__(CALL) value_ = (CALL);				\
	race_met(race_since(race_, mark_));				\
	value_; })

/* CALL, an operation of R that overlaps with the others in R. */
#define race_among(R, CALL) ({						\
	struct race *among_ = (R);					\
	race_begin(among_);						\
	uint64_t mark_ = race_mark(among_);				\
	__typeof__(CALL) value_ = (CALL);				\
	race_met(race_since(among_, mark_) - 1);			\
	race_end(among_);						\
	value_; })

#define STRESS_HISTORY 16

/* What parent and actors of a test share; zeroed. */
struct stress {
	struct {
		uint64_t n __attribute__((aligned(64)));
	} rounds, moves, forks, overlaps, refused;
	struct race	clones;		/* of the threads that run away */
	struct mover	pair;		/* two cgroups, and where the group is */
	pid_t		group;		/* tgid of what is moved */
	bool		roams;		/* its leader is off the harness's CPU */
	pthread_rwlock_t quiet;		/* to write: nobody else acts */
	bool		said;		/* the history, once */
	uint64_t	notes;
	struct stress_note {
		uint64_t	nr;	/* 1.. of the note; 0: none yet */
		uint64_t	ns;
		const char	*what;
		long		id, ret;
	} note[STRESS_HISTORY];
};

/*
 * The notes that were whole when they were copied to TO, oldest first, no
 * two of them the same place of the ring. How many.
 */
int stress_history(struct stress_note *to);

extern struct stress *stress;
extern struct cg_hier stress_hier;
extern struct cg stress_base;

static inline void stress_count(uint64_t *n, uint64_t more)
{
	__atomic_add_fetch(n, more, __ATOMIC_RELAXED);
}

/* Rows of .counters: those that stay 0 are not printed. */
#define STRESS_COUNTERS \
	{ "rounds", "count", "higher", stress_rounds }, \
	{ "moves", "count", "higher", stress_moves }, \
	{ "forks", "count", "higher", stress_forks }, \
	{ "overlaps", "count", "higher", stress_overlaps }, \
	{ "refused", "count", "higher", stress_refused }
double stress_rounds(void);
double stress_moves(void);
double stress_forks(void);
double stress_overlaps(void);
double stress_refused(void);
extern const struct counter stress_counters[];

/*
 * For needs.missing: is the hierarchy here? And of a test that writes numbers
 * of tasks that may have ended, which must not be somebody else's by then:
 * can kernel.pid_max be raised, or is it high enough?
 */
const char *stress_missing(void);
const char *stress_missing_numbers(void);
/* The second question alone. */
const char *stress_numbers(void);

/* For setup: *stress alone, for a test without cgroups. */
int stress_share(void);

/* For setup: *stress, stress_base and the pair; the group is in neither. */
int stress_setup(void);
void stress_cleanup(void);

/* Remember for the history. WHAT lives as long as the program. */
void stress_note(const char *what, long id, long ret);

/* The invariant does not hold. Returns -EBADMSG. */
int stress_broke(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Something that the test needs failed, which proves nothing. -errno. */
int stress_failed(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * A write to cgroup.procs of TO that must succeed ended with ERR. That there
 * was no memory for it proves nothing; anything else is a broken invariant.
 */
int stress_unmoved(const struct cg *to, int err);
/* One more line of evidence, or why a part was left out. */
void stress_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * One write(2) of VALUE to FILE of CG, or to FD: an operation of IN, and an
 * overlap if something of AGAINST is under way (both may be NULL, or the
 * same). Opening and closing FILE are no part of it. 0 or -errno.
 */
int stress_write(const struct cg *cg, const char *file, const char *value,
		 struct race *in, const struct race *against);
int stress_write_fd(int fd, const char *value, struct race *in,
		    const struct race *against);
int stress_write_pid(const struct cg *cg, const char *file, pid_t pid,
		     struct race *in, const struct race *against);

/*
 * Write stress->group to the side of the pair where it is not, as
 * stress_write() does; count it. With mutation `unwritten` every eighth
 * write is only claimed. 0 or -errno.
 */
int stress_move(struct race *in, const struct race *against);

/* The same, and no thread may be left behind. */
int stress_move_all(struct race *in, const struct race *against);

/*
 * The loop of a mover who looks closely now and then: MOVE, which is timed, and
 * after every EVERYth one LOOK, while those who take `quiet` for reading are
 * held off. Both are told how many moves there were before.
 */
int stress_look_loop(struct lat *lat, int (*move)(uint64_t nr), uint64_t every,
		     int (*look)(uint64_t nr));

/* The loop of a mover that asserts no more: each write succeeds, moves all. */
int stress_move_loop(unsigned int nr, struct lat *lat);

/*
 * After a successful move: is a thread of GROUP left in FROM? A thread
 * that has begun to exit is not moved, and is not counted. 0, or broken.
 */
int stress_left(const struct cg *from, pid_t group);

/* Are all threads of GROUP, 4096 at most, in CG? 0, or broken. */
int stress_all_in(const struct cg *cg, pid_t group);

/* Is thread TID of GROUP there, and not on its way out? */
bool stress_lives(pid_t group, pid_t tid);

/*
 * Path of the cgroup of thread TID of GROUP below the mount; one that is not
 * below it begins with "..". 0 or -errno.
 */
int stress_where(pid_t group, pid_t tid, char *path, size_t len);

/* Path of CG below the mount, as stress_where() has it. */
const char *stress_path(const struct cg *cg);

/* Numbers in FILE of CG, at most MAX. Returns how many, or -errno. */
long stress_ids(const struct cg *cg, const char *file, pid_t *id, long max);

/* Threads of GROUP as the kernel lists them in /proc. */
long stress_threads(pid_t group, pid_t *id, long max);

/*
 * For loops that make tasks without pause: sleep for a millisecond every 20.
 * Tasks that are born and die faster than a slice of time can keep whoever
 * else waits for that CPU from it (docs/methodology.md), such as the kernel
 * worker that has just been given cgroup_mutex.
 */
void stress_breathe(void);

/*
 * Threads that run away: STRESS_LINKS of them, each made by the one before
 * it, which then exits. Returns when all have exited. 0 or -errno.
 */
#define STRESS_LINKS 16
int stress_chain(void);
/* The loop of a role that does nothing else, and its enter(). */
int stress_chain_loop(unsigned int nr, struct lat *lat);
int stress_chain_enter(unsigned int nr);
bool stress_shared(void);	/* true, for role.shared */
/* NR threads of the caller that do it for ever. 0 or -errno. */
int stress_chains(int nr);

/* Off the CPU that the harness chose, on all that are allowed. */
int stress_roam(void);

/*
 * fork() a process that dies with its parent, with default signals. To be
 * ended by stress_reap(), which kills it. Returns as fork(2), or -errno.
 */
pid_t stress_fork(void);
/* NR such processes that do nothing, in side a of the pair. 0 or -errno. */
int stress_parked(pid_t *pid, int nr);
/*
 * A process in the process group of PID, a child: while it is not reaped nobody
 * gets that number, also once PID is. Its own number, or -errno.
 */
pid_t stress_keeper(pid_t pid);
/* Kill PID and wait for it. Its status as of waitpid(2), or -errno. */
int stress_reap(pid_t pid);
/*
 * seteuid(2). The kernel forgets, when a process becomes another user, that it
 * is to die with its parent; here it is told again. 0 or -errno.
 */
int stress_user(uid_t uid);

/*
 * The value of KEY in FILE of CG: of the line "KEY VALUE", or with KEY NULL
 * of the whole file. -ENOENT: no such line; or another -errno.
 */
long stress_value(const struct cg *cg, const char *file, const char *key);

/*
 * While one waits for what the kernel does in its own time, between two
 * looks: is it overdue, so that it is broken? Not by the clock alone, see
 * turn.h: half a minute and 300 rounds; with a mutation two seconds and ten.
 * How long a test may take on a machine that is slower is for the runner.
 */
bool stress_overdue(struct turn *t);

/* A short pause. */
void stress_nap(void);

/* Wait until CG holds no thread. 0, or -ETIMEDOUT. */
int stress_empty(const struct cg *cg);

#endif
