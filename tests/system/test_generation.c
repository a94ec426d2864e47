// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How long a key lasts: on the provider inprocess a minute, whatever the clock does; on a data page
 * that says so until the generation changes. test_renewal.c has what else comes with it,
 * test_seed.c what happens if there is no seed.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "boundary.h"
#include "draw.h"
#include "outputs.h"
#include "providers.h"
#include "state.h"
#include "victim.h"

/* Instructions of a call after its last check, and around it. */
#define TAIL_MAX 40

/* AddressSanitizer looks at each access of the library, not at the image's. */
#define LIBRARY_TAIL_MAX (HAS_ADDRESS_SANITIZER ? 400 : 60)

static void draw(void)
{
	unsigned char buf[16];

	cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
}

static void expect_change(long seconds, bool changes)
{
	uint64_t reseeds = stats_now().reseeds;

	atomic_fetch_add(&fake_now, seconds);
	draw();
	cr_assert_eq(stats_now().reseeds - reseeds, changes,
		     "%ld seconds: expected %d new keys, actual %lu", seconds, changes,
		     (unsigned long)(stats_now().reseeds - reseeds));
}

Test(generation, key_lasts_at_most_sixty_seconds_and_no_step_back)
{
	use_fake_clock();
	for (int i = 0; i < 3; i++) {
		expect_change(58, false);
		expect_change(1, true);
		expect_change(0, false);
		expect_change(-1, true);
		expect_change(0, false);
		expect_change(-100000, true);
		expect_change(1000000000, true);
		expect_change(60, true);
		expect_change(30, false);
		expect_change(28, false);
		expect_change(61, true);
	}
}

Test(generation, sixty_seconds_are_checked_by_every_kind_of_call)
{
	unsigned char buf[2000];
	uint32_t number = 0;
	uint64_t before;

	use_fake_clock();
	before = stats_now().reseeds;
	for (uint64_t i = 1; i <= 6; i++) {
		atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
		switch (i) {
		case 1:
			number = vgetrandom_arc4random();
			break;
		case 2:
			cr_assert_lt(vgetrandom_arc4random_uniform(7), 7);
			break;
		case 3:
			vgetrandom_arc4random_buf(buf, sizeof(buf));
			break;
		case 4:
			cr_assert_eq(vgetrandom_getentropy(buf, 256), 0);
			break;
		case 5:
			cr_assert_eq(vgetrandom(buf, 4, 0), 4);
			break;
		default:
			cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 2000);
		}
		cr_assert_eq(stats_now().reseeds, before + i, "kind %lu, number %u",
			     (unsigned long)i, number);
	}
}

Test(generation, change_brings_a_new_key_before_the_next_byte)
{
	struct raw raw;
	unsigned char buf[16];
	struct vgr_state *st;
	unsigned char key[VGR_CHACHA20_KEY_LEN], batch[VGR_BATCH_LEN];

	raw_init(&raw);
	st = raw.state;
	cr_assert_eq(raw.getrandom(buf, 16, 0, st, raw.state_len), 16);
	memcpy(key, st->key, sizeof(key));
	memcpy(batch, st->batch, sizeof(batch));
	change_generation();
	cr_assert_eq(raw.getrandom(buf, 16, 0, st, raw.state_len), 16);
	cr_assert(!share_a_word(key, sizeof(key), st->key, sizeof(st->key)));
	/* Not even the part of the old batch that was not read yet is handed out. */
	cr_assert(!share_a_word(batch + 16, sizeof(batch) - 16, buf, 16));
	cr_assert(!share_a_word(batch + 16, sizeof(batch) - 16, st->batch, sizeof(st->batch)));
	cr_assert_eq(st->generation, generation());
}

/*
 * The clock stops, runs at any speed, and is set back, as by setns(2) into another time namespace:
 * no draw is from a key that is a minute old by it, or of the future.
 */
Test(generation, no_draw_is_from_a_key_that_is_too_old_whatever_the_clock_does)
{
	long seeded_at = fake_now;
	unsigned int steps_back = 0;

	use_fake_clock();
	srand(1);
	for (int i = 0; i < 20000; i++) {
		uint64_t reseeds = stats_now().reseeds;
		long step = rand() % 8 ? rand() % 30 : -(rand() % 300);

		steps_back += step < 0;
		atomic_fetch_add(&fake_now, step);
		draw();
		if (stats_now().reseeds != reseeds)
			seeded_at = fake_now;
		cr_assert(fake_now >= seeded_at && fake_now - seeded_at < VGR_RESEED_INTERVAL_S,
			  "draw %d, after a step of %ld s: from a key of %ld at %ld", i, step,
			  seeded_at, (long)fake_now);
	}
	cr_assert_gt(steps_back, 1000);
}

/*
 * The wall clock runs, stands still and is set, and in between threads sleep: every key that is
 * drawn from was young when it was last looked at, and the second of that look has not ended.
 */
Test(generation, no_key_gets_older_than_a_minute_and_the_second_of_the_last_look)
{
	long seeded_at = fake_now, looked_at = fake_now, second = 0;
	unsigned int old = 0;

	use_fake_clock();
	srand(2);
	for (int i = 0; i < 20000; i++) {
		uint64_t reseeds = stats_now().reseeds;

		atomic_fetch_add(&fake_now, rand() % 20);
		if (rand() % 2)
			atomic_store(&fake_wall_ahead, second - fake_now + rand() % 3 - 1);
		if (fake_now + fake_wall_ahead != second) {
			second = fake_now + fake_wall_ahead;
			looked_at = fake_now;
		}
		draw();
		if (stats_now().reseeds != reseeds)
			seeded_at = looked_at = fake_now;
		old += fake_now - seeded_at >= VGR_RESEED_INTERVAL_S;
		cr_assert_lt(looked_at - seeded_at, VGR_AGE_MAX_S,
			     "draw %d: from a key of %ld, last looked at at %ld", i, seeded_at,
			     looked_at);
	}
	/* What a wall clock can do that is set again and again. */
	cr_assert_gt(old, 0);
}

static long kernels_coarse_seconds(void)
{
	struct timespec now;

	cr_assert_eq(syscall(SYS_clock_gettime, CLOCK_MONOTONIC_COARSE, &now), 0);
	return now.tv_sec;
}

/* The clock that is asked: nobody can set it, and it goes on in the vDSO. */
Test(generation, age_is_counted_by_the_coarse_monotonic_clock)
{
	struct vgr_port_timespec now;
	long before, after, seeded_at;

	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	cr_assert_eq(VGR_CLOCK, CLOCK_MONOTONIC_COARSE);
	before = kernels_coarse_seconds();
	/* The first draw, which takes a key. */
	draw();
	cr_assert_eq(vgr_inprocess.clock(VGR_CLOCK, &now), 0);
	after = kernels_coarse_seconds();
	seeded_at = (long)vgr_get_slot()->seeded_at;
	cr_assert(now.s >= before && now.s <= after, "expected %ld to %ld, actual %ld", before,
		  after, now.s);
	cr_assert(seeded_at >= before && seeded_at <= after,
		  "expected a key of %ld to %ld, actual %ld", before, after, seeded_at);
}

static struct one_call call;

/* A minute later a handler draws, so often that it takes the call for dead. */
static void draw_much_later(void *num)
{
	unsigned char buf[16];

	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	for (int i = 0; i < *(int *)num; i++)
		(void)!vgetrandom(buf, sizeof(buf), 0);
}

static void make_due_call(void *unused)
{
	(void)unused;
	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	make_one_call(&call);
}

static void interrupt_due_calls(int num)
{
	static struct boundaries found;
	static struct outputs seen;

	call.victim = &library_inprocess;
	call.len = 32;
	outputs_init(&seen, 1 << 16);
	boundaries_find(&found, make_due_call, NULL);
	for (size_t i = 0; i < found.num; i++) {
		boundary_break(found.at[i].address, draw_much_later, &num);
		make_due_call(NULL);
		boundary_clear();
		cr_assert_eq(call.ret, 32);
		cr_assert(outputs_add(&seen, call.buf, 32), "boundary %zu: %s", i, seen.why);
		/* Whichever of them asked for the seed, the next draw is from none of before. */
		draw();
		cr_assert_lt((uint64_t)fake_now - vgr_get_slot()->seeded_at, VGR_RESEED_INTERVAL_S,
			     "%d draws at boundary %zu of %zu (%lx): a draw from a key of %lu at "
			     "%ld",
			     num, i, found.num, found.at[i].address,
			     (unsigned long)vgr_get_slot()->seeded_at, (long)fake_now);
	}
	cr_assert_gt(found.num, 100);
}

Test(generation, no_old_key_is_used_after_a_draw_in_a_renewal)
{
	use_fake_clock();
	interrupt_due_calls(1);
}

Test(generation, no_old_key_is_used_after_many_draws_in_a_renewal)
{
	use_fake_clock();
	interrupt_due_calls(12);
}

static void change(void *unused)
{
	(void)unused;
	change_generation();
}

/* A change at each instruction of a call. Returns at how many it was not noticed. */
static size_t change_everywhere(const struct vgr_state *st)
{
	static struct boundaries found;
	size_t unnoticed = 0;

	make_one_call(&call);
	found.num = 0;
	boundaries_find(&found, make_one_call, &call);
	for (size_t i = 0; i < found.num; i++) {
		make_one_call(&call);
		boundary_break(found.at[i].address, change, NULL);
		make_one_call(&call);
		if (boundary_clear())
			unnoticed += st->generation != generation();
	}
	cr_assert_gt(found.num, TAIL_MAX);
	return unnoticed;
}

/*
 * A change in the middle of a call: up to the last check, near its end, the call notices and starts
 * over with a new key.
 */
static void check_changes(const struct vgr_state *st)
{
	static const size_t lens[] = { 4, 32, 64, 200, 5000 };

	size_t most = call.victim == &raw_inprocess ? TAIL_MAX : LIBRARY_TAIL_MAX;

	for (size_t l = 0; l < sizeof(lens) / sizeof(lens[0]); l++) {
		size_t unnoticed;

		call.len = lens[l];
		unnoticed = change_everywhere(st);
		cr_assert(unnoticed > 0 && unnoticed <= most,
			  "%s, %zu bytes: expected at most %zu instructions at which a change is "
			  "not noticed, actual %zu",
			  call.victim->name, call.len, most, unnoticed);
	}
}

Test(generation, change_during_a_call_makes_it_start_over)
{
	call.victim = &raw_inprocess;
	cr_assert(call.victim->start());
	check_changes(raw_state());
}

/* What the module's provider is: the generation alone decides, no clock. */
Test(generation, change_during_a_call_of_the_library_makes_it_start_over)
{
	static struct vgr_provider by_generation;

	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	by_generation = vgr_inprocess;
	by_generation.freshness = VGR_FRESH_BY_IMAGE;
	by_generation.clock = NULL;
	by_generation.seconds = NULL;
	vgr_provider_use(&by_generation);
	draw();
	call.victim = &library_inprocess;
	check_changes(state_of_this_thread());
}
