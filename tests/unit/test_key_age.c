// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* How old a key of the provider inprocess gets, by each of the two clocks, and if one fails. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <time.h>
#include <vgetrandom/vgetrandom.h>

#include "inprocess.h"
#include "provider.h"
#include "thread.h"

#define ERRNO_MARK 4711

static uint8_t buf[16];

static struct vgetrandom_stats stats(void)
{
	struct vgetrandom_stats stats;

	vgetrandom_stats(&stats, sizeof(stats));
	return stats;
}

static struct vgr_port_timespec fake_now;

static long fake_seconds = 1800000000;
static bool clock_fails;

static int fake_clock(int clock, struct vgr_port_timespec *now)
{
	cr_assert_eq(clock, CLOCK_MONOTONIC_COARSE);
	*now = fake_now;
	return clock_fails ? -EINVAL : 0;
}

static long read_fake_seconds(long *seconds)
{
	cr_assert_null(seconds);
	return fake_seconds;
}

static void use_fake_clocks(vgr_time_fn *seconds)
{
	cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_INPROCESS), 0);
	cr_assert_eq(vgr_inprocess.clock(CLOCK_MONOTONIC_COARSE, &fake_now), 0);
	vgr_inprocess.clock = fake_clock;
	vgr_inprocess.seconds = seconds;
	cr_assert_eq(vgetrandom(buf, 16, 0), 16);
}

static bool draw_renews(void)
{
	uint64_t seed_id = vgr_thread()->slot->state->seed_id;

	cr_assert_eq(vgetrandom(buf, 16, 0), 16);
	return vgr_thread()->slot->state->seed_id != seed_id;
}

/* Within a minute, and if the clock goes back, as it does in another time namespace. */
Test(key_age, key_is_renewed_in_time)
{
	static const struct {
		long step;
		bool renews;
	} steps[] = { { 0, false }, { 1, false },      { 57, false }, { 1, true },    { 58, false },
		      { 1, true },  { -1, true },      { 0, false },  { 58, false },  { -60, true },
		      { 60, true }, { 1000000, true }, { 58, false }, { -1000, true } };

	use_fake_clocks(NULL);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		uint64_t seed_id = vgr_thread()->slot->state->seed_id;
		struct vgetrandom_stats before = stats(), after;

		fake_now.s += steps[i].step;
		errno = ERRNO_MARK;
		cr_assert_eq(vgetrandom(buf, 16, 0), 16);
		cr_assert_eq(errno, ERRNO_MARK);
		after = stats();
		cr_assert_eq(vgr_thread()->slot->state->seed_id != seed_id, steps[i].renews,
			     "step %zu of %ld s", i, steps[i].step);
		cr_assert_eq(after.reseeds - before.reseeds, steps[i].renews,
			     "step %zu: counted %lu reseeds", i,
			     (unsigned long)(after.reseeds - before.reseeds));
		cr_assert_eq(after.wipes, before.wipes, "step %zu: a reseed is no wipe", i);
	}
}

/*
 * The age is looked at when the wall clock shows another second, and by a clock that cannot be set.
 * A wall clock that was set back or a minute ahead renews the key as well.
 */
Test(key_age, wall_clock_says_when_to_look_at_the_age)
{
	static const struct {
		long step, wall_step;
		bool renews;
	} steps[] = {
		{ 0, 0, false },      { 57, 57, false }, { 1, 1, false },   { 1, 1, true },
		{ 0, 59, false },     { 0, 60, true },   { 0, -1, true },   { 0, -1000000, true },
		{ 0, 59, false },     { 0, 59, false },  { 58, 59, false }, { 1, 59, true },
		{ 60, 0, false },     { 0, 1, true },    { -5, 0, false },  { 0, 1, true },
		{ 3600, 3600, true }, { 0, 0, false },   { 0, 1, false },
	};

	use_fake_clocks(read_fake_seconds);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		fake_now.s += steps[i].step;
		fake_seconds += steps[i].wall_step;
		cr_assert_eq(draw_renews(), steps[i].renews, "step %zu, %ld s and %ld s", i,
			     steps[i].step, steps[i].wall_step);
	}
}

/* A vDSO whose time() is a system call, which a filter refuses, and one that knows no time. */
Test(key_age, age_is_looked_at_by_each_draw_where_time_fails)
{
	static const long failed[] = { -EPERM, -ENOSYS, -4095, 0 };

	use_fake_clocks(read_fake_seconds);
	for (size_t i = 0; i < sizeof(failed) / sizeof(*failed); i++) {
		fake_seconds = failed[i];
		/* It failed, and goes on failing. */
		for (int n = 0; n < 3; n++) {
			cr_assert_not(draw_renews(), "%ld", failed[i]);
			fake_now.s += 60;
			cr_assert(draw_renews(), "%ld", failed[i]);
		}
	}
}

/* A key of an age that nobody knows is not used. */
Test(key_age, without_a_clock_the_kernel_is_asked)
{
	struct vgetrandom_stats before, after;

	use_fake_clocks(read_fake_seconds);
	clock_fails = true;
	fake_now.s += 60;
	fake_seconds += 60;
	before = stats();
	cr_assert_eq(vgetrandom(buf, 16, 0), 16);
	after = stats();
	cr_assert_eq(after.fallback_refresh, before.fallback_refresh + 1);
	clock_fails = false;
	cr_assert(draw_renews());
}
