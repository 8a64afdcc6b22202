// SPDX-License-Identifier: GPL-2.0-or-later
/* qemu - the virtual machine as a command line */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch.h"
#include "qemu.h"
#include "tool.h"

#define NODES_MAX	64

const char *qemu_program;

#define PROBE_SECONDS	5

static int firmware(void)
{
	int fd = memfd_create("firmware", 0);

	if (fd >= 0 && (ftruncate(fd, arch->firmware_len) ||
			pwrite(fd, arch->code, arch->code_len, arch->at) !=
			(ssize_t)arch->code_len)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool probe(const char *cpu)
{
	int fd = firmware(), status = 0;
	char *bios = xprintf("/dev/fd/%d", fd);
	pid_t parent = getpid(), pid = fd < 0 ? -1 : fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(127);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		alarm(PROBE_SECONDS);	/* QEMU leaves SIGALRM alone */
		execlp(qemu_program, qemu_program, "-nodefaults",
		       "-no-user-config", "-display", "none", "-machine",
		       arch->machine, "-accel", "kvm", "-cpu", cpu, "-m", "16M",
		       "-bios", bios, arch->firmware_device ? "-device" : NULL,
		       arch->firmware_device, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (fd >= 0)
		close(fd);
	free(bios);
	return pid > 0 && WIFEXITED(status) &&
	       WEXITSTATUS(status) == arch->ends;
}

bool qemu_kvm(const char *cpu, const char **why)
{
	const struct qemu_args a = { .kvm = true, .cpu = cpu };
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = -1;

	*why = NULL;
	if (!arch_is_own())
		*why = "another architecture";
	else if (fd < 0)
		*why = errno == ENOENT ? "no /dev/kvm" :
		       errno == EACCES ? "no permission for /dev/kvm" :
					 "/dev/kvm does not open";
	else if (ioctl(fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		*why = "/dev/kvm has another interface";
	else if ((vm = ioctl(fd, KVM_CREATE_VM, 0)) < 0)
		*why = "/dev/kvm makes no machine";
	if (vm >= 0)
		close(vm);
	if (fd >= 0)
		close(fd);
	if (!*why && !probe(qemu_cpu(&a)))
		*why = "/dev/kvm opens, but runs nothing";
	return !*why;
}

/* A whole number at *AT, which then is behind it; 0 if there is none. */
static unsigned long digits(const char **at)
{
	char *end;
	unsigned long v;

	if (**at < '1' || **at > '9')
		return 0;
	errno = 0;
	v = strtoul(*at, &end, 10);
	*at = end;
	return errno ? 0 : v;
}

int qemu_numa(const char *shape, unsigned int *nodes, unsigned int *cpus)
{
	unsigned long n = digits(&shape), c;

	if (!n || n > NODES_MAX || *shape++ != 'x')
		return -EINVAL;
	c = digits(&shape);
	if (!c || *shape || c > arch->cpus || n * c > arch->cpus)
		return -EINVAL;
	*nodes = n;
	*cpus = c;
	return 0;
}

const char *qemu_bad_distance(const char *list, unsigned int nodes)
{
	unsigned int n = 0;

	for (;;) {
		unsigned long d = digits(&list);

		if (d < 11 || d > 254)
			return "a distance is 11..254 (10 is a node itself)";
		n++;
		if (!*list)
			break;
		if (*list++ != ',')
			return "a list is 20,30,.. without blanks";
	}
	if (nodes < 2)
		return "one node has no distance; --numa 2xC makes two";
	if (n != 1 && n != nodes * (nodes - 1) / 2)
		return "one distance for all pairs of nodes, or one for each: "
		       "0-1, 0-2, .. 1-2, ..";
	return NULL;
}

int qemu_memory(const char *size, unsigned long *mib)
{
	unsigned long n = digits(&size);
	bool gib = *size == 'G';

	if (!n || (*size && *size != 'M' && !gib) || (*size && size[1]))
		return -EINVAL;
	if (n > (1ul << 24) >> (gib ? 10 : 0))
		return -EINVAL;
	*mib = gib ? n << 10 : n;
	return 0;
}

const char *qemu_cpu(const struct qemu_args *a)
{
	return a->cpu ? a->cpu : a->kvm ? "host" : arch->cpu;
}

const char *qemu_time(const struct qemu_args *a)
{
	return a->exact ? "instructions" : a->kvm ? "real" : "emulated";
}

__attribute__((format(printf, 3, 4)))
static void two(struct strv *argv, const char *option, const char *fmt, ...)
{
	va_list ap;
	char *s;

	strv_add(argv, xstrdup(option));
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = xstrdup("");
	va_end(ap);
	strv_add(argv, s);
}

/* Every node has memory and CPUs of its own. */
static void nodes(struct strv *argv, const struct qemu_args *a)
{
	const char *list = a->distance;
	unsigned long d = 0;

	for (unsigned int i = 0; i < a->nodes; i++) {
		two(argv, "-object", "memory-backend-ram,id=mem%u,size=%luM", i,
		    a->memory_mib / a->nodes);
		two(argv, "-numa", "node,nodeid=%u,memdev=mem%u,cpus=%u-%u", i,
		    i, i * a->cpus, (i + 1) * a->cpus - 1);
	}
	for (unsigned int i = 0; list && i < a->nodes; i++) {
		for (unsigned int j = i + 1; j < a->nodes; j++) {
			if (*list) {
				d = digits(&list);
				list += *list == ',';
			}
			two(argv, "-numa", "dist,src=%u,dst=%u,val=%lu", i, j,
			    d);
		}
	}
}

void qemu_argv(struct strv *argv, const struct qemu_args *a,
	       const char *image)
{
	strv_add(argv, xstrdup(qemu_program ? qemu_program : arch->qemu));
	strv_add(argv, xstrdup("-nodefaults"));
	strv_add(argv, xstrdup("-no-user-config"));
	strv_add(argv, xstrdup("-no-reboot"));
	two(argv, "-display", "none");
	two(argv, "-vga", "none");
	two(argv, "-machine", "%s", arch->machine);
	two(argv, "-accel", a->kvm ? "kvm" : a->parallel ? QEMU_PARALLEL :
	    "tcg,thread=single");
	two(argv, "-cpu", "%s", qemu_cpu(a));
	two(argv, "-smp", "%u,sockets=%u,cores=%u", a->nodes * a->cpus,
	    a->nodes, a->cpus);
	two(argv, "-m", "%luM", (a->memory_mib / a->nodes - a->layout) *
	    a->nodes);
	if (a->nodes > 1)
		nodes(argv, a);
	if (a->exact) {
		two(argv, "-icount", "shift=0,sleep=off");
		two(argv, "-rtc", "base=2026-01-01,clock=vm");
		two(argv, "-seed", "%lu", a->layout + 1);
	}
	for (unsigned int i = 0; i < a->plugin->nr; i++)
		two(argv, "-plugin", "%s", a->plugin->v[i]);
	two(argv, "-kernel", "%s", image);
	two(argv, "-initrd", "/dev/fd/%d", QEMU_INITRD);
	two(argv, "-append", "console=%s quiet loglevel=1 panic=-1 "
	    "oops=panic%s%.*s%s%s%s", arch->console, a->layout ? " layout.of=" : "",
	    (int)a->layout, "0123456789abcdef",	/* with a dot: nobody's */
	    a->exact ? " nokaslr norandmaps mitigations=off "
		       "cryptomgr.notests" : arch->append,
	    a->append ? " " : "", a->append ? a->append : "");
	if (a->terminal)
		two(argv, "-chardev", "stdio,id=console,signal=off,"
		    "logfile=/dev/fd/%d", QEMU_CONSOLE);
	else
		two(argv, "-chardev", "file,id=console,path=/dev/fd/%d",
		    QEMU_CONSOLE);
	two(argv, "-chardev", "file,id=wire,path=/dev/fd/%d", QEMU_WIRE);
	two(argv, "-serial", "chardev:console");
	if (arch->port)
		two(argv, "-device", "%s", arch->port);
	else
		two(argv, "-serial", "chardev:wire");
}

char *qemu_version(void)
{
	char *argv[] = { (char *)qemu_program, "--version", NULL };
	struct text said = { 0 };
	char *line = NULL;

	if (!tool_run(argv, &said) && said.len)
		line = xstrndup(said.s, strcspn(said.s, "\n"));
	text_free(&said);
	return line;
}
