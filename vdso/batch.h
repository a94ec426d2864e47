/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Reading the batch. Inline what small reads are made of; the rest is in batch.c.
 */
#ifndef VGR_BATCH_H
#define VGR_BATCH_H

#include <stdbool.h>
#include "access.h"
#include "arch.h"
#include "state.h"
#include "token.h"

/* One to eight bytes of a register, in one or two stores. */
static inline void put(uint8_t *dst, uint64_t v, size_t len)
{
	if (likely(len == 8)) {
		*(vgr_unaligned64 *)dst = v;
	} else if (len >= 4) {
		*(vgr_unaligned32 *)dst = (uint32_t)v;
		*(vgr_unaligned32 *)(dst + len - 4) = (uint32_t)(v >> 8 * (len - 4));
	} else {
		*dst = (uint8_t)v;
		if (len > 1)
			*(vgr_unaligned16 *)(dst + len - 2) = (uint16_t)(v >> 8 * (len - 2));
	}
}

/*
 * Hands out the first @len of eight bytes of the batch, and erases all eight. Between the
 * load and the erasing the token is compared: only then were the bytes ours (I2). Erasing
 * is an exclusive or with what was loaded, in one instruction, so that it does no harm
 * even if the batch became another one after the comparison (I3).
 */
static inline bool take_8(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst,
			  size_t len)
{
	vgr_unaligned64 *src = (vgr_unaligned64 *)((uint8_t *)st + position);
	uint64_t v = READ_ONCE(*src);

	if (!is_mine(st, token))
		return false;
	vgr_local_xor64(src, v);
	put(dst, v, len);
	return true;
}

/* The same for the first @len of four bytes: the most frequent read takes no more than it needs. */
static inline bool take_4(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst,
			  size_t len)
{
	vgr_unaligned32 *src = (vgr_unaligned32 *)((uint8_t *)st + position);
	uint32_t v = READ_ONCE(*src);

	if (!is_mine(st, token))
		return false;
	vgr_local_xor32(src, v);
	put(dst, v, len);
	return true;
}

/* What other reads of @len bytes take from the batch: eights, so that no byte is erased twice. */
static inline size_t batch_cost(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

/* The position, read once, is one at which at least VGR_SMALL_LEN_MAX bytes are unread (I4). */
static inline bool is_position(uint64_t position)
{
	return position - VGR_BATCH_OFFSET <= VGR_POSITION_MAX - VGR_BATCH_OFFSET;
}

/* Sixteen bytes with one comparison: what most reads of more than eight are made of. */
static inline bool take_16(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst)
{
	vgr_unaligned64 *src = (vgr_unaligned64 *)((uint8_t *)st + position);
	uint64_t low = READ_ONCE(src[0]), high = READ_ONCE(src[1]);

	if (!is_mine(st, token))
		return false;
	vgr_local_xor64(&src[0], low);
	vgr_local_xor64(&src[1], high);
	put(dst, low, 8);
	put(dst + 8, high, 8);
	return true;
}

/* Up to 16 bytes. */
static inline bool take_rest(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst,
			     size_t len)
{
	if (len > 8) {
		if (!take_8(st, token, position, dst, 8))
			return false;
		position += 8;
		dst += 8;
		len -= 8;
	}
	return len == 0 || take_8(st, token, position, dst, len);
}

/*
 * 1 to 32 bytes, without a loop. False: wiped.
 *
 * The position is advanced first. A handler may interrupt another call between its look for a free
 * state and its token, call in, and be left by siglongjmp() from there while bytes are erased and
 * not yet passed. The interrupted call then sets its own token over the one that was left behind,
 * and would hand out the zeros that lie at the position (I3).
 */
static inline __attribute__((always_inline)) bool
take_small(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst, size_t len)
{
	size_t done = 0;

	if (len <= 4 && VGR_LOCAL_ALIGN <= 4) {
		vgr_local_add(&st->position, 4);
		return take_4(st, token, position, dst, len);
	}
	vgr_local_add(&st->position, batch_cost(len));
	if (len >= 16) {
		if (!take_16(st, token, position, dst))
			return false;
		done = 16;
	}
	if (len == 32) {
		if (!take_16(st, token, position + 16, dst + 16))
			return false;
	} else if (!take_rest(st, token, position + done, dst + done, len - done)) {
		return false;
	}
	return true;
}

/*
 * Makes a new key and a new batch from the key: fast key erasure. Returns false if the state was
 * wiped meanwhile.
 */
bool vgr_refill(struct vgr_state *st, uint64_t token);

/*
 * Any @len, at any position; refills as often as it takes. Returns false if the state was wiped:
 * then @dst may hold anything.
 */
bool vgr_draw_from_batch(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len);

#endif
