// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * __vdso_getrandom(): the state machine.
 *
 * Runs in user mode on behalf of the kernel, one opaque state per thread. After
 * any instruction the state may be wiped (a page drop; in the child, a fork), a
 * signal handler may call in again with the same state, the RNG may be reseeded,
 * and several of these may come at once. vdso/README.md has the invariants, I1 to
 * I9, that the comments here refer to.
 */
#include "vgetrandom.h"

#include "access.h"
#include "arch.h"
#include "batch.h"
#include "direct.h"
#include "rng.h"
#include "seed.h"
#include "state.h"
#include "token.h"

#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/random.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

/* Longest read that is served from the batch; measured, see README.md. */
#define BATCH_READ_MAX (640 < VGR_BATCH_LEN ? 640 : VGR_BATCH_LEN)

/* Like every read(2): Linux's MAX_RW_COUNT. */
#define READ_LEN_MAX ((size_t)INT32_MAX & ~(size_t)(VGR_PAGE_SIZE - 1))

/*
 * The number of the system call vgetrandom_alloc(), which the parameters tell (abi.h). Only a
 * kernel has one; it defines this in front of everything (kernel-side/linux).
 */
#ifdef VGR_ALLOC_NUMBER
#define ALLOC_WORD (VGETRANDOM_ALLOC_TAG | (VGR_ALLOC_NUMBER))
#else
#define ALLOC_WORD 0
#endif

/* What a draw from the state came to. */
enum outcome {
	DRAWN,   /* the buffer holds the bytes */
	CHANGED, /* state or RNG changed underneath: the buffer holds rubbish */
	REFUSED, /* busy, or no seed to be had: the buffer is untouched */
};

static bool straddles_page(const struct vgr_state *st)
{
	return ((uintptr_t)st & (VGR_PAGE_SIZE - 1)) > VGR_PAGE_SIZE - sizeof(*st);
}

/*
 * What every kernel with getrandom(2) takes. GRND_INSECURE came later, and whether it is an error,
 * alone or beside GRND_RANDOM, is for the system call to say.
 */
static bool flags_are_valid(unsigned int flags)
{
	return flags <= (GRND_NONBLOCK | GRND_RANDOM);
}

static enum outcome draw(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
{
	uint64_t generation = rng_generation();
	bool drawn;

	if (!is_free(st))
		return REFUSED;
	WRITE_ONCE(st->token, token);
	/* Once ready the RNG stays so: whoever has a key need not ask. */
	if (!has_key(st, generation) && (!rng_is_ready() || !vgr_reseed(st, generation))) {
		abandon(st, token);
		return REFUSED;
	}
	if (len > BATCH_READ_MAX)
		drawn = vgr_draw_direct(st, token, dst, len);
	else
		drawn = vgr_draw_from_batch(st, token, dst, len);
	barrier();
	if (!drawn || !is_unchanged(st, token, generation)) {
		abandon(st, token);
		return CHANGED;
	}
	release(st);
	return DRAWN;
}

/*
 * A failed draw left bytes in the buffer that another process may have, too. They
 * do not stay there when the system call delivers less than was asked for.
 */
static void scrub(uint8_t *p, const uint8_t *end)
{
	while (p < end)
		WRITE_ONCE(*p++, 0);
}

/* Any request on a state nobody uses; at most @attempts draws, then the system call. */
static __attribute__((noinline)) ssize_t draw_or_ask_kernel(uint8_t *dst, size_t len,
							    unsigned int flags,
							    struct vgr_state *st,
							    unsigned int attempts, bool dirty)
{
	ssize_t ret;

	for (; attempts; attempts--) {
		enum outcome outcome = draw(st, vgr_stack_pointer(), dst, len);

		if (outcome == DRAWN)
			return (ssize_t)len;
		if (outcome == REFUSED)
			break;
		dirty = true;
	}
	ret = vgr_sys_getrandom(dst, len, flags);
	if (dirty)
		scrub(dst + (ret > 0 ? ret : 0), dst + len);
	return ret;
}

/* Any length, on a state that straddles no page. */
static __attribute__((noinline)) ssize_t any_request(void *buffer, size_t len, unsigned int flags,
						     struct vgr_state *st)
{
	if (len == 0)
		return rng_is_ready() ? 0 : vgr_sys_getrandom(buffer, len, flags);
	if (len > READ_LEN_MAX)
		len = READ_LEN_MAX;
	return draw_or_ask_kernel(buffer, len, flags, st, 2, false);
}

/*
 * What is not an ordinary request: the question for the parameters, an odd state, flags and
 * lengths that the system call must judge.
 */
static __attribute__((noinline)) ssize_t odd_request(void *buffer, size_t len, unsigned int flags,
						     void *opaque_state, size_t opaque_len)
{
	if (opaque_len == ~0UL && !buffer && !len && !flags) {
		struct vgetrandom_opaque_params *params = opaque_state;

		params->size_of_opaque_state = sizeof(struct vgr_state);
		params->mmap_prot = PROT_READ | PROT_WRITE;
		params->mmap_flags = MAP_DROPPABLE | MAP_ANONYMOUS;
		for (size_t i = 0; i < sizeof(params->reserved) / sizeof(params->reserved[0]); i++)
			WRITE_ONCE(params->reserved[i],
				   i == VGETRANDOM_PARAMS_ALLOC ? ALLOC_WORD : 0);
		return 0;
	}
	if (straddles_page(opaque_state))
		return -EFAULT;
	if (opaque_len != sizeof(struct vgr_state) ||
	    (uintptr_t)opaque_state % VGR_LOCAL_ALIGN != 0 || !flags_are_valid(flags))
		return vgr_sys_getrandom(buffer, len, flags);
	return any_request(buffer, len, flags, opaque_state);
}

/* The state was wiped or reseeded in the middle of a small read. */
static __attribute__((noinline)) ssize_t start_over(void *buffer, size_t len, unsigned int flags,
						    struct vgr_state *st, uint64_t token)
{
	abandon(st, token);
	return draw_or_ask_kernel(buffer, len, flags, st, 1, true);
}

/* The end of every small read. */
static inline __attribute__((always_inline)) ssize_t
finish_small(void *buffer, size_t len, size_t n, unsigned int flags, struct vgr_state *st,
	     uint64_t generation, uint64_t token, uint64_t position)
{
	if (unlikely(!take_small(st, token, position, buffer, n)) ||
	    unlikely(!is_unchanged(st, token, generation))) {
		/* What was loaded; a register meant for arguments is never saved for nothing (I9).
		 */
		vgr_forget_temporaries();
		return start_over(buffer, len, flags, st, token);
	}
	release(st);
	return (ssize_t)len;
}

/* The state is ours; the batch is exhausted, or the key out of date. */
static __attribute__((noinline)) ssize_t refill_small(void *buffer, size_t len, unsigned int flags,
						      struct vgr_state *st, uint64_t generation,
						      uint64_t token)
{
	if (unlikely(!has_key(st, generation)) || unlikely(!vgr_refill(st, token))) {
		bool wiped = abandon(st, token);

		return draw_or_ask_kernel(buffer, len, flags, st, wiped ? 1 : 2, false);
	}
	return finish_small(buffer, len, len, flags, st, generation, token, VGR_BATCH_OFFSET);
}

/* 33 bytes and more, as long as the batch serves them, however much of it is left. */
static __attribute__((noinline)) ssize_t medium_request(void *buffer, size_t len,
							unsigned int flags, struct vgr_state *st,
							uint64_t generation)
{
	uint64_t token = vgr_stack_pointer();
	uint64_t position;
	bool drawn;

	WRITE_ONCE(st->token, token);
	barrier();
	position = READ_ONCE(st->position);
	if (unlikely(!has_key(st, generation))) {
		bool wiped = abandon(st, token);

		return draw_or_ask_kernel(buffer, len, flags, st, wiped ? 1 : 2, false);
	}
	if (likely(has_unread(position, len)))
		drawn = vgr_take(st, token, position, buffer, len);
	else
		drawn = vgr_draw_from_batch(st, token, buffer, len);
	if (unlikely(!drawn) || unlikely(!is_unchanged(st, token, generation)))
		return start_over(buffer, len, flags, st, token);
	release(st);
	return (ssize_t)len;
}

/*
 * 1 to 32 bytes, 48 or 64: all there is to do as long as nothing is out of the ordinary. @n is
 * @len, but a constant if it can be.
 */
static inline __attribute__((always_inline)) ssize_t small_request(void *buffer, size_t len,
								   size_t n, unsigned int flags,
								   struct vgr_state *st,
								   uint64_t generation)
{
	uint64_t token = vgr_stack_pointer();
	uint64_t position;

	WRITE_ONCE(st->token, token);
	barrier();
	position = READ_ONCE(st->position);
	if (unlikely(st->generation != generation) || unlikely(!has_unread(position, n))) {
		if (n > VGR_SMALL_LEN_MAX)
			return medium_request(buffer, len, flags, st, generation);
		return refill_small(buffer, len, flags, st, generation, token);
	}
	return finish_small(buffer, len, n, flags, st, generation, token, position);
}

/*
 * An integer, a UUID, a key, a long integer, a hash: a constant length halves the time. Functions
 * of their own, so that none needs more registers than there are to spare. Where the length is
 * not constant, a mask tells the compiler what it is less than.
 */
#define SMALL_REQUEST(name, n)                                                                  \
	static __attribute__((noinline)) ssize_t name(void *buffer, size_t len,                 \
						      unsigned int flags, struct vgr_state *st, \
						      uint64_t generation)                      \
	{                                                                                       \
		return small_request(buffer, len, n, flags, st, generation);                    \
	}

SMALL_REQUEST(small_request_up_to_4, len > 4 ? 4 : len)
SMALL_REQUEST(small_request_of_8, 8)
SMALL_REQUEST(small_request_of_16, 16)
SMALL_REQUEST(small_request_below_32, len & 31)
SMALL_REQUEST(small_request_of_32, 32)
SMALL_REQUEST(small_request_of_48, 48)
SMALL_REQUEST(small_request_of_64, 64)

/* More than 32 bytes, or none. */
static inline ssize_t longer_request(void *buffer, size_t len, unsigned int flags,
				     struct vgr_state *st, uint64_t generation)
{
	if (likely(len == 64))
		return small_request_of_64(buffer, len, flags, st, generation);
	if (len - 1 >= BATCH_READ_MAX)
		return any_request(buffer, len, flags, st);
	if (len == 48)
		return small_request_of_48(buffer, len, flags, st, generation);
	return medium_request(buffer, len, flags, st, generation);
}

ssize_t __vdso_getrandom(void *buffer, size_t len, unsigned int flags, void *opaque_state,
			 size_t opaque_len)
{
	struct vgr_state *st = opaque_state;
	uint64_t generation;

	/* An aligned state straddles no page, and is what vgetrandom_alloc() makes. */
	if (unlikely(opaque_len != sizeof(*st)) || unlikely((uintptr_t)st % sizeof(*st) != 0) ||
	    unlikely(!flags_are_valid(flags)))
		return odd_request(buffer, len, flags, opaque_state, opaque_len);
	generation = rng_generation();
	if (unlikely(!is_free(st)))
		return any_request(buffer, len, flags, st);
	/* In the order of the number of jumps that are taken: a switch would become a tree. */
	if (likely(len - 1 < 4))
		return small_request_up_to_4(buffer, len, flags, st, generation);
	if (likely(len == 16))
		return small_request_of_16(buffer, len, flags, st, generation);
	if (unlikely(len - 1 >= VGR_SMALL_LEN_MAX))
		return longer_request(buffer, len, flags, st, generation);
	if (likely(len == 32))
		return small_request_of_32(buffer, len, flags, st, generation);
	if (likely(len == 8))
		return small_request_of_8(buffer, len, flags, st, generation);
	return small_request_below_32(buffer, len, flags, st, generation);
}

/* Not among other code, where it would be the getrandom(3) of the program. */
#ifndef VGR_IMAGE_IS_LINKED
extern vgr_getrandom_fn getrandom
	__attribute__((weak, alias("__vdso_getrandom"), visibility("default")));
#endif
