// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "chacha20-fixture.h"

#include <string.h>

#include "guard.h"

uint32_t levels[NUM_LEVELS] = { VGETRANDOM_CHACHA_GENERIC, VGETRANDOM_CHACHA_SSE2,
				VGETRANDOM_CHACHA_AVX2, VGETRANDOM_CHACHA_AVX512,
				VGETRANDOM_CHACHA_AVX512VL };
uint8_t expected[MAX_BLOCKS * BLOCK], actual[MAX_BLOCKS * BLOCK + 256];

vgr_chacha20_fn *version(uint32_t level)
{
	if (level > vgr_cpu_chacha_max())
		cr_skip_test("this CPU (or the system on it) has no %s", vgt_level_name(level));
	return vgt_chacha20_of_level(level);
}

void call(vgr_chacha20_fn *fn, uint8_t *dst, uint8_t *last, size_t nblocks, const void *key,
	  uint64_t counter)
{
	static uint8_t places[SCRATCH + 2 * BLOCK];
	static unsigned int calls;
	size_t at = BLOCK / 2 + calls++ % BLOCK;

	memset(places, MARK, sizeof(places));
	fn(dst, last, nblocks, key, counter, places + at);
	cr_assert(vgt_all_are(places, at, MARK) &&
			  vgt_all_are(places + at + SCRATCH, sizeof(places) - at - SCRATCH, MARK),
		  "%zu blocks: wrote beside the scratch place", nblocks);
	cr_assert(vgt_all_are(places + at, SCRATCH, MARK) || vgt_all_are(places + at, SCRATCH, 0),
		  "%zu blocks: something is left in the scratch place", nblocks);
}

void contiguous(vgr_chacha20_fn *fn, uint8_t *dst, size_t nblocks, const void *key,
		uint64_t counter)
{
	call(fn, dst, nblocks ? dst + (nblocks - 1) * BLOCK : dst, nblocks, key, counter);
}

void expect_equal(const char *what, uint32_t level, size_t nblocks, uint64_t counter,
		  const void *want, const void *got, size_t len, uint64_t seed)
{
	cr_assert(memcmp(want, got, len) == 0, "%s, %s, %zu blocks from %#lx: %s; seed %lu", what,
		  vgt_level_name(level), nblocks, (unsigned long)counter,
		  vgt_difference(want, got, len), (unsigned long)seed);
}
