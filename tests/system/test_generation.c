// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The generation of the in-process data page: when it changes, and what a change does.
 * test_renewal.c has how it is done, test_seed.c what happens if there is no seed.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <string.h>

#include "boundary.h"
#include "inprocess.h"
#include "outputs.h"
#include "providers.h"
#include "state.h"
#include "victim.h"

/* Instructions of the image after its last check. */
#define TAIL_MAX 40

static atomic_long fake_now = 1000000;

static long fake_clock(long *unused)
{
	(void)unused;
	return atomic_load(&fake_now);
}

static void use_fake_clock(void)
{
	unsigned char byte;

	cr_assert(use_provider(VGETRANDOM_PROVIDER_INPROCESS));
	vgr_inprocess.clock = fake_clock;
	/* The clock was set back: that renews, and then the two agree. */
	cr_assert_eq(vgetrandom(&byte, 1, 0), 1);
}

static uint64_t generation(void)
{
	return __atomic_load_n(&vgr_inprocess_rng_data()->generation, __ATOMIC_ACQUIRE);
}

static void draw(void)
{
	unsigned char buf[16];

	cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 16);
}

static void expect_change(long seconds, bool changes)
{
	uint64_t before = generation(), reseeds = stats_now().reseeds;

	atomic_fetch_add(&fake_now, seconds);
	draw();
	cr_assert_eq(generation() != before, changes,
		     "%ld seconds: expected %s generation, actual %lu after %lu", seconds,
		     changes ? "another" : "the same", (unsigned long)generation(),
		     (unsigned long)before);
	cr_assert_eq(stats_now().reseeds - reseeds, changes,
		     "%ld seconds: expected %d new keys, actual %lu", seconds, changes,
		     (unsigned long)(stats_now().reseeds - reseeds));
}

Test(generation, lasts_at_most_sixty_seconds)
{
	use_fake_clock();
	for (int i = 0; i < 3; i++) {
		expect_change(59, false);
		expect_change(1, true);
		expect_change(0, false);
		expect_change(-1, true);
		expect_change(0, false);
		expect_change(-100000, true);
		expect_change(1000000000, true);
		expect_change(60, true);
		expect_change(30, false);
		expect_change(29, false);
		expect_change(61, true);
	}
}

Test(generation, sixty_seconds_are_checked_by_every_kind_of_call)
{
	unsigned char buf[2000];
	uint32_t number = 0;
	uint64_t before;

	use_fake_clock();
	before = generation();
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
		cr_assert_eq(generation(), before + i, "kind %lu, number %u", (unsigned long)i,
			     number);
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
	cr_assert_eq(vgr_inprocess_renew(), 0);
	cr_assert_eq(raw.getrandom(buf, 16, 0, st, raw.state_len), 16);
	cr_assert(!share_a_word(key, sizeof(key), st->key, sizeof(st->key)));
	/* Not even the part of the old batch that was not read yet is handed out. */
	cr_assert(!share_a_word(batch + 16, sizeof(batch) - 16, buf, 16));
	cr_assert(!share_a_word(batch + 16, sizeof(batch) - 16, st->batch, sizeof(st->batch)));
	cr_assert_eq(st->generation, generation());
}

/* A handler that interrupts a renewal may itself draw, a minute later, and renew. */
static void renew_twice(void *unused)
{
	(void)unused;
	(void)vgr_inprocess_renew();
	(void)vgr_inprocess_renew();
}

static void renew(void *unused)
{
	(void)unused;
	(void)vgr_inprocess_renew();
}

static void nest_renewals(void)
{
	static struct boundaries found;

	boundaries_find(&found, renew, NULL);
	for (size_t i = 0; i < found.num; i++) {
		uint64_t before = generation();

		if (boundary_break(found.at[i].address, renew_twice, NULL))
			renew(NULL);
		if (!boundary_clear())
			continue;
		/* A state that took its key from the second one must not be current. */
		cr_assert_geq(generation(), before + 2,
			      "renewal interrupted at boundary %zu of %zu (%lx) by two others: "
			      "expected at least generation %lu, actual %lu",
			      i, found.num, found.at[i].address, (unsigned long)before + 2,
			      (unsigned long)generation());
	}
	cr_assert_gt(found.num, 20);
}

Test(generation, never_goes_back_when_renewals_are_nested)
{
	use_fake_clock();
	nest_renewals();
}

Test(generation, never_goes_back_when_renewals_are_nested_after_prepare)
{
	use_fake_clock();
	cr_assert_eq(vgetrandom_prepare(0), 0);
	nest_renewals();
}

static struct one_call call;

/*
 * A renewal in the middle of a call: up to the last check, near the end of the image's code, the
 * call notices and starts over with a new key.
 */
Test(generation, change_during_a_call_makes_it_start_over)
{
	static struct boundaries found;
	static const size_t lens[] = { 4, 32, 200, 5000 };
	const struct vgr_state *st;

	call.victim = &raw_inprocess;
	cr_assert(call.victim->start());
	st = raw_state();
	for (size_t l = 0; l < sizeof(lens) / sizeof(lens[0]); l++) {
		call.len = lens[l];
		make_one_call(&call);
		found.num = 0;
		boundaries_find(&found, make_one_call, &call);
		for (size_t i = 0; i < found.num; i++) {
			make_one_call(&call);
			boundary_break(found.at[i].address, renew, NULL);
			make_one_call(&call);
			if (!boundary_clear() || found.at[i].before_image_end < TAIL_MAX)
				continue;
			cr_assert_eq(st->generation, generation(),
				     "%zu bytes, renewed at boundary %zu of %zu (%lx): expected a "
				     "key of generation %lu, actual %lu",
				     call.len, i, found.num, found.at[i].address,
				     (unsigned long)generation(), (unsigned long)st->generation);
		}
	}
}
