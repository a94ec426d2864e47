// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Processes that may do little: no more memory, no locked memory, no file descriptor, no file
 * system. And vgetrandom_prepare() for more threads than there can be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "maps.h"
#include "outputs.h"
#include "providers.h"
#include "seccomp.h"

#define NOBODY         65534
#define MAP_TYPE_MASK  0x0f
#define MAP_DROPPABLE_ 0x08

static char *steps_argv[] = { VGETRANDOM_STEPS, "unprepared", "recovers", NULL };

static void run(void (*body)(void *), void *arg)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(body, arg, why), "%s", why);
}

/* steps.c, with what is left to it. Its exit status is the answer. */
static __attribute__((noreturn)) void exec_steps(int fd)
{
	char provider[64], sanitizer[] = "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1";
	char *env[] = { provider, sanitizer, NULL };

	snprintf(provider, sizeof(provider), "VGETRANDOM_PROVIDER=%s",
		 vgetrandom_provider_name(vgetrandom_get_provider()));
	syscall(SYS_execveat, fd, "", steps_argv, env, AT_EMPTY_PATH);
	_exit(126);
}

static void become_nobody(void)
{
	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
		vgt_child_fail("setresuid: errno %d", errno);
}

static void forbid_droppable(void)
{
	const struct vgt_rule rule = { .nr = SYS_mmap,
				       .arg = 3,
				       .mask = MAP_TYPE_MASK,
				       .value = MAP_DROPPABLE_,
				       .action = VGT_ANSWER(EINVAL) };

	vgt_seccomp_install(&rule, 1);
}

static void lock_nothing(void *no_droppable)
{
	static const struct rlimit none = { 0, 0 };
	int fd = open(VGETRANDOM_STEPS, O_RDONLY | O_CLOEXEC);

	setrlimit(RLIMIT_MEMLOCK, &none);
	if (no_droppable)
		forbid_droppable();
	become_nobody();
	exec_steps(fd);
}

TEST_EACH_PROVIDER(limits, nothing_may_be_locked)
{
	static char no_droppable;

	run(lock_nothing, NULL);
	run(lock_nothing, &no_droppable);
}

static int open_static_steps(void)
{
	int fd = open(VGETRANDOM_STEPS_STATIC, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		cr_skip_test("the sanitizer cannot be linked statically");
	return fd;
}

/* What execve() takes is closed with it. */
static void have_no_files(void *fd)
{
	static const struct rlimit none = { 0, 0 };
	int steps = *(int *)fd;

	for (int i = 0; i < 1024; i++)
		if (i != steps)
			close(i);
	if (setrlimit(RLIMIT_NOFILE, &none) != 0)
		_exit(2);
	exec_steps(steps);
}

TEST_EACH_PROVIDER(limits, no_file_descriptor_is_to_be_had)
{
	int fd = open_static_steps();

	run(have_no_files, &fd);
}

static char empty[] = "/tmp/vgetrandom-empty-XXXXXX";

static void have_no_file_system(void *fd)
{
	if (chroot(empty) != 0 || chdir("/") != 0)
		vgt_child_fail("chroot: errno %d", errno);
	if (access("/proc", F_OK) == 0)
		vgt_child_fail("expected an empty file system");
	exec_steps(*(int *)fd);
}

TEST_EACH_PROVIDER(limits, root_is_an_empty_folder_without_proc)
{
	int fd = open_static_steps();
	char why[VGT_CHILD_WHY_SIZE];
	bool good;

	if (geteuid() != 0)
		cr_skip_test("only root may chroot()");
	cr_assert(mkdtemp(empty));
	good = vgt_run_child(have_no_file_system, &fd, why);
	rmdir(empty);
	cr_assert(good, "%s", why);
}

static struct vgt_maps before, after;

static void expect_no_mapping_left(const char *what)
{
	vgt_maps_read(&after);
	if (!vgt_maps_are_equal(&before, &after))
		vgt_child_fail("%s: expected no mapping to stay", what);
}

/* As much address space as there is now, and @more. */
static void limit_address_space(size_t more)
{
	rlim_t now = (rlim_t)vgt_status_kb("VmSize:") * 1024;
	struct rlimit limit = { now + more, RLIM_INFINITY };

	if (setrlimit(RLIMIT_AS, &limit) != 0)
		vgt_child_fail("setrlimit: errno %d", errno);
}

#define PARKED 14 /* more than the first block has slots */

static pthread_barrier_t barrier;
static unsigned char drawn[PARKED][2][16];

/* Until a thread that got no state has tried again. */
static void draw_much(void)
{
	unsigned char buf[16];

	for (int n = 0; n < 600; n++)
		vgetrandom_arc4random_buf(buf, sizeof(buf));
}

static void *draw_when_told(void *arg)
{
	unsigned char(*bufs)[16] = arg;

	for (int i = 0; i < 2; i++) {
		pthread_barrier_wait(&barrier);
		if (vgetrandom(bufs[i], 16, 0) != 16)
			return "vgetrandom() failed";
		draw_much();
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

/* Only some of the threads get a state. Later, all of them. */
static void have_no_memory(void *unused)
{
	pthread_t threads[PARKED];
	uint64_t without_state;
	struct outputs seen;

	(void)unused;
	outputs_init(&seen, 1024);
	pthread_barrier_init(&barrier, NULL, PARKED + 1);
	for (int i = 0; i < PARKED; i++)
		pthread_create(&threads[i], NULL, draw_when_told, drawn[i]);
	limit_address_space(0);
	for (int round = 0; round < 2; round++) {
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		without_state = stats_now().fallback_no_state;
		if (round == 0 && vgetrandom_get_provider() == VGETRANDOM_PROVIDER_INPROCESS &&
		    !without_state)
			vgt_child_fail("expected calls without a state");
		limit_address_space(1 << 30);
	}
	for (int i = 0; i < PARKED; i++) {
		void *result;

		pthread_join(threads[i], &result);
		if (result)
			vgt_child_fail("thread %d: %s", i, (char *)result);
		if (!outputs_add(&seen, drawn[i], sizeof(drawn[i])))
			vgt_child_fail("thread %d: %s", i, seen.why);
	}
	draw_much();
	without_state = stats_now().fallback_no_state;
	draw_much();
	if (stats_now().fallback_no_state != without_state)
		vgt_child_fail("expected a state once there is memory");
}

static void need_address_space_limit(void)
{
	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer needs address space of its own");
}

TEST_EACH_PROVIDER(limits, no_more_address_space)
{
	need_address_space_limit();
	run(have_no_memory, NULL);
}

/* Room for the half of it: then there must be none of it. */
static void prepare_without_memory(void *unused)
{
	(void)unused;
	if (vgetrandom_prepare(0) != 0)
		vgt_child_fail("vgetrandom_prepare(0): errno %d", errno);
	limit_address_space(16 << 20);
	vgt_maps_read(&before);
	vgt_maps_read(&before);
	if (vgetrandom_prepare(100000) == 0 || errno != ENOMEM)
		vgt_child_fail("expected ENOMEM, actual errno %d", errno);
	expect_no_mapping_left("vgetrandom_prepare(100000)");
	if (vgetrandom_prepare(1000) != 0)
		vgt_child_fail("vgetrandom_prepare(1000): errno %d", errno);
}

TEST_EACH_PROVIDER(limits, prepare_maps_all_or_nothing)
{
	need_address_space_limit();
	run(prepare_without_memory, NULL);
}

static void prepare_for_too_many(void *unused)
{
	static const unsigned int too_many[] = { UINT_MAX, INT_MAX, (1 << 22) + 1 };

	(void)unused;
	if (vgetrandom_prepare(0) != 0)
		vgt_child_fail("vgetrandom_prepare(0): errno %d", errno);
	vgt_maps_read(&before);
	vgt_maps_read(&before);
	for (size_t i = 0; i < sizeof(too_many) / sizeof(too_many[0]); i++) {
		if (vgetrandom_prepare(too_many[i]) == 0 || errno != ENOMEM)
			vgt_child_fail("vgetrandom_prepare(%u): expected ENOMEM, actual errno %d",
				       too_many[i], errno);
		expect_no_mapping_left("vgetrandom_prepare()");
	}
}

TEST_EACH_PROVIDER(limits, prepare_for_more_threads_than_there_can_be)
{
	run(prepare_for_too_many, NULL);
}

/* Whatever is mapped is to be locked, and nothing may be. */
static void lock_everything(void *unused)
{
	static const struct rlimit little = { 1 << 16, 1 << 16 };
	unsigned char buf[16];

	(void)unused;
	become_nobody();
	if (mlockall(MCL_FUTURE) != 0 || setrlimit(RLIMIT_MEMLOCK, &little) != 0)
		vgt_child_fail("mlockall: errno %d", errno);
	for (int i = 0; i < 1000; i++)
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
			vgt_child_fail("call %d: errno %d", i, errno);
	if (vgetrandom_prepare(1000) != 0 && errno != ENOMEM)
		vgt_child_fail("vgetrandom_prepare(): errno %d", errno);
	if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
		vgt_child_fail("after vgetrandom_prepare(): errno %d", errno);
}

TEST_EACH_PROVIDER(limits, all_memory_is_locked_and_the_limit_reached)
{
	run(lock_everything, NULL);
}
