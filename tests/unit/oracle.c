// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "oracle.h"

#include <sodium.h>
#include <string.h>

void vgt_oracle_chacha20(void *dst, size_t nblocks, const void *key, uint64_t counter)
{
	static const unsigned char nonce[crypto_stream_chacha20_NONCEBYTES];
	size_t len = nblocks * VGR_CHACHA20_BLOCK_LEN;

	memset(dst, 0, len);
	crypto_stream_chacha20_xor_ic(dst, dst, len, nonce, counter, key);
}
