// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A handler that draws, or forks, at every instruction of a thread's first call, of
 * vgetrandom_prepare() and of vgetrandom_set_provider(): the lazy steps.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "outputs.h"
#include "providers.h"

/* The sanitized library has several times the instructions, and is slow: some of them will do. */
#define STRIDE (HAS_ADDRESS_SANITIZER ? 7 : 1)

/* Whether the RNG is ready, a seed, and the judge's. */
#define CALLS_TO_START 3

static struct boundaries found;
static struct outputs seen;
static unsigned char outer[32], nested[12][16];
static int num_nested;
static bool failed;

static void draw(void *unused)
{
	(void)unused;
	failed |= vgetrandom(outer, sizeof(outer), 0) != sizeof(outer);
}

static void draw_nested(void *num)
{
	num_nested = *(int *)num;
	for (int i = 0; i < num_nested; i++)
		failed |= vgetrandom(nested[i], 16, 0) != 16;
}

static void check_outputs(size_t i)
{
	cr_assert(!failed);
	cr_assert(outputs_add(&seen, outer, sizeof(outer)), "interrupted at boundary %zu: %s", i,
		  seen.why);
	for (int n = 0; n < num_nested; n++)
		cr_assert(outputs_add(&seen, nested[n], 16), "nested at boundary %zu: %s", i,
			  seen.why);
	num_nested = 0;
}

struct first_call {
	size_t boundary;
	int num_nested;
	unsigned int states_in_use;
};

static void *find_first_call(void *unused)
{
	boundaries_find(&found, draw, NULL);
	return unused;
}

/* After an interrupted first call the thread has a state, and is on the fast path. */
static void *make_first_call(void *arg)
{
	struct first_call *first = arg;
	struct vgetrandom_stats before, after;
	unsigned char buf[16];

	boundary_break(found.at[first->boundary].address, draw_nested, &first->num_nested);
	draw(NULL);
	boundary_clear();
	check_outputs(first->boundary);
	before = stats_now();
	for (int i = 0; i < 10; i++) {
		cr_assert_eq(vgetrandom(buf, 16, 0), 16);
		cr_assert(outputs_add(&seen, buf, 16), "%s", seen.why);
	}
	after = stats_now();
	cr_assert(after.fallback_busy == before.fallback_busy &&
			  after.fallback_no_state == before.fallback_no_state,
		  "first call interrupted at boundary %zu of %zu (%lx): expected the fast path "
		  "afterwards, actual %lu busy, %lu without state",
		  first->boundary, found.num, found.at[first->boundary].address,
		  (unsigned long)(after.fallback_busy - before.fallback_busy),
		  (unsigned long)(after.fallback_no_state - before.fallback_no_state));
	return NULL;
}

static void in_thread(void *(*function)(void *), void *arg)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, function, arg), 0);
	pthread_join(thread, NULL);
}

TEST_EACH_PROVIDER(first_call, handler_draws_at_every_instruction)
{
	struct first_call first = { 0 };

	outputs_init(&seen, 1 << 20);
	in_thread(find_first_call, NULL);
	in_thread(find_first_call, NULL);
	for (first.num_nested = 1; first.num_nested <= 12; first.num_nested += 11)
		for (first.boundary = 0; first.boundary < found.num; first.boundary += STRIDE)
			in_thread(make_first_call, &first);
	cr_assert_gt(found.num, 100);
}

static void prepare(void *unused)
{
	(void)unused;
	failed |= vgetrandom_prepare(200) != 0;
}

/* In a child each, since only the first time there is something to be done. */
static void prepare_interrupted(void *arg)
{
	size_t i = *(size_t *)arg;
	int num = 12;

	boundary_break(found.at[i].address, draw_nested, &num);
	prepare(NULL);
	boundary_clear();
	draw(NULL);
	if (failed || !outputs_add(&seen, outer, sizeof(outer)))
		vgt_child_fail("prepare interrupted at boundary %zu: %s", i, seen.why);
	for (int n = 0; n < num_nested; n++)
		if (!outputs_add(&seen, nested[n], 16))
			vgt_child_fail("prepare, nested at boundary %zu: %s", i, seen.why);
}

static struct boundaries *shared;

static void find_prepare(void *unused)
{
	boundaries_find(shared, prepare, unused);
}

TEST_EACH_PROVIDER(first_call, handler_draws_at_every_instruction_of_prepare)
{
	char why[VGT_CHILD_WHY_SIZE];

	shared = vgt_shared(sizeof(*shared));
	outputs_init(&seen, 1 << 12);
	cr_assert(vgt_run_child(find_prepare, NULL, why), "%s", why);
	found = *shared;
	for (size_t i = 0; i < found.num; i += STRIDE)
		cr_assert(vgt_run_child(prepare_interrupted, &i, why), "%s", why);
	cr_assert_gt(found.num, 100);
}

/*
 * Another thread forks while the provider is being started. The child has only that other thread,
 * which here the handler stands for; it must find, or make, a provider that works.
 */
static enum vgetrandom_provider chosen;

static void fork_and_choose(void *unused)
{
	long pid = raw_fork();
	sigset_t none;

	(void)unused;
	if (pid != 0) {
		failed |= !ended_well(pid);
		return;
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (vgetrandom_set_provider(chosen) != 0)
		_exit(1);
	intercept_getrandom(NULL);
	for (int i = 0; i < 50; i++)
		if (vgetrandom(nested[0], 16, 0) != 16 || has_zero_window(nested[0], 16))
			_exit(2);
	_exit(num_getrandom_calls > CALLS_TO_START ? 3 : 0);
}

static void choose(void *unused)
{
	(void)unused;
	failed |= vgetrandom_set_provider(chosen) != 0;
}

static void find_choose(void *unused)
{
	boundaries_find(shared, choose, unused);
}

static void choose_and_fork(void *i)
{
	boundary_break(found.at[*(size_t *)i].address, fork_and_choose, NULL);
	choose(NULL);
	boundary_clear();
	draw(NULL);
	if (failed)
		vgt_child_fail(
			"fork at boundary %zu of %zu (%lx) of the provider's start: expected "
			"a child on the fast path",
			*(size_t *)i, found.num, found.at[*(size_t *)i].address);
}

/* Of a provider that was never in use. */
Test(first_call, fork_while_another_thread_starts_a_provider)
{
	char why[VGT_CHILD_WHY_SIZE];

	chosen = VGETRANDOM_PROVIDER_INPROCESS;
	if (vgetrandom_get_provider() == chosen)
		cr_skip_test("the only provider is in use already");
	shared = vgt_shared(sizeof(*shared));
	cr_assert(vgt_run_child(find_choose, NULL, why), "%s", why);
	found = *shared;
	for (size_t i = 0; i < found.num; i += STRIDE)
		cr_assert(vgt_run_child(choose_and_fork, &i, why), "%s", why);
	cr_assert_gt(found.num, 100);
}
