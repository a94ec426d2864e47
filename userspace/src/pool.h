/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Slots for all threads: a state each, what belongs to it, and who has one.
 *
 * Lock-free and async-signal-safe. Who has a slot is written down in memory that a child inherits:
 * what a thread of the parent had, no other thread of the child ever gets. All else of a slot is
 * wiped on fork, the state first of all.
 */
#ifndef VGR_POOL_H
#define VGR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/types.h>

#include "state.h"

struct vgr_provider;

/*
 * Two cache lines that nobody but the owner writes to, wiped on fork; a small read by inprocess
 * looks at the first alone. The counts stay when a slot changes hands, so the sum over all is the
 * process's.
 */
struct vgr_slot {
	const struct vgr_provider *provider; /* NULL: wiped by a fork, see vgr_pool_revive() */
	struct vgr_state *state;             /* NULL: wiped, or its layout is not state.h's */
	uint64_t calls;
	uint64_t bytes;

	/* The provider inprocess. Seconds of two clocks, which cannot be subtracted. */
	uint32_t seeded_at; /* of VGR_CLOCK, before the seed was asked for */
	uint32_t looked_at; /* of the wall clock, before the age was last looked at */

	/* The provider native, see judge.h. */
	uint64_t *judge;
	uint64_t expected;
	uint64_t value[4];

	void *opaque; /* the state, of any layout */
	uint64_t seed_id;
	uint64_t generation; /* of that seed */
	uint64_t reseeds;
	uint64_t wipes;
};

/* In place of the name of a seed that a fork wiped. */
#define VGR_SEED_LOST 1

_Static_assert(sizeof(struct vgr_slot) == 128, "two cache lines");

/*
 * A slot that nobody else has, with an empty state of @provider; if all are taken, more are mapped,
 * provided that @may_grow.
 *
 * Returns 0 and fills in @slot, or -errno if there is none to be had.
 */
int vgr_pool_get(const struct vgr_provider *provider, bool may_grow, struct vgr_slot **slot);

/* Wipes the state of @slot, and has its judge disagree. */
void vgr_pool_wipe(struct vgr_slot *slot);

/* Wipes the state of @slot and gives the slot back. The caller owned it, and no call on it goes on.
 */
void vgr_pool_put(struct vgr_slot *slot);

/*
 * A slot that a thread gave up while a call was using it has two holders: each lets go once, and
 * the second one gives it back. If the call was left by siglongjmp() there is no second one, and
 * the slot is lost. Returns whether it was given back.
 */
bool vgr_pool_let_go(struct vgr_slot *slot);

/* In the child of a fork, by the owner: fills in again what the fork wiped. */
void vgr_pool_revive(struct vgr_slot *slot);

/* Makes sure that @num more slots can be taken without a system call. Returns 0 or -errno. */
int vgr_pool_reserve(const struct vgr_provider *provider, size_t num);

/* Adds what all slots counted to @stats. */
void vgr_pool_add_stats(struct vgetrandom_stats *stats);

/*
 * Where the slots and states of a process are, for `vgetrandom inspect`, which looks from another
 * one: a constant with this first word in what is mapped of a file, aligned to 8. From the newest
 * block, a list leads by the word at @older_at to all; at @slots_at and @states_at are pointers
 * into memory that must be wiped on fork.
 */
#define VGR_BEACON_MAGIC UINT64_C(0x6e6f6361654276f7)

struct vgr_block;

struct vgr_beacon {
	uint64_t magic, len;
	struct vgr_block *const *newest;
	uint64_t older_at, slots_at, states_at;
};

#endif
