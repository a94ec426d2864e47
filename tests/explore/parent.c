// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "parent.h"

#include <string.h>

#include "../../vdso/state.h"
#include "config.h"
#include "machine.h"
#include "order.h"
#include "past.h"
#include "schedule.h"
#include "target.h"

/* Refills of the parent that are looked ahead. */
#define REFILLS    2

#define STATES_MAX 8

static struct {
	uint32_t words[EXPLORE_DEPTH_MAX][EXPLORE_LEN_MAX / 4];
	uint32_t num[EXPLORE_DEPTH_MAX];
	uint32_t states[STATES_MAX][sizeof(struct vgr_state) / 4];
	unsigned int num_states;
} parent;

/* A call of the parent has returned. */
static void note_call(int64_t result)
{
	const struct explore_call *call = explore_top();
	uint32_t n = explore_now.num_calls - 1;
	uint64_t address = explore_buffer_address(n, call->size);

	if (result != call->size)
		return;
	parent.num[n] = call->size / 4;
	explore_load_words(parent.words[n], explore_machine_at(address, call->size), parent.num[n]);
}

/* What its state holds will be handed out, and what its key makes. */
static void remember_state(const uint32_t *state)
{
	size_t key_at = offsetof(struct vgr_state, key) / 4;
	uint32_t key[EXPLORE_KEY_WORDS];
	uint32_t source, index;

	for (size_t i = 0; i < sizeof(parent.states[0]) / 4; i++)
		explore_past_add(state[i], EXPLORE_OTHER);
	memcpy(key, &state[key_at], sizeof(key));
	if (!explore_word_known(key[0], &source, &index))
		return;
	for (int refill = 0; refill < REFILLS; refill++) {
		source = explore_source_keystream(key);
		explore_past_add_source(source, EXPLORE_OTHER);
		for (uint32_t i = 0; i < EXPLORE_KEY_WORDS; i++)
			key[i] = explore_word(source, i);
	}
}

static void copy_states(void)
{
	const uint8_t *state;
	uint64_t generation;

	parent.num_states = 0;
	while (explore_target->state && parent.num_states < STATES_MAX) {
		state = explore_target->state(parent.num_states, &generation);
		if (!state)
			break;
		explore_load_words(parent.states[parent.num_states++], state,
				   sizeof(parent.states[0]) / 4);
	}
}

void explore_parent_goes_on(void)
{
	struct explore_snapshot *child = explore_snapshot_take();
	struct explore_config *c = &explore_now;
	uint32_t num_seeds;

	memset(parent.num, 0, sizeof(parent.num));
	explore_run_undisturbed(note_call);
	copy_states();
	num_seeds = c->num_seeds;
	explore_snapshot_put_back(child);
	explore_snapshot_free(child);
	/* What the kernel gives the child is not what it gave the parent. */
	c->num_seeds = num_seeds;
	for (uint32_t i = 0; i < c->num_calls; i++) {
		if (c->calls[i].looked_since_fork)
			explore_past_give(EXPLORE_SHARED + i, EXPLORE_OTHER);
		for (uint32_t j = 0; j < parent.num[i]; j++)
			explore_past_add(parent.words[i][j], EXPLORE_SHARED + i);
		c->calls[i].looked_since_fork = false;
	}
	for (unsigned int n = 0; n < parent.num_states; n++)
		remember_state(parent.states[n]);
}
