// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A word that was handed out can come again only if it is still there, or if the key of its
 * keystream is, or that of the keystream that the key came of. All else that is past is forgotten.
 */
#include <string.h>

#include "config.h"
#include "naming.h"

static bool is_live(uint32_t i, uint32_t index)
{
	return explore_naming.live[i][index / 64] >> index % 64 & 1;
}

/* Whether the keystream of @source can be made: its key is there, or can be made in its turn. */
static bool can_be_made(uint32_t source, int depth)
{
	const struct explore_source *s = explore_source(source);
	uint32_t i = explore_name_find(source);

	if (i < explore_naming.num && explore_naming.makes_all[i])
		return true;
	if (!s->is_key || source == EXPLORE_SOURCE_ZERO || depth == 8)
		return s->is_key;
	for (int word = 0; word < EXPLORE_KEY_WORDS; word++) {
		if (!s->is_known[word])
			continue;
		i = explore_name_find(s->from[word]);
		if (!(i < explore_naming.num && is_live(i, s->index[word])) &&
		    !can_be_made(s->from[word], depth + 1))
			return false;
	}
	return true;
}

static uint64_t key_hash(uint32_t source);

/* By its name, if it has one. */
static uint64_t from_hash(uint32_t source)
{
	uint32_t i = explore_name_find(source);

	return i < explore_naming.num ? (uint64_t)i << 8 : key_hash(source) << 16;
}

static uint64_t key_hash(uint32_t source)
{
	const struct explore_source *s = explore_source(source);
	uint64_t h = TAG_KEY, index;

	if (s->is_of_one) {
		memcpy(&index, s->index, sizeof(index));
		return explore_mix(explore_mix(TAG_KEY + index) + from_hash(s->from[0]));
	}

	for (int word = 0; word < EXPLORE_KEY_WORDS; word++) {
		uint64_t value = s->key[word];

		if (s->is_known[word])
			value = ((uint64_t)TAG_WORD << 32 | s->index[word]) ^
				from_hash(s->from[word]);
		h = explore_mix(h * 31 + value);
	}
	return h;
}

static uint64_t ages(uint32_t source)
{
	const struct explore_config *c = &explore_now;
	uint32_t oldest = explore_source(source)->oldest;
	uint64_t bits = oldest >= c->seed_needed;

	for (uint32_t i = 0; i < c->num_calls; i++)
		bits = bits << 2 | (oldest >= c->calls[i].seed_needed) << 1 |
		       (oldest >= c->calls[i].seed_needed_before);
	return bits;
}

void explore_emit_names(void)
{
	for (uint32_t i = 0; i < explore_naming.num; i++) {
		uint32_t source = explore_naming.source[i];

		explore_emit_unordered((uint64_t)TAG_AGE << 60 | (uint64_t)i << 32 | ages(source));
		if (explore_source(source)->is_key && can_be_made(source, 0))
			explore_emit_unordered(explore_mix(key_hash(source)) + i);
		if (explore_naming.keeps_names)
			explore_emit(source);
	}
}

/* False: it cannot come again. */
static bool add_past(struct explore_past *past)
{
	uint64_t h = (uint64_t)TAG_PAST << 32 | past->owner;
	bool all, any = false;
	uint32_t i;

	if (past->source == EXPLORE_NO_SOURCE) {
		explore_naming.keeps_names = true;
		explore_emit_unordered(explore_mix(h) + past->words[0]);
		return true;
	}
	i = explore_name_find(past->source);
	all = can_be_made(past->source, 0);
	if (i == explore_naming.num && !all)
		return false;
	h = explore_mix(h) + (i < explore_naming.num ? i : key_hash(past->source));
	for (int word = 0; word < EXPLORE_SOURCE_WORDS / 64; word++) {
		uint64_t live = all ? ~0ull : explore_naming.live[i][word];

		past->words[word] &= live;
		any |= past->words[word] != 0;
		h = explore_mix(h) + past->words[word];
	}
	if (any)
		explore_emit_unordered(h);
	return any;
}

void explore_emit_past(void)
{
	struct explore_config *c = &explore_now;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->num_past; i++)
		if (add_past(&c->past[i]))
			c->past[kept++] = c->past[i];
	c->num_past = kept;
}
