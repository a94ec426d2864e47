// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program without a libc that draws through the core: start-up, fork, a thread with a record of
 * its own, draws without a single system call, and then so many in a process that is killed for any
 * but read, write, exit, and getrandom, which a reseed takes.
 *
 * usage: nostdlib [native|inprocess|syscall [reseeds]]   exit status 0, or 1 with a line that says
 * why. With reseeds the kernel reseeds all the time, so that there are no draws without a call.
 *
 * Built by tests/core/nostdlib: the core as INTEGRATING.md has it, compiled with
 * VGETRANDOM_PORT_THREAD='"nostdlib-thread.h"', and this with the same flags.
 */
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/unistd.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>

#include "nostdlib-arch.h"
#include "nostdlib-thread.h"
#include "only-draws.h"
#include "vgr-syscall.h"

#define DRAWS       100000
#define NUM_SAMPLES 32
#define CHILD_ENDED 17 /* SIGCHLD */
#define KILLED      9  /* wait status of a process that strict mode killed */
#define ATTEMPTS    5

_Noreturn void start(const unsigned long *stack);

/* Of the first thread and of the second. */
static struct control_block blocks[2];

/* What a child and its parent both see. */
static volatile uint64_t *shared;

static void say(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	vgr_syscall(__NR_write, 1, (long)text, (long)len, 0, 0, 0);
}

static void say_number(uint64_t n)
{
	char text[24], *p = text + sizeof(text) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
	} while (n /= 10);
	say(p);
}

static _Noreturn void end(int status)
{
	for (;;)
		vgr_syscall(__NR_exit, status, 0, 0, 0, 0, 0);
}

static void expect(int holds, const char *what)
{
	if (holds)
		return;
	say("nostdlib: expected ");
	say(what);
	say("\n");
	end(1);
}

static int is_same(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return *a == *b;
}

static enum vgetrandom_provider provider_by_name(const char *name)
{
	if (is_same(name, "native"))
		return VGETRANDOM_PROVIDER_NATIVE;
	if (is_same(name, "inprocess"))
		return VGETRANDOM_PROVIDER_INPROCESS;
	return is_same(name, "syscall") ? VGETRANDOM_PROVIDER_SYSCALL : VGETRANDOM_PROVIDER_AUTO;
}

static const char *argument(const unsigned long *stack, unsigned long i)
{
	return i < stack[0] ? (const char *)stack[1 + i] : "";
}

/* What a libc does first: the thread pointer, the auxiliary vector, then the core. */
static void start_up(const unsigned long *stack)
{
	const unsigned long *p = stack + 1 + stack[0] + 1;

	while (*p++) /* the environment */
		;
	vgr_port_set_auxv(p);
	for (int i = 0; i < 2; i++)
		blocks[i].self = &blocks[i];
	set_thread_pointer(&blocks[0]);
	vgetrandom_core_configure(provider_by_name(argument(stack, 1)), VGETRANDOM_CHACHA_BEST);
	vgetrandom_core_init();
}

static void map_shared(void)
{
	long p = vgr_port_mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			       0);

	expect(p > 0, "shared memory");
	shared = (volatile uint64_t *)p;
}

/* The four numbers of a child, whose status is 0, and ours now must all be different. */
static void compare_with_child(long pid)
{
	uint64_t ours[4];
	int status = -1;

	expect(pid > 0, "a child");
	vgr_syscall(__NR_wait4, pid, (long)&status, 0, 0, 0, 0);
	expect(status == 0, "a child that could draw");
	expect(vgetrandom_core_fill(ours, sizeof(ours)) == 0, "a draw after the fork");
	for (int i = 0; i < 4; i++)
		expect(shared[i] && shared[i] != ours[i], "other bytes in the child than here");
}

/* The child of a raw fork, which nobody is told of, must not repeat its parent's next bytes. */
static void fork_and_compare(void)
{
	uint64_t before;
	long pid;

	expect(vgetrandom_core_fill(&before, sizeof(before)) == 0, "a draw before the fork");
	pid = clone_with_thread_pointer(CHILD_ENDED, NULL);
	if (pid == 0)
		end(vgetrandom_core_fill((void *)shared, 32) != 0);
	compare_with_child(pid);
}

/* A thread that has drawn has a slot, the second word of its record; but not of "syscall". */
static int has_slot(const struct control_block *block)
{
	return block->record[1] != 0;
}

/*
 * In the memory of the first thread, with a thread pointer of its own. As vfork() does it, so that
 * it may use the first one's stack, which waits.
 */
static void run_second_thread(void)
{
	const long flags = CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CHILD_ENDED;
	long pid;

	pid = clone_with_thread_pointer(flags, &blocks[1]);
	if (pid == 0) {
		int err = vgetrandom_core_fill((void *)shared, 32);

		if (has_slot(&blocks[1]) != has_slot(&blocks[0]))
			err = 1;
		vgetrandom_core_thread_exit();
		end(err != 0 || has_slot(&blocks[1]));
	}
	compare_with_child(pid);
}

static void draw_many(unsigned int num)
{
	static uint64_t samples[NUM_SAMPLES];

	for (unsigned int i = 0; i < num; i++) {
		uint64_t number = 0;
		ssize_t ret = vgetrandom_core_getrandom(&number, sizeof(number), 0);

		expect(ret == sizeof(number), "eight bytes");
		for (unsigned int j = 0; j < NUM_SAMPLES; j++)
			expect(number != samples[j], "no number twice, and none to be zero");
		samples[i % NUM_SAMPLES] = number;
	}
}

/*
 * In a child, which seccomp's strict mode kills for any call but read, write and exit. It does so
 * for that of a reseed, too; this is seldom, so one of a few children gets through.
 */
static int draws_without_call(void)
{
	int status = -1;
	long pid = clone_with_thread_pointer(CHILD_ENDED, NULL);

	if (pid == 0) {
		/* Its first one takes a key. */
		draw_many(1);
		if (vgr_syscall(__NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0, 0) == 0)
			draw_many(DRAWS / 10);
		end(0);
	}
	expect(pid > 0, "a child");
	vgr_syscall(__NR_wait4, pid, (long)&status, 0, 0, 0, 0);
	expect(status == 0 || status == KILLED, "a child that draws, or is killed for a call");
	return status == 0;
}

/* The provider syscall would die of it. */
static void check_without_call(void)
{
	int num = 0;

	if (vgetrandom_core_get_provider() == VGETRANDOM_PROVIDER_SYSCALL)
		return;
	while (num < ATTEMPTS && !draws_without_call())
		num++;
	expect(num < ATTEMPTS, "draws without a system call");
}

/* Kernels have it; emulators of user mode have not. */
static int has_seccomp(void)
{
	return vgr_syscall(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0, 0) >= 0;
}

/* From here on draws only. Whether that can be had. */
static int lock(void)
{
	return vgr_syscall(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0) == 0 &&
	       vgr_syscall(__NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
			   (long)&only_draws_program, 0, 0, 0) == 0;
}

static void report(int is_locked)
{
	static const char *const names[] = { "auto", "module", "native", "inprocess", "syscall" };
	struct vgetrandom_stats stats;

	vgetrandom_core_stats(&stats);
	say("provider ");
	say(names[vgetrandom_core_get_provider()]);
	say(", calls ");
	say_number(stats.calls);
	say(", reseeds ");
	say_number(stats.reseeds);
	say(", without a state ");
	say_number(stats.fallback_no_state + stats.fallback_busy + stats.fallback_refresh);
	say(is_locked ? ", no system call but getrandom\n" : ", no system call forbidden\n");
	expect(stats.calls >= DRAWS && stats.fallback_no_state == 0, "each draw to be counted");
}

void start(const unsigned long *stack)
{
	int is_locked = 0, err;

	start_up(stack);
	map_shared();
	fork_and_compare();
	run_second_thread();
	/* An emulator's vDSO may have no clock: then draws ask the kernel for the time. */
	err = vgetrandom_core_prepare(0);
	expect(err == 0 || (err == -EOPNOTSUPP && !has_seccomp()), "to be prepared");
	if (err == 0 && !is_same(argument(stack, 2), "reseeds"))
		check_without_call();
	if (err == 0)
		is_locked = lock();
	draw_many(DRAWS);
	report(is_locked);
	vgetrandom_core_thread_exit();
	end(0);
}
