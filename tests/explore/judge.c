// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "judge.h"

#include <string.h>

#include "../../vdso/state.h"
#include "config.h"
#include "faults.h"
#include "machine.h"
#include "order.h"
#include "past.h"
#include "target.h"

const char *const explore_kind_names[] = {
	[EXPLORE_RIGHT] = "right",
	[EXPLORE_CRASH] = "crashes",
	[EXPLORE_HANG] = "hangs",
	[EXPLORE_BAD_RESULT] = "returns what it must not",
	[EXPLORE_UNTOUCHED] = "does not write all of the buffer",
	[EXPLORE_ZEROS] = "returns zeros",
	[EXPLORE_ZERO_KEY] = "returns keystream of the zero key",
	[EXPLORE_REPEATS_OWN] = "returns what was handed out before",
	[EXPLORE_REPEATS_OTHER] = "returns what the other process has",
	[EXPLORE_OLD_SEED] = "returns bytes of a seed from before the reseed",
	[EXPLORE_LEFT_BEHIND] = "fails and leaves random bytes in the buffer",
	[EXPLORE_KEPT] = "keeps what was handed out, or its key",
	[EXPLORE_ZEROS_AHEAD] = "leaves zeros for a later call",
	[EXPLORE_OTHER_AHEAD] = "leaves bytes of the other process for a later call",
	[EXPLORE_KEPT_INVALID] = "keeps what was handed out, or its key, in an invalid state",
};

bool explore_kind_is_known(enum explore_kind kind)
{
	return kind == EXPLORE_KEPT_INVALID;
}

/* Fewer bytes than a word may repeat by chance; no byte of one is zero or as before. */
static enum explore_kind judge_bytes(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] == EXPLORE_UNWRITTEN)
			return EXPLORE_UNTOUCHED;
		if (p[i] == 0)
			return EXPLORE_ZEROS;
	}
	return EXPLORE_RIGHT;
}

/* After a reseed the old seed counts only in the tail. */
static uint32_t seed_needed(const struct explore_call *call)
{
	return call->looked_since_reseed ? call->seed_needed : call->seed_needed_before;
}

static enum explore_kind judge_word(const struct explore_call *call, uint32_t word,
				    uint32_t excused)
{
	uint32_t source, index, owner;

	if (word == 0x01010101u * EXPLORE_UNWRITTEN)
		return EXPLORE_UNTOUCHED;
	if (word == 0)
		return EXPLORE_ZEROS;
	if (explore_past_has(word, excused, &owner))
		return owner == EXPLORE_OWN ? EXPLORE_REPEATS_OWN : EXPLORE_REPEATS_OTHER;
	if (!explore_word_known(word, &source, &index))
		return EXPLORE_RIGHT;
	if (source == EXPLORE_SOURCE_ZERO)
		return EXPLORE_ZERO_KEY;
	if (explore_source(source)->oldest < seed_needed(call))
		return EXPLORE_OLD_SEED;
	return EXPLORE_RIGHT;
}

static enum explore_kind judge_output(const struct explore_call *call, const uint8_t *buffer)
{
	uint32_t number = explore_now.num_calls - 1, excused = EXPLORE_SHARED + number;
	enum explore_kind kind = EXPLORE_RIGHT;
	size_t i;

	if (call->looked_since_fork)
		explore_past_give(excused, EXPLORE_OTHER);
	for (i = 0; !kind && i + 4 <= call->size; i += 4) {
		kind = judge_word(call, explore_load_word(buffer + i), excused);
		explore_past_add(explore_load_word(buffer + i), EXPLORE_OWN);
	}
	explore_past_give(excused, EXPLORE_OTHER);
	return kind ? kind : judge_bytes(buffer + i, call->size - i);
}

static enum explore_kind judge_error(const struct explore_call *call, const uint8_t *buffer,
				     int64_t result)
{
	uint32_t source, index;

	if (!explore_fault_may_return(explore_now.failed, (int)-result))
		return EXPLORE_BAD_RESULT;
	for (size_t i = 0; i + 4 <= call->size; i += 4)
		if (explore_word_known(explore_load_word(buffer + i), &source, &index))
			return EXPLORE_LEFT_BEHIND;
	return EXPLORE_RIGHT;
}

enum explore_kind explore_judge_call(int64_t result)
{
	const struct explore_call *call = explore_top();
	uint64_t address = explore_buffer_address(explore_now.num_calls - 1, call->size);
	const uint8_t *buffer = explore_machine_at(address, call->size);

	if (result == call->size)
		return judge_output(call, buffer);
	return judge_error(call, buffer, result);
}

bool explore_key_is_in(uint32_t source, const uint32_t *words, size_t num)
{
	const struct explore_source *s = explore_source(source);

	for (size_t i = 0; s->is_key && i + EXPLORE_KEY_WORDS <= num; i++)
		if (memcmp(&words[i], s->key, sizeof(s->key)) == 0)
			return true;
	return false;
}

static bool was_handed_out(uint32_t word)
{
	uint32_t source, index;
	const struct explore_config *c = &explore_now;

	if (!explore_word_known(word, &source, &index))
		return false;
	for (uint32_t j = 0; j < c->num_past; j++)
		if (c->past[j].owner == EXPLORE_OWN && c->past[j].source == source &&
		    c->past[j].words[index / 64] >> index % 64 & 1)
			return true;
	return false;
}

static bool key_is_kept(const uint32_t *words, size_t num)
{
	const struct explore_config *c = &explore_now;

	for (uint32_t j = 0; j < c->num_past; j++)
		if (c->past[j].owner == EXPLORE_OWN && c->past[j].source != EXPLORE_NO_SOURCE &&
		    c->past[j].source != EXPLORE_SOURCE_ZERO &&
		    explore_key_is_in(c->past[j].source, words, num))
			return true;
	return false;
}

/* What is unread of a batch that the next call will take for good. */
static enum explore_kind judge_unread(const struct vgr_state *st, const uint32_t *words,
				      uint64_t generation)
{
	uint32_t owner;

	if (st->token || st->generation != generation || !st->seed_id ||
	    st->position < VGR_BATCH_OFFSET || st->position > VGR_POSITION_MAX)
		return EXPLORE_RIGHT;
	for (size_t i = st->position / 4; i < sizeof(*st) / 4; i++) {
		if (words[i] == 0)
			return EXPLORE_ZEROS_AHEAD;
		if (explore_past_has(words[i], EXPLORE_OWN, &owner))
			return EXPLORE_OTHER_AHEAD;
	}
	return EXPLORE_RIGHT;
}

static enum explore_kind judge_state(const uint8_t *state, uint64_t generation)
{
	uint32_t words[sizeof(struct vgr_state) / 4];
	struct vgr_state st;
	enum explore_kind kept;

	memcpy(&st, state, sizeof(st));
	explore_swap_state(&st);
	explore_load_words(words, state, sizeof(words) / 4);
	kept = st.generation ? EXPLORE_KEPT : EXPLORE_KEPT_INVALID;
	for (size_t i = 0; i < sizeof(words) / 4; i++)
		if (was_handed_out(words[i]))
			return kept;
	if (key_is_kept(words, sizeof(words) / 4))
		return kept;
	return judge_unread(&st, words, generation);
}

enum explore_kind explore_judge_state(void)
{
	enum explore_kind kind = EXPLORE_RIGHT;
	const uint8_t *state;
	uint64_t generation;

	for (unsigned int n = 0; !kind && explore_target->state; n++) {
		state = explore_target->state(n, &generation);
		if (!state)
			break;
		kind = judge_state(state, generation);
	}
	return kind;
}
