// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "canon.h"

#include <string.h>

#include "config.h"
#include "machine.h"
#include "naming.h"

static void emit_regs(const uint64_t *regs)
{
	const struct explore_arch *arch = explore_machine.arch;
	unsigned int i;

	for (i = 0; i < arch->num_regs - arch->num_flags; i++) {
		explore_emit_word((uint32_t)regs[i]);
		explore_emit_word((uint32_t)(regs[i] >> 32));
	}
	for (; i < arch->num_regs; i++)
		explore_emit(regs[i]);
}

/* Only if there is something that it decides. */
static bool looked_since_fork(unsigned int n)
{
	const struct explore_config *c = &explore_now;

	for (uint32_t i = 0; i < c->num_past; i++)
		if (c->past[i].owner == EXPLORE_SHARED + n)
			return c->calls[n].looked_since_fork;
	return true;
}

static bool looked_since_reseed(const struct explore_call *call)
{
	return call->looked_since_reseed || call->seed_needed == call->seed_needed_before;
}

static void emit_call(unsigned int n)
{
	const struct explore_config *c = &explore_now;
	const struct explore_call *call = &c->calls[n];
	uint64_t begin, end;

	emit_regs(n + 1 == c->num_calls ? c->regs : call->regs);
	explore_stack_range(n, &begin, &end);
	explore_emit_memory(explore_machine_at(begin, end - begin), end - begin);
	explore_emit_memory(explore_machine_at(explore_buffer_address(n, call->size), call->size),
			    call->size);
	explore_emit((uint64_t)call->more << 48 | (uint64_t)call->size << 32 | call->copied << 8 |
		     call->copying << 2 | looked_since_fork(n) << 1 | looked_since_reseed(call));
	explore_emit((uint64_t)call->chacha_step << 32 |
		     (call->chacha ? explore_name(call->chacha - 1) + 1 : 0));
	/* Its words will be there, if they are not. */
	if (call->chacha)
		explore_naming.makes_all[explore_name(call->chacha - 1)] = true;
}

struct explore_canon explore_canon_now(void)
{
	const struct explore_config *c = &explore_now;
	struct explore_canon result;

	memset(explore_naming.hash, 0, sizeof(explore_naming.hash));
	memset(explore_naming.sum, 0, sizeof(explore_naming.sum));
	explore_naming.num = explore_naming.last = explore_naming.generations = 0;
	explore_naming.keeps_names = false;
	explore_emit_memories();
	explore_emit(c->clock);
	explore_emit_word((uint32_t)c->generation);
	explore_emit((uint64_t)c->num_calls << 48 | (uint64_t)c->phase << 32 | (uint32_t)c->fail);
	explore_emit((uint64_t)c->is_reserved << 32 | c->failed);
	for (unsigned int i = 0; i < c->num_calls; i++)
		emit_call(i);
	explore_emit_past();
	explore_emit_names();
	explore_emit(explore_naming.sum[0]);
	explore_emit(explore_naming.sum[1]);
	result.hash[0] = explore_mix(explore_naming.hash[0]);
	result.hash[1] = explore_mix(explore_naming.hash[1]);
	return result;
}

uint64_t explore_unused_generation(void)
{
	uint32_t i = 0;

	explore_canon_now();
	while (explore_naming.generations >> i & 1)
		i++;
	return EXPLORE_FIRST_GENERATION + i;
}
