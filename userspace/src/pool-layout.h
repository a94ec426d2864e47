/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where the parts of a block of slots lie. Arithmetic only: who owns a slot is pool.c's.
 */
#ifndef VGR_POOL_LAYOUT_H
#define VGR_POOL_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "pool.h"
#include "provider.h"

/* As many as a word has bits. */
#define VGR_SLOTS_PER_BLOCK_MAX 64

/* In memory that a child inherits, its slots behind it in memory that is wiped. */
struct vgr_block {
	struct vgr_block *older;
	const struct vgr_provider *provider;
	struct vgr_slot *slots;
	struct vgr_states states; /* those of this block, not the whole mapping */
	uint8_t *judges;
	uint64_t taken;  /* bit i: slot i has an owner */
	uint64_t let_go; /* bit i: one of two holders let go of slot i */
};

/* From one judge to the next; 0: the provider has none. */
size_t vgr_judge_stride(const struct vgr_provider *provider);

/* How many states are to be mapped for @num slots: some of them make room for judges. */
size_t vgr_states_for(const struct vgr_provider *provider, size_t num);

/* The other way round: how many slots there are with @num_states, which may be more than asked. */
size_t vgr_slots_in(const struct vgr_provider *provider, size_t num_states);

/* @block becomes the one that begins with slot @first of all @num that @states hold. No slots yet.
 */
void vgr_block_lay_out(struct vgr_block *block, const struct vgr_provider *provider,
		       const struct vgr_states *states, size_t num, size_t first);

#endif
