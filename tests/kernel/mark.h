/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A mark that lies nowhere in memory but where it was put: numbers made from a seed, one at a time.
 * harness/marks.py makes the same ones and looks for them.
 */
#ifndef VGK_MARK_H
#define VGK_MARK_H

#include <stddef.h>
#include <stdint.h>

#define MARK_WORDS 8

/* SplitMix64 by Sebastiano Vigna, with the seed and the index for a counter. */
static inline uint64_t mark_word(uint64_t seed, uint64_t i)
{
	uint64_t z = seed * 0x9e3779b97f4a7c15 + (i + 1) * 0xbf58476d1ce4e5b9;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Fills @len bytes, a multiple of 8 of them, with the mark, again and again. */
static inline void mark_fill(void *p, size_t len, uint64_t seed)
{
	volatile uint64_t *words = p;

	for (size_t i = 0; i < len / sizeof(*words); i++)
		words[i] = mark_word(seed, i % MARK_WORDS);
}

/* In how many pages of @len bytes at @p two neighbouring words of the mark lie. */
size_t mark_count_pages(const void *p, size_t len, uint64_t seed);

#endif
