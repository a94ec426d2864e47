// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A signal handler leaves a call by siglongjmp(), at every instruction of it. The calls
 * after that are right, and the thread finds its way back to the fast path.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <string.h>

#include "boundary.h"
#include "child.h"
#include "draw.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"
#include "spy.h"
#include "victim.h"

/* The sanitized library has several times the instructions, and is slow: some of them will do. */
#define STRIDE (HAS_ADDRESS_SANITIZER ? 7 : 1)

/* Calls after a jump, and how many of them may still go to the kernel. */
#define CALLS_AFTER 100
#define BUSY_MAX    8

static struct one_call call;
static struct boundaries found;
static struct outputs seen;
static sigjmp_buf back;

static void jump(void *arg)
{
	(void)arg;
	siglongjmp(back, 1);
}

/* Makes the call and leaves it at @address. Returns whether that happened. */
static bool leave_at(uintptr_t address, void (*function)(void *arg))
{
	if (sigsetjmp(back, 1))
		return true;
	if (boundary_break(address, jump, NULL))
		function(&call);
	boundary_clear();
	return false;
}

/* Two reseeds of the kernel in one call make it go to the kernel, jump or not. */
static void check_calls_after(size_t i)
{
	struct vgetrandom_stats before = stats_now(), then = before, after;
	struct vgt_quiet quiet = { 0 };
	unsigned char buf[24];

	vgt_quiet_begin(&quiet);
	for (int n = 0; n < CALLS_AFTER; n++) {
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), (ssize_t)sizeof(buf));
		cr_assert(outputs_add(&seen, buf, sizeof(buf)), "left at boundary %zu: %s", i,
			  seen.why);
		if (n == BUSY_MAX)
			then = stats_now();
	}
	after = stats_now();
	cr_assert(
		after.fallback_busy == then.fallback_busy &&
			after.fallback_no_state == then.fallback_no_state &&
			(after.fallback_refresh == then.fallback_refresh || !vgt_quiet_end(&quiet)),
		"left at boundary %zu of %zu (%lx): expected the fast path after %d calls, actual "
		"%lu busy, %lu without state, %lu unrenewed",
		i, found.num, found.at[i].address, BUSY_MAX,
		(unsigned long)(after.fallback_busy - then.fallback_busy),
		(unsigned long)(after.fallback_no_state - then.fallback_no_state),
		(unsigned long)(after.fallback_refresh - then.fallback_refresh));
	cr_assert_leq(after.states_abandoned, before.states_abandoned + 1);
}

/* A state and a judge more for each jump, and what was there. */
static void check_memory(const struct droppable *before, size_t jumps)
{
	struct droppable after = count_droppable();
	size_t allowed = (jumps + 128) * (1024 + 256);

	if (!droppable_works())
		return;
	cr_assert_leq(after.len, before->len + allowed,
		      "expected at most %zu bytes more for %zu jumps, actual %zu", allowed, jumps,
		      after.len - before->len);
}

static size_t leave_everywhere(size_t len)
{
	struct droppable before = count_droppable();
	struct vgetrandom_stats start = stats_now();
	/* Until the batch is exhausted; native has a small one. */
	int tries_max = call.victim == &library_native ? 8 : 40;
	size_t jumps = 0;

	/* Each jump may cost one. */
	vgr_thread_set_spares(BOUNDARIES_MAX);
	for (size_t i = 0; i < found.num; i += STRIDE) {
		bool left = false;

		for (int tries = 0; tries < (len > 512 ? 2 : tries_max) && !left; tries++)
			left = leave_at(found.at[i].address, make_one_call);
		jumps += left;
		check_calls_after(i);
	}
	cr_assert_leq(stats_now().states_abandoned, start.states_abandoned + jumps);
	check_memory(&before, jumps);
	return jumps;
}

TEST_EACH_PROVIDER(jump, out_of_every_instruction_of_a_call)
{
	static const size_t lens[] = { 4, 32, 200, 5000 };
	size_t jumps = 0;

	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	cr_assert(call.victim->start());
	outputs_init(&seen, 4 << 20);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		call.len = lens[i];
		found.num = 0;
		for (int n = 0; n < (call.len == 32 ? 32 : 4); n++)
			boundaries_find(&found, make_one_call, &call);
		jumps += leave_everywhere(call.len);
	}
	cr_assert_gt(jumps, 400, "expected hundreds of jumps, actual %zu", jumps);
}

/* A call that finds its key too old, and draws once more with a new one. */
static void make_due_call(void *one_call)
{
	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	make_one_call(one_call);
}

/* Whatever was left undone, the next key lasts no longer than any other. */
static void check_renewal(size_t i)
{
	uint64_t reseeds = stats_now().reseeds;
	unsigned char buf[16];

	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	for (int n = 0; n < BUSY_MAX + 1; n++)
		cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
	cr_assert_gt(stats_now().reseeds, reseeds,
		     "left at boundary %zu of %zu (%lx): expected another key after %d s", i,
		     found.num, found.at[i].address, VGR_RESEED_INTERVAL_S);
}

/* @prepared: as often as its spare states need it, each jump costs one of them. */
static void leave_renewals(bool prepared)
{
	size_t jumps = 0;

	call.victim = &library_inprocess;
	cr_assert(call.victim->start());
	use_fake_clock();
	outputs_init(&seen, 2 << 20);
	vgr_thread_set_spares(BOUNDARIES_MAX);
	call.len = 32;
	found.num = 0;
	boundaries_find(&found, make_due_call, &call);
	for (size_t i = 0; i < found.num; i += STRIDE) {
		if (prepared)
			cr_assert_eq(vgetrandom_prepare(1), 0);
		jumps += leave_at(found.at[i].address, make_due_call);
		check_calls_after(i);
		check_renewal(i);
	}
	cr_assert_gt(jumps, 100, "expected hundreds of jumps, actual %zu", jumps);
}

Test(jump, out_of_every_instruction_of_a_renewal)
{
	leave_renewals(false);
}

Test(jump, out_of_every_instruction_of_a_renewal_after_prepare)
{
	cr_assert(use_provider(VGETRANDOM_PROVIDER_INPROCESS));
	cr_assert_eq(vgetrandom_prepare(1), 0);
	leave_renewals(true);
}

/* A thread whose first call is left. @arg: the boundary, or NULL to find them all. */
static bool first_call_was_left;

static void *first_call(void *arg)
{
	const size_t *i = arg;

	if (!i) {
		boundaries_find(&found, make_one_call, &call);
		return NULL;
	}
	first_call_was_left = leave_at(found.at[*i].address, make_one_call);
	check_calls_after(*i);
	return NULL;
}

static void run_thread(size_t *i)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, first_call, i), 0);
	pthread_join(thread, NULL);
}

TEST_EACH_PROVIDER(jump, out_of_every_instruction_of_a_threads_first_call)
{
	size_t jumps = 0;

	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	call.len = 32;
	outputs_init(&seen, 2 << 20);
	vgr_thread_set_spares(BOUNDARIES_MAX);
	found.num = 0;
	/* With memory to be mapped for the state, and without. */
	run_thread(NULL);
	run_thread(NULL);
	for (size_t i = 0; i < found.num; i += STRIDE) {
		run_thread(&i);
		jumps += first_call_was_left;
	}
	cr_assert_gt(jumps, 100, "expected hundreds of jumps, actual %zu", jumps);
}

static void draw_some(void *num)
{
	unsigned char buf[16];

	for (int i = 0; i < *(int *)num; i++)
		(void)!vgetrandom(buf, sizeof(buf), 0);
}

/* Draws @num times on top of each of many calls. */
static uint64_t abandoned_under(int num)
{
	uint64_t before = stats_now().states_abandoned;

	for (size_t i = 0; i < found.num; i += STRIDE) {
		boundary_break(found.at[i].address, draw_some, &num);
		make_one_call(&call);
		boundary_clear();
	}
	return stats_now().states_abandoned - before;
}

/* Seven draws in a handler find the call under way, and the next handler's seven another one. */
TEST_EACH_PROVIDER(jump, call_that_ends_is_not_taken_for_one_that_was_left)
{
	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	cr_assert(call.victim->start());
	call.len = 16;
	found.num = 0;
	boundaries_find(&found, make_one_call, &call);
	cr_assert_eq(abandoned_under(7), 0);
	cr_assert_gt(abandoned_under(8), 0);
}

/* What the parent once abandoned makes no difference to its children. */
static void expect_counts(void *unused)
{
	struct vgetrandom_stats stats;
	unsigned char buf[16];

	(void)unused;
	for (int i = 0; i < 100; i++)
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
			vgt_child_fail("call %d failed", i);
	stats = stats_now();
	if (stats.calls != 100)
		vgt_child_fail("expected 100 calls, actual %lu", (unsigned long)stats.calls);
}

static void jump_away(void)
{
	siglongjmp(back, 1);
}

TEST_EACH_PROVIDER(jump, children_count_their_calls_after_a_jump)
{
	char why[VGT_CHILD_WHY_SIZE];

	outputs_init(&seen, 4096);
	spy_on(vgetrandom_get_provider());
	spy_draw();
	cr_assert(vgt_run_child(expect_counts, NULL, why), "before the jump: %s", why);
	if (sigsetjmp(back, 1) == 0) {
		spy_hook = jump_away;
		spy_draw();
	}
	check_calls_after(0);
	cr_assert(vgt_run_child(expect_counts, NULL, why), "after the jump: %s", why);
}
