// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Small reads taken out of the batch by the library itself (vdso/claim.h): what is handed out is
 * the next of the batch, what is erased is that and no more, and nothing else of the state changes.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "random.h"

#define MARK 0xee

static _Alignas(64) struct vgr_state state, before;

/* No byte of it is zero, so that an erased one shows. */
static void fill_batch(size_t position)
{
	uint8_t *bytes = (uint8_t *)&state;

	for (size_t i = 0; i < sizeof(state); i++)
		bytes[i] = (uint8_t)(1 + (i * 7 + i / 251) % 255);
	state.position = position;
	before = state;
}

static void expect_claimed(size_t position, size_t len, size_t cost)
{
	const uint8_t *now = (const uint8_t *)&state, *then = (const uint8_t *)&before;

	cr_assert_eq(state.position, position + cost, "%zu bytes at %zu: the position is %lu", len,
		     position, (unsigned long)state.position);
	for (size_t i = 0; i < sizeof(state); i++) {
		bool is_position = i - offsetof(struct vgr_state, position) < sizeof(uint64_t);
		bool is_claimed = i >= position && i < position + cost;

		if (!is_position)
			cr_assert_eq(now[i], is_claimed ? 0 : then[i], "%zu bytes at %zu: byte %zu",
				     len, position, i);
	}
}

Test(claim, hands_out_and_erases_what_it_claims_and_nothing_else)
{
	uint8_t out[VGR_CLAIM_LEN_MAX + 2];

	for (size_t len = 1; len <= VGR_CLAIM_LEN_MAX; len++) {
		size_t cost = len <= 4 ? 4 : (len + 7) / 8 * 8;
		size_t last = len <= VGR_SMALL_LEN_MAX ? VGR_POSITION_MAX : sizeof(state) - cost;

		for (size_t position = VGR_BATCH_OFFSET; position <= last; position += 4) {
			fill_batch(position);
			memset(out, MARK, sizeof(out));
			cr_assert(claim_small(&state, out + 1, len), "%zu bytes at %zu", len,
				  position);
			cr_assert_eq(memcmp(out + 1, (uint8_t *)&before + position, len), 0,
				     "%zu bytes at %zu are not the batch's", len, position);
			cr_assert(out[0] == MARK && out[len + 1] == MARK, "%zu bytes: wrote beyond",
				  len);
			expect_claimed(position, len, cost);
		}
	}
}

/* One read after the other: no byte is left out but those that were paid for, none comes twice. */
Test(claim, reads_of_all_lengths_follow_each_other)
{
	uint8_t out[VGR_CLAIM_LEN_MAX];

	for (unsigned int round = 0; round < 200; round++) {
		fill_batch(VGR_BATCH_OFFSET);
		for (;;) {
			size_t len = 1 + (size_t)rand() % VGR_CLAIM_LEN_MAX;
			size_t position = state.position;

			if (!claim_small(&state, out, len))
				break;
			cr_assert_eq(memcmp(out, (uint8_t *)&before + position, len), 0,
				     "%zu bytes at %zu", len, position);
		}
	}
}

/* A position that a wipe, a refill or an older image left there is none. */
Test(claim, other_positions_are_none)
{
	uint64_t positions[] = { 0,
				 4,
				 VGR_BATCH_OFFSET - 1,
				 VGR_POSITION_MAX + 1,
				 sizeof(state),
				 0x7fff00001000,
				 UINT64_MAX - 3,
				 UINT64_MAX };
	uint8_t out[VGR_CLAIM_LEN_MAX];

	for (size_t i = 0; i < sizeof(positions) / sizeof(*positions); i++) {
		fill_batch(positions[i]);
		for (size_t len = 1; len <= sizeof(out); len++)
			cr_assert_not(claim_small(&state, out, len), "%zu bytes at %lx", len,
				      (unsigned long)positions[i]);
		cr_assert_eq(memcmp(&state, &before, sizeof(state)), 0, "something was written");
	}
	/* Enough for a read of 32 bytes, not for one of 64. */
	fill_batch(VGR_POSITION_MAX);
	cr_assert_not(claim_small(&state, out, 64));
	cr_assert(claim_small(&state, out, 32));
}

Test(claim, counts_only_while_state_and_data_page_are_of_one_generation)
{
	struct vgetrandom_rng_data data = { .generation = 7 };

	fill_batch(VGR_BATCH_OFFSET);
	state.generation = 7;
	cr_assert(is_current(&state, &data));
	data.generation = 8;
	cr_assert_not(is_current(&state, &data));
	state.generation = 0;
	cr_assert_not(is_current(&state, &data), "a wiped state is current");
}
