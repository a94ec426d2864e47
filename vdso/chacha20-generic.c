// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * ChaCha20 in portable C, for machines without an assembly version.
 *
 * A compiler decides where values live, so unlike the assembly this version
 * cannot promise that nothing secret reaches the stack. It does the next best:
 * key and state live in one local structure, which is wiped before the return, and the
 * rounds go through it a quarter round at a time, with a barrier after each, so that nothing
 * else is held in registers that it would have to spill.
 */
#include "access.h"
#include "arch.h"
#include "chacha20.h"

#define WORDS  16
#define ROUNDS 20

struct workspace {
	uint32_t input[WORDS];
	uint32_t x[WORDS];
};

static uint32_t load_le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static uint32_t rotate_left(uint32_t v, unsigned int bits)
{
	return v << bits | v >> (32 - bits);
}

/* RFC 8439 section 2.1. */
static void quarter_round(uint32_t *x, unsigned int a, unsigned int b, unsigned int c,
			  unsigned int d)
{
	x[a] += x[b], x[d] = rotate_left(x[d] ^ x[a], 16);
	x[c] += x[d], x[b] = rotate_left(x[b] ^ x[c], 12);
	x[a] += x[b], x[d] = rotate_left(x[d] ^ x[a], 8);
	x[c] += x[d], x[b] = rotate_left(x[b] ^ x[c], 7);
	barrier();
}

static void permute(uint32_t *x)
{
	for (unsigned int round = 0; round < ROUNDS; round += 2) {
		quarter_round(x, 0, 4, 8, 12);
		quarter_round(x, 1, 5, 9, 13);
		quarter_round(x, 2, 6, 10, 14);
		quarter_round(x, 3, 7, 11, 15);
		quarter_round(x, 0, 5, 10, 15);
		quarter_round(x, 1, 6, 11, 12);
		quarter_round(x, 2, 7, 8, 13);
		quarter_round(x, 3, 4, 9, 14);
	}
}

static void init(uint32_t *input, const uint8_t *key)
{
	/* "expand 32-byte k" */
	input[0] = 0x61707865;
	input[1] = 0x3320646e;
	input[2] = 0x79622d32;
	input[3] = 0x6b206574;
	for (unsigned int i = 0; i < 8; i++)
		input[4 + i] = load_le32(key + 4 * i);
	input[14] = 0;
	input[15] = 0;
}

static void wipe(struct workspace *w)
{
	volatile uint32_t *p = w->input;
	volatile uint32_t *q = w->x;

	for (unsigned int i = 0; i < WORDS; i++) {
		p[i] = 0;
		q[i] = 0;
	}
}

void vgr_chacha20_generic(void *dst, void *last, size_t nblocks, const void *key, uint64_t counter,
			  void *scratch)
{
	struct workspace w;
	uint8_t *out = dst;

	(void)scratch;
	if (nblocks == 0)
		return;
	init(w.input, key);
	for (; nblocks; nblocks--, counter++, out += VGR_CHACHA20_BLOCK_LEN) {
		w.input[12] = (uint32_t)counter;
		w.input[13] = (uint32_t)(counter >> 32);
		for (unsigned int i = 0; i < WORDS; i++)
			w.x[i] = w.input[i];
		permute(w.x);
		if (nblocks == 1)
			out = last;
		for (unsigned int i = 0; i < WORDS; i++) {
			store_le32(out + 4 * i, w.x[i] + w.input[i]);
			barrier();
		}
	}
	wipe(&w);
	vgr_forget_scratch();
}
