// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a prepared process was promised stays so: handlers that draw much on top of calls that are
 * alive use up nothing, and a daemon is as fast as the process that it was forked from.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"
#include "thread.h"
#include "victim.h"

#define HANDLERS    200
#define MANY_DRAWS  10
#define QUIET_DRAWS 1000
#define THREADS     8

static struct boundaries found;
static struct one_call call = { .len = 32 };
static struct outputs seen;
static unsigned char nested[MANY_DRAWS][16];
static unsigned int num_on_top;
static bool failed;

static void draw_much(void *unused)
{
	(void)unused;
	num_on_top += vgr_get_in_use() != 0;
	for (int i = 0; i < MANY_DRAWS; i++)
		failed |= vgetrandom(nested[i], 16, 0) != 16;
}

static void interrupt_at(size_t i)
{
	boundary_break(found.at[i].address, draw_much, NULL);
	make_one_call(&call);
	if (boundary_clear() && !outputs_add(&seen, nested, sizeof(nested)))
		vgt_child_fail("boundary %zu: %s", i, seen.why);
	if (failed || call.ret != 32 || !outputs_add(&seen, call.buf, 32))
		vgt_child_fail("boundary %zu of %zu (%lx): %s", i, found.num, found.at[i].address,
			       seen.why);
}

/* System calls of draws on top of which no handler draws. */
static unsigned int draw_on_and_on(void)
{
	unsigned int calls = num_getrandom_calls;
	unsigned char buf[16];

	for (int i = 0; i < QUIET_DRAWS; i++)
		failed |= vgetrandom(buf, sizeof(buf), 0) != sizeof(buf);
	return num_getrandom_calls - calls;
}

static void expect_fast_draws_after_handler_at(size_t i)
{
	struct vgt_quiet quiet = { 0 };
	unsigned int calls;

	do {
		vgt_quiet_begin(&quiet);
		interrupt_at(i);
		calls = draw_on_and_on();
	} while (!vgt_quiet_end(&quiet));
	if (failed || calls > renewals_max())
		vgt_child_fail("after %u handlers that drew %d times, %lu states given up: "
			       "expected draws without system calls, actual %u of %d",
			       num_on_top, MANY_DRAWS, (unsigned long)stats_now().states_abandoned,
			       calls, QUIET_DRAWS);
}

static void interrupt_often(void *unused)
{
	(void)unused;
	if (vgetrandom_prepare(0) != 0)
		vgt_child_fail("vgetrandom_prepare()");
	outputs_init(&seen, 1 << 18);
	boundaries_find(&found, make_one_call, &call);
	intercept_getrandom(NULL);
	for (size_t i = 0; num_on_top < HANDLERS; i = (i + 1) % found.num)
		expect_fast_draws_after_handler_at(i);
	/* That the calls were alive is what the library could not know. */
	if (stats_now().states_abandoned < HANDLERS / 2)
		vgt_child_fail("expected states to be given up, actual %lu",
			       (unsigned long)stats_now().states_abandoned);
}

TEST_EACH_PROVIDER(prepared, handlers_that_draw_much_use_up_no_spare_state)
{
	char why[VGT_CHILD_WHY_SIZE];

	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	cr_assert(call.victim->start());
	cr_assert(vgt_run_child(interrupt_often, NULL, why), "%s", why);
}

static pthread_barrier_t all_have_drawn;

static void *draw_quietly(void *unused)
{
	unsigned char buf[16];

	for (int i = 0; i < QUIET_DRAWS; i++) {
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
			vgt_child_fail("draw %d failed", i);
		if (i == 0)
			pthread_barrier_wait(&all_have_drawn);
	}
	return unused;
}

/* System calls that some threads need for many draws each. */
static unsigned int run_threads(void)
{
	unsigned int calls = num_getrandom_calls;
	pthread_t threads[THREADS];

	pthread_barrier_init(&all_have_drawn, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, draw_quietly, NULL) != 0)
			vgt_child_fail("pthread_create()");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return num_getrandom_calls - calls;
}

static void expect_fast_threads(const char *who)
{
	unsigned int calls, expected = THREADS * calls_for_key();
	struct vgt_quiet quiet = { 0 };
	struct vgetrandom_stats stats;

	/* A draw without a state is counted for good, reseed or not. */
	do {
		vgt_quiet_begin(&quiet);
		calls = run_threads();
	} while (!vgt_quiet_end(&quiet));
	stats = stats_now();
	if (calls < expected || calls > expected + renewals_max() || stats.fallback_no_state)
		vgt_child_fail("%s: expected %u system calls for %d draws, actual %u; %lu draws "
			       "without a state",
			       who, expected, THREADS * QUIET_DRAWS, calls,
			       (unsigned long)stats.fallback_no_state);
}

/* A daemon forks more than once, and the thread that does never draws. */
static void be_daemon(void *generations)
{
	int older = *(int *)generations - 1;
	char why[VGT_CHILD_WHY_SIZE];

	if (state_of_this_thread())
		vgt_child_fail("expected the forking thread to have no state");
	expect_fast_threads("a daemon");
	if (older && !vgt_run_child(be_daemon, &older, why))
		vgt_child_fail("%s", why);
}

static void *fork_daemon(void *why)
{
	int generations = 3;

	return vgt_run_child(be_daemon, &generations, why) ? NULL : why;
}

static void daemonize(void *unused)
{
	char why[VGT_CHILD_WHY_SIZE];
	pthread_t thread;
	void *wrong;

	(void)unused;
	if (vgetrandom_prepare(THREADS) != 0)
		vgt_child_fail("vgetrandom_prepare()");
	intercept_getrandom(NULL);
	expect_fast_threads("the parent");
	if (pthread_create(&thread, NULL, fork_daemon, why) != 0)
		vgt_child_fail("pthread_create()");
	pthread_join(thread, &wrong);
	if (wrong)
		vgt_child_fail("%s", why);
}

TEST_EACH_PROVIDER(prepared, daemon_is_as_fast_as_its_parent)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(daemonize, NULL, why), "%s", why);
}
