/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Random words that know where they come from.
 *
 * A *source* is a run of EXPLORE_SOURCE_WORDS words of 32 bits: what one getrandom(2) gave, or the
 * keystream of one key. Every word that any source ever makes is different from all others, so a
 * repeated word is a repeat and no chance; none has a byte that is zero or EXPLORE_UNWRITTEN, and
 * none is below EXPLORE_PLAIN_END. From a word its source and place can be told again.
 */
#ifndef EXPLORE_WORDS_H
#define EXPLORE_WORDS_H

#include "explore.h"

#define EXPLORE_SOURCE_WORDS 256
#define EXPLORE_KEY_WORDS    8
#define EXPLORE_UNWRITTEN    0xa5

/* The keystream of a key of zeros. */
#define EXPLORE_SOURCE_ZERO 0u

/* No getrandom(2) in it: older than all, or newer than all. */
#define EXPLORE_OLDEST_NONE UINT32_MAX

struct explore_source {
	bool is_key;
	uint32_t key[EXPLORE_KEY_WORDS];

	/*
	 * What explore_word_known() says of the key's words, which every look at a configuration
	 * asks for. Mostly all are of one source: then is_of_one, and from[0] is that.
	 */
	bool is_of_one, is_known[EXPLORE_KEY_WORDS];
	uint8_t index[EXPLORE_KEY_WORDS];
	uint32_t from[EXPLORE_KEY_WORDS];

	/* Number of the first getrandom(2) that went into it. */
	uint32_t oldest;
};

/* Two seeds give other words: what is a repeat under both is no chance. Forgets all sources. */
void explore_words_init(uint32_t seed);

uint32_t explore_word(uint32_t source, uint32_t index);

/* Whether @word is one of a source's. Others may be what two of them were combined to. */
bool explore_word_known(uint32_t word, uint32_t *source, uint32_t *index);

/* Neither random nor made of what is: an address, a length, a generation, an error. */
bool explore_word_is_plain(uint32_t word);

/* What the @n-th getrandom(2) of a run gives. */
uint32_t explore_source_fresh(uint32_t n);

/* The keystream of @key. */
uint32_t explore_source_keystream(const uint32_t key[EXPLORE_KEY_WORDS]);

const struct explore_source *explore_source(uint32_t number);
uint32_t explore_num_sources(void);

#endif
