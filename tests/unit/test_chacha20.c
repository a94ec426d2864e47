// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What every version of ChaCha20 that this CPU can run gives, against published vectors and
 * libsodium. What it reads and writes besides: test_chacha20_memory.c.
 */
#include <string.h>

#include "chacha20-fixture.h"
#include "guard.h"
#include "random.h"

static uint8_t nibble(char c)
{
	return (uint8_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

static void from_hex(uint8_t *to, const char *hex, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

#define ZERO_KEY "0000000000000000000000000000000000000000000000000000000000000000"

/*
 * Those with a nonce of 0 of RFC 8439 appendix A.1 (numbers 1 to 4), and of
 * draft-strombergson-chacha-test-vectors (TC2: 256-bit key, 20 rounds, both blocks).
 */
static const struct {
	const char *key;
	uint64_t counter;
	const char *block;
} vectors[] = {
	{ ZERO_KEY, 0,
	  "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
	  "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" },
	{ ZERO_KEY, 1,
	  "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
	  "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f" },
	{ "0000000000000000000000000000000000000000000000000000000000000001", 1,
	  "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
	  "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0" },
	{ "00ff000000000000000000000000000000000000000000000000000000000000", 2,
	  "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
	  "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096" },
	{ "0100000000000000000000000000000000000000000000000000000000000000", 0,
	  "c5d30a7ce1ec119378c84f487d775a8542f13ece238a9455e8229e888de85bbd"
	  "29eb63d0a17a5b999b52da22be4023eb07620a54f6fa6ad8737b71eb0464dac0" },
	{ "0100000000000000000000000000000000000000000000000000000000000000", 1,
	  "10f656e6d1fd55053e50c4875c9930a33f6d0263bd14dfd6ab8c70521c19338b"
	  "2308b95cf8d0bb7d202d2102780ea3528f1cb48560f76b20f382b942500fceac" },
};

TestEachVersion(chacha20, gives_the_published_vectors)
{
	vgr_chacha20_fn *fn = version(*level);
	uint8_t key[KEY], want[BLOCK], got[BLOCK];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		from_hex(key, vectors[i].key, KEY);
		from_hex(want, vectors[i].block, BLOCK);
		contiguous(fn, got, 1, key, vectors[i].counter);
		expect_equal("vector", *level, 1, vectors[i].counter, want, got, BLOCK, i);
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
