// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every allocation and every copy to or from user space that the kernel makes during a call fails
 * once: the first in the first attempt, the second in the second, until a call has no more of them.
 * A call then works or says why not, leaves nothing mapped, and the next one works.
 *
 * Needs a kernel with fault injection (failslab, fail_page_alloc, fail_usercopy). What it did not
 * give back is for kmemleak to find afterwards.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "job.h"
#include "maps.h"
#include "memory.h"

#define DEBUGFS      "/sys/kernel/debug"
#define NUM_STATES   32
#define NUM_PAGES    8
#define ATTEMPTS_MAX 5000

static int fail_fd, device_fd = -1, pipe_fds[2];
static struct memory memory;
static const char *module_path, *module_parameters;
static unsigned char *states;
static size_t states_len;
static struct vgt_maps maps_before, maps_after;

/*
 * @call does what is to fail and returns 0 or an errno, after which it did nothing. @undo undoes
 * what it did otherwise, @prepare what comes before it. Both are never made to fail.
 */
struct subject {
	const char *name;
	void (*prepare)(void);
	int (*call)(void);
	void (*undo)(void);
	bool fails;        /* some failures must be seen by the caller */
	unsigned int step; /* from one attempt to the next */
};

static void *result;
static int result_fd;
static pid_t result_pid;

static void nothing(void)
{
}

static void map_states(void)
{
	states = memory_map(&memory, NUM_PAGES * PAGE_LEN, &states_len);
}

static void map_and_fill(void)
{
	map_states();
	memset(states, 0x5a, NUM_PAGES * PAGE_LEN);
}

static void unmap_states(void)
{
	munmap(states, states_len);
}

static int call_open(void)
{
	result_fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	return result_fd < 0 ? errno : 0;
}

static void undo_open(void)
{
	close(result_fd);
}

static int call_alloc(void)
{
	struct vgetrandom_device_alloc args = { .num = NUM_STATES };

	if (ioctl(device_fd, VGETRANDOM_IOC_ALLOC, &args) != 0)
		return errno;
	states = (void *)(uintptr_t)args.address;
	states_len = args.bytes_allocated;
	return 0;
}

/* User mode never sees a failure: it waits, and the next attempt gives the page. */
static int call_touch(void)
{
	for (size_t i = 0; i < NUM_PAGES; i++)
		((volatile unsigned char *)states)[i * PAGE_LEN] = (unsigned char)(i + 1);
	return 0;
}

static void undo_touch(void)
{
	for (size_t i = 0; i < NUM_PAGES; i++)
		job_check(states[i * PAGE_LEN] == i + 1, "page %zu keeps what was written", i);
	unmap_states();
}

/*
 * The kernel does not wait. One word a page, because a copy of many bytes that failed is tried
 * again byte by byte, and the second time there is a page.
 */
static int call_kernel_touch(void)
{
	for (size_t i = 0; i < NUM_PAGES; i++)
		if (ioctl(pipe_fds[0], FIONREAD, states + i * PAGE_LEN) != 0)
			return errno;
	return 0;
}

static int call_fork(void)
{
	result_pid = fork();
	if (result_pid == 0)
		_exit(pages_are_zero(states, NUM_PAGES) ? 0 : 1);
	return result_pid < 0 ? errno : 0;
}

static void undo_fork(void)
{
	int status = -1;

	waitpid(result_pid, &status, 0);
	job_check(status == 0, "a child begins with zeros: status %#x", (unsigned int)status);
	unmap_states();
}

static int call_move(void)
{
	void *p = mremap(states, states_len, states_len, MREMAP_MAYMOVE | MREMAP_FIXED,
			 states - (64 << 20));

	if (p == MAP_FAILED)
		return errno;
	states = p;
	return 0;
}

static int call_image(void)
{
	result = mmap(NULL, PAGE_LEN, PROT_READ, MAP_SHARED, device_fd, PAGE_LEN);
	if (result == MAP_FAILED)
		return errno;
	(void)*(volatile char *)result;
	return 0;
}

static void undo_image(void)
{
	munmap(result, PAGE_LEN);
}

static void unload(void)
{
	close(device_fd);
	if (syscall(SYS_delete_module, "vgetrandom", O_NONBLOCK) != 0)
		job_fail("the module cannot be unloaded: %s", strerror(errno));
}

static int call_load(void)
{
	return syscall(SYS_finit_module, result_fd, module_parameters, 0) ? errno : 0;
}

static void prepare_load(void)
{
	unload();
	result_fd = open(module_path, O_RDONLY | O_CLOEXEC);
}

static void undo_load(void)
{
	close(result_fd);
	device_fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
}

static const struct subject subjects[] = {
	{ "open", nothing, call_open, undo_open, true, 1 },
	{ "alloc", nothing, call_alloc, unmap_states, true, 1 },
	{ "touch", map_states, call_touch, undo_touch, false, 1 },
	{ "touch by the kernel", map_states, call_kernel_touch, unmap_states, true, 1 },
	{ "fork", map_and_fill, call_fork, undo_fork, true, 1 },
	{ "move", map_and_fill, call_move, unmap_states, true, 1 },
	{ "image", nothing, call_image, undo_image, true, 1 },
};

/*
 * Before anything of the module is in use. Most of what the kernel allocates meanwhile is its
 * loader's, and each attempt unloads and loads, so not each of them fails.
 */
static const struct subject load = { "load", prepare_load, call_load, undo_load, true, 5 };

static void set_fail_nth(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	/* The copy of the text may be what fails. */
	for (int i = 0; pwrite(fail_fd, text, (size_t)len, 0) != len; i++)
		if (i == 3)
			job_fail("fail-nth: %s", strerror(errno));
}

/* Whether it came so far that something failed; if this copy does, it did not. */
static bool has_failed(void)
{
	char text[16] = "";

	return pread(fail_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;
}

static bool is_expected(int err)
{
	return err == ENOMEM || err == EFAULT || err == EAGAIN;
}

/* Returns whether something failed in it. */
static bool attempt(const struct subject *subject, unsigned int nth, unsigned int *num_seen)
{
	bool failed;
	int err;

	subject->prepare();
	vgt_maps_read(&maps_before);
	set_fail_nth(nth);
	err = subject->call();
	failed = has_failed();
	set_fail_nth(0);
	if (!err) {
		subject->undo();
		return failed;
	}
	++*num_seen;
	job_check(failed && is_expected(err), "%s, failure %u: %s", subject->name, nth,
		  strerror(err));
	vgt_maps_read(&maps_after);
	job_check(vgt_maps_are_equal(&maps_before, &maps_after),
		  "%s, failure %u: nothing is mapped", subject->name, nth);
	err = subject->call();
	if (err)
		job_fail("%s, after failure %u: %s", subject->name, nth, strerror(err));
	subject->undo();
	return failed;
}

static unsigned int try_all(const struct subject *subject)
{
	unsigned int step = subject->step, nth = 1, num_seen = 0;

	while (nth < ATTEMPTS_MAX && attempt(subject, nth, &num_seen))
		nth += step;
	job_note("%s: %u failures, %u of which the caller saw", subject->name, (nth - 1) / step,
		 num_seen);
	job_check(nth > 1 && nth < ATTEMPTS_MAX, "%s: something failed, at last nothing",
		  subject->name);
	job_check(!subject->fails || num_seen, "%s: the caller saw a failure", subject->name);
	return (nth - 1) / step;
}

/* Of all kinds, those that the kernel would wait for, too; without a report of each. */
static void prepare_injection(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};

	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (access(DEBUGFS "/failslab", F_OK) != 0)
		job_skip("this kernel has no fault injection");
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		char path[128];

		snprintf(path, sizeof(path), DEBUGFS "/%s", settings[i][0]);
		if (!job_write(path, settings[i][1]))
			job_fail("%s: %s", path, strerror(errno));
	}
	fail_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_fd < 0)
		job_fail("fail-nth: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--module", NULL },
		{ "--parameters", "" },
		{ NULL, NULL },
	};
	unsigned int num;

	job_start(argc, argv, options);
	module_path = options[0].value;
	module_parameters = options[1].value;
	if (access(VGETRANDOM_DEVICE_PATH, R_OK) != 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	prepare_injection();
	num = try_all(&load);
	memory_open(&memory, "module");
	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		job_fail("pipe: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		num += try_all(&subjects[i]);
	job_finish("%u failures", num);
}
