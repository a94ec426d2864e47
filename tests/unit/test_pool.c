// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Where the pool's slots lie (userspace/src/pool.h). A core that reads its batch fetches ahead,
 * beyond the end of its state: what lies there is taken from the core whose it is, again and again.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "memory.h"
#include "pool.h"
#include "provider.h"

/* Threads of a small program, and how far a core fetches ahead: up to twenty lines of 64 bytes. */
#define NUM       6
#define AHEAD_LEN 1024
#define STATE_LEN 1024

static struct vgr_slot *slots[NUM];

static void take(const struct vgr_provider *provider)
{
	for (unsigned int i = 0; i < NUM; i++)
		cr_assert_eq(vgr_pool_get(provider, true, &slots[i]), 0);
}

/* What is at @p lies neither in the state at @state nor in what is fetched with it. */
static bool is_apart(const void *p, const void *state)
{
	uintptr_t from = (uintptr_t)state, at = (uintptr_t)p;

	return at < from || at >= from + STATE_LEN + AHEAD_LEN;
}

Test(pool, states_of_the_first_threads_lie_apart)
{
	static const struct vgr_provider provider = { .map_states = vgr_map_states,
						      .state_len = STATE_LEN };

	take(&provider);
	for (unsigned int i = 0; i < NUM; i++)
		for (unsigned int k = 0; k < NUM; k++)
			cr_assert(i == k || is_apart(slots[i]->opaque, slots[k]->opaque),
				  "thread %u's state is behind thread %u's", i, k);
}

Test(pool, judges_lie_apart_from_states)
{
	static const struct vgr_provider provider = { .map_states = vgr_map_states,
						      .state_len = STATE_LEN,
						      .judge_len = 144 };

	take(&provider);
	for (unsigned int i = 0; i < NUM; i++)
		for (unsigned int k = 0; k < NUM; k++)
			cr_assert(is_apart(slots[i]->judge, slots[k]->opaque),
				  "thread %u's judge is behind thread %u's state", i, k);
}

/* Who comes later gets what is in between: memory before speed. */
Test(pool, every_slot_is_handed_out)
{
	static const struct vgr_provider provider = { .map_states = vgr_map_states,
						      .state_len = STATE_LEN,
						      .judge_len = 144 };
	struct vgr_slot *slot;
	unsigned int num = 0;

	cr_assert_eq(vgr_pool_reserve(&provider, 12), 0);
	while (vgr_pool_get(&provider, false, &slot) == 0)
		num++;
	cr_assert_geq(num, 12, "%u slots", num);
}
