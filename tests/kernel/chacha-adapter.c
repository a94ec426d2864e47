// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the kernel's selftest of ChaCha20 calls, made of one version of ours (LEVEL): the counter
 * goes up in memory, and the blocks are in one piece. Linked with that test by
 * harness/selftests.py, in the place of the kernel's own assembly.
 */
#include <stddef.h>
#include <stdint.h>

#include "chacha20.h"

void __arch_chacha20_blocks_nostack(uint8_t *dst, const uint32_t *key, uint32_t *counter,
				    size_t nblocks);

void __arch_chacha20_blocks_nostack(uint8_t *dst, const uint32_t *key, uint32_t *counter,
				    size_t nblocks)
{
	uint64_t first = counter[0] | (uint64_t)counter[1] << 32, next = first + nblocks;
	uint8_t scratch[VGR_CHACHA20_SCRATCH_LEN];

	LEVEL(dst, dst + (nblocks - 1) * VGR_CHACHA20_BLOCK_LEN, nblocks, key, first, scratch);
	counter[0] = (uint32_t)next;
	counter[1] = (uint32_t)(next >> 32);
}
