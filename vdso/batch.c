// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The batch: filled from the key, and read when a read is more than the fast path takes. */
#include "batch.h"

#include "rng.h"

static inline bool take_all(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst,
			    size_t len)
{
	/* Before a byte is erased: whoever jumps out of here leaves no zeros to be read. */
	vgr_local_add(&st->position, batch_cost(len));
	for (; len >= 16; position += 16, dst += 16, len -= 16)
		if (!take_16(st, token, position, dst))
			return false;
	return take_rest(st, token, position, dst, len);
}

/*
 * Any @len of which there is enough. Not inline, so that no register keeps what it held: those that
 * a function preserves are back, the others cleared, and no later push saves any of it (I9).
 */
static __attribute__((noinline)) bool take(struct vgr_state *st, uint64_t token, uint64_t position,
					   uint8_t *dst, size_t len)
{
	bool taken = take_all(st, token, position, dst, len);

	vgr_forget_scratch();
	return taken;
}

/*
 * For the time of the refill the token stands for the position, which it can never be; if it is
 * still there at the end, neither key nor batch was wiped meanwhile, and the one instruction that
 * finds out also publishes the batch (I4).
 */
bool vgr_refill(struct vgr_state *st, uint64_t token)
{
	uint8_t *last = st->key + (VGR_REFILL_BLOCKS - 1) * VGR_CHACHA20_BLOCK_LEN;

	WRITE_ONCE(st->position, token);
	barrier();
	generate(st->key, last, VGR_REFILL_BLOCKS, st->key);
	barrier();
	return vgr_local_cmpxchg(&st->position, token, VGR_BATCH_OFFSET);
}

bool vgr_draw_from_batch(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
{
	for (;;) {
		uint64_t position = READ_ONCE(st->position);

		if (is_position(position)) {
			size_t unread = (sizeof(*st) - position) & ~(size_t)7;
			size_t part = len < unread ? len : unread;

			if (!take(st, token, position, dst, part))
				return false;
			dst += part;
			len -= part;
			if (len == 0)
				return true;
		}
		if (!vgr_refill(st, token))
			return false;
	}
}
