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

/* The first one to eight bytes of a word, in one or two stores. */
static inline __attribute__((always_inline)) void put(uint8_t *dst, uint64_t v, size_t len)
{
	if (likely(len == 8)) {
		vgr_store_8(dst, v);
	} else if (likely(len == 4)) {
		vgr_store_4(dst, vgr_first_4(v));
	} else if (len > 4) {
		vgr_store_4(dst, vgr_first_4(v));
		vgr_store_4(dst + len - 4, vgr_first_4(vgr_word_without(v, len - 4)));
	} else if (len > 1) {
		vgr_store_2(dst, vgr_first_2(v));
		if (len > 2)
			dst[2] = vgr_first_1(vgr_word_without(v, 2));
	} else {
		*dst = vgr_first_1(v);
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
	vgr_word64 *src = (vgr_word64 *)((uint8_t *)st + position);
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
	vgr_word32 *src = (vgr_word32 *)((uint8_t *)st + position);
	uint32_t v = READ_ONCE(*src);

	if (!is_mine(st, token))
		return false;
	vgr_local_xor32(src, v);
	put(dst, vgr_word_of_4(v), len);
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

/* The same, and there is as much as a read of @len takes. */
static inline bool has_unread(uint64_t position, size_t len)
{
	size_t wanted = len > VGR_SMALL_LEN_MAX ? batch_cost(len) : VGR_SMALL_LEN_MAX;

	return position - VGR_BATCH_OFFSET <= sizeof(struct vgr_state) - VGR_BATCH_OFFSET - wanted;
}

/*
 * Sixteen bytes with one comparison: what most reads of more than eight are made of. Where there
 * are too few registers to hold them without a copy on the stack (I9), a word with one.
 */
static inline bool take_16(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst)
{
	vgr_word64 *src = (vgr_word64 *)((uint8_t *)st + position);
	uint64_t low, high;

	if (VGR_WORDS_AT_ONCE < 4)
		return take_8(st, token, position, dst, 8) &&
		       take_8(st, token, position + 8, dst + 8, 8);
	low = READ_ONCE(src[0]);
	high = READ_ONCE(src[1]);
	if (!is_mine(st, token))
		return false;
	vgr_local_xor64(&src[0], low);
	vgr_local_xor64(&src[1], high);
	put(dst, low, 8);
	put(dst + 8, high, 8);
	return true;
}

/* Thirty-two: longer reads are made of these. */
static inline bool take_32(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst)
{
	vgr_word64 *src = (vgr_word64 *)((uint8_t *)st + position);
	uint64_t v0, v1, v2, v3;

	if (VGR_WORDS_AT_ONCE < 4)
		return take_16(st, token, position, dst) &&
		       take_16(st, token, position + 16, dst + 16);
	v0 = READ_ONCE(src[0]);
	v1 = READ_ONCE(src[1]);
	v2 = READ_ONCE(src[2]);
	v3 = READ_ONCE(src[3]);
	if (!is_mine(st, token))
		return false;
	vgr_local_xor64(&src[0], v0);
	vgr_local_xor64(&src[1], v1);
	vgr_local_xor64(&src[2], v2);
	vgr_local_xor64(&src[3], v3);
	put(dst, v0, 8);
	put(dst + 8, v1, 8);
	put(dst + 16, v2, 8);
	put(dst + 24, v3, 8);
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
 * 1 to 32 bytes, 48 or 64, without a loop. False: wiped.
 *
 * The position is advanced first. A handler may interrupt another call between its look for a free
 * state and its token, call in, and be left by siglongjmp() from there while bytes are erased and
 * not yet passed. The interrupted call then sets its own token over the one that was left behind,
 * and would hand out the zeros that lie at the position (I3).
 */
static inline __attribute__((always_inline)) bool
take_small(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst, size_t len)
{
	size_t done;

	if (len <= 4 && VGR_LOCAL_ALIGN <= 4) {
		vgr_local_add(&st->position, 4);
		return take_4(st, token, position, dst, len);
	}
	vgr_local_add(&st->position, batch_cost(len));
	if (len >= 16 && !take_16(st, token, position, dst))
		return false;
	if (len >= 32 && !take_16(st, token, position + 16, dst + 16))
		return false;
	if (len >= 48 && !take_16(st, token, position + 32, dst + 32))
		return false;
	if (len == 64 && !take_16(st, token, position + 48, dst + 48))
		return false;
	done = len & ~(size_t)15;
	return take_rest(st, token, position + done, dst + done, len - done);
}

/*
 * Makes a new key and a new batch from the key: fast key erasure. Returns false if the state was
 * wiped meanwhile.
 */
bool vgr_refill(struct vgr_state *st, uint64_t token);

/* Any @len > 0 of which there is enough (has_unread). False: wiped. */
bool vgr_take(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst, size_t len);

/*
 * Any @len, at any position; refills as often as it takes. Returns false if the state was wiped:
 * then @dst may hold anything.
 */
bool vgr_draw_from_batch(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len);

#endif
