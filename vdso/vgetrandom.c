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

/* Longest read that is served from the batch; measured, see README.md. */
#define BATCH_READ_MAX (640 < VGR_BATCH_LEN ? 640 : VGR_BATCH_LEN)

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
 * What every kernel with getrandom(2) takes. GRND_INSECURE came later, and whether it is an error,
 * alone or beside GRND_RANDOM, is for the system call to say.
 */
static bool flags_are_valid(unsigned int flags)
{
	return flags <= (GRND_NONBLOCK | GRND_RANDOM);
}

/* Pairs with the release store of whoever changes the generation (abi.h). */
static uint64_t rng_generation(void)
{
	return __atomic_load_n(&vgr_rng_data.generation, __ATOMIC_ACQUIRE);
}

static inline bool rng_is_ready(void)
{
	barrier();
	return vgr_rng_data.is_ready;
}

static void generate(void *dst, void *last, size_t nblocks, const void *key)
{
	vgr_chacha20(READ_ONCE(vgr_rng_data.chacha), dst, last, nblocks, key, 0);
}

/*
 * Compared with memory and not with a value loaded earlier: the barrier sees to that.
 */
static inline bool is_mine(const struct vgr_state *st, uint64_t token)
{
	barrier();
	return likely(st->token == token);
}

/*
 * I5: nothing was wiped since the token was set, and the seed is still the current one. The barrier
 * in is_mine() makes the generation be read again, too.
 */
static inline bool is_unchanged(const struct vgr_state *st, uint64_t token, uint64_t generation)
{
	return is_mine(st, token) && likely(vgr_rng_data.generation == generation);
}

static inline bool is_free(const struct vgr_state *st)
{
	barrier();
	return st->token == 0;
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

/* The same for four bytes: the most frequent read takes no more than it needs. */
static inline bool take_4(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst)
{
	vgr_unaligned32 *src = (vgr_unaligned32 *)((uint8_t *)st + position);
	uint32_t v = READ_ONCE(*src);

	if (!is_mine(st, token))
		return false;
	vgr_local_xor32(src, v);
	*(vgr_unaligned32 *)dst = v;
	return true;
}

/* What a read of @len bytes takes from the batch: eights, so that no byte is erased twice. */
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

/* 1 to 32 bytes, without a loop. False: wiped. */
static inline bool take_small(struct vgr_state *st, uint64_t token, uint64_t position, uint8_t *dst,
			      size_t len)
{
	size_t done = 0;

	if (len == 4) {
		if (!take_4(st, token, position, dst))
			return false;
		vgr_local_add(&st->position, 4);
		return true;
	}
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
	vgr_local_add(&st->position, batch_cost(len));
	return true;
}

/*
 * Any @len of which there is enough. Not inline, like take_tail(): what it held in registers that a
 * function must preserve is gone when it returns, and no later call pushes it to the stack (I9).
 */
static __attribute__((noinline)) bool take(struct vgr_state *st, uint64_t token, uint64_t position,
					   uint8_t *dst, size_t len)
{
	size_t cost = batch_cost(len);

	for (; len >= 16; position += 16, dst += 16, len -= 16)
		if (!take_16(st, token, position, dst))
			return false;
	if (!take_rest(st, token, position, dst, len))
		return false;
	vgr_local_add(&st->position, cost);
	return true;
}

/*
 * A new key and a new batch from the key: fast key erasure. For the time of the
 * refill the token stands for the position, which it can never be; if it is still there
 * at the end, neither key nor batch was wiped meanwhile, and the one instruction
 * that finds out also publishes the batch (I4).
 */
static bool refill(struct vgr_state *st, uint64_t token)
{
	uint8_t *last = st->key + (VGR_REFILL_BLOCKS - 1) * VGR_CHACHA20_BLOCK_LEN;

	WRITE_ONCE(st->position, token);
	barrier();
	generate(st->key, last, VGR_REFILL_BLOCKS, st->key);
	barrier();
	return vgr_local_cmpxchg(&st->position, token, VGR_BATCH_OFFSET);
}

static bool draw_from_batch(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len)
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
		if (!refill(st, token))
			return false;
	}
}

/* The last up to 32 bytes of a direct read; the tail is erased as it is handed out. */
static __attribute__((noinline)) void take_tail(struct vgr_state *st, uint8_t *dst, size_t len)
{
	vgr_unaligned64 *word = (vgr_unaligned64 *)st->tail;

	for (; len >= 8; word++, dst += 8, len -= 8)
		*(vgr_unaligned64 *)dst = READ_ONCE(*word);
	/* A whole tail ends here: behind it lies the new key. */
	for (uint64_t v = len ? READ_ONCE(*word) : 0; len; v >>= 8, len--)
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
	rest -= from_tail;
	return rest == 0 || draw_from_batch(st, token, dst + from_tail, rest);
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

	WRITE_ONCE(st->position, 0);
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

	if (!is_free(st))
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
	if (!rng_is_ready())
		return vgr_sys_getrandom(buffer, len, flags);
	if (len == 0)
		return 0;
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
			WRITE_ONCE(params->reserved[i], 0);
		return 0;
	}
	if (straddles_page(opaque_state))
		return -EFAULT;
	if (opaque_len != sizeof(struct vgr_state) || !flags_are_valid(flags))
		return vgr_sys_getrandom(buffer, len, flags);
	return any_request(buffer, len, flags, opaque_state);
}

/* The end of every small read. */
static inline __attribute__((always_inline)) ssize_t
finish_small(void *buffer, size_t len, unsigned int flags, struct vgr_state *st,
	     uint64_t generation, uint64_t token, uint64_t position)
{
	if (unlikely(!take_small(st, token, position, buffer, len)) ||
	    unlikely(!is_unchanged(st, token, generation))) {
		abandon(st, token);
		return draw_or_ask_kernel(buffer, len, flags, st, 1, true);
	}
	release(st);
	return (ssize_t)len;
}

/* The state is ours; the batch is read up, or the key out of date. */
static __attribute__((noinline)) ssize_t refill_small(void *buffer, size_t len, unsigned int flags,
						      struct vgr_state *st, uint64_t generation,
						      uint64_t token)
{
	if (unlikely(!has_key(st, generation)) || unlikely(!refill(st, token))) {
		bool wiped = abandon(st, token);

		return draw_or_ask_kernel(buffer, len, flags, st, wiped ? 1 : 2, false);
	}
	return finish_small(buffer, len, flags, st, generation, token, VGR_BATCH_OFFSET);
}

/* 1 to 32 bytes: all there is to do as long as nothing is out of the ordinary. */
static inline __attribute__((always_inline)) ssize_t small_request(void *buffer, size_t len,
								   unsigned int flags,
								   struct vgr_state *st,
								   uint64_t generation)
{
	uint64_t token = vgr_stack_pointer();
	uint64_t position;

	WRITE_ONCE(st->token, token);
	barrier();
	position = READ_ONCE(st->position);
	if (unlikely(st->generation != generation) || unlikely(!is_position(position)))
		return refill_small(buffer, len, flags, st, generation, token);
	return finish_small(buffer, len, flags, st, generation, token, position);
}

/* Not inline, so that the registers it saves cost the frequent lengths nothing. */
static __attribute__((noinline)) ssize_t small_request_of_any_len(void *buffer, size_t len,
								  unsigned int flags,
								  struct vgr_state *st,
								  uint64_t generation)
{
	return small_request(buffer, len, flags, st, generation);
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
	if (unlikely(len - 1 > VGR_SMALL_LEN_MAX - 1) || unlikely(!rng_is_ready()) ||
	    unlikely(!is_free(st)))
		return any_request(buffer, len, flags, st);
	/*
	 * An integer, a UUID, a key, a long integer: a constant length halves the time. In this
	 * order, by the number of jumps that are taken: a switch would become a tree.
	 */
	if (likely(len == 4))
		return small_request(buffer, 4, flags, st, generation);
	if (likely(len == 16))
		return small_request(buffer, 16, flags, st, generation);
	if (likely(len == 32))
		return small_request(buffer, 32, flags, st, generation);
	if (likely(len == 8))
		return small_request(buffer, 8, flags, st, generation);
	return small_request_of_any_len(buffer, len, flags, st, generation);
}

extern vgr_getrandom_fn getrandom
	__attribute__((weak, alias("__vdso_getrandom"), visibility("default")));
