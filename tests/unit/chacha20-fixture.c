// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "chacha20-fixture.h"

#include <string.h>

uint32_t levels[NUM_LEVELS] = { VGETRANDOM_CHACHA_GENERIC, VGETRANDOM_CHACHA_SSE2,
				VGETRANDOM_CHACHA_AVX2, VGETRANDOM_CHACHA_AVX512 };
uint8_t expected[MAX_BLOCKS * BLOCK], actual[MAX_BLOCKS * BLOCK + 256];

vgr_chacha20_fn *version(uint32_t level)
{
	if (level > vgr_cpu_chacha_level())
		cr_skip_test("this CPU (or the system on it) has no %s", vgt_level_name(level));
	return vgt_chacha20_of_level(level);
}

void contiguous(vgr_chacha20_fn *fn, uint8_t *dst, size_t nblocks, const void *key,
		uint64_t counter)
{
	fn(dst, nblocks ? dst + (nblocks - 1) * BLOCK : dst, nblocks, key, counter);
}

void expect_equal(const char *what, uint32_t level, size_t nblocks, uint64_t counter,
		  const void *want, const void *got, size_t len, uint64_t seed)
{
	cr_assert(memcmp(want, got, len) == 0, "%s, %s, %zu blocks from %#lx: %s; seed %lu", what,
		  vgt_level_name(level), nblocks, (unsigned long)counter,
		  vgt_difference(want, got, len), (unsigned long)seed);
}
