// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * After vgetrandom_prepare() a sandbox that kills for any system call but a few may be
 * installed. First calls of threads, renewals, abandoned states: nothing of that may die.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/port.h>

#include "child.h"
#include "outputs.h"
#include "provider.h"
#include "providers.h"
#include "spy.h"

#define THREADS 100

/* The first @num of these are left to a sandboxed process, all others kill it. */
#define LEFT_TO_ONE_THREAD 4
#define LEFT_TO_THREADS    8

static void lock_down_to(size_t num)
{
	/* AddressSanitizer asks for the stack at each jump and end. */
	static const unsigned int allowed[LEFT_TO_THREADS] = {
		SYS_getrandom,    SYS_read,
		SYS_write,        SYS_exit,
		SYS_exit_group,   SYS_futex,
		SYS_rt_sigreturn, HAS_ADDRESS_SANITIZER ? SYS_sigaltstack : SYS_exit,
	};
	struct sock_filter insns[32];
	struct sock_fprog program = { .filter = insns };
	unsigned short n = 0;

	insns[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < num; i++) {
		insns[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		vgt_child_fail("expected to install a filter, errno %d", errno);
}

static void lock_down(void)
{
	lock_down_to(LEFT_TO_THREADS);
}

static pthread_barrier_t started, parked, ended, never;
static unsigned char drawn[THREADS][3][16];

/* The thread does not end: what the C library does then is not ours to promise. */
static void *draw_in_sandbox(void *arg)
{
	size_t i = (size_t)arg;

	/* The C library's own first steps in a thread need more system calls. */
	pthread_barrier_wait(&started);
	pthread_barrier_wait(&parked);
	for (int n = 0; n < 3; n++) {
		if (vgetrandom(drawn[i][n], 16, 0) != 16)
			vgt_child_fail("thread %zu: errno %d", i, errno);
		if (i == 0)
			atomic_fetch_add(&fake_now, 61);
	}
	pthread_barrier_wait(&ended);
	pthread_barrier_wait(&never);
	return NULL;
}

static void prepare_and_lock_down(unsigned int threads)
{
	if (vgetrandom_prepare(threads) != 0)
		vgt_child_fail("vgetrandom_prepare: errno %d", errno);
	if (vgetrandom_get_provider() == VGETRANDOM_PROVIDER_INPROCESS)
		use_fake_clock();
	lock_down();
}

static void start_threads(size_t num)
{
	pthread_t thread;

	pthread_barrier_init(&started, NULL, (unsigned int)num + 1);
	pthread_barrier_init(&parked, NULL, (unsigned int)num + 1);
	pthread_barrier_init(&ended, NULL, (unsigned int)num + 1);
	pthread_barrier_init(&never, NULL, (unsigned int)num + 1);
	for (size_t i = 0; i < num; i++)
		if (pthread_create(&thread, NULL, draw_in_sandbox, (void *)i) != 0)
			vgt_child_fail("pthread_create");
	pthread_barrier_wait(&started);
}

static void let_threads_draw(void)
{
	pthread_barrier_wait(&parked);
	pthread_barrier_wait(&ended);
}

static void expect_different_outputs(struct outputs *seen, size_t num)
{
	for (size_t i = 0; i < num; i++)
		if (!outputs_add(seen, drawn[i], sizeof(drawn[i])))
			vgt_child_fail("thread %zu: %s", i, seen->why);
}

static void first_calls(void *unused)
{
	struct vgetrandom_stats stats;
	struct outputs seen;

	(void)unused;
	outputs_init(&seen, THREADS * 6);
	start_threads(THREADS);
	prepare_and_lock_down(THREADS);
	let_threads_draw();
	expect_different_outputs(&seen, THREADS);
	stats = stats_now();
	if (stats.fallback_no_state)
		vgt_child_fail("expected a state for each thread, actual %lu calls without",
			       (unsigned long)stats.fallback_no_state);
}

static void run(void (*body)(void *))
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(body, NULL, why), "%s", why);
}

TEST_EACH_PROVIDER(sandbox, first_calls_of_prepared_threads)
{
	run(first_calls);
}

/*
 * In the child of a prepared process, which may make no more states: its threads take those that
 * the parent made and has not used, whether or not the thread that forked ever draws.
 */
static void first_calls_of_child(void *arg)
{
	bool forker_draws = *(const bool *)arg;
	struct outputs seen;
	char byte;

	outputs_init(&seen, THREADS * 6);
	start_threads(THREADS);
	lock_down();
	if (forker_draws && vgetrandom(&byte, 1, 0) != 1)
		vgt_child_fail("errno %d", errno);
	let_threads_draw();
	expect_different_outputs(&seen, THREADS);
	if (stats_now().fallback_no_state)
		vgt_child_fail("expected a state for each of %d threads, actual %lu calls without",
			       THREADS, (unsigned long)stats_now().fallback_no_state);
}

TEST_EACH_PROVIDER(sandbox, first_calls_in_the_child_of_a_prepared_process)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert_eq(vgetrandom_prepare(THREADS), 0);
	for (int draws = 0; draws < 2; draws++)
		cr_assert(vgt_run_child(first_calls_of_child, &(bool){ draws }, why),
			  "the forking thread %s: %s", draws ? "draws first" : "never draws", why);
}

/* It has a filter of its own then, and its states are made before. */
static void prepare_in_child(void *unused)
{
	(void)unused;
	first_calls(NULL);
}

TEST_EACH_PROVIDER(sandbox, child_of_a_prepared_process_prepares_itself)
{
	cr_assert_eq(vgetrandom_prepare(1), 0);
	run(prepare_in_child);
}

/* As without a vDSO: the clock is a system call, so the promise cannot be kept. */
Test(sandbox, prepare_fails_without_a_clock_in_the_vdso)
{
	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	vgr_inprocess.clock = vgr_port_clock_gettime;
	vgr_inprocess.seconds = NULL;
	errno = 0;
	cr_assert_eq(vgetrandom_prepare(0), -1);
	cr_assert_eq(errno, ENOTSUP, "expected ENOTSUP, actual errno %d", errno);
}

static void renewals(void *unused)
{
	unsigned char buf[16];
	uint64_t reseeds;

	(void)unused;
	prepare_and_lock_down(0);
	reseeds = stats_now().reseeds;
	for (int i = 0; i < 100; i++) {
		atomic_fetch_add(&fake_now, 60);
		if (vgetrandom(buf, 16, 0) != 16)
			vgt_child_fail("call %d: errno %d", i, errno);
	}
	if (stats_now().reseeds - reseeds < 100)
		vgt_child_fail("expected 100 new keys, actual %lu",
			       (unsigned long)(stats_now().reseeds - reseeds));
}

Test(sandbox, renewals_after_prepare)
{
	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	run(renewals);
}

/* Everything that a single thread can ask for, with the least there is; it ends by exit(2). */
static void least_calls(void *unused)
{
	static unsigned char large[100000];
	uint64_t reseeds;

	(void)unused;
	if (vgetrandom_prepare(0) != 0)
		vgt_child_fail("vgetrandom_prepare: errno %d", errno);
	if (vgetrandom_get_provider() == VGETRANDOM_PROVIDER_INPROCESS)
		use_fake_clock();
	reseeds = stats_now().reseeds;
	lock_down_to(LEFT_TO_ONE_THREAD);
	for (size_t i = 0; i < 1000; i++) {
		if (i % 10 == 0)
			atomic_fetch_add(&fake_now, 60);
		if (vgetrandom(large, i * 100 + 1, 0) != (ssize_t)(i * 100 + 1) ||
		    vgetrandom_getentropy(large, 256) != 0 || vgetrandom_prepare(0) != 0)
			syscall(SYS_exit, 1);
		vgetrandom_arc4random_buf(large, 1000);
	}
	if (vgetrandom_get_provider() == VGETRANDOM_PROVIDER_INPROCESS &&
	    stats_now().reseeds - reseeds < 100)
		syscall(SYS_exit, 2);
	syscall(SYS_exit, 0);
}

TEST_EACH_PROVIDER(sandbox, read_write_exit_getrandom_are_enough)
{
	run(least_calls);
}

/* Handlers that leave calls by siglongjmp(), more often than there are spare states. */
static sigjmp_buf back;

static void jump(void)
{
	siglongjmp(back, 1);
}

static void abandon_states(void)
{
	struct outputs seen;
	unsigned char buf[16];

	outputs_init(&seen, 1 << 16);
	spy_draw();
	lock_down();
	for (int i = 0; i < 300; i++) {
		if (sigsetjmp(back, 0) == 0) {
			spy_hook = jump;
			spy_draw();
		}
		/* Without a state the call does not come by: nobody else may jump. */
		spy_hook = NULL;
		for (int n = 0; n < 20; n++)
			if (vgetrandom(buf, 16, 0) != 16 || !outputs_add(&seen, buf, 16))
				vgt_child_fail("after jump %d: %s", i, seen.why);
	}
}

static void abandoned_states(void *unused)
{
	(void)unused;
	spy_on(vgetrandom_get_provider());
	if (vgetrandom_prepare(0) != 0)
		vgt_child_fail("vgetrandom_prepare: errno %d", errno);
	abandon_states();
}

/* What one thread abandons must not be what another was promised. */
static void abandoned_states_and_first_calls(void *unused)
{
	(void)unused;
	spy_on(vgetrandom_get_provider());
	start_threads(THREADS);
	if (vgetrandom_prepare(THREADS) != 0)
		vgt_child_fail("vgetrandom_prepare: errno %d", errno);
	abandon_states();
	let_threads_draw();
}

TEST_EACH_PROVIDER(sandbox, states_abandoned_after_prepare)
{
	run(abandoned_states);
}

TEST_EACH_PROVIDER(sandbox, first_calls_after_another_thread_abandoned_states)
{
	run(abandoned_states_and_first_calls);
}
