// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A model of the vDSO function that Linux has since 6.11, for what asks it for a judgement: the
 * same size of a state, the same order of looks and stores, and the same hole: in-use flag and
 * generation lie in the page that is wiped. One thing is left out, that long reads go straight to
 * the buffer.
 *
 * Of a state of 144 bytes 96 are the batch, 32 the key behind it, and both are made as one run.
 */
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/random.h>

#include "access.h"
#include "arch.h"
#include "rng.h"
#include "vgetrandom.h"

#define BATCH_LEN 96
#define BLOCKS    2

struct model {
	uint8_t batch[BATCH_LEN];
	uint8_t key[VGR_CHACHA20_KEY_LEN];
	uint64_t generation;
	uint8_t position;
	uint8_t in_use;
};

_Static_assert(sizeof(struct model) == 144, "as in Linux");

/*
 * The shape of Linux's own: (output, key, counter, blocks). It is the one function that is called,
 * and the explorer computes in its place; so it is no static one, which a compiler may change.
 */
void make_blocks(uint8_t *out, const uint8_t *key, uint64_t *counter, size_t nblocks);

__attribute__((noinline)) void make_blocks(uint8_t *out, const uint8_t *key, uint64_t *counter,
					   size_t nblocks)
{
	uint8_t scratch[VGR_CHACHA20_SCRATCH_LEN];

	vgr_chacha20_generic(out, out + (nblocks - 1) * VGR_CHACHA20_BLOCK_LEN, nblocks, key,
			     *counter, scratch);
	*counter += nblocks;
}

static inline __attribute__((always_inline)) bool reseed(struct model *m, uint64_t generation)
{
	WRITE_ONCE(m->generation, generation);
	if (vgr_sys_getrandom(m->key, sizeof(m->key), 0) != sizeof(m->key)) {
		WRITE_ONCE(m->generation, 0);
		return false;
	}
	WRITE_ONCE(m->position, BATCH_LEN);
	return true;
}

/* Handed out and erased eight bytes at a time, or less. */
static inline __attribute__((always_inline)) void take(uint8_t *from, uint8_t *to, size_t len)
{
	for (; len >= 8; len -= 8, from += 8, to += 8) {
		*(vgr_unaligned64 *)to = READ_ONCE(*(vgr_unaligned64 *)from);
		WRITE_ONCE(*(vgr_unaligned64 *)from, 0);
	}
	for (; len >= 4; len -= 4, from += 4, to += 4) {
		*(vgr_unaligned32 *)to = READ_ONCE(*(vgr_unaligned32 *)from);
		WRITE_ONCE(*(vgr_unaligned32 *)from, 0);
	}
	for (; len; len--, from++, to++) {
		*to = READ_ONCE(*from);
		WRITE_ONCE(*from, 0);
	}
}

static inline __attribute__((always_inline)) void draw(struct model *m, uint8_t *to, size_t len)
{
	size_t position = READ_ONCE(m->position);
	uint64_t counter;
	size_t nblocks;

	for (;;) {
		size_t unread = BATCH_LEN - position, now = len < unread ? len : unread;

		if (now) {
			take(m->batch + position, to, now);
			WRITE_ONCE(m->position, (uint8_t)(READ_ONCE(m->position) + now));
			to += now;
			len -= now;
		}
		if (!len)
			return;
		counter = 0;
		nblocks = BLOCKS;
		/* Nor may it make one for this number. */
		__asm__("" : "+r"(nblocks));
		make_blocks(m->batch, m->key, &counter, nblocks);
		WRITE_ONCE(m->position, 0);
		position = 0;
	}
}

static inline __attribute__((always_inline)) ssize_t
tell_parameters(struct vgetrandom_opaque_params *params)
{
	params->size_of_opaque_state = sizeof(struct model);
	params->mmap_prot = PROT_READ | PROT_WRITE;
	params->mmap_flags = 0x08 | MAP_ANONYMOUS; /* MAP_DROPPABLE */
	return 0;
}

ssize_t __vdso_getrandom(void *buffer, size_t len, unsigned int flags, void *opaque_state,
			 size_t opaque_len)
{
	struct model *m = opaque_state;

	if (opaque_len == ~0UL && !buffer && !len && !flags)
		return tell_parameters(opaque_state);
	if (opaque_len != sizeof(*m) || !rng_is_ready() || READ_ONCE(m->in_use))
		return vgr_sys_getrandom(buffer, len, flags);
	WRITE_ONCE(m->in_use, 1);
	for (int attempt = 0; attempt < 2; attempt++) {
		uint64_t generation = rng_generation();

		if (READ_ONCE(m->generation) != generation && !reseed(m, generation))
			break;
		draw(m, buffer, len);
		if (READ_ONCE(m->generation) == rng_generation()) {
			WRITE_ONCE(m->in_use, 0);
			return (ssize_t)len;
		}
	}
	WRITE_ONCE(m->in_use, 0);
	return vgr_sys_getrandom(buffer, len, flags);
}

/* time(2), where that is a part of the vDSO: there is another second whenever there is another key.
 */
#ifdef __x86_64__
__attribute__((visibility("default"))) long __vdso_time(const long *seconds);

long __vdso_time(const long *seconds)
{
	(void)seconds;
	return (long)rng_generation();
}
#endif

/* Where Linux has it under another name or version than our image: that one, too. */
#ifdef MODEL_IS_ALSO
extern vgr_getrandom_fn vgr_model __attribute__((alias("__vdso_getrandom"), visibility("default")));
__asm__(".symver vgr_model, " MODEL_IS_ALSO);
#endif
