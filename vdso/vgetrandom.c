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
#include "arch.h"
#include "state.h"
#include "vgetrandom.h"

#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/random.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef GRND_INSECURE
#define GRND_INSECURE 0x04
#endif

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * Accesses to a state are volatile: the other party is a signal handler of the
 * same thread, or the kernel that wipes the page, so program order is all that is
 * needed, and no value may be read twice or written early.
 */
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()        __asm__ volatile("" ::: "memory")

/* Longest read that takes the path without loops. */
#define SMALL_LEN_MAX 32

/* Longest read that is served from the batch; measured, see README.md. */
#define BATCH_READ_MAX 512

/* Like every read(2): Linux's MAX_RW_COUNT. */
#define READ_LEN_MAX ((size_t)INT32_MAX & ~(size_t)(VGR_PAGE_SIZE - 1))

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
 * The combinations that getrandom(2) takes are the numbers 0 to 5; RANDOM together
 * with INSECURE makes 6 or 7.
 */
static bool flags_are_valid(unsigned int flags)
{
	return flags <= (GRND_INSECURE | GRND_NONBLOCK);
}

/* Pairs with the release store of whoever changes the generation (abi.h). */
static uint64_t rng_generation(void)
{
	return __atomic_load_n(&vgr_rng_data.generation, __ATOMIC_ACQUIRE);
}

static bool rng_is_ready(void)
{
	return __atomic_load_n(&vgr_rng_data.is_ready, __ATOMIC_RELAXED);
}

static void generate(void *dst, void *last, size_t nblocks, const void *key)
{
	vgr_chacha20(READ_ONCE(vgr_rng_data.chacha), dst, last, nblocks, key, 0);
}

static bool is_mine(const struct vgr_state *st, uint64_t token)
{
	return READ_ONCE(st->token) == token;
}

/* I5: nothing was wiped since the token was set, and the seed is still the current one. */
static bool is_unchanged(const struct vgr_state *st, uint64_t token, uint64_t generation)
{
	return likely(is_mine(st, token)) && likely(rng_generation() == generation);
}

static void release(struct vgr_state *st)
{
	WRITE_ONCE(st->token, 0);
}

/*
 * Ends a use of the state that failed. If the token is gone, the state was wiped
 * under us, and since then a nested call may have filled it while we still wrote
 * to it: it is not used any further (I6). Returns whether that happened.
 */
static bool abandon(struct vgr_state *st, uint64_t token)
{
	if (is_mine(st, token)) {
		release(st);
		return false;
	}
	WRITE_ONCE(st->generation, 0);
	return true;
}

/*
 * Hand out bytes of the batch and erase them. Between the load and the erasing the
 * token is compared: only then were the bytes really ours (I2). Erasing is an exclusive or
 * with what was loaded, one instruction, so that it still does no harm if the
 * batch became another one after the comparison (I3).
 */
static inline bool take_16(const struct vgr_state *st, uint64_t token, uint8_t *src, uint8_t *dst)
{
	vgr_unaligned64 *from = (vgr_unaligned64 *)src, *to = (vgr_unaligned64 *)dst;
	uint64_t low = READ_ONCE(from[0]), high = READ_ONCE(from[1]);

	if (unlikely(!is_mine(st, token)))
		return false;
	vgr_local_xor64(&from[0], low);
	vgr_local_xor64(&from[1], high);
	to[0] = low;
	to[1] = high;
	return true;
}

/* Takes 8 bytes and hands out the first @len of them, 5 to 8. */
static inline bool take_8(const struct vgr_state *st, uint64_t token, uint8_t *src, uint8_t *dst,
			  size_t len)
{
	uint64_t v = READ_ONCE(*(vgr_unaligned64 *)src);

	if (unlikely(!is_mine(st, token)))
		return false;
	vgr_local_xor64((vgr_unaligned64 *)src, v);
	if (len == 8) {
		*(vgr_unaligned64 *)dst = v;
	} else {
		*(vgr_unaligned32 *)dst = (uint32_t)v;
		*(vgr_unaligned32 *)(dst + len - 4) = (uint32_t)(v >> 8 * (len - 4));
	}
	return true;
}

/* Takes 4 bytes and hands out the first @len of them, 1 to 4. */
static inline bool take_4(const struct vgr_state *st, uint64_t token, uint8_t *src, uint8_t *dst,
			  size_t len)
{
	uint32_t v = READ_ONCE(*(vgr_unaligned32 *)src);

	if (unlikely(!is_mine(st, token)))
		return false;
	vgr_local_xor32((vgr_unaligned32 *)src, v);
	if (len == 4) {
		*(vgr_unaligned32 *)dst = v;
	} else {
		*dst = (uint8_t)v;
		if (len > 1)
			*(vgr_unaligned16 *)(dst + len - 2) = (uint16_t)(v >> 8 * (len - 2));
	}
	return true;
}

static inline bool take_small(const struct vgr_state *st, uint64_t token, uint8_t *src,
			      uint8_t *dst, size_t len)
{
	if (len >= 16) {
		if (!take_16(st, token, src, dst))
			return false;
		src += 16;
		dst += 16;
		len -= 16;
		if (len == 16)
			return take_16(st, token, src, dst);
	}
	if (len > 8) {
		if (!take_8(st, token, src, dst, 8))
			return false;
		src += 8;
		dst += 8;
		len -= 8;
	}
	if (len > 4)
		return take_8(st, token, src, dst, len);
	return len == 0 || take_4(st, token, src, dst, len);
}

/* Batch bytes go in units of four, so that erasing never meets a byte twice. */
static inline size_t batch_cost(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* Where the unread bytes begin; @unread was read once and is at most VGR_BATCH_LEN (I4). */
static inline uint8_t *batch_position(struct vgr_state *st, uint64_t unread)
{
	return (uint8_t *)(st + 1) - unread;
}

/* 1 to 32 bytes, straight from the batch. False: there are not enough, or changed. */
static inline bool draw_small(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
{
	size_t cost = batch_cost(len);
	uint64_t unread = READ_ONCE(st->unread);

	/* cost <= unread <= VGR_BATCH_LEN, in one comparison */
	if (unlikely(unread - cost > VGR_BATCH_LEN - cost))
		return false;
	if (!take_small(st, token, batch_position(st, unread), dst, len))
		return false;
	vgr_local_sub(&st->unread, cost);
	return true;
}

/* Any @len up to @unread. */
static bool take(struct vgr_state *st, uint64_t token, uint64_t unread, uint8_t *dst, size_t len)
{
	uint8_t *src = batch_position(st, unread);
	size_t cost = batch_cost(len);

	for (; len > SMALL_LEN_MAX; src += 16, dst += 16, len -= 16)
		if (!take_16(st, token, src, dst))
			return false;
	if (!take_small(st, token, src, dst, len))
		return false;
	vgr_local_sub(&st->unread, cost);
	return true;
}

/*
 * A new key and a new batch from the key: fast key erasure. For the time of the
 * refill `unread` holds the token, which is no valid count; if it is still there
 * at the end, neither key nor batch was wiped meanwhile, and the one instruction
 * that finds out also publishes the batch (I4).
 */
static bool refill(struct vgr_state *st, uint64_t token)
{
	uint8_t *last = st->key + (VGR_REFILL_BLOCKS - 1) * VGR_CHACHA20_BLOCK_LEN;

	WRITE_ONCE(st->unread, token);
	barrier();
	generate(st->key, last, VGR_REFILL_BLOCKS, st->key);
	barrier();
	return vgr_local_cmpxchg(&st->unread, token, VGR_BATCH_LEN);
}

static bool draw_from_batch(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
{
	for (;;) {
		uint64_t unread = READ_ONCE(st->unread);
		size_t part = unread > VGR_BATCH_LEN ? 0 : unread & ~(uint64_t)3;

		if (part > len)
			part = len;
		if (part && !take(st, token, unread, dst, part))
			return false;
		dst += part;
		len -= part;
		if (len == 0)
			return true;
		if (!refill(st, token))
			return false;
	}
}

/* The last up to 32 bytes of a direct read; the tail is erased as it is handed out. */
static void take_tail(struct vgr_state *st, uint8_t *dst, size_t len)
{
	vgr_unaligned64 *word = (vgr_unaligned64 *)st->tail;

	for (; len >= 8; word++, dst += 8, len -= 8)
		*(vgr_unaligned64 *)dst = READ_ONCE(*word);
	for (uint64_t v = READ_ONCE(*word); len; v >>= 8, len--)
		*dst++ = (uint8_t)v;
	for (word = (vgr_unaligned64 *)st->tail; word < (vgr_unaligned64 *)st->key; word++)
		WRITE_ONCE(*word, 0);
}

/*
 * A large read: all blocks but the last go straight into the buffer. The last one
 * ends in the state: its second half is the new key, its first half ends the
 * output. What is still missing then, at most 32 bytes, comes from the batch.
 */
static bool draw_direct(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
{
	size_t nblocks = (len - 1) / VGR_CHACHA20_BLOCK_LEN;
	size_t rest = len - nblocks * VGR_CHACHA20_BLOCK_LEN;
	size_t from_tail = rest < sizeof(st->tail) ? rest : sizeof(st->tail);

	generate(dst, st->tail, nblocks + 1, st->key);
	barrier();
	dst += nblocks * VGR_CHACHA20_BLOCK_LEN;
	take_tail(st, dst, from_tail);
	return draw_from_batch(st, token, dst + from_tail, rest - from_tail);
}

/*
 * A new key from the RNG. The generation is stored before the system call, so that
 * a wipe at any time leaves it 0 or is followed by a fresh key (I7). Until the
 * call has answered, seed_id says that there is no key yet.
 */
static bool reseed(struct vgr_state *st, uint64_t generation)
{
	uint8_t *seed = st->key - (VGR_SEED_LEN - VGR_CHACHA20_KEY_LEN);
	uint64_t seed_id;

	WRITE_ONCE(st->unread, 0);
	WRITE_ONCE(st->seed_id, 0);
	WRITE_ONCE(st->generation, generation);
	barrier();
	if (vgr_sys_getrandom(seed, VGR_SEED_LEN, 0) != VGR_SEED_LEN) {
		WRITE_ONCE(st->generation, 0);
		return false;
	}
	seed_id = READ_ONCE(*(vgr_unaligned64 *)seed);
	WRITE_ONCE(*(vgr_unaligned64 *)seed, 0);
	WRITE_ONCE(st->seed_id, seed_id);
	return true;
}

static bool has_key(const struct vgr_state *st, uint64_t generation)
{
	return READ_ONCE(st->generation) == generation && READ_ONCE(st->seed_id) != 0;
}

static enum outcome draw(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
{
	uint64_t generation = rng_generation();
	bool drawn;

	if (READ_ONCE(st->token) != 0)
		return REFUSED;
	WRITE_ONCE(st->token, token);
	if (!has_key(st, generation) && !reseed(st, generation)) {
		abandon(st, token);
		return REFUSED;
	}
	if (len > BATCH_READ_MAX)
		drawn = draw_direct(st, token, dst, len);
	else
		drawn = draw_from_batch(st, token, dst, len);
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
	char frame;
	ssize_t ret;

	for (; attempts; attempts--) {
		enum outcome outcome = draw(st, (uintptr_t)&frame, dst, len);

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

/* What is not an ordinary request: the question for the parameters, and errors. */
static __attribute__((noinline)) ssize_t odd_request(void *buffer, size_t len, unsigned int flags,
						     void *opaque_state, size_t opaque_len)
{
	if (opaque_len == ~0UL && !buffer && !len && !flags) {
		struct vgetrandom_opaque_params *params = opaque_state;

		params->size_of_opaque_state = sizeof(struct vgr_state);
		params->mmap_prot = PROT_READ | PROT_WRITE;
		params->mmap_flags = MAP_DROPPABLE | MAP_ANONYMOUS;
		for (size_t i = 0; i < sizeof(params->reserved) / sizeof(params->reserved[0]); i++)
			WRITE_ONCE(params->reserved[i], 0);
		return 0;
	}
	if (straddles_page(opaque_state))
		return -EFAULT;
	return vgr_sys_getrandom(buffer, len, flags);
}

/* Everything but 1 to 32 bytes. */
static __attribute__((noinline)) ssize_t long_request(void *buffer, size_t len, unsigned int flags,
						      struct vgr_state *st)
{
	if (len == 0)
		return 0;
	if (len > READ_LEN_MAX)
		len = READ_LEN_MAX;
	return draw_or_ask_kernel(buffer, len, flags, st, 2, false);
}

ssize_t __vdso_getrandom(void *buffer, size_t len, unsigned int flags, void *opaque_state,
			 size_t opaque_len)
{
	struct vgr_state *st = opaque_state;
	uint64_t generation;
	uint64_t token;
	char frame;

	if (unlikely(opaque_len != sizeof(*st) || straddles_page(st) || !flags_are_valid(flags)))
		return odd_request(buffer, len, flags, opaque_state, opaque_len);
	generation = rng_generation();
	if (unlikely(!rng_is_ready()))
		return vgr_sys_getrandom(buffer, len, flags);
	if (unlikely(len - 1 > SMALL_LEN_MAX - 1))
		return long_request(buffer, len, flags, st);
	if (unlikely(READ_ONCE(st->token) != 0))
		return vgr_sys_getrandom(buffer, len, flags);

	token = (uintptr_t)&frame;
	WRITE_ONCE(st->token, token);
	if (unlikely(READ_ONCE(st->generation) != generation) ||
	    unlikely(!draw_small(st, token, buffer, len))) {
		/* Out of date or read up, which is no failure; or wiped meanwhile. */
		bool wiped = abandon(st, token);

		return draw_or_ask_kernel(buffer, len, flags, st, wiped ? 1 : 2, wiped);
	}
	barrier();
	if (unlikely(!is_unchanged(st, token, generation))) {
		abandon(st, token);
		return draw_or_ask_kernel(buffer, len, flags, st, 1, true);
	}
	release(st);
	return (ssize_t)len;
}

extern vgr_getrandom_fn getrandom
	__attribute__((weak, alias("__vdso_getrandom"), visibility("default")));
