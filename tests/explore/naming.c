// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Words that are neither plain nor of a source are what two words were combined to. A configuration
 * with such a one keeps the names of its sources: equal is then what is really equal.
 */
#include "naming.h"

#include <string.h>

#include "order.h"

#define GENERATIONS 32

struct explore_naming explore_naming;

uint32_t explore_name_find(uint32_t source)
{
	if (explore_naming.last < explore_naming.num &&
	    explore_naming.source[explore_naming.last] == source)
		return explore_naming.last;
	for (uint32_t i = 0; i < explore_naming.num; i++)
		if (explore_naming.source[i] == source)
			return i;
	return explore_naming.num;
}

uint32_t explore_name(uint32_t source)
{
	uint32_t i = explore_name_find(source);

	if (i == EXPLORE_NAMES_MAX)
		explore_die("more than %d sources in one configuration", EXPLORE_NAMES_MAX);
	if (i == explore_naming.num) {
		explore_naming.source[i] = source;
		memset(explore_naming.live[i], 0, sizeof(explore_naming.live[i]));
		explore_naming.makes_all[i] = false;
		explore_naming.num++;
	}
	explore_naming.last = i;
	return i;
}

void explore_emit_word(uint32_t word)
{
	uint32_t source, index, i;

	if (explore_word_is_plain(word)) {
		if (word - EXPLORE_FIRST_GENERATION < GENERATIONS)
			explore_naming.generations |= 1u << (word - EXPLORE_FIRST_GENERATION);
		explore_emit(word);
	} else if (explore_word_known(word, &source, &index)) {
		i = explore_name(source);
		explore_naming.live[i][index / 64] |= 1ull << index % 64;
		explore_emit((uint64_t)TAG_WORD << 32 | i << 8 | index);
	} else {
		explore_naming.keeps_names = true;
		explore_emit((uint64_t)TAG_OTHER << 32 | word);
	}
}

void explore_emit_memory(const uint8_t *memory, size_t len)
{
	size_t i;

	for (i = 0; i + 4 <= len; i += 4)
		explore_emit_word(explore_load_word(memory + i));
	/* Of a part of a word all that counts is whether it is zero or not written. */
	for (; i < len; i++)
		explore_emit((uint64_t)TAG_PART << 32 |
			     (memory[i] == 0 || memory[i] == EXPLORE_UNWRITTEN ? memory[i] : 1u));
}
