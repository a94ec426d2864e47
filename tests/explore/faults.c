// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "faults.h"

#include <errno.h>
#include <string.h>

#include "call.h"
#include "canon.h"
#include "config.h"
#include "machine.h"
#include "memory.h"
#include "parent.h"
#include "past.h"
#include "system.h"
#include "target.h"

static const char *const names[EXPLORE_NUM_FAULTS] = {
	[EXPLORE_WIPE] = "wipe",       [EXPLORE_FORK] = "fork",       [EXPLORE_NESTED] = "nested",
	[EXPLORE_RESEED] = "reseed",   [EXPLORE_EINTR] = "eintr",     [EXPLORE_EAGAIN] = "eagain",
	[EXPLORE_ENOSYS] = "enosys",   [EXPLORE_BURST] = "burst",     [EXPLORE_JUMP] = "jump",
	[EXPLORE_JUMP + 1] = "jump+1", [EXPLORE_JUMP + 2] = "jump+2", [EXPLORE_JUMP + 3] = "jump+3",
	[EXPLORE_JUMP + 4] = "jump+4",
};

static const int errors[] = {
	[EXPLORE_EINTR] = EINTR,
	[EXPLORE_EAGAIN] = EAGAIN,
	[EXPLORE_ENOSYS] = ENOSYS,
};

const char *explore_fault_name(unsigned int fault)
{
	return fault < EXPLORE_NUM_FAULTS ? names[fault] : NULL;
}

unsigned int explore_fault_find(const char *name, size_t name_len)
{
	unsigned int fault = 0;

	while (fault < EXPLORE_NUM_FAULTS &&
	       (strlen(names[fault]) != name_len || memcmp(names[fault], name, name_len) != 0))
		fault++;
	return fault;
}

bool explore_fault_may_return(uint32_t failed, int error)
{
	for (unsigned int fault = EXPLORE_EINTR; fault <= EXPLORE_ENOSYS; fault++)
		if (failed >> fault & 1 && errors[fault] == error)
			return true;
	return false;
}

bool explore_fault_can_come(unsigned int fault)
{
	const struct explore_config *c = &explore_now;
	const struct explore_call *call = explore_top();

	/* In the kernel no handler runs, and whoever forks is not in the middle of a copy. */
	if (call->copying)
		return fault == EXPLORE_WIPE;
	switch (fault) {
	case EXPLORE_BURST:
		/* One handler of this kind is enough, and it makes each run long. */
		return explore_target->has_bursts && c->num_calls == 1;
	case EXPLORE_NESTED:
		return c->num_calls < EXPLORE_DEPTH_MAX;
	case EXPLORE_EINTR:
	case EXPLORE_EAGAIN:
	case EXPLORE_ENOSYS:
		return !c->fail && !call->chacha &&
		       explore_system_is_getrandom(c->regs[explore_machine.arch->pc]);
	default:
		return fault < EXPLORE_JUMP || fault - EXPLORE_JUMP < c->num_calls;
	}
}

/* The smallest that nobody remembers, so that many reseeds need no more than few numbers. */
void explore_reseed_generation(void)
{
	explore_set_generation(explore_unused_generation());
}

static void reseed(void)
{
	struct explore_config *c = &explore_now;

	explore_target->reseed();
	c->seed_needed = c->num_seeds;
	for (uint32_t i = 0; i < c->num_calls; i++) {
		struct explore_call *call = &c->calls[i];

		if (call->looked_since_reseed)
			call->seed_needed_before = call->seed_needed;
		call->seed_needed = c->seed_needed;
		call->looked_since_reseed = false;
	}
}

static void jump(unsigned int num_left)
{
	struct explore_config *c = &explore_now;

	while (c->num_calls > num_left) {
		explore_past_give(EXPLORE_SHARED + c->num_calls - 1, EXPLORE_OTHER);
		explore_call_end();
	}
}

void explore_fault_come(unsigned int fault)
{
	switch (fault) {
	case EXPLORE_WIPE:
		explore_memory_wipe(EXPLORE_DROPPABLE);
		break;
	case EXPLORE_FORK:
		explore_parent_goes_on();
		explore_memory_wipe(EXPLORE_WIPED_ON_FORK);
		break;
	case EXPLORE_NESTED:
		explore_call_begin(explore_now.calls[0].size);
		break;
	case EXPLORE_BURST:
		explore_call_begin(explore_now.calls[0].size);
		explore_top()->more = EXPLORE_BURST_CALLS - 1;
		break;
	case EXPLORE_RESEED:
		reseed();
		break;
	case EXPLORE_EINTR:
	case EXPLORE_EAGAIN:
	case EXPLORE_ENOSYS:
		explore_now.fail = errors[fault];
		explore_now.failed |= 1u << fault;
		break;
	default:
		jump(fault - EXPLORE_JUMP);
	}
}
