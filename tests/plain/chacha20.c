// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every version of ChaCha20 that this CPU can run: published vectors, the portable version, and the
 * contract in chacha20.h. The same as tests/unit/test_chacha20.c, where there is no Criterion.
 */
#include <string.h>

#include "guard.h"
#include "inprocess.h"
#include "oracle.h"
#include "plain.h"
#include "probe.h"
#include "random.h"

#define BLOCK      VGR_CHACHA20_BLOCK_LEN
#define KEY        VGR_CHACHA20_KEY_LEN
#define SCRATCH    VGR_CHACHA20_SCRATCH_LEN
#define MAX_BLOCKS 80
#define MARK       0xee

static uint8_t want[(MAX_BLOCKS + 16) * BLOCK], got[MAX_BLOCKS * BLOCK + 256];
static struct vgt_random r;
static const char *name;
static vgr_chacha20_fn *fn;

/* With a scratch place that is no part of the output: nothing is left in it, nor beside it. */
static void call(uint8_t *dst, uint8_t *last, size_t nblocks, const void *key, uint64_t counter)
{
	uint8_t places[SCRATCH + 2 * BLOCK];
	const size_t at = BLOCK / 2 + nblocks % BLOCK;

	memset(places, MARK, sizeof(places));
	fn(dst, last, nblocks, key, counter, places + at);
	expect(vgt_all_are(places, at, MARK) &&
		       vgt_all_are(places + at + SCRATCH, sizeof(places) - at - SCRATCH, MARK),
	       "%s, %zu blocks: beside the scratch place", name, nblocks);
	expect(vgt_all_are(places + at, SCRATCH, MARK) || vgt_all_are(places + at, SCRATCH, 0),
	       "%s, %zu blocks: something is left in the scratch place", name, nblocks);
}

static void contiguous(uint8_t *dst, size_t nblocks, const void *key, uint64_t counter)
{
	call(dst, nblocks ? dst + (nblocks - 1) * BLOCK : dst, nblocks, key, counter);
}

static void expect_equal(const char *what, const void *actual, size_t len)
{
	expect(memcmp(want, actual, len) == 0, "%s, %s: %s; seed %lu", name, what,
	       vgt_difference(want, actual, len), (unsigned long)r.seed);
}

static void published_vectors(void)
{
	uint8_t key[KEY];

	for (const struct vgt_vector *v = vgt_vectors; v->key; v++) {
		vgt_from_hex(key, v->key, KEY);
		vgt_from_hex(want, v->block, BLOCK);
		contiguous(got, 1, key, v->counter);
		expect_equal("a published vector", got, BLOCK);
	}
}

static void every_number_of_blocks_at_any_alignment(void)
{
	uint8_t keys[KEY + 64];

	vgt_random_fill(&r, keys, sizeof(keys));
	for (size_t nblocks = 0; nblocks <= MAX_BLOCKS; nblocks++) {
		size_t len = nblocks * BLOCK, at = 64 + nblocks * 7 % 64;
		uint8_t *key = keys + nblocks * 5 % 64;
		uint64_t counter = vgt_random_next(&r) >> 1;

		memset(got, MARK, sizeof(got));
		vgt_oracle_chacha20(want, nblocks, key, counter);
		contiguous(got + at, nblocks, key, counter);
		expect_equal("so many blocks", got + at, len);
		expect(vgt_all_are(got, at, MARK) && vgt_all_are(got + at + len, 64, MARK),
		       "%s wrote outside of %zu blocks", name, nblocks);
	}
}

static void the_counter_carries(void)
{
	uint8_t key[KEY];

	vgt_random_fill(&r, key, KEY);
	for (size_t before = 0; before < 20; before++) {
		const uint64_t counters[] = { ((uint64_t)1 << 32) - before,
					      ((uint64_t)7 << 32) - before, UINT64_MAX - 20 };

		for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
			vgt_oracle_chacha20(want, 20, key, counters[i]);
			contiguous(got, 20, key, counters[i]);
			expect_equal("a carry", got, 20 * BLOCK);
		}
	}
}

static void last_goes_where_it_is_told(void)
{
	uint8_t key[KEY], last[3 * BLOCK];

	vgt_random_fill(&r, key, KEY);
	for (size_t nblocks = 1; nblocks <= 40; nblocks++) {
		size_t before = (nblocks - 1) * BLOCK;

		memset(got, MARK, nblocks * BLOCK);
		memset(last, MARK, sizeof(last));
		call(got, last + BLOCK, nblocks, key, 5);
		vgt_oracle_chacha20(want, nblocks, key, 5);
		expect_equal("all but the last", got, before);
		expect(memcmp(want + before, last + BLOCK, BLOCK) == 0, "%s: last of %zu", name,
		       nblocks);
		expect(vgt_all_are(got + before, BLOCK, MARK) && vgt_all_are(last, BLOCK, MARK) &&
			       vgt_all_are(last + 2 * BLOCK, BLOCK, MARK),
		       "%s wrote beside the last of %zu blocks", name, nblocks);
	}
}

/* As the library expands a read: the key in the head of the output, the last block at its end. */
static void last_overlaps_the_block_before(void)
{
	uint8_t key[KEY];

	vgt_random_fill(&r, key, KEY);
	for (size_t len = BLOCK; len <= 12 * BLOCK; len++) {
		size_t nblocks = (len + BLOCK - 1) / BLOCK;

		vgt_oracle_chacha20(want, nblocks, key, 0);
		memmove(want + len - BLOCK, want + (nblocks - 1) * BLOCK, BLOCK);
		memcpy(got, key, KEY);
		call(got, got + len - BLOCK, nblocks, got, 0);
		expect_equal("overlap", got, len);
	}
}

static void the_key_may_be_overwritten(void)
{
	uint8_t key[KEY], tail[BLOCK];

	vgt_random_fill(&r, key, KEY);
	for (size_t nblocks = 1; nblocks <= 20; nblocks++) {
		size_t len = nblocks * BLOCK;

		vgt_oracle_chacha20(want, nblocks, key, 0);
		for (size_t at = 0; at + KEY <= len; at += 16) {
			memcpy(got + at, key, KEY);
			contiguous(got, nblocks, got + at, 0);
			expect_equal("over the key", got, len);
		}
		/* As in a large read: the last block is the tail of the state and its key. */
		memcpy(tail + 32, key, KEY);
		fn(got, tail, nblocks, tail + 32, 0, tail);
		expect_equal("all but tail and key", got, len - BLOCK);
		expect(memcmp(want + len - BLOCK, tail, BLOCK) == 0, "%s: tail and key", name);
	}
}

static void nothing_beyond_is_touched(void)
{
	unsigned char *dst = vgt_guarded_alloc(2), *keys = vgt_guarded_alloc(1);
	unsigned char *end = dst + 2 * VGT_PAGE_LEN, *key = keys + VGT_PAGE_LEN - KEY;

	vgt_random_fill(&r, key, KEY);
	fn((void *)1, (void *)2, 0, (void *)3, 0, (void *)4);
	for (size_t nblocks = 1; nblocks <= 70; nblocks++) {
		size_t len = nblocks * BLOCK;

		vgt_oracle_chacha20(want, nblocks, key, 0);
		contiguous(dst, nblocks, key, 0);
		expect_equal("at the start of a page", dst, len);
		contiguous(end - len, nblocks, key, 0);
		expect_equal("at the end of a page", end - len, len);
	}
	vgt_guarded_free(dst, 2);
	vgt_guarded_free(keys, 1);
}

/* I9; a compiler clears no registers, so the portable version promises less. */
static void nothing_is_left_behind(uint32_t level)
{
	struct vgt_probe probe;
	uint8_t key[KEY], scratch[SCRATCH] = { 0 };
	size_t at = 0;

	vgt_probe_init(&probe);
	for (size_t nblocks = 1; nblocks <= 20; nblocks++) {
		const uint64_t args[6] = { (uint64_t)got,
					   (uint64_t)(got + (nblocks - 1) * BLOCK),
					   nblocks,
					   (uint64_t)key,
					   0,
					   (uint64_t)scratch };
		size_t made = (nblocks + 16) * BLOCK; /* blocks that nobody got, too */

		vgt_random_fill(&r, key, KEY);
		vgt_oracle_chacha20(want, nblocks + 16, key, 0);
		vgt_probe_call(&probe, (const void *)fn, args);
		expect(vgt_probe_kept_registers(&probe), "%s changed registers", name);
		expect(vgt_all_are(scratch, SCRATCH, 0), "%s left something in the scratch place",
		       name);
		expect(!vgt_probe_stack_has(&probe, key, KEY, &at) &&
			       !vgt_probe_stack_has(&probe, want, made, &at),
		       "%s, %zu blocks: byte %zu of the stack; seed %lu", name, nblocks, at,
		       (unsigned long)r.seed);
		if (level != VGETRANDOM_CHACHA_GENERIC)
			expect(!vgt_probe_registers_have(&probe, key, KEY, &at) &&
				       !vgt_probe_registers_have(&probe, want, made, &at),
			       "%s, %zu blocks: byte %zu of the registers; seed %lu", name, nblocks,
			       at, (unsigned long)r.seed);
	}
	vgt_probe_exit(&probe);
}

int main(void)
{
	uint32_t max = vgr_cpu_chacha_max();

	expect_pages_of(VGT_PAGE_LEN);
	vgt_random_init(&r);
	for (uint32_t level = 0; level <= max; level++) {
		name = vgt_level_name(level);
		fn = vgt_chacha20_of_level(level);
		published_vectors();
		every_number_of_blocks_at_any_alignment();
		the_counter_carries();
		last_goes_where_it_is_told();
		last_overlaps_the_block_before();
		the_key_may_be_overwritten();
		nothing_beyond_is_touched();
		nothing_is_left_behind(level);
		printf("%s: as it should be\n", name);
	}
	return 0;
}
