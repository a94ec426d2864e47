// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What every version of ChaCha20 that this CPU can run gives, against published vectors and
 * libsodium. What it reads and writes besides: test_chacha20_memory.c.
 */
#include <string.h>

#include "chacha20-fixture.h"
#include "guard.h"
#include "random.h"

TestEachVersion(chacha20, gives_the_published_vectors)
{
	vgr_chacha20_fn *fn = version(*level);
	uint8_t key[KEY], want[BLOCK], got[BLOCK];

	for (const struct vgt_vector *v = vgt_vectors; v->key; v++) {
		vgt_from_hex(key, v->key, KEY);
		vgt_from_hex(want, v->block, BLOCK);
		contiguous(fn, got, 1, key, v->counter);
		expect_equal("vector", *level, 1, v->counter, want, got, BLOCK, 0);
	}
}

TestEachVersion(chacha20, equals_libsodium_for_every_number_of_blocks)
{
	static const size_t large[] = { 127, 128, 129, 255, 256, 257, 1000, 1023 };
	vgr_chacha20_fn *fn = version(*level);
	struct vgt_random r;
	uint8_t key[KEY];

	vgt_random_init(&r);
	for (size_t i = 0; i <= 70 + sizeof(large) / sizeof(*large); i++) {
		size_t nblocks = i <= 70 ? i : large[i - 71];
		uint64_t counter = vgt_random_next(&r) >> 1;

		vgt_random_fill(&r, key, KEY);
		memset(actual, MARK, sizeof(actual));
		vgt_oracle_chacha20(expected, nblocks, key, counter);
		contiguous(fn, actual + 64, nblocks, key, counter);
		expect_equal("keystream", *level, nblocks, counter, expected, actual + 64,
			     nblocks * BLOCK, r.seed);
		cr_assert(vgt_all_are(actual, 64, MARK) &&
				  vgt_all_are(actual + 64 + nblocks * BLOCK, 128, MARK),
			  "%s wrote outside of %zu blocks; seed %lu", vgt_level_name(*level),
			  nblocks, (unsigned long)r.seed);
	}
}

TestEachVersion(chacha20, carries_into_the_upper_half_of_the_counter)
{
	static const uint64_t others[] = { ((uint64_t)1 << 33) + 5, ((uint64_t)3 << 32) - 1,
					   UINT64_MAX - 40, UINT64_MAX - 41, (uint64_t)1 << 63 };
	vgr_chacha20_fn *fn = version(*level);
	struct vgt_random r;
	uint8_t key[KEY];

	vgt_random_init(&r);
	vgt_random_fill(&r, key, KEY);
	for (size_t i = 0; i < 41 + sizeof(others) / sizeof(*others); i++) {
		uint64_t counter = i < 41 ? ((uint64_t)1 << 32) - i : others[i - 41];

		for (size_t nblocks = 1; nblocks <= 40; nblocks++) {
			vgt_oracle_chacha20(expected, nblocks, key, counter);
			contiguous(fn, actual, nblocks, key, counter);
			expect_equal("carry", *level, nblocks, counter, expected, actual,
				     nblocks * BLOCK, r.seed);
		}
	}
}

TestEachVersion(chacha20, gives_the_same_in_two_parts)
{
	const uint64_t counter = ((uint64_t)1 << 32) - 30;
	vgr_chacha20_fn *fn = version(*level);
	struct vgt_random r;
	uint8_t key[KEY];

	vgt_random_init(&r);
	vgt_random_fill(&r, key, KEY);
	vgt_oracle_chacha20(expected, 64, key, counter);
	for (size_t first = 0; first <= 64; first++) {
		memset(actual, MARK, 64 * BLOCK);
		contiguous(fn, actual, first, key, counter);
		contiguous(fn, actual + first * BLOCK, 64 - first, key, counter + first);
		expect_equal("two parts", *level, first, counter, expected, actual, 64 * BLOCK,
			     r.seed);
	}
}
