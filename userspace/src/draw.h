/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The call path. A small read takes its bytes out of the batch, a larger one calls the image's
 * function; whatever does not go smoothly goes to draw.c. Inline, because the core's function and
 * the library's, which turns -errno into errno, each are this and nothing else.
 */
#ifndef VGR_DRAW_H
#define VGR_DRAW_H

#include <linux/random.h>
#include <sys/types.h>

#include "access.h"
#include "arch.h"
#include "claim.h"
#include "judge.h"
#include "pool.h"
#include "provider.h"
#include "thread.h"

/*
 * GRND_INSECURE is newer than getrandom(2), and Linux's vDSO function accepts it beside
 * GRND_RANDOM, which the system call refuses: the system call decides.
 */
#define VGR_FLAGS_MAX (GRND_NONBLOCK | GRND_RANDOM)

/*
 * Like every read(2): no call writes more than INT_MAX rounded down to the kernel's pages. They
 * have at most 64 KiB, so that less than this is never cut.
 */
#define VGR_READ_LEN_ALWAYS ((size_t)INT32_MAX & ~(size_t)0xffff)

/* Longest life of a key in seconds, like CRNG_RESEED_INTERVAL of Linux. */
#define VGR_RESEED_INTERVAL_S 60

/* A look rejects a key of 59 s already, because the next look may be a second away. */
#define VGR_AGE_MAX_S (VGR_RESEED_INTERVAL_S - 1)

/*
 * What was asked for. It lies on the caller's stack, so that no register has to be kept for what
 * only a slow path needs, and its address is the token that names the call.
 */
struct vgr_call {
	void *buf;
	size_t len;
	unsigned int flags;
};

static inline uint64_t vgr_token(const struct vgr_call *call)
{
	return (uintptr_t)call;
}

/* What the kernel would make of a length above VGR_READ_LEN_ALWAYS. */
size_t vgr_read_len(size_t len);

/* Any request, by a call that has not marked its slot. Like vgetrandom_core_getrandom(). */
ssize_t vgr_draw_slow(const struct vgr_call *call);

/* The same by one that has, and drew nothing that counts. */
ssize_t vgr_draw_again(const struct vgr_call *call, struct vgr_slot *slot);

/* After a draw by the image: counts a new seed of @slot. @renewed: it was asked for. */
void vgr_note_seed(struct vgr_slot *slot, const struct vgr_state *state, bool renewed);

/* Looks at the age of the key of @slot. Returns whether it may be used on. */
bool vgr_look_at_age(struct vgr_slot *slot);

/*
 * The age is looked at once in each second of the wall clock. Setting that clock only brings the
 * next look forward, unless it is set back, for each second anew, into the second of the last one.
 */
static inline bool vgr_is_young(const struct vgr_provider *provider, struct vgr_slot *slot)
{
	if (likely(provider->seconds) &&
	    likely((uint32_t)provider->seconds(NULL) == READ_ONCE(slot->looked_at)))
		return true;
	return vgr_look_at_age(slot);
}

/* Whether what was drawn from @slot until now counts. */
static inline bool vgr_is_fresh(const struct vgr_provider *provider, struct vgr_slot *slot)
{
	if (provider->freshness == VGR_FRESH_BY_JUDGE)
		return vgr_judge_agrees(provider, slot);
	return provider->freshness == VGR_FRESH_BY_IMAGE || vgr_is_young(provider, slot);
}

/* One instruction each: other threads read whole numbers. Without control.c nobody does. */
static inline void vgr_count(struct vgr_slot *slot, size_t len)
{
#ifdef VGR_WITHOUT_CONTROL
	(void)slot;
	(void)len;
#else
	vgr_local_add(&slot->calls, 1);
	vgr_local_add(&slot->bytes, len);
#endif
}

/*
 * Touches the buffer before the slot is in use: a handler that jumps out of its fault loses no
 * state, nor does one that maps the page and resumes the call on another thread (user-level
 * paging).
 */
static inline __attribute__((always_inline)) void vgr_touch(void *buf, size_t len)
{
	volatile uint8_t *p = buf;

	if (len == 0)
		return;
	for (size_t i = 0; i < len; i += VGR_PAGE_SIZE)
		p[i] = 0;
	p[len - 1] = 0;
}

static inline __attribute__((always_inline)) ssize_t vgr_draw_small(const struct vgr_call *call,
								    void *buf, size_t len)
{
	const struct vgr_provider *provider = vgr_provider();
	struct vgr_state *state;
	struct vgr_slot *slot;

	if (unlikely(vgr_get_in_use() != 0))
		return vgr_draw_slow(call);
	vgr_touch(buf, len);
	vgr_set_in_use(vgr_token(call));
	slot = vgr_get_slot();
	/*
	 * After a context switch around the mark, mark and slot belong to different threads, and
	 * the slot is not ours. A slot also says that there is a provider.
	 */
	if (unlikely(vgr_get_in_use() != vgr_token(call)) || unlikely(!slot) ||
	    unlikely(slot->provider != provider))
		return vgr_draw_again(call, slot);
	/* Read once: after a fork in a handler it is NULL. A state of ours has its rng_data. */
	state = READ_ONCE(slot->state);
	if (unlikely(!state) || unlikely(!claim_small(state, buf, len)) ||
	    unlikely(!is_current(state, provider->rng_data)) ||
	    unlikely(!vgr_is_fresh(provider, slot)))
		return vgr_draw_again(call, slot);
	vgr_count(slot, len);
	if (unlikely(vgr_get_in_use() != vgr_token(call)))
		return vgr_draw_again(call, slot);
	vgr_set_idle();
	return (ssize_t)len;
}

/* A read that the image makes, as long as nothing is out of the ordinary. */
static inline __attribute__((always_inline)) ssize_t vgr_draw_large(const struct vgr_call *call)
{
	const struct vgr_provider *provider = vgr_provider();
	struct vgr_state *state;
	struct vgr_slot *slot;
	ssize_t ret;

	if (unlikely(!provider) || unlikely(!provider->rng_data) || unlikely(vgr_get_in_use() != 0))
		return vgr_draw_slow(call);
	vgr_touch(call->buf, call->len);
	vgr_set_in_use(vgr_token(call));
	slot = vgr_get_slot();
	if (unlikely(vgr_get_in_use() != vgr_token(call)) || unlikely(!slot) ||
	    unlikely(slot->provider != provider))
		return vgr_draw_again(call, slot);
	state = READ_ONCE(slot->state);
	/* An empty state is seeded where the judge is armed first. */
	if (unlikely(!state) || unlikely(READ_ONCE(state->generation) == 0))
		return vgr_draw_again(call, slot);
	ret = provider->getrandom(call->buf, call->len, call->flags, state, sizeof(*state));
	if (unlikely(ret < 0) || unlikely(!vgr_is_fresh(provider, slot)))
		return vgr_draw_again(call, slot);
	if (unlikely(READ_ONCE(state->seed_id) != slot->seed_id))
		vgr_note_seed(slot, state, false);
	vgr_count(slot, (size_t)ret);
	if (unlikely(vgr_get_in_use() != vgr_token(call)))
		return vgr_draw_again(call, slot);
	vgr_set_idle();
	return ret;
}

/*
 * Defines @name, of getrandom(2)'s arguments, whose result is @result of bytes or -errno. An
 * integer, a UUID, a key, a long integer: a constant length halves the time. Functions of their
 * own, so that none saves more registers than it needs.
 */
#define VGR_DRAW_OF(name, n, result)                                                             \
	static __attribute__((noinline)) ssize_t name(void *buf, size_t len, unsigned int flags) \
	{                                                                                        \
		struct vgr_call call = { buf, len, flags };                                      \
                                                                                                 \
		/* From here on it is in memory. */                                              \
		__asm__ volatile("" : "+m"(call));                                               \
		return result(vgr_draw_small(&call, buf, n));                                    \
	}

#define VGR_DRAW(name, result)                                        \
	VGR_DRAW_OF(name##_4, 4, result)                              \
	VGR_DRAW_OF(name##_8, 8, result)                              \
	VGR_DRAW_OF(name##_16, 16, result)                            \
	VGR_DRAW_OF(name##_32, 32, result)                            \
	VGR_DRAW_OF(name##_64, 64, result)                            \
	VGR_DRAW_OF(name##_few, len, result)                          \
                                                                      \
	static __attribute__((noinline))                              \
	ssize_t name##_any(void *buf, size_t len, unsigned int flags) \
	{                                                             \
		struct vgr_call call = { buf, len, flags };           \
                                                                      \
		if (unlikely(len > VGR_READ_LEN_ALWAYS))              \
			call.len = vgr_read_len(len);                 \
		if (unlikely(flags > VGR_FLAGS_MAX))                  \
			return result(vgr_draw_slow(&call));          \
		return result(vgr_draw_large(&call));                 \
	}                                                             \
                                                                      \
	ssize_t name(void *buf, size_t len, unsigned int flags)       \
	{                                                             \
		if (unlikely(flags > VGR_FLAGS_MAX))                  \
			return name##_any(buf, len, flags);           \
		if (likely(len == 4))                                 \
			return name##_4(buf, len, flags);             \
		if (likely(len == 16))                                \
			return name##_16(buf, len, flags);            \
		if (likely(len == 32))                                \
			return name##_32(buf, len, flags);            \
		if (likely(len == 8))                                 \
			return name##_8(buf, len, flags);             \
		if (likely(len == 64))                                \
			return name##_64(buf, len, flags);            \
		if (len - 1 > VGR_CLAIM_LEN_MAX - 1)                  \
			return name##_any(buf, len, flags);           \
		return name##_few(buf, len, flags);                   \
	}

#endif
