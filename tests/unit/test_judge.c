// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The kernel's function as a judge (userspace/src/judge.h): a function that stands in for it, with
 * Linux's behaviour or with others, on generations and failures that the test makes; and the
 * kernel's own.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "judge.h"
#include "provider.h"
#include "reseed.h"

/* What the stand-in keeps: like Linux a key, a position and a batch, by another generator. */
struct stand_in {
	uint64_t generation, key, position, batch[12], extra[4];
};

static uint64_t generation = 1, seed = 1;
static unsigned int seeds_asked, extra_words;
static bool is_random, has_no_seed;

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 31)) * 0x7fb5d329728ea185;
	return (x ^ (x >> 27)) * 0x81dadef4bc2dd44d;
}

static ssize_t stand_in(void *buffer, size_t len, unsigned int flags, void *opaque,
			size_t opaque_len)
{
	struct stand_in *st = opaque;
	uint64_t out;

	cr_assert_eq(len, sizeof(out));
	cr_assert_eq(opaque_len, sizeof(*st));
	cr_assert_eq(flags, GRND_NONBLOCK, "it may block");
	if (st->generation != generation || st->position >= 12) {
		if (has_no_seed)
			return -EAGAIN;
		seeds_asked++;
		st->generation = generation;
		st->key = mix(++seed);
		st->position = 0;
		for (unsigned int i = 0; i < 12; i++)
			st->batch[i] = mix(st->key + i);
	}
	out = st->batch[st->position] + (is_random ? ++seed : 0);
	st->batch[st->position++] = 0;
	for (unsigned int i = 0; i < extra_words; i++)
		st->extra[i]++;
	memcpy(buffer, &out, sizeof(out));
	return sizeof(out);
}

static struct vgr_provider provider = { .judge = stand_in, .judge_len = sizeof(struct stand_in) };
static struct stand_in judge;
static struct vgr_slot slot = { .judge = (uint64_t *)&judge };

Test(judge, agrees_as_long_as_nothing_happens)
{
	cr_assert_eq(vgr_judge_arm(&provider, &slot), 0);
	seeds_asked = 0;
	for (unsigned int i = 0; i < 100000; i++)
		cr_assert(vgr_judge_agrees(&provider, &slot), "check %u", i);
	cr_assert_eq(seeds_asked, 0);
}

static void reseed(void)
{
	generation++;
}

static void wipe(void)
{
	memset(&judge, 0, sizeof(judge));
}

/* Armed again is what it takes, however often it is asked: the kernel's function has a key again.
 */
Test(judge, disagrees_after_a_reseed_or_a_wipe_until_it_is_armed_again)
{
	void (*const events[])(void) = { reseed, wipe };

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		cr_assert_eq(vgr_judge_arm(&provider, &slot), 0);
		cr_assert(vgr_judge_agrees(&provider, &slot));
		events[i]();
		for (unsigned int j = 0; j < 50; j++)
			cr_assert_not(vgr_judge_agrees(&provider, &slot), "event %zu, check %u", i,
				      j);
		cr_assert_eq(vgr_judge_arm(&provider, &slot), 0);
		cr_assert(vgr_judge_agrees(&provider, &slot));
	}
}

/* What the child of a fork finds. */
Test(judge, slot_of_zeros_never_agrees)
{
	struct vgr_slot zeros = { 0 };

	cr_assert_eq(vgr_judge_arm(&provider, &slot), 0);
	cr_assert_not(vgr_judge_agrees(&provider, &zeros));
	zeros.judge = (uint64_t *)&judge;
	cr_assert_not(vgr_judge_agrees(&provider, &zeros));
	wipe();
	for (unsigned int i = 0; i < 20; i++)
		cr_assert_not(vgr_judge_agrees(&provider, &zeros));
}

Test(judge, function_that_changes_up_to_four_words_will_do)
{
	for (extra_words = 0; extra_words <= 2; extra_words++) {
		wipe();
		cr_assert_eq(vgr_judge_arm(&provider, &slot), 0, "%u words", 2 + extra_words);
		cr_assert_eq(vgr_judge_num_words, 2 + extra_words);
		for (unsigned int i = 0; i < 100; i++)
			cr_assert(vgr_judge_agrees(&provider, &slot));
		reseed();
		cr_assert_not(vgr_judge_agrees(&provider, &slot));
	}
	extra_words = 3;
	cr_assert_eq(vgr_judge_arm(&provider, &slot), -EOPNOTSUPP, "five words");
}

Test(judge, function_that_is_not_deterministic_is_refused)
{
	is_random = true;
	cr_assert_eq(vgr_judge_arm(&provider, &slot), -EOPNOTSUPP);
	cr_assert_eq(vgr_judge_num_words, 0, "as if it had worked");
}

Test(judge, without_a_seed_it_is_for_another_time)
{
	has_no_seed = true;
	cr_assert_eq(vgr_judge_arm(&provider, &slot), -EAGAIN);
	has_no_seed = false;
	cr_assert_eq(vgr_judge_arm(&provider, &slot), 0);
	has_no_seed = true;
	cr_assert(vgr_judge_agrees(&provider, &slot));
	reseed();
	cr_assert_not(vgr_judge_agrees(&provider, &slot));
}

/* Armed, and then as often as that. */
static bool agrees_a_thousand_times(const struct vgr_provider *native, struct vgr_slot *real)
{
	cr_assert_eq(vgr_judge_arm(native, real), 0);
	for (unsigned int i = 0; i < 1000; i++)
		if (!vgr_judge_agrees(native, real))
			return false;
	return true;
}

/* The kernel's own, in a page of ordinary memory: nobody drops it. */
Test(judge, kernels_function_notices_the_kernels_reseed)
{
	struct vgr_provider *native = vgr_native.start();
	struct vgr_slot real = { 0 };
	unsigned int tries = 1;

	if (native != &vgr_native)
		cr_skip_test("the kernel's vDSO has no getrandom function (Linux 6.11 has)");
	real.judge = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(real.judge, MAP_FAILED);
	/* The kernel may reseed meanwhile, by itself or for another test, but not each time. */
	while (!agrees_a_thousand_times(native, &real))
		cr_assert_leq(++tries, 100, "it disagreed in each of 100 tries");
	cr_assert_eq(vgr_judge_num_words, 2);
	if (!vgt_reseed_kernel())
		cr_skip_test("only root may have the kernel reseed");
	cr_assert_not(vgr_judge_agrees(native, &real));
	cr_assert_not(vgr_judge_agrees(native, &real), "it was noticed, and forgotten");
}
