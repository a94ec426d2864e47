/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The opaque state of one thread: what lies in droppable, wipe-on-fork memory.
 *
 * All zero is a valid state that holds nothing; a fork, a page drop and a fresh
 * mapping all look like that. The layout is known to the image and, for its
 * statistics, to the library; a caller of the vDSO function knows only the size.
 */
#ifndef VGR_STATE_H
#define VGR_STATE_H

#include <stddef.h>
#include <stdint.h>
#include "chacha20.h"

/*
 * One refill makes 15 blocks: the next key, and this many bytes to hand out. bench/batch-sizes
 * compiles other numbers, one less than a power of two.
 */
#ifndef VGR_REFILL_BLOCKS
#define VGR_REFILL_BLOCKS 15
#endif
#define VGR_BATCH_LEN (VGR_REFILL_BLOCKS * VGR_CHACHA20_BLOCK_LEN - VGR_CHACHA20_KEY_LEN)

/* From the system call: the key, and in front of it the seed's name. */
#define VGR_SEED_LEN (8 + VGR_CHACHA20_KEY_LEN)

struct vgr_state {
	/* Of the RNG, when the key was taken from it. 0: no key. */
	uint64_t generation;

	/* Names the call that uses the state: its stack pointer. 0: nobody. */
	uint64_t token;

	/*
	 * Where in the state the next byte to hand out lies; from there on the
	 * batch is unread. Only VGR_BATCH_OFFSET to VGR_POSITION_MAX are positions; at any
	 * other value the batch counts as exhausted.
	 */
	uint64_t position;

	/* Random name of the key's seed. 0: the key was never taken from the RNG. */
	uint64_t seed_id;

	/*
	 * First half of the block whose second half becomes the key (large reads). Before that,
	 * and in a refill, ChaCha20's scratch place; zero between calls.
	 */
	uint8_t tail[32];

	/* key and batch are written as one run of whole blocks. */
	uint8_t key[VGR_CHACHA20_KEY_LEN];
	uint8_t batch[VGR_BATCH_LEN];
};

#define VGR_BATCH_OFFSET offsetof(struct vgr_state, batch)

/* With fewer than this many bytes left a batch is not used any further. */
#define VGR_SMALL_LEN_MAX 32
#define VGR_POSITION_MAX  (sizeof(struct vgr_state) - VGR_SMALL_LEN_MAX)

/* Four states fill a page; a state begins and ends with a cache line. */
_Static_assert(sizeof(struct vgr_state) == 1024 || VGR_REFILL_BLOCKS != 15, "state size");
_Static_assert((sizeof(struct vgr_state) & (sizeof(struct vgr_state) - 1)) == 0,
	       "an aligned state straddles no page");
_Static_assert(offsetof(struct vgr_state, key) == 64, "key starts a cache line");
_Static_assert(offsetof(struct vgr_state, tail) + 32 == offsetof(struct vgr_state, key),
	       "tail and key are one block");
_Static_assert(sizeof(((struct vgr_state *)0)->tail) == VGR_CHACHA20_SCRATCH_LEN,
	       "tail is scratch");
_Static_assert(offsetof(struct vgr_state, batch) + VGR_BATCH_LEN == sizeof(struct vgr_state),
	       "key and batch are whole blocks and end the state");

#endif
