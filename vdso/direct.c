// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Large reads: keystream straight into the buffer, and a new key. The batch stays what it is. */
#include "direct.h"

#include "access.h"
#include "arch.h"
#include "batch.h"
#include "rng.h"

/*
 * The last up to 32 bytes of a direct read; the tail is erased as it is handed out. Leaves nothing
 * in registers, like take() of the batch.
 */
static __attribute__((noinline)) void take_tail(struct vgr_state *st, uint8_t *dst, size_t len)
{
	vgr_word64 *word = (vgr_word64 *)st->tail;

	for (; len >= 8; word++, dst += 8, len -= 8)
		vgr_store_8(dst, READ_ONCE(*word));
	/* A whole tail ends here: behind it lies the new key. */
	for (uint64_t v = len ? READ_ONCE(*word) : 0; len; v = vgr_word_without(v, 1), len--)
		*dst++ = vgr_first_1(v);
	for (word = (vgr_word64 *)st->tail; word < (vgr_word64 *)st->key; word++)
		WRITE_ONCE(*word, 0);
	vgr_forget_scratch();
}

/*
 * A large read: all blocks but the last go straight into the buffer. The last one
 * ends in the state: its second half is the new key, its first half ends the
 * output. What is still missing then, at most 32 bytes, comes from the batch.
 */
bool vgr_draw_direct(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
{
	size_t nblocks = (len - 1) / VGR_CHACHA20_BLOCK_LEN;
	size_t rest = len - nblocks * VGR_CHACHA20_BLOCK_LEN;
	size_t from_tail = rest < sizeof(st->tail) ? rest : sizeof(st->tail);

	generate(dst, st->tail, nblocks + 1, st);
	barrier();
	dst += nblocks * VGR_CHACHA20_BLOCK_LEN;
	take_tail(st, dst, from_tail);
	rest -= from_tail;
	return rest == 0 || vgr_draw_from_batch(st, token, dst + from_tail, rest);
}
