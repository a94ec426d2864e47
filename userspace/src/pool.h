/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * States of one size for all threads, in whole pages.
 *
 * Lock-free and async-signal-safe. All bookkeeping lies in memory that is wiped on fork,
 * so in the child the pool is empty, whatever its threads were doing at that moment.
 */
#ifndef VGR_POOL_H
#define VGR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/types.h>

/*
 * What the owner of a state counts; one cache line that nobody else writes to. It stays with
 * the state when that changes hands, so the sum over all of them is the process's.
 */
struct vgr_counters {
	uint64_t calls;
	uint64_t bytes;
	uint64_t reseeds;
	uint64_t wipes;
	uint64_t alive; /* 1; a fork makes it 0 */
	uint64_t unused[3];
};
_Static_assert(sizeof(struct vgr_counters) == 64, "one cache line");

struct vgr_block;

/* A state and what belongs to it. */
struct vgr_slot {
	void *state;
	struct vgr_counters *counters;
	struct vgr_block *block;

	/* Of the block, which forgets everything on fork. */
	uint8_t *block_states;
	size_t block_num;
	size_t block_stride;
};

struct vgr_states;

struct vgr_pool {
	size_t state_len;

	/* Where more states come from: vgr_map_states() or a function like it. */
	int (*map)(size_t state_len, size_t num, struct vgr_states *states);

	/* In wipe-on-fork memory: the newest block, each knows the one before. */
	struct vgr_block **newest;
};

/*
 * Makes an empty pool for states of @state_len bytes, whose function map is set.
 *
 * Returns 0 or -errno.
 */
int vgr_pool_init(struct vgr_pool *pool, size_t state_len);

/*
 * Takes a zeroed state that nobody else owns; if all are taken, maps more of them, provided that
 * @may_grow.
 *
 * Returns 0 and fills @slot, or -errno if there is none to be had.
 */
int vgr_pool_get(struct vgr_pool *pool, struct vgr_slot *slot, bool may_grow);

/*
 * Wipes @state and gives it back. The caller owned it, and no call on it goes on. A state of
 * the parent's pool is only wiped.
 */
void vgr_pool_put(const struct vgr_pool *pool, void *state);

/*
 * In the child of a fork: takes over the block of @slot, which the forking thread goes on using.
 * Its other states, those of the threads that did not come along, become free if @others_are_free;
 * they must not if the forking thread ever gave up a state, which a call of its own may still use.
 *
 * Does nothing if the slot is not from before a fork.
 */
void vgr_pool_readopt(struct vgr_pool *pool, const struct vgr_slot *slot, bool others_are_free);

/*
 * Makes sure that @num more states can be taken without a system call.
 *
 * Returns 0 or -errno.
 */
int vgr_pool_reserve(struct vgr_pool *pool, size_t num);

/*
 * Adds the counters of all slots to @stats.
 */
void vgr_pool_add_stats(const struct vgr_pool *pool, struct vgetrandom_stats *stats);

#endif
