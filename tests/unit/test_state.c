// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The state machine from inside: what it hands out, what it keeps and what it erases, and
 * when it takes a new seed.
 * I1 to I9 are the invariants of vdso/README.md.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <string.h>

#include "guard.h"
#include "model.h"
#include "oracle.h"
#include "state-fixture.h"

TestSuite(state, .init = state_setup);

/* Mostly the lengths of everyday use, and those at which another path begins. */
static size_t any_len(void)
{
	static const size_t edges[] = { 4,   8,   16,  31,  32,  33,  511, 512, 513,  543,
					544, 545, 575, 576, 577, 607, 608, 609, 1024, 1025 };

	switch (vgt_random_below(&r, 8)) {
	case 0:
		return 4;
	case 1:
		return edges[vgt_random_below(&r, sizeof(edges) / sizeof(*edges))];
	case 2:
		return 1 + vgt_random_below(&r, batch_read_max);
	case 3:
		return 1 + vgt_random_below(&r, LEN_MAX);
	default:
		return 1 + vgt_random_below(&r, 32);
	}
}

static void follow_model(uint32_t level, unsigned int calls)
{
	struct vgr_state *st = &states[2];
	struct vgt_model model;

	vgt_image_start(level);
	vgt_model_init(&model, batch_read_max, st, generation(), &r);
	for (unsigned int i = 0; i < calls; i++) {
		size_t len = any_len();
		uint64_t seed_id = st->seed_id;
		const char *difference;

		vgt_model_draw(&model, expected, len);
		draw(st, len);
		cr_assert(memcmp(expected, buf, len) == 0, "%s, call %u, %zu bytes: %s; seed %lu",
			  vgt_level_name(level), i, len, vgt_difference(expected, buf, len),
			  (unsigned long)r.seed);
		difference = vgt_model_compare(&model, st);
		cr_assert(!difference, "%s, call %u, %zu bytes: %s; seed %lu",
			  vgt_level_name(level), i, len, difference, (unsigned long)r.seed);
		cr_assert(st->seed_id == seed_id && st->generation == generation(),
			  "call %u, %zu bytes: reseeded without a reason", i, len);
	}
	cr_assert(vgt_all_are(states, 2 * STATE_LEN, 0) && vgt_all_are(states + 3, STATE_LEN, 0),
		  "a neighbour was written to");
}

Test(state, output_is_the_keystream_of_the_key)
{
	for (uint32_t level = 0; level <= vgr_cpu_chacha_max(); level++)
		follow_model(level, 4000);
}

Test(state, every_length_is_the_keystream_of_the_key)
{
	struct vgt_model model;

	for (size_t len = 1; len <= 2100; len++) {
		const char *difference;

		/* A second time with what the first one left of the batch. */
		vgt_model_init(&model, batch_read_max, states, generation(), &r);
		for (int i = 0; i < 2; i++) {
			vgt_model_draw(&model, expected, len);
			draw(states, len);
			difference = vgt_difference(expected, buf, len);
			cr_assert(memcmp(expected, buf, len) == 0, "%zu bytes: %s; seed %lu", len,
				  difference, (unsigned long)r.seed);
			difference = vgt_model_compare(&model, states);
			cr_assert(!difference, "%zu bytes: %s; seed %lu", len, difference,
				  (unsigned long)r.seed);
		}
	}
}

Test(state, what_was_handed_out_is_nowhere_in_the_state)
{
	for (unsigned int i = 0; i < 3000; i++) {
		size_t len = any_len(), at = 0;

		draw(states, len);
		cr_assert(!vgt_find_window(states, STATE_LEN, buf, len, &at),
			  "%zu bytes: some of them are still at %zu of the state", len, at);
	}
}

Test(state, large_read_replaces_the_key)
{
	static const size_t lens[] = { 1000, 1024, 1025, 1056, 1057, 1088, 1089, 4096, 8192 };
	uint8_t key[VGR_CHACHA20_KEY_LEN];
	size_t at = 0;

	draw(states, 1);
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		memcpy(key, states->key, sizeof(key));
		draw(states, lens[i]);
		cr_assert(!vgt_find_window(states->key, sizeof(key), key, sizeof(key), &at),
			  "%zu bytes: the key is still there", lens[i]);
		cr_assert(!has_zero_window(states->key, sizeof(key)), "the key holds zeros");
		cr_assert(!vgt_find_window(buf, lens[i], states->key, sizeof(key), &at),
			  "%zu bytes: the new key was handed out", lens[i]);
	}
}

Test(state, fresh_state_takes_a_seed_from_the_kernel)
{
	uint8_t of_zero_key[64 * VGR_REFILL_BLOCKS];
	static const uint8_t zero_key[VGR_CHACHA20_KEY_LEN];
	static const size_t lens[] = { 16, 100, 512, 513, 900 };
	size_t at = 0;

	vgt_oracle_chacha20(of_zero_key, VGR_REFILL_BLOCKS, zero_key, 0);
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		uint8_t first[LEN_MAX];

		memset((void *)states, 0, STATE_LEN);
		draw(states, lens[i]);
		memcpy(first, buf, lens[i]);
		cr_assert(!has_zero_window(buf, lens[i]), "%zu bytes: zeros", lens[i]);
		cr_assert(!vgt_find_window(buf, lens[i], of_zero_key, sizeof(of_zero_key), &at),
			  "%zu bytes: the keystream of a key of zeros", lens[i]);
		cr_assert_neq(states->seed_id, 0);
		cr_assert_eq(states->generation, generation());

		memset((void *)states, 0, STATE_LEN);
		draw(states, lens[i]);
		cr_assert(!vgt_find_window(buf, lens[i], first, lens[i], &at),
			  "%zu bytes: repeated after a wipe", lens[i]);
	}
}

Test(state, new_generation_takes_a_new_seed)
{
	static const size_t lens[] = { 4, 16, 100, 513, 1000, 2000 };
	struct vgt_model model;
	size_t at = 0;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		size_t len = lens[i];
		uint8_t old[VGR_BATCH_LEN];
		uint64_t seed_id;

		vgt_model_init(&model, batch_read_max, states, generation(), &r);
		vgt_model_draw(&model, expected, 16);
		draw(states, 16);
		seed_id = states->seed_id;
		memcpy(old, states->batch, sizeof(old));

		vgt_image_set_generation(generation() + 1);
		vgt_model_draw(&model, expected, len);
		draw(states, len);
		cr_assert(memcmp(expected, buf, len) != 0, "%zu bytes of the old key; seed %lu",
			  len, (unsigned long)r.seed);
		cr_assert(!vgt_find_window(buf, len, old, sizeof(old), &at),
			  "%zu bytes: some are of the old batch", len);
		cr_assert(memcmp(states->key, model.key, sizeof(model.key)) != 0,
			  "%zu bytes: the old key's successor", len);
		cr_assert_neq(states->seed_id, seed_id, "the seed has the name of the old one");
		cr_assert_eq(states->generation, generation());
		/* A long read left the old batch where it was. It must count as read. */
		draw(states, 500);
		cr_assert(!vgt_find_window(buf, 500, old, sizeof(old), &at),
			  "after %zu bytes some of the old batch", len);
	}
}

/* I1. */
Test(state, no_generation_makes_a_wiped_state_valid)
{
	static const uint64_t generations[] = { 0, 1, UINT32_MAX, (uint64_t)1 << 32, UINT64_MAX };
	static const size_t lens[] = { 8, 32, 33, 512, 513 };

	for (size_t g = 0; g < sizeof(generations) / sizeof(*generations); g++) {
		vgt_image_set_generation(generations[g]);
		for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
			memset((void *)states, 0, STATE_LEN);
			draw(states, lens[i]);
			cr_assert(!has_zero_window(buf, lens[i]), "generation %#lx, %zu bytes",
				  (unsigned long)generations[g], lens[i]);
			cr_assert_neq(states->seed_id, 0, "generation %#lx: no seed was taken",
				      (unsigned long)generations[g]);
			cr_assert(!has_zero_window(states->key, sizeof(states->key)),
				  "generation %#lx: the key holds zeros",
				  (unsigned long)generations[g]);
		}
	}
}

Test(state, generations_are_compared_in_all_their_bits)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t before = vgt_random_next(&r), seed_id;

		vgt_image_set_generation(before);
		draw(states, 8);
		seed_id = states->seed_id;
		vgt_image_set_generation(before ^ (uint64_t)1 << bit);
		draw(states, 8);
		cr_assert_neq(states->seed_id, seed_id, "bit %u was not looked at", bit);
	}
}
