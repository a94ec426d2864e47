/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The byte order of the emulated process. Words are numbers as its CPU loads them; everything that
 * reads its memory as words goes through here.
 */
#ifndef EXPLORE_ORDER_H
#define EXPLORE_ORDER_H

#include <string.h>

#include "../../vdso/state.h"
#include "machine.h"

static inline bool explore_is_swapped(void)
{
	return explore_machine.arch->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static inline uint32_t explore_load_word(const void *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return explore_is_swapped() ? __builtin_bswap32(word) : word;
}

static inline void explore_store_word(void *p, uint32_t word)
{
	if (explore_is_swapped())
		word = __builtin_bswap32(word);
	memcpy(p, &word, sizeof(word));
}

static inline void explore_store_long(void *p, uint64_t value)
{
	if (explore_is_swapped())
		value = __builtin_bswap64(value);
	memcpy(p, &value, sizeof(value));
}

static inline void explore_load_words(uint32_t *words, const void *p, size_t num)
{
	for (size_t i = 0; i < num; i++)
		words[i] = explore_load_word((const uint8_t *)p + 4 * i);
}

/* Byte @n, counted on from the word's first, of a word in memory. */
static inline uint8_t explore_byte_of(uint32_t word, size_t n)
{
	unsigned int place = explore_machine.arch->big_endian ? 3 - n % 4 : n % 4;

	return (uint8_t)(word >> 8 * place);
}

/* Either way: the numbers at its beginning; what follows are bytes, and as such the same. */
static inline void explore_swap_state(struct vgr_state *st)
{
	if (!explore_is_swapped())
		return;
	st->generation = __builtin_bswap64(st->generation);
	st->token = __builtin_bswap64(st->token);
	st->position = __builtin_bswap64(st->position);
}

#endif
