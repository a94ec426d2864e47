/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The kernel's vDSO function as a judge of freshness, for the provider native.
 *
 * That function compares the generation of the kernel's RNG in each call, which is what we cannot
 * see. So each slot has a state of it, the judge, from which nothing is ever handed out, so that
 * what is remembered of it is no secret. It is armed: seeded, remembered, and drawn from once, to
 * see which words a draw changes and what it returns. A check puts those words back and draws the
 * same bytes again. The same: no reseed, no clone of the machine, no drop and no fork since it was
 * armed, or it would have taken a new key, and the bytes would differ but once in 2^64. Others:
 * something happened.
 *
 * So our seed is asked for after the judge was armed, and the check comes after the draw.
 */
#ifndef VGR_JUDGE_H
#define VGR_JUDGE_H

#include <linux/random.h>
#include <stdbool.h>
#include <stdint.h>

#include "access.h"
#include "pool.h"
#include "provider.h"

#define VGR_JUDGE_WORDS_MAX 4

/* Which words of a judge a draw changes, the same for all; the last ones may repeat the first. */
extern uint32_t vgr_judge_word[VGR_JUDGE_WORDS_MAX] __attribute__((visibility("hidden")));
extern uint32_t vgr_judge_num_words __attribute__((visibility("hidden")));

/*
 * Arms the judge of @slot. Returns 0; -EAGAIN if the kernel gives no seed now; -EOPNOTSUPP if the
 * function does not behave as said above. Makes no system call but getrandom(2), which does not
 * block.
 */
int vgr_judge_arm(const struct vgr_provider *provider, struct vgr_slot *slot);

/*
 * Whether nothing happened since it was armed. A fork right here leaves the child with a slot of
 * zeros: no judge, or one that is expected to say 0, which it never does.
 *
 * Its word against the state is heard once: with that it took a new key of the current generation,
 * and what the next check puts back are the very bytes that it expects. So from then on it is
 * expected to say 0, until it is armed again.
 */
static inline bool vgr_judge_agrees(const struct vgr_provider *provider, struct vgr_slot *slot)
{
	uint64_t *judge = READ_ONCE(slot->judge);
	uint64_t bytes = 0;

	if (unlikely(!judge))
		return false;
	WRITE_ONCE(judge[vgr_judge_word[0]], slot->value[0]);
	WRITE_ONCE(judge[vgr_judge_word[1]], slot->value[1]);
	for (uint32_t i = 2; unlikely(i < vgr_judge_num_words); i++)
		WRITE_ONCE(judge[vgr_judge_word[i]], slot->value[i]);
	if (likely(provider->judge(&bytes, sizeof(bytes), GRND_NONBLOCK, judge,
				   provider->judge_len) == sizeof(bytes)) &&
	    likely(bytes != 0) && likely(bytes == READ_ONCE(slot->expected)))
		return true;
	WRITE_ONCE(slot->expected, 0);
	return false;
}

#endif
