// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "past.h"

#include <string.h>

static struct explore_past *entry(uint32_t source, uint32_t owner)
{
	struct explore_config *c = &explore_now;
	struct explore_past *past;

	for (uint32_t i = 0; i < c->num_past; i++)
		if (c->past[i].source == source && c->past[i].owner == owner &&
		    source != EXPLORE_NO_SOURCE)
			return &c->past[i];
	if (c->num_past == EXPLORE_PAST_MAX)
		explore_die("more than %d sources were handed out in one run", EXPLORE_PAST_MAX);
	past = &c->past[c->num_past++];
	memset(past, 0, sizeof(*past));
	past->source = source;
	past->owner = owner;
	return past;
}

void explore_past_add(uint32_t word, uint32_t owner)
{
	uint32_t source, index;

	if (explore_word_known(word, &source, &index))
		entry(source, owner)->words[index / 64] |= 1ull << index % 64;
	else if (!explore_word_is_plain(word))
		entry(EXPLORE_NO_SOURCE, owner)->words[0] = word;
}

void explore_past_add_source(uint32_t source, uint32_t owner)
{
	struct explore_past *past = entry(source, owner);

	memset(past->words, 0xff, sizeof(past->words));
}

bool explore_past_has(uint32_t word, uint32_t excused, uint32_t *owner)
{
	uint32_t source = EXPLORE_NO_SOURCE, index = 0;

	if (!explore_word_known(word, &source, &index))
		source = EXPLORE_NO_SOURCE;
	for (uint32_t i = 0; i < explore_now.num_past; i++) {
		const struct explore_past *past = &explore_now.past[i];

		if (past->source != source || past->owner == excused)
			continue;
		if (source == EXPLORE_NO_SOURCE ? past->words[0] == word
						: past->words[index / 64] >> index % 64 & 1) {
			*owner = past->owner;
			return true;
		}
	}
	return false;
}

/* There may be an entry of @to already; two that say the same do no harm. */
void explore_past_give(uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < explore_now.num_past; i++)
		if (explore_now.past[i].owner == from)
			explore_now.past[i].owner = to;
}
