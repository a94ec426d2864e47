/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Small reads for a caller that keeps its in-use flag outside the state, as libvgetrandom does.
 *
 * A signal handler never enters such a state while a call uses it, so the token is not needed: what
 * is left to find out is a wipe, and the generation tells, once, at the end. Between claim_small()
 * and is_current() nothing that was handed out counts.
 */
#ifndef VGR_CLAIM_H
#define VGR_CLAIM_H

#include "access.h"
#include "arch.h"
#include "batch.h"
#include "state.h"

/* Longest read that is faster here than by the image's function; measured. */
#define VGR_CLAIM_LEN_MAX 64

/* What a read of @len bytes takes from the batch: a word of four, or words of eight. */
static inline size_t claim_cost(size_t len)
{
	return VGR_LOCAL_ALIGN <= 4 && len <= 4 ? 4 : batch_cost(len);
}

/* The first bytes of @v, the word that they were in. The shifts leave none in the register (I9). */
static inline void hand_out_bytes(uint64_t v, uint8_t *dst, size_t len)
{
	for (; len; len--, v = vgr_word_without(v, 1))
		*dst++ = vgr_first_1(v);
}

/* All of what they cost is erased, and no more: what is behind it is the next read's. */
static inline __attribute__((always_inline)) void hand_out(uint8_t *src, uint8_t *dst, size_t len)
{
	vgr_word32 *word = (vgr_word32 *)src;
	vgr_word64 *word8 = (vgr_word64 *)src;

	if (claim_cost(len) == 4) {
		uint32_t v;

		if (len == 4) {
			vgr_local_move32((vgr_unaligned32 *)dst, word);
			return;
		}
		v = READ_ONCE(*word);
		vgr_local_xor32(word, v);
		hand_out_bytes(vgr_word_of_4(v), dst, len);
		return;
	}
	for (; len >= 8; len -= 8, word8++, dst += 8)
		vgr_local_move64((vgr_unaligned64 *)dst, word8);
	if (len) {
		uint64_t v = READ_ONCE(*word8);

		vgr_local_xor64(word8, v);
		hand_out_bytes(v, dst, len);
	}
}

/*
 * 1 to VGR_CLAIM_LEN_MAX bytes of the batch. The position is advanced first, in one instruction: a
 * call that is left by siglongjmp() after that has skipped bytes, and whoever draws next gets
 * others. A wipe in the middle makes the rest of this a write to an empty state, which stays empty:
 * the position that is left is below VGR_BATCH_OFFSET, and what is combined with a zero is erased
 * by the refill before it can be read.
 *
 * Returns false if the batch is exhausted or there is none: then nothing was touched.
 */
static inline __attribute__((always_inline)) bool claim_small(struct vgr_state *st, uint8_t *dst,
							      size_t len)
{
	uint64_t position = READ_ONCE(st->position);
	size_t cost = claim_cost(len);

	if (unlikely(!has_unread(position, len)))
		return false;
	vgr_local_add(&st->position, cost);
	hand_out((uint8_t *)st + position, dst, len);
	return true;
}

/*
 * Whether nothing was wiped since the state was seeded, and the RNG not reseeded: a wiped state has
 * generation 0, which @rng_data never has. Pairs with the release of whoever changes the
 * generation.
 */
static inline bool is_current(const struct vgr_state *st,
			      const struct vgetrandom_rng_data *rng_data)
{
	barrier();
	return READ_ONCE(st->generation) ==
	       __atomic_load_n(&rng_data->generation, __ATOMIC_ACQUIRE);
}

#endif
