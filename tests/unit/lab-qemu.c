// SPDX-License-Identifier: GPL-2.0-or-later
/* lab-qemu - shapes of machines, images, and the record of both */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../lab/arch.h"
#include "../../lab/kernel.h"
#include "../../lab/qemu.h"
#include "../../lab/record.h"
#include "tool.h"

static void shapes(void **state)
{
	static const char *const wrong[] = {
		"", "x", "2", "2x", "x2", "0x1", "1x0", "2x2x2", "-1x1", "2 x2",
		"2x2 ", "65x1", "2x128", "99999999999999999999x1",
	};
	unsigned int n, c;

	(void)state;
	assert_int_equal(qemu_numa("2x3", &n, &c), 0);
	assert_int_equal(n, 2);
	assert_int_equal(c, 3);
	assert_int_equal(qemu_numa("64x3", &n, &c), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(qemu_numa(wrong[i], &n, &c), -EINVAL);
}

/* 127 is never without a word. */
static void a_tool_that_does_not_start_is_said(void **state)
{
	static const struct rlimit none = { 3, 3 };
	char *argv[] = { (char *)"true", NULL };
	int said = memfd_create("said", MFD_CLOEXEC), status;
	char line[200] = "";
	pid_t pid;

	(void)state;
	/* valgrind has descriptors of its own, beyond the limit that it shows. */
	if (strstr(getenv("LD_PRELOAD") ?: "", "vgpreload"))
		skip();
	assert_true(said > 2);
	pid = fork();
	if (!pid) {
		struct text t = { 0 };

		dup2(said, STDERR_FILENO);
		setrlimit(RLIMIT_NOFILE, &none);
		_exit(tool_run(argv, &t));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 127);
	assert_true(pread(said, line, sizeof(line) - 1, 0) > 0);
	assert_non_null(strstr(line, "true: a pipe: Too many open files"));
	close(said);
}

static void memories(void **state)
{
	static const char *const wrong[] = {
		"", "G", "0", "-1G", "1T", "1GB", "1.5G", "99999999G",
	};
	unsigned long mib;

	(void)state;
	assert_int_equal(qemu_memory("512M", &mib), 0);
	assert_int_equal(mib, 512);
	assert_int_equal(qemu_memory("3G", &mib), 0);
	assert_int_equal(mib, 3072);
	assert_int_equal(qemu_memory("256", &mib), 0);
	assert_int_equal(mib, 256);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(qemu_memory(wrong[i], &mib), -EINVAL);
}

static void distances(void **state)
{
	(void)state;
	assert_null(qemu_bad_distance("21", 2));
	assert_null(qemu_bad_distance("21", 4));
	assert_null(qemu_bad_distance("21,31,21", 3));
	assert_non_null(qemu_bad_distance("21,31", 3));
	assert_non_null(qemu_bad_distance("21", 1));
	assert_non_null(qemu_bad_distance("10", 2));
	assert_non_null(qemu_bad_distance("255", 2));
	assert_non_null(qemu_bad_distance("21,", 2));
	assert_non_null(qemu_bad_distance("", 2));
	assert_non_null(qemu_bad_distance("21;31;21", 3));
}

/* Is WORD followed by NEXT somewhere? */
static bool follows(const struct strv *v, const char *word, const char *next)
{
	for (unsigned int i = 0; i + 1 < v->nr; i++)
		if (!strcmp(v->v[i], word) && !strcmp(v->v[i + 1], next))
			return true;
	return false;
}

static void command_line(void **state)
{
	struct strv none = { 0 }, v = { 0 };
	struct qemu_args a = {
		.nodes = 3, .cpus = 2, .memory_mib = 1000, .plugin = &none,
		.distance = "21,31,41", .append = "loglevel=7",
	};

	(void)state;
	qemu_argv(&v, &a, "/a,b/bzImage");
	assert_true(follows(&v, "-smp", "6,sockets=3,cores=2"));
	assert_true(follows(&v, "-m", "999M"));
	assert_true(follows(&v, "-object",
			    "memory-backend-ram,id=mem2,size=333M"));
	assert_true(follows(&v, "-numa", "node,nodeid=2,memdev=mem2,cpus=4-5"));
	assert_true(follows(&v, "-numa", "dist,src=0,dst=1,val=21"));
	assert_true(follows(&v, "-numa", "dist,src=0,dst=2,val=31"));
	assert_true(follows(&v, "-numa", "dist,src=1,dst=2,val=41"));
	assert_true(follows(&v, "-accel", "tcg,thread=single"));
	assert_true(follows(&v, "-kernel", "/a,b/bzImage"));
	assert_false(follows(&v, "-icount", "shift=0,sleep=off"));
	assert_string_equal(qemu_time(&a), "emulated");
	strv_free(&v);
	a.exact = true;
	qemu_argv(&v, &a, "i");
	assert_true(follows(&v, "-icount", "shift=0,sleep=off"));
	assert_string_equal(qemu_time(&a), "instructions");
	strv_free(&v);
	a = (struct qemu_args){ .nodes = 1, .cpus = 1, .memory_mib = 512,
				.plugin = &none, .kvm = true };
	qemu_argv(&v, &a, "i");
	assert_true(follows(&v, "-accel", "kvm"));
	assert_true(follows(&v, "-cpu", "host"));
	assert_string_equal(qemu_time(&a), "real");
	for (unsigned int i = 0; i < v.nr; i++)
		assert_string_not_equal(v.v[i], "-numa");
	strv_free(&v);
}

/* An emulated machine of another architecture, and what it boots. */
static void arm64(void **state)
{
	struct strv none = { 0 }, v = { 0 };
	struct qemu_args a = {
		.nodes = 2, .cpus = 1, .memory_mib = 512, .plugin = &none,
		.exact = true,
	};
	const char *why;

	(void)state;
	assert_false(arch_choose("mips"));
	assert_true(arch_choose("arm64"));
	qemu_argv(&v, &a, "Image");
	assert_string_equal(v.v[0], "qemu-system-aarch64");
	assert_true(follows(&v, "-machine", "virt,gic-version=3"));
	assert_true(follows(&v, "-cpu", "neoverse-n1,cntfrq=1000000000"));
	assert_true(follows(&v, "-serial", "chardev:console"));
	assert_true(follows(&v, "-device", "pci-serial,chardev=wire"));
	assert_false(follows(&v, "-serial", "chardev:wire"));
	strv_free(&v);
	if (!arch_is_own()) {
		assert_false(qemu_kvm(NULL, &why));
		assert_string_equal(why, "another architecture");
		assert_string_equal(arch_built(), "build/arm64");
	}
	assert_true(arch_choose(NULL));
	assert_true(arch_is_own());
	assert_string_equal(arch_built(), "build");
	/* Its head has no release: that is where the kernel says it. */
	{
		unsigned char image[4096] = { 0 };
		char said[200], *version;

		memcpy(image + 56, "ARMd", 4);
		assert_null(kernel_version(image, sizeof(image), said,
					   sizeof(said)));
		memcpy(image + 900, "Linux version 6.12.1 (a@b) #1 SMP\n", 35);
		version = kernel_version(image, sizeof(image), said,
					 sizeof(said));
		assert_string_equal(version, "6.12.1 (a@b) #1 SMP");
		free(version);
	}
}

static void images(void **state)
{
	static unsigned char image[0x4000];
	char why[200], *version;

	(void)state;
	assert_null(kernel_version(image, 0, why, sizeof(why)));
	assert_non_null(strstr(why, "empty"));
	assert_null(kernel_version(image, sizeof(image), why, sizeof(why)));
	assert_non_null(strstr(why, "bzImage"));
	memcpy(image, "\177ELF", 4);
	assert_null(kernel_version(image, sizeof(image), why, sizeof(why)));
	assert_non_null(strstr(why, "ELF"));
	image[0x1fe] = 0x55;
	image[0x1ff] = 0xaa;
	memcpy(image + 0x202, "HdrS\x0f\x02", 6);
	image[0x211] = 1;
	image[0x20e] = 0x00;
	image[0x20f] = 0x30;	/* 0x3000 + 0x200 */
	strcpy((char *)image + 0x3200, "6.12.1-x (me@here) #1 SMP");
	version = kernel_version(image, sizeof(image), why, sizeof(why));
	assert_string_equal(version, "6.12.1-x (me@here) #1 SMP");
	free(version);
	/* Behind the end, not terminated, nothing there. */
	assert_null(kernel_version(image, 0x3200, why, sizeof(why)));
	assert_null(kernel_version(image, 0x3210, why, sizeof(why)));
	image[0x20f] = 0xff;
	assert_null(kernel_version(image, sizeof(image), why, sizeof(why)));
	image[0x20f] = 0x38;
	assert_null(kernel_version(image, sizeof(image), why, sizeof(why)));
}

static const char *string(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void record(void **state)
{
	struct kernel k = { .image = "/b/bzImage", .release = "6.12.1",
			    .version = "6.12.1 #1", .sha256 = "abc" };
	struct strv none = { 0 }, argv = { 0 };
	struct qemu_args m = { .nodes = 2, .cpus = 2, .memory_mib = 512,
			       .plugin = &none };
	struct guest g = { .began = 100, .result = 109.26, .status = -1,
			   .failure = "Kernel panic" };
	struct record r = {
		.guest = &g, .kernel = &k, .machine = &m, .argv = &argv, .qemu = "QEMU 7",
		.why_tcg = "no /dev/kvm", .command = "./run.sh lab",
		.utc = "2026-01-02T03:04:05Z", .boot = 1, .boots = 2,
		.tree = 0xabc,
	};
	json_t *o, *p, *lab;
	char *s, *t;

	(void)state;
	strv_add(&argv, xstrdup("qemu"));
	strv_add(&argv, xstrdup("-nodefaults"));
	assert_null(record_meta(&r, "no json"));
	assert_null(record_meta(&r, "[]"));
	s = record_meta(&r, "{\"place\": \"vm\", \"boot_id\": \"1\", "
			"\"host\": \"lab\", \"kept\": 7}");
	o = json_loads(s, 0, NULL);
	lab = json_object_get(o, "lab");
	assert_string_equal(string(o, "place"), "lab");
	assert_string_equal(string(o, "utc"), "2026-01-02T03:04:05Z");
	assert_string_equal(string(o, "command"), "./run.sh lab");
	assert_string_equal(string(o, "programs"), "0000000000000abc");
	assert_int_equal(json_integer_value(json_object_get(o, "kept")), 7);
	assert_string_equal(string(lab, "time"), "emulated");
	assert_string_equal(string(lab, "accelerator"), "tcg");
	assert_string_equal(string(lab, "numa"), "2x2");
	assert_string_equal(string(lab, "died"), "Kernel panic");
	assert_true(json_real_value(json_object_get(lab,
			"first_result_seconds")) == 9.3);
	assert_string_equal(string(lab, "command"), "qemu -nodefaults");
	assert_string_equal(string(json_object_get(lab, "image"), "sha256"),
			    "abc");
	/* The boot_id of an exact guest is the same in every boot. */
	m.exact = true;
	g = (struct guest){ .began = 100 };
	t = record_meta(&r, s);
	p = json_loads(t, 0, NULL);
	assert_true(json_is_null(json_object_get(json_object_get(p, "lab"),
						 "died")));
	assert_true(json_is_null(json_object_get(json_object_get(p, "lab"),
						 "first_result_seconds")));
	assert_string_equal(string(json_object_get(p, "lab"), "time"),
			    "instructions");
	assert_string_equal(string(p, "host"), "lab");
	assert_string_not_equal(string(o, "boot_id"), string(p, "boot_id"));
	json_decref(o);
	json_decref(p);
	free(s);
	free(t);
	strv_free(&argv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(a_tool_that_does_not_start_is_said),
		cmocka_unit_test(memories),
		cmocka_unit_test(distances),
		cmocka_unit_test(command_line),
		cmocka_unit_test(arm64),
		cmocka_unit_test(images),
		cmocka_unit_test(record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
