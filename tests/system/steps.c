// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program for test_steps.c, which traces it: goes through everything that the library does in a
 * process's life and says which step it is at. Whatever system calls fail, what it draws is neither
 * zero nor twice the same.
 *
 * usage: steps prepared|unprepared [recovers]
 * recovers: the library must be on its fast path in the end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outputs.h"
#include "quiet.h"
#include "steps.h"
#include "system.h"
#include "trace.h"

/* More than the states of the first page, so that the pool has to grow. */
#define THREADS 6
#define ROUNDS  3

/* Calls until a thread that got no state has tried again, twice. */
#define CALLS_TO_RECOVER 600

static struct outputs seen;
static unsigned char drawn[THREADS + 1][ROUNDS][16];

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...)
{
	va_list args;

	trace_step(STEP_NONE);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

/* Before the library's constructor, which has the first priority there is. */
static void begin_to_load(void)
{
	trace_step(STEP_LOAD);
}

static __attribute__((section(".preinit_array"), used)) void (*begin)(void) = begin_to_load;

static void draw(enum step step, void *buf)
{
	ssize_t ret;

	if (step)
		trace_step(step);
	ret = vgetrandom(buf, 16, 0);
	if (step)
		trace_step(STEP_NONE);
	if (ret != 16)
		fail("step %d: vgetrandom() returned %zd, errno %d", step, ret, errno);
}

static void keep(const void *buf)
{
	if (!outputs_add(&seen, buf, 16))
		fail("%s", seen.why);
}

static void draw_in_main(enum step step)
{
	unsigned char buf[16];

	draw(step, buf);
	keep(buf);
}

static int prepare(enum step step)
{
	int ret;

	trace_step(step);
	ret = vgetrandom_prepare(THREADS);
	trace_step(STEP_NONE);
	if (ret != 0 && errno != ENOMEM && errno != EBUSY && errno != ENOTSUP && errno != EPERM)
		fail("vgetrandom_prepare(): unexpected errno %d", errno);
	return ret;
}

static pthread_key_t key;
static pthread_barrier_t barrier;

/* The library's own key is older, so its destructor comes before this one. */
static void end_exit(void *unused)
{
	(void)unused;
	trace_step(STEP_NONE);
}

static void *run_thread(void *rounds)
{
	unsigned char(*bufs)[16] = rounds;

	pthread_setspecific(key, &key);
	pthread_barrier_wait(&barrier);
	draw(STEP_THREAD_CALL, bufs[0]);
	for (int i = 1; i < ROUNDS; i++)
		draw(STEP_CALL, bufs[i]);
	pthread_barrier_wait(&barrier);
	trace_step(STEP_THREAD_EXIT);
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[THREADS];

	pthread_key_create(&key, end_exit);
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run_thread, drawn[i]) != 0)
			fail("pthread_create()");
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		for (int n = 0; n < ROUNDS; n++)
			keep(drawn[i][n]);
	}
}

/* Memory that is not wiped on fork must not have been used. */
static void run_child(void)
{
	unsigned char(*in_child)[16] = mmap(NULL, sizeof(drawn[0]), PROT_READ | PROT_WRITE,
					    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	fflush(stdout);
	if (in_child == MAP_FAILED || (pid = fork()) < 0)
		fail("mmap() or fork()");
	for (int i = 0; i < ROUNDS; i++)
		draw(STEP_CHILD_CALL, pid ? drawn[THREADS][i] : in_child[i]);
	if (pid == 0)
		_exit(0);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		fail("the child failed");
	for (int i = 0; i < ROUNDS; i++) {
		keep(drawn[THREADS][i]);
		keep(in_child[i]);
	}
}

/* Two reseeds of the kernel in one call make it go to the kernel, whatever failed before. */
static void expect_fast_path(void)
{
	struct vgetrandom_stats before, after;
	struct vgt_quiet quiet = { 0 };
	unsigned char buf[16];

	for (int i = 0; i < CALLS_TO_RECOVER; i++)
		draw(STEP_NONE, buf);
	vgt_quiet_begin(&quiet);
	before = stats_now();
	for (int i = 0; i < CALLS_TO_RECOVER; i++)
		draw(STEP_NONE, buf);
	after = stats_now();
	if (after.fallback_busy != before.fallback_busy ||
	    after.fallback_no_state != before.fallback_no_state ||
	    (after.fallback_refresh != before.fallback_refresh && vgt_quiet_end(&quiet)))
		fail("expected the fast path in the end, actual %lu busy, %lu without state, %lu "
		     "unrenewed of %d calls",
		     (unsigned long)(after.fallback_busy - before.fallback_busy),
		     (unsigned long)(after.fallback_no_state - before.fallback_no_state),
		     (unsigned long)(after.fallback_refresh - before.fallback_refresh),
		     CALLS_TO_RECOVER);
}

int main(int argc, char **argv)
{
	bool is_prepared = argc > 1 && strcmp(argv[1], "prepared") == 0, recovers = argc > 2;

	trace_step(STEP_NONE);
	outputs_init(&seen, 4096);
	if (is_prepared && prepare(STEP_PREPARE) != 0 && recovers && prepare(STEP_NONE) != 0)
		fail("vgetrandom_prepare(): expected the second one to work, errno %d", errno);
	draw_in_main(STEP_FIRST_CALL);
	draw_in_main(STEP_CALL);
	if (vgetrandom_get_provider() == VGETRANDOM_PROVIDER_INPROCESS) {
		use_fake_clock();
		atomic_fetch_add(&fake_now, 60);
		draw_in_main(STEP_RENEWAL);
		draw_in_main(STEP_CALL);
	}
	run_threads();
	run_child();
	if (recovers && vgetrandom_get_provider() != VGETRANDOM_PROVIDER_SYSCALL)
		expect_fast_path();
	return 0;
}
