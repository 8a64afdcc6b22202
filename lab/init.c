// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init - process 1 of a guest: mounts, runs one command, tells, ends
 *
 * What is to be done is in /lab/job, strings `KEY=VALUE` that end in NUL:
 *
 *   v1=LIST          controllers to mount as v1, A+B in one hierarchy; `auto`:
 *                    see below
 *   favordynmods=1   cgroup2 is mounted with it, and must have it then
 *   module=PATH      loaded in this order
 *   console=ttyS0    the command gets the console (a prompt), else
 *                    /dev/null and pipes that are sent on
 *   wire=ttyS1       where the answer goes (wire.h)
 *   collect=DIR      sent back piece by piece, the last when the command has
 *                    ended; FORKPATH_HANDOVER is the number of a descriptor
 *                    for the command: names of files in DIR, each with a
 *                    newline, are sent and then answered by a byte
 *   arg=WORD         the command, its arguments
 *
 * `auto` mounts as v1 what the kernel offers in /proc/cgroups and lets
 * mount, but for the controllers that v2 has a better home for: what the
 * suite asks of v1 (cpuset, memory, freezer) is there where the kernel still
 * has it, and v2 has the rest, passed on at its top.
 *
 * Whatever happens, the machine is reset in the end, which ends QEMU.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cg.h"
#include "cpio.h"
#include "err.h"
#include "mem.h"
#include "wire.h"

#define CGROUPS		"/sys/fs/cgroup"
#define BEAT_SECONDS	1

static struct {
	char		*v1, *collect, *console, *wire;
	bool		 favordynmods;
	struct strv	 module, argv;
} job;

static int wire = -1;
static struct cpio_sent sent;
static unsigned int inode = 1;

/*
 * What the kernel puts off until after a cgroup is gone switches static keys
 * back, and the code that a plugin keeps of the guest is that of its end. A
 * second of sleep is none of the host's there.
 */
static void settle(void)
{
	for (unsigned int i = 0; i < job.argv.nr; i++)
		if (!strcmp(job.argv.v[i], "--exact"))
			sleep(1);
}

__attribute__((noreturn))
static void end(void)
{
	settle();
	if (wire >= 0)
		tcdrain(wire);
	tcdrain(STDERR_FILENO);
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* One sentence, to the host or, where there is no way yet, the console. */
__attribute__((noreturn, format(printf, 1, 2)))
static void fail(const char *fmt, ...)
{
	char line[600];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = err_vtext(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (wire < 0 || wire_put(wire, 'f', line, n))
		err_say("%s", line);
	end();
}

/* --- what is to be done -------------------------------------------------- */

static char *slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct text t = { 0 };
	char buf[4096];
	ssize_t got;

	text_add(&t, "", 0);
	if (fd < 0)
		fail("%s: %s", path, strerror(errno));
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		text_add(&t, buf, got);
	close(fd);
	*len = t.len;
	return t.s;
}

static void read_job(void)
{
	size_t len;
	char *s = slurp("/lab/job", &len);

	for (char *at = s; at < s + len; at += strlen(at) + 1) {
		char *value = strchr(at, '=');

		if (!value)
			fail("/lab/job: '%s' has no value", at);
		value++;
		if (!strncmp(at, "v1=", 3))
			job.v1 = value;
		else if (!strncmp(at, "favordynmods=", 13))
			job.favordynmods = *value == '1';
		else if (!strncmp(at, "console=", 8))
			job.console = xprintf("/dev/%s", value);
		else if (!strncmp(at, "wire=", 5))
			job.wire = xprintf("/dev/%s", value);
		else if (!strncmp(at, "collect=", 8))
			job.collect = value;
		else if (!strncmp(at, "module=", 7))
			strv_add(&job.module, xstrdup(value));
		else if (!strncmp(at, "arg=", 4))
			strv_add(&job.argv, xstrdup(value));
		else
			fail("/lab/job: '%s' is not known", at);
	}
}

/* --- mounts -------------------------------------------------------------- */

static void mount_or_fail(const char *type, const char *at)
{
	mkdir(at, 0755);
	if (mount(type, at, type, MS_NOSUID, NULL) && errno != EBUSY)
		fail("mount %s: %s", at, strerror(errno));
}

static bool has_word(const char *list, const char *word)
{
	return cg_option(list, word);
}

/* Controllers that v2 has under this or another name (blkio is io). */
static bool lives_in_v2(const char *controller)
{
	return has_word("cpu,blkio,pids,hugetlb,perf_event,rdma,misc,dmem",
			controller);
}

/*
 * CONTROLLER, or several with a + between in one hierarchy. 0 or -errno: a
 * kernel may know a controller and not mount it as v1.
 */
static int mount_v1(const char *controller)
{
	char *at = xprintf(CGROUPS "/%s", controller), *options;
	int ret = 0;

	options = strncmp(controller, "name=", 5) ? xstrdup(controller) :
		  xprintf("none,%s", controller);
	if (!strncmp(controller, "name=", 5)) {
		free(at);
		at = xprintf(CGROUPS "/%s", controller + 5);
	} else {
		for (char *c = options; *c; c++)
			*c = *c == '+' ? ',' : *c;
	}
	mkdir(at, 0755);
	if (mount("cgroup", at, "cgroup", MS_NOSUID, options)) {
		ret = -errno;
		rmdir(at);
	}
	free(options);
	free(at);
	return ret;
}

static void mount_v1_auto(void)
{
	FILE *f = fopen("/proc/cgroups", "re");
	char line[200], name[64];
	int enabled;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %*d %*d %d", name, &enabled) == 2 &&
		    enabled && !lives_in_v2(name))
			mount_v1(name);
	if (f)
		fclose(f);
	mount_v1("name=systemd");
}

static void mount_v1_list(const char *list)
{
	struct strv names = { 0 };

	strv_split(&names, list, ",");
	for (unsigned int i = 0; i < names.nr; i++) {
		int ret = mount_v1(names.v[i]);

		if (ret)
			fail("v1 controller %s: %s; this kernel has it as v2 "
			     "only, or not at all", names.v[i],
			     strerror(-ret));
	}
	strv_free(&names);
}

/* All that is left for v2 is passed on to the groups below its top. */
static void pass_on(void)
{
	size_t len;
	char *list = slurp(CGROUPS "/unified/cgroup.controllers", &len);
	struct cg top = { .version = 2, .path = CGROUPS "/unified" };
	struct strv names = { 0 };

	top.dir = open(top.path, O_DIRECTORY | O_CLOEXEC);
	strv_split(&names, list, " \n");
	for (unsigned int i = 0; i < names.nr; i++) {
		char *enable = xprintf("+%s", names.v[i]);

		cg_write(&top, "cgroup.subtree_control", enable);
		free(enable);
	}
	strv_free(&names);
	cg_close(&top);
	free(list);
}

static bool v2_has_favordynmods(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	struct cg_mount m;
	bool yes = false;

	while (f && cg_mount_next(f, &m))
		if (m.version == 2)
			yes = cg_option(m.options, "favordynmods");
	if (f)
		fclose(f);
	return yes;
}

static void mount_cgroups(void)
{
	const char *options = job.favordynmods ? "favordynmods" : NULL;

	/* One built without: what needs a cgroup skips itself. */
	if (access(CGROUPS, F_OK) && !options)
		return;
	mount_or_fail("tmpfs", CGROUPS);
	if (!job.v1 || !strcmp(job.v1, "auto"))
		mount_v1_auto();
	else if (strcmp(job.v1, "none"))
		mount_v1_list(job.v1);
	mkdir(CGROUPS "/unified", 0755);
	if (mount("cgroup2", CGROUPS "/unified", "cgroup2", MS_NOSUID,
		  options)) {
		struct utsname un;

		uname(&un);
		if (!options)
			fail("mount cgroup2: %s", strerror(errno));
		fail("mount cgroup2 with favordynmods: %s; kernel %s has none "
		     "(it came with 6.0)", strerror(errno), un.release);
	}
	/* One switch for the whole kernel: no other mount has to have it. */
	if (v2_has_favordynmods() != job.favordynmods)
		fail("favordynmods is %s although it was %sasked for",
		     job.favordynmods ? "off" : "on",
		     job.favordynmods ? "" : "not ");
	pass_on();
}

static void open_wire(void)
{
	struct termios t;

	wire = job.wire ? open(job.wire, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (wire < 0)
		fail("%s: %s; the kernel needs "
		     "CONFIG_SERIAL_8250_RUNTIME_UARTS=2 or more",
		     job.wire, strerror(errno));
	if (tcgetattr(wire, &t)) {
		wire = -1;
		fail("%s is no serial port: %s", job.wire, strerror(errno));
	}
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	cfsetspeed(&t, B115200);
	tcsetattr(wire, TCSANOW, &t);
}

static void load_modules(void)
{
	for (unsigned int i = 0; i < job.module.nr; i++) {
		const char *path = job.module.v[i];
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			fail("module %s: %s", path, strerror(errno));
		close(fd);
	}
}

/* --- the command --------------------------------------------------------- */

static void exec_command(const int *out, const int *err, int names)
{
	sigset_t none;
	char number[16];
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (job.console) {
		fd = open(job.console, O_RDWR);
		ioctl(fd, TIOCSCTTY, 0);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
	} else {
		fd = open("/dev/null", O_RDONLY);
		dup2(fd, 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
	}
	if (names >= 0 && !fcntl(names, F_SETFD, 0)) {
		snprintf(number, sizeof(number), "%d", names);
		setenv("FORKPATH_HANDOVER", number, 1);
	}
	if (chdir("/forkpath"))
		_exit(126);
	execvp(job.argv.v[0], job.argv.v);
	err_say("%s: %s", job.argv.v[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* What is in pipe FD goes to the host. False at its end. */
static bool relay(int fd, char type)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (wire_put(wire, type, buf, n))
			end();
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* The files of NAMES, or all, as far as they are new; END: no more come. */
static void send_results(char *names, bool end)
{
	struct text archive = { 0 };
	int dir, ret = 0;

	if (!job.collect)
		return;
	dir = open(job.collect, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;		/* the command says why it made none */
	text_add(&archive, "", 0);
	if (!names || !sent.names.nr)
		ret = cpio_add_tree(&archive, &inode, dir, &sent);
	for (char *name = names; name && *name && !ret;) {
		size_t n = strcspn(name, "\n");
		bool more = name[n];

		name[n] = '\0';
		ret = cpio_add_file(&archive, &inode, dir, name, &sent);
		name += n + more;
	}
	if (ret)
		fail("%s: %s", job.collect, strerror(-ret));
	if (end)
		cpio_end(&archive);
	if (archive.len)
		wire_put(wire, 'a', archive.s, archive.len);
	wire_put(wire, 'a', "", 0);
	text_free(&archive);
	close(dir);
}

/*
 * What the command has is safe once it is through the serial port, and
 * nothing of it is left to disturb what comes next. False: the end.
 */
static bool hand_over(int fd)
{
	char names[4096];
	ssize_t n = read(fd, names, sizeof(names) - 1);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	names[n] = '\0';
	send_results(names, false);
	tcdrain(wire);
	return write(fd, "", 1) == 1;
}

/*
 * Children come and go, as ours or as orphans; STATUS is that of PID. An
 * orphan may hold a pipe open: the end of the command is what counts.
 */
static bool reap(pid_t pid, int *status)
{
	bool ended = false;
	int s;

	for (pid_t p; (p = waitpid(-1, &s, WNOHANG)) > 0;) {
		if (p != pid)
			continue;
		*status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
		ended = true;
	}
	return ended;
}

static int watch(pid_t pid, int out, int err, int children, int beat,
		 int names)
{
	struct pollfd fds[] = {
		{ .fd = out, .events = POLLIN },
		{ .fd = err, .events = POLLIN },
		{ .fd = children, .events = POLLIN },
		{ .fd = beat, .events = POLLIN },
		{ .fd = names, .events = POLLIN },
	};
	char drop[1024];
	int status = 0;

	for (;;) {
		if (poll(fds, 5, -1) < 0)
			continue;
		if (fds[0].revents && !relay(out, 'o'))
			fds[0].fd = -1;
		if (fds[1].revents && !relay(err, 'e'))
			fds[1].fd = -1;
		if (fds[3].revents && read(beat, drop, sizeof(drop)) > 0)
			wire_put(wire, 'b', "", 0);
		if (fds[4].revents && !hand_over(names))
			fds[4].fd = -1;
		if (!fds[2].revents)
			continue;
		if (read(children, drop, sizeof(drop)) < 0)
			continue;
		if (reap(pid, &status)) {
			relay(out, 'o');
			relay(err, 'e');
			return status;
		}
	}
}

static int run_command(void)
{
	struct itimerspec every = { { BEAT_SECONDS, 0 }, { BEAT_SECONDS, 0 } };
	int out[2], err[2], names[2] = { -1, -1 }, children, beat;
	sigset_t mask;
	pid_t pid;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	children = signalfd(-1, &mask, SFD_CLOEXEC);
	beat = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (children < 0 || beat < 0 || pipe2(out, O_CLOEXEC) ||
	    pipe2(err, O_CLOEXEC))
		fail("pipes for the command: %s", strerror(errno));
	/* A kernel without it: all is sent in the end. */
	if (job.collect && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
				      0, names))
		names[0] = names[1] = -1;
	timerfd_settime(beat, 0, &every, NULL);
	pid = fork();
	if (!pid)
		exec_command(out, err, names[1]);
	if (pid < 0)
		fail("fork: %s", strerror(errno));
	close(out[1]);
	close(err[1]);
	if (names[1] >= 0)
		close(names[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	return watch(pid, out[0], err[0], children, beat, names[0]);
}

/* --- what comes of it ---------------------------------------------------- */

static void send_log(void)
{
	int size = klogctl(10, NULL, 0);	/* bytes of the buffer */
	char *log = xzalloc(size > 0 ? size : 1);
	int n = klogctl(3, log, size);		/* all that is in it */

	if (n > 0)
		wire_put(wire, 'k', log, n);
	free(log);
}

int main(void)
{
	struct utsname un;
	char status[16];
	int n;

	err_prog = "forkpath-init";
	if (getpid() != 1) {
		err_say("it is process 1 of a guest of the lab, and would take "
			"this machine for one; see forkpath-lab --help");
		return EXIT_BAD;
	}
	umask(022);
	setenv("PATH", "/forkpath/build/bench:/bin:/sbin:/usr/bin:/usr/sbin",
	       1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "vt220", 1);
	setenv("FORKPATH_LAB", "1", 1);	/* may be broken: nobody lives here */
	mount_or_fail("devtmpfs", "/dev");
	read_job();
	open_wire();
	uname(&un);
	wire_put(wire, 'h', un.release, strlen(un.release));
	mount_or_fail("proc", "/proc");
	mount_or_fail("sysfs", "/sys");
	mount_or_fail("tmpfs", "/dev/shm");
	mount_or_fail("tmpfs", "/run");
	mkdir("/dev/pts", 0755);
	mount("devpts", "/dev/pts", "devpts", MS_NOSUID, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", MS_NOSUID, NULL);
	sethostname("lab", 3);
	load_modules();
	mount_cgroups();
	n = snprintf(status, sizeof(status), "%d", run_command());
	send_results(NULL, true);
	send_log();
	wire_put(wire, 'x', status, n);
	end();
}
