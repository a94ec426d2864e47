// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A word is its number (source and place in it) times a factor modulo the number of words there
 * can be, written in the digits that a byte may be.
 */
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define SOURCES_MAX (1u << 22)
#define TABLE_LEN   (1u << 23)
#define FRESH_MAX   (1u << 20)

/* 254 values of each byte, one fewer of the topmost: it would look like an error number. */
#define DIGITS    254u
#define NUM_WORDS (DIGITS * DIGITS * DIGITS * (DIGITS - 1))

/* Without a common divisor with NUM_WORDS, and its inverse. */
#define FACTOR       2560963511ull
#define UNFACTOR     511817303ull

#define SYSTEM_ERROR 0xfffff000u

static struct {
	uint32_t seed;
	struct explore_source *all;
	uint32_t num;
	uint32_t *table; /* keys by their hash: number + 1 */
	uint32_t fresh[FRESH_MAX];
} sources;

static uint32_t byte_of(uint32_t digit)
{
	return digit + 1 < EXPLORE_UNWRITTEN ? digit + 1 : digit + 2;
}

/* Of a byte that is one of a word. */
static uint32_t digit_of(uint32_t byte)
{
	return byte < EXPLORE_UNWRITTEN ? byte - 1 : byte - 2;
}

uint32_t explore_word(uint32_t source, uint32_t index)
{
	uint64_t number = (uint64_t)source * EXPLORE_SOURCE_WORDS + index;
	uint32_t rest = (uint32_t)((number * FACTOR + sources.seed) % NUM_WORDS), word = 0;

	for (unsigned int i = 0; i < 32; i += 8, rest /= DIGITS)
		word |= byte_of(rest % DIGITS) << i;
	return word;
}

static bool has_byte(uint32_t x, uint8_t byte)
{
	x ^= 0x01010101u * byte;
	return ((x - 0x01010101u) & ~x & 0x80808080u) != 0;
}

bool explore_word_known(uint32_t word, uint32_t *source, uint32_t *index)
{
	uint64_t number;

	if (has_byte(word, 0) || has_byte(word, EXPLORE_UNWRITTEN) || word >> 24 == 0xff)
		return false;
	number = digit_of(word >> 24);
	number = number * DIGITS + digit_of(word >> 16 & 0xff);
	number = number * DIGITS + digit_of(word >> 8 & 0xff);
	number = number * DIGITS + digit_of(word & 0xff);
	number = (number + NUM_WORDS - sources.seed) * UNFACTOR % NUM_WORDS;
	*source = (uint32_t)(number / EXPLORE_SOURCE_WORDS);
	*index = number % EXPLORE_SOURCE_WORDS;
	return *source < sources.num;
}

bool explore_word_is_plain(uint32_t word)
{
	return word < EXPLORE_PLAIN_END || word >= SYSTEM_ERROR;
}

static uint32_t add(const struct explore_source *source)
{
	if (sources.num == SOURCES_MAX)
		explore_die("more than %u keys; choose fewer faults", SOURCES_MAX);
	sources.all[sources.num] = *source;
	return sources.num++;
}

void explore_words_init(uint32_t seed)
{
	struct explore_source zero = { .is_key = true, .oldest = EXPLORE_OLDEST_NONE };

	free(sources.all);
	free(sources.table);
	memset(&sources, 0, sizeof(sources));
	sources.seed = seed;
	sources.all = malloc(SOURCES_MAX * sizeof(*sources.all));
	sources.table = calloc(TABLE_LEN, sizeof(*sources.table));
	if (!sources.all || !sources.table)
		explore_die("out of memory");
	add(&zero);
}

uint32_t explore_source_fresh(uint32_t n)
{
	if (n >= FRESH_MAX)
		explore_die("more than %u system calls in one run", FRESH_MAX);
	if (!sources.fresh[n]) {
		struct explore_source source = { .oldest = n };

		sources.fresh[n] = add(&source);
	}
	return sources.fresh[n];
}

static uint32_t hash(const uint32_t key[EXPLORE_KEY_WORDS])
{
	uint64_t h = 0;

	for (int i = 0; i < EXPLORE_KEY_WORDS; i++) {
		h = (h ^ key[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return (uint32_t)h % TABLE_LEN;
}

static void look_at_key(struct explore_source *source)
{
	source->oldest = EXPLORE_OLDEST_NONE;
	source->is_of_one = true;
	for (int i = 0; i < EXPLORE_KEY_WORDS; i++) {
		uint32_t from = 0, index = 0;

		source->is_known[i] = explore_word_known(source->key[i], &from, &index);
		source->from[i] = from;
		source->index[i] = (uint8_t)index;
		source->is_of_one &= source->is_known[i] && from == source->from[0];
		if (source->is_known[i] && sources.all[from].oldest < source->oldest)
			source->oldest = sources.all[from].oldest;
	}
}

uint32_t explore_source_keystream(const uint32_t key[EXPLORE_KEY_WORDS])
{
	struct explore_source source = { .is_key = true };
	uint32_t place = hash(key);

	if (memcmp(key, sources.all[EXPLORE_SOURCE_ZERO].key, sizeof(source.key)) == 0)
		return EXPLORE_SOURCE_ZERO;
	for (; sources.table[place]; place = (place + 1) % TABLE_LEN)
		if (memcmp(sources.all[sources.table[place] - 1].key, key, sizeof(source.key)) == 0)
			return sources.table[place] - 1;
	memcpy(source.key, key, sizeof(source.key));
	look_at_key(&source);
	sources.table[place] = add(&source) + 1;
	return sources.table[place] - 1;
}

const struct explore_source *explore_source(uint32_t number)
{
	return &sources.all[number];
}

uint32_t explore_num_sources(void)
{
	return sources.num;
}
