// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * oracle.h where there is no libsodium: the portable version, which has itself to be compared with
 * published vectors first.
 */
#include "oracle.h"

void vgt_oracle_chacha20(void *dst, size_t nblocks, const void *key, uint64_t counter)
{
	uint8_t *last = (uint8_t *)dst + (nblocks ? nblocks - 1 : 0) * VGR_CHACHA20_BLOCK_LEN;

	vgr_chacha20_generic(dst, last, nblocks, key, counter, NULL);
}
