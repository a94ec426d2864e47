// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "pool-layout.h"

size_t vgr_judge_stride(const struct vgr_provider *provider)
{
	return provider->judge_len ? vgr_round_up_to_power_of_two(provider->judge_len) : 0;
}

/*
 * Judges lie before the states, in the place of some: as many to a state as fit. Behind them, they
 * would be what the core of the last state fetches ahead.
 */
static size_t states_of_judges(const struct vgr_provider *provider, size_t num)
{
	size_t stride = vgr_judge_stride(provider);
	size_t per_state = stride ? vgr_round_up_to_power_of_two(provider->state_len) / stride : 0;

	return per_state ? (num + per_state - 1) / per_state : 0;
}

size_t vgr_states_for(const struct vgr_provider *provider, size_t num)
{
	return num + states_of_judges(provider, num);
}

size_t vgr_slots_in(const struct vgr_provider *provider, size_t num_states)
{
	size_t num = num_states;

	while (num && vgr_states_for(provider, num) > num_states)
		num--;
	return num;
}

void vgr_block_lay_out(struct vgr_block *block, const struct vgr_provider *provider,
		       const struct vgr_states *states, size_t num, size_t first)
{
	uint8_t *base = states->base;
	size_t rest = num - first;

	block->provider = provider;
	block->judges = base + first * vgr_judge_stride(provider);
	block->states = *states;
	block->states.base = base + (states_of_judges(provider, num) + first) * states->stride;
	block->states.num = rest < VGR_SLOTS_PER_BLOCK_MAX ? rest : VGR_SLOTS_PER_BLOCK_MAX;
}
