// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What every version of ChaCha20 that this CPU can run reads, writes and leaves behind: the
 * contract in chacha20.h. I1 to I9 are the invariants of vdso/README.md.
 */
#include <string.h>

#include "chacha20-fixture.h"
#include "guard.h"
#include "probe.h"
#include "random.h"

/* Numbers of blocks at which one of the versions changes how it goes on. */
static const size_t turning_points[] = { 1,  2,  3,  4,  5,  6,  7,  8,  9,  12, 13,
					 15, 16, 17, 18, 20, 21, 24, 25, 32, 33, 37 };

#define NUM_TURNING_POINTS (sizeof(turning_points) / sizeof(*turning_points))

TestEachVersion(chacha20_memory, needs_no_alignment)
{
	vgr_chacha20_fn *fn = version(*level);
	uint8_t keys[KEY + 64];
	struct vgt_random r;

	vgt_random_init(&r);
	vgt_random_fill(&r, keys, sizeof(keys));
	for (size_t offset = 0; offset < 64; offset++) {
		for (size_t i = 0; i < NUM_TURNING_POINTS; i++) {
			size_t nblocks = turning_points[i];
			uint8_t *key = keys + (offset * 7 + i) % 64;

			memset(actual, MARK, nblocks * BLOCK + 256);
			vgt_oracle_chacha20(expected, nblocks, key, 0);
			contiguous(fn, actual + 64 + offset, nblocks, key, 0);
			expect_equal("unaligned", *level, nblocks, 0, expected,
				     actual + 64 + offset, nblocks * BLOCK, r.seed);
			cr_assert(vgt_all_are(actual, 64 + offset, MARK) &&
					  vgt_all_are(actual + 64 + offset + nblocks * BLOCK, 64,
						      MARK),
				  "%s wrote outside of %zu blocks at offset %zu",
				  vgt_level_name(*level), nblocks, offset);
		}
	}
}

TestEachVersion(chacha20_memory, puts_the_last_block_where_it_is_told)
{
	vgr_chacha20_fn *fn = version(*level);
	uint8_t key[KEY], last[3 * BLOCK];
	struct vgt_random r;

	vgt_random_init(&r);
	vgt_random_fill(&r, key, KEY);
	for (size_t nblocks = 1; nblocks <= 70; nblocks++) {
		size_t before = (nblocks - 1) * BLOCK;

		memset(actual, MARK, nblocks * BLOCK);
		memset(last, MARK, sizeof(last));
		vgt_oracle_chacha20(expected, nblocks, key, 5);
		call(fn, actual, last + BLOCK, nblocks, key, 5);
		expect_equal("all but the last", *level, nblocks, 5, expected, actual, before,
			     r.seed);
		expect_equal("the last", *level, nblocks, 5, expected + before, last + BLOCK, BLOCK,
			     r.seed);
		cr_assert(vgt_all_are(actual + before, BLOCK, MARK),
			  "%s: %zu blocks: the last one went to dst, too", vgt_level_name(*level),
			  nblocks);
		cr_assert(vgt_all_are(last, BLOCK, MARK) &&
				  vgt_all_are(last + 2 * BLOCK, BLOCK, MARK),
			  "%s wrote beside the last of %zu blocks", vgt_level_name(*level),
			  nblocks);
	}
}

/* As the library does when a length is not one of whole blocks: what ends last stays. */
TestEachVersion(chacha20_memory, last_block_may_overlap_the_one_before)
{
	vgr_chacha20_fn *fn = version(*level);
	uint8_t key[KEY];
	struct vgt_random r;

	vgt_random_init(&r);
	vgt_random_fill(&r, key, KEY);
	for (size_t len = BLOCK; len <= 40 * BLOCK; len += len < 25 * BLOCK ? 1 : 13) {
		size_t nblocks = (len + BLOCK - 1) / BLOCK;

		memset(actual, MARK, len + BLOCK);
		vgt_oracle_chacha20(expected, nblocks, key, 0);
		memmove(expected + len - BLOCK, expected + (nblocks - 1) * BLOCK, BLOCK);
		/* The key lies in the head of the output. */
		memcpy(actual, key, KEY);
		call(fn, actual, actual + len - BLOCK, nblocks, actual, 0);
		expect_equal("overlap", *level, nblocks, 0, expected, actual, len, r.seed);
		cr_assert(vgt_all_are(actual + len, BLOCK, MARK), "%s, %zu bytes: wrote beyond",
			  vgt_level_name(*level), len);
	}
}

/* Fast key erasure replaces the key by its own output. */
TestEachVersion(chacha20_memory, may_overwrite_its_own_key)
{
	vgr_chacha20_fn *fn = version(*level);
	uint8_t key[KEY];
	struct vgt_random r;

	vgt_random_init(&r);
	vgt_random_fill(&r, key, KEY);
	for (size_t nblocks = 1; nblocks <= 40; nblocks++) {
		size_t len = nblocks * BLOCK;

		vgt_oracle_chacha20(expected, nblocks, key, 0);
		/* The key anywhere in the output, with a last block that is part of it. */
		for (size_t at = 0; at + KEY <= len; at += 16) {
			memcpy(actual + at, key, KEY);
			contiguous(fn, actual, nblocks, actual + at, 0);
			expect_equal("over the key", *level, nblocks, 0, expected, actual, len,
				     r.seed);
		}
		/*
		 * As in a large read: the last block is the tail of the state and its key, and the
		 * tail is the scratch place before.
		 */
		for (size_t at = 0; at <= 32; at += 8) {
			uint8_t tail[BLOCK] = { 0 };

			memcpy(tail + at, key, KEY);
			if (at == SCRATCH)
				fn(actual, tail, nblocks, tail + at, 0, tail);
			else
				call(fn, actual, tail, nblocks, tail + at, 0);
			expect_equal("all but tail", *level, nblocks, 0, expected, actual,
				     len - BLOCK, r.seed);
			expect_equal("tail and key", *level, nblocks, 0, expected + len - BLOCK,
				     tail, BLOCK, r.seed);
		}
	}
}

TestEachVersion(chacha20_memory, touches_nothing_beyond_its_arguments)
{
	vgr_chacha20_fn *fn = version(*level);
	unsigned char *dst = vgt_guarded_alloc(2), *keys = vgt_guarded_alloc(1);
	unsigned char *scratch = vgt_guarded_alloc(1);
	unsigned char *end = dst + 2 * VGT_PAGE_LEN, *key_at_end = keys + VGT_PAGE_LEN - KEY;
	struct vgt_random r;

	vgt_random_init(&r);
	vgt_random_fill(&r, keys, KEY);
	memcpy(key_at_end, keys, KEY);
	for (size_t nblocks = 1; nblocks <= 70; nblocks++) {
		size_t len = nblocks * BLOCK;

		vgt_oracle_chacha20(expected, nblocks, keys, 0);
		fn(dst, dst + len - BLOCK, nblocks, keys, 0, scratch);
		expect_equal("at the start of a page", *level, nblocks, 0, expected, dst, len,
			     r.seed);
		fn(end - len, end - BLOCK, nblocks, key_at_end, 0,
		   scratch + VGT_PAGE_LEN - SCRATCH);
		expect_equal("at the end of a page", *level, nblocks, 0, expected, end - len, len,
			     r.seed);
	}
	vgt_guarded_free(dst, 2);
	vgt_guarded_free(keys, 1);
	vgt_guarded_free(scratch, 1);
}

TestEachVersion(chacha20_memory, writes_nothing_for_no_blocks)
{
	vgr_chacha20_fn *fn = version(*level);
	uint8_t key[KEY] = { 0 };

	/* Any access to these would be a crash. */
	fn((void *)1, (void *)2, 0, key, 0, (void *)3);
	memset(actual, MARK, 256);
	call(fn, actual + 64, actual + 128, 0, key, 7);
	cr_assert(vgt_all_are(actual, 256, MARK), "%s wrote for 0 blocks", vgt_level_name(*level));
}

/* I9. */
TestEachVersion(chacha20_memory, leaves_neither_key_nor_keystream_behind)
{
	vgr_chacha20_fn *fn = version(*level);
	struct vgt_probe probe;
	struct vgt_random r;
	uint8_t key[KEY], scratch[SCRATCH];
	size_t at = 0;

	vgt_random_init(&r);
	vgt_probe_init(&probe);
	for (size_t nblocks = 1; nblocks <= 40; nblocks++) {
		const uint64_t args[6] = { (uint64_t)actual,
					   (uint64_t)(actual + (nblocks - 1) * BLOCK),
					   nblocks,
					   (uint64_t)key,
					   0,
					   (uint64_t)scratch };

		memset(scratch, 0, SCRATCH);
		vgt_random_fill(&r, key, KEY);
		/* More than was asked for: a pass may have made blocks that nobody got. */
		vgt_oracle_chacha20(expected, nblocks + 16, key, 0);
		vgt_probe_call(&probe, (const void *)fn, args);
		cr_assert(vgt_probe_kept_registers(&probe), "%s changed r12 to r15",
			  vgt_level_name(*level));
		cr_assert(!vgt_probe_stack_has(&probe, key, KEY, &at),
			  "%s, %zu blocks: key at byte %zu of the stack; seed %lu",
			  vgt_level_name(*level), nblocks, at, (unsigned long)r.seed);
		cr_assert(!vgt_probe_stack_has(&probe, expected, (nblocks + 16) * BLOCK, &at),
			  "%s, %zu blocks: keystream at byte %zu of the stack; seed %lu",
			  vgt_level_name(*level), nblocks, at, (unsigned long)r.seed);
		cr_assert(vgt_all_are(scratch, SCRATCH, 0),
			  "%s, %zu blocks: something is left in the scratch place; seed %lu",
			  vgt_level_name(*level), nblocks, (unsigned long)r.seed);
		/* A compiler clears no registers, so the portable version promises less. */
		if (*level == VGETRANDOM_CHACHA_GENERIC)
			continue;
		cr_assert(!vgt_probe_registers_have(&probe, key, KEY, &at),
			  "%s, %zu blocks: key in a register (byte %zu); seed %lu",
			  vgt_level_name(*level), nblocks, at, (unsigned long)r.seed);
		cr_assert(!vgt_probe_registers_have(&probe, expected, (nblocks + 16) * BLOCK, &at),
			  "%s, %zu blocks: keystream in a register (byte %zu); seed %lu",
			  vgt_level_name(*level), nblocks, at, (unsigned long)r.seed);
	}
	vgt_probe_exit(&probe);
}
