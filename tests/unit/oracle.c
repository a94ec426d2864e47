// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "oracle.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <vgetrandom/abi.h>

void vgt_oracle_chacha20(void *dst, size_t nblocks, const void *key, uint64_t counter)
{
	static const unsigned char nonce[crypto_stream_chacha20_NONCEBYTES];
	size_t len = nblocks * VGR_CHACHA20_BLOCK_LEN;

	memset(dst, 0, len);
	crypto_stream_chacha20_xor_ic(dst, dst, len, nonce, counter, key);
}

vgr_chacha20_fn *vgt_chacha20_of_level(uint32_t level)
{
	switch (level) {
	case VGETRANDOM_CHACHA_GENERIC:
		return vgr_chacha20_generic;
	case VGETRANDOM_CHACHA_SSE2:
		return vgr_chacha20_sse2;
	case VGETRANDOM_CHACHA_AVX2:
		return vgr_chacha20_avx2;
	default:
		return vgr_chacha20_avx512;
	}
}

const char *vgt_level_name(uint32_t level)
{
	static const char *const names[] = { "generic", "sse2", "avx2", "avx512" };

	return level < sizeof(names) / sizeof(names[0]) ? names[level] : "unknown level";
}

static size_t hex(char *to, size_t size, const unsigned char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 3 < size; i++)
		n += (size_t)snprintf(to + n, size - n, "%02x", p[i]);
	return n;
}

const char *vgt_difference(const void *expected, const void *actual, size_t len)
{
	static char text[160];
	const unsigned char *e = expected, *a = actual;
	size_t i = 0, shown, n;

	while (i < len && e[i] == a[i])
		i++;
	if (i == len)
		return "equal";
	shown = len - i < 16 ? len - i : 16;
	n = (size_t)snprintf(text, sizeof(text), "at byte %zu of %zu: expected ", i, len);
	n += hex(text + n, sizeof(text) - n, e + i, shown);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ", actual ");
	hex(text + n, sizeof(text) - n, a + i, shown);
	return text;
}
