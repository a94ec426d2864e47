// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Linux's test of ChaCha20 calls the function of Linux's vDSO by this name. Here it gets ours, at
 * the level that is the number in the environment variable FOREIGN_CHACHA. Without that nothing is
 * written, which the test must notice.
 */
#include <stdint.h>
#include <stdlib.h>

#include "chacha20.h"
#include "oracle.h"

void __arch_chacha20_blocks_nostack(uint8_t *dst, const uint32_t *key, uint32_t *counter,
				    size_t nblocks);

void __arch_chacha20_blocks_nostack(uint8_t *dst, const uint32_t *key, uint32_t *counter,
				    size_t nblocks)
{
	const char *level = getenv("FOREIGN_CHACHA");
	uint64_t block = counter[0] | (uint64_t)counter[1] << 32;
	unsigned char scratch[VGR_CHACHA20_SCRATCH_LEN];

	if (level && nblocks)
		vgt_chacha20_of_level((uint32_t)atoi(level))(
			dst, dst + (nblocks - 1) * VGR_CHACHA20_BLOCK_LEN, nblocks, key, block,
			scratch);
	block += nblocks;
	counter[0] = (uint32_t)block;
	counter[1] = (uint32_t)(block >> 32);
}
