// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every way to make a child: its outputs are not the parent's, nor a sibling's; its library
 * starts over, on the fast path. test_fork_threads.c has forks from processes with threads.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"

#define OUTPUTS    64
#define OUTPUT_LEN 16
#define GROUP_LEN  (OUTPUTS * OUTPUT_LEN)
#define GROUPS_MAX 256

/* What each process of a test drew, in memory that all of them see. */
struct groups {
	int num;
	int failed;
	unsigned char drawn[GROUPS_MAX][GROUP_LEN];
};
static struct groups *groups;

static void draw_group(void)
{
	int group = __atomic_fetch_add(&groups->num, 1, __ATOMIC_RELAXED);

	if (group >= GROUPS_MAX)
		_exit(1);
	for (int i = 0; i < OUTPUTS; i++)
		if (vgetrandom(groups->drawn[group] + i * OUTPUT_LEN, OUTPUT_LEN, 0) != OUTPUT_LEN)
			__atomic_store_n(&groups->failed, 1, __ATOMIC_RELAXED);
}

static void start(void)
{
	groups = vgt_shared(sizeof(*groups));
	/* The parent is in the middle of a batch. */
	draw_group();
}

static void check_groups(int expected)
{
	struct outputs seen;

	draw_group();
	outputs_init(&seen, GROUPS_MAX * GROUP_LEN / 8);
	cr_assert_eq(groups->num, expected, "expected %d groups of outputs, actual %d", expected,
		     groups->num);
	cr_assert_eq(groups->failed, 0);
	for (int i = 0; i < groups->num; i++)
		cr_assert(outputs_add(&seen, groups->drawn[i], GROUP_LEN), "group %d of %d: %s", i,
			  groups->num, seen.why);
	outputs_free(&seen);
}

static void end_child(void)
{
	draw_group();
	_exit(0);
}

static long clone_plain(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* Shares everything that can be shared, but for the memory. */
static long clone_sharing(void)
{
	return syscall(SYS_clone, CLONE_FS | CLONE_FILES | CLONE_IO | SIGCHLD, 0, 0, 0, 0);
}

static long clone_parent_waits(void)
{
	return syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
}

static long clone3_plain(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	return syscall(SYS_clone3, &args, sizeof(args));
}

static long sys_fork(void)
{
	return syscall(SYS_fork);
}

static long libc_fork(void)
{
	return fork();
}

/* Since glibc 2.34, and in musl. */
static long libc_underscore_fork(void)
{
	pid_t (*function)(void) = (pid_t(*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "_Fork");

	if (!function)
		return -ENOSYS;
	return function();
}

static long (*const ways[])(void) = {
	clone_plain, clone_sharing, clone_parent_waits,   clone3_plain,
	sys_fork,    libc_fork,     libc_underscore_fork,
};
#define NUM_WAYS (int)(sizeof(ways) / sizeof(ways[0]))

TEST_EACH_PROVIDER(fork, children_never_repeat_parent_or_siblings)
{
	int missing = 0;

	start();
	for (int i = 0; i < 3 * NUM_WAYS; i++) {
		long pid = ways[i % NUM_WAYS]();

		if (pid == 0)
			end_child();
		if (pid < 0) {
			missing++;
			continue;
		}
		/* Half of the time both go on at once. */
		if (i % 2)
			draw_group();
		cr_assert(ended_well(pid), "child %d (way %d) failed", i, i % NUM_WAYS);
	}
	cr_assert_leq(missing, 6, "expected most ways to make a child, %d failed", missing);
	check_groups(groups->num + 1);
}

TEST_EACH_PROVIDER(fork, double_fork_never_repeats)
{
	start();
	for (int i = 0; i < 10; i++) {
		long pid = libc_fork();

		if (pid == 0) {
			long grandchild = libc_fork();

			if (grandchild == 0)
				end_child();
			draw_group();
			_exit(ended_well(grandchild) ? 0 : 1);
		}
		cr_assert(ended_well(pid));
	}
	check_groups(22);
}

/* Every level goes on after its child has ended. */
static void nest(int depth)
{
	long pid = ways[depth % NUM_WAYS]();

	if (pid == 0) {
		draw_group();
		if (depth > 1)
			nest(depth - 1);
		end_child();
	}
	draw_group();
	if (!ended_well(pid))
		groups->failed = 1;
}

TEST_EACH_PROVIDER(fork, nested_five_deep_never_repeats)
{
	start();
	nest(5);
	/* Each of five levels: two in the child, one in the parent. */
	check_groups(17);
}

/* The child runs in the parent's memory and on its stack. */
TEST_EACH_PROVIDER(fork, vfork_child_draws_from_the_parents_state)
{
	start();
	for (int i = 0; i < 10; i++) {
		pid_t pid = vfork();

		if (pid == 0)
			end_child();
		draw_group();
		cr_assert(ended_well(pid));
	}
	check_groups(22);
}

/* In the child of a fork: what it does costs a seed (and its judge's), and is counted from zero. */
static void expect_fresh_start(void *unused)
{
	unsigned int expected = calls_for_key();
	struct vgetrandom_stats stats = stats_now();
	unsigned char buf[16];

	(void)unused;
	if (stats.calls || stats.bytes || stats.reseeds || stats.wipes || stats.fallback_busy)
		vgt_child_fail("expected all zero, actual %lu calls, %lu bytes, %lu reseeds, %lu "
			       "wipes, %lu busy",
			       (unsigned long)stats.calls, (unsigned long)stats.bytes,
			       (unsigned long)stats.reseeds, (unsigned long)stats.wipes,
			       (unsigned long)stats.fallback_busy);
	intercept_getrandom(NULL);
	for (int i = 0; i < 100; i++)
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
			vgt_child_fail("call %d failed", i);
	if (num_getrandom_calls != expected)
		vgt_child_fail("expected %u system calls, actual %u", expected,
			       num_getrandom_calls);
	stats = stats_now();
	if (stats.calls != 100 || stats.bytes != 1600)
		vgt_child_fail("expected 100 calls of 1600 bytes, actual %lu of %lu",
			       (unsigned long)stats.calls, (unsigned long)stats.bytes);
}

static void expect_child_to_start_over(const char *when)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_quiet_run_child(expect_fresh_start, NULL, why), "%s: %s", when, why);
}

TEST_EACH_PROVIDER(fork, child_starts_over_on_the_fast_path)
{
	start();
	expect_child_to_start_over("the first time");
	for (int i = 0; i < 50; i++)
		draw_group();
	expect_child_to_start_over("again");
}

/* In its own PID namespace pids are small; with one of them taken again and again. */
static int draw_in_same_pids(void)
{
	pid_t first = 0;

	for (int i = 0; i < 20; i++) {
		FILE *last_pid = fopen("/proc/sys/kernel/ns_last_pid", "we");
		long pid;

		if (!last_pid)
			return 77;
		/* The next process is the hundredth. */
		fprintf(last_pid, "99");
		if (fclose(last_pid) != 0)
			return 77;
		pid = libc_fork();
		if (pid == 0)
			end_child();
		first = first ? first : (pid_t)pid;
		if (pid != first || !ended_well(pid))
			return 1;
	}
	return 0;
}

TEST_EACH_PROVIDER(fork, children_with_the_same_pid_never_repeat)
{
	long pid;
	int status;

	start();
	pid = libc_fork();
	if (pid == 0) {
		/* The child of this one is the first of a new namespace. */
		if (unshare(CLONE_NEWPID) != 0)
			_exit(77);
		pid = libc_fork();
		if (pid == 0)
			_exit(draw_in_same_pids());
		waitpid((pid_t)pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	waitpid((pid_t)pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		cr_skip_test("PID namespaces need root");
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
	check_groups(22);
}
