// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the two ways of draw.h leave: no slot yet, an exhausted batch, an empty state, a key that is
 * too old, the system call. Each attempt marks the slot, has the provider's function draw from it,
 * asks whether that counts, and leaves the slot. An attempt that came to nothing says so, and the
 * one loop, in draw(), decides what is next.
 */
#include "draw.h"

#include <linux/errno.h>
#include <stdint.h>

#include "memory.h"
#include "seed.h"
#include "shared.h"
#include "wipe.h"

#define ATTEMPTS 3

/* What an attempt came to. */
enum verdict {
	DRAWN,
	TRY_AGAIN,  /* nothing that counts, and the reason may be gone */
	ASK_KERNEL, /* nothing, for a reason that stays */
};

struct outcome {
	ssize_t ret;           /* of what was drawn */
	enum vgr_fallback why; /* else */
};

size_t vgr_read_len(size_t len)
{
	size_t max = (size_t)INT32_MAX & ~(vgr_page_len() - 1);

	return len < max ? len : max;
}

/*
 * In the place of a second if time() is missing or failed (in User Mode Linux it is a system call,
 * which a filter may refuse). No -errno has these bits, so the comparison of the fast path fails,
 * and each draw looks at the age. As a second, in January 2038, it does no harm.
 */
#define NO_SECOND 0x80000000u

static uint32_t read_second(const struct vgr_provider *provider)
{
	long second = provider->seconds ? provider->seconds(NULL) : 0;

	return second > 0 ? (uint32_t)second : NO_SECOND;
}

/*
 * If the clock cannot be read, or went back (another time namespace), the key counts as too old. A
 * jump of the wall clock renews it, too: that may be the only sign that the machine was cloned or
 * the process restored.
 */
bool vgr_look_at_age(struct vgr_slot *slot)
{
	const struct vgr_provider *provider = READ_ONCE(slot->provider);
	struct vgr_port_timespec now;
	uint32_t second, since_look;

	if (unlikely(!provider))
		return false;
	second = read_second(provider);
	since_look = second == NO_SECOND ? 0 : second - READ_ONCE(slot->looked_at);
	if (provider->clock(VGR_CLOCK, &now) != 0 || since_look >= VGR_RESEED_INTERVAL_S ||
	    (uint32_t)now.s - READ_ONCE(slot->seeded_at) >= VGR_AGE_MAX_S)
		return false;
	WRITE_ONCE(slot->looked_at, second);
	/* A fork in a handler since the draw wiped the slot. */
	return READ_ONCE(slot->provider) == provider;
}

/* From now on the key of @slot counts as new, if the clock can be read. */
static int set_age(const struct vgr_provider *provider, struct vgr_slot *slot)
{
	uint32_t second = read_second(provider);
	struct vgr_port_timespec now;
	int err = provider->clock(VGR_CLOCK, &now);

	if (err)
		return err;
	WRITE_ONCE(slot->seeded_at, (uint32_t)now.s);
	WRITE_ONCE(slot->looked_at, second);
	return 0;
}

/*
 * Wipes the state, so that the next draw asks for a new key. The judge is armed, or the time noted,
 * first.
 */
static int renew(const struct vgr_provider *provider, struct vgr_slot *slot, void *state)
{
	int err = 0;

	if (provider->freshness == VGR_FRESH_BY_JUDGE)
		err = vgr_judge_arm(provider, slot);
	else if (provider->freshness == VGR_FRESH_BY_CLOCK)
		err = set_age(provider, slot);
	/* Zero is empty (I1). */
	if (!err && provider->freshness != VGR_FRESH_BY_IMAGE)
		vgr_wipe(state, provider->state_len);
	return err;
}

/*
 * A seed has a random name; another one than last time is a new seed. If the generation is the same
 * and we did not renew the key, the state was wiped.
 */
void vgr_note_seed(struct vgr_slot *slot, const struct vgr_state *state, bool renewed)
{
	uint64_t seed_id = READ_ONCE(state->seed_id), generation = READ_ONCE(state->generation);

	if (!seed_id)
		return;
	vgr_local_add(&slot->reseeds, 1);
	if (slot->seed_id == VGR_SEED_LOST ||
	    (slot->seed_id && !renewed && generation == slot->generation))
		vgr_local_add(&slot->wipes, 1);
	slot->seed_id = seed_id;
	slot->generation = generation;
}

/*
 * Before a draw from an empty state, and after one that did not count. Returns false if the kernel
 * is to be asked, or another provider is in use now.
 */
static bool prepare_state(const struct vgr_provider *provider, struct vgr_slot *slot, void *state)
{
	int err = renew(provider, slot, state);

	/* If it never worked it is not going to. */
	if (err == -EOPNOTSUPP && vgr_judge_num_words == 0)
		vgr_provider_use(provider->without_judge);
	return err == 0;
}

/* A draw that counts, on a slot that is in use. If two do not, the kernel is asked. */
static enum verdict draw_from(const struct vgr_provider *provider, struct vgr_slot *slot,
			      const struct vgr_call *call, struct outcome *outcome)
{
	struct vgr_state *state = READ_ONCE(slot->state);
	void *opaque = READ_ONCE(slot->opaque);
	bool empty = state && READ_ONCE(state->generation) == 0;

	/* A fork in a handler, right here: the child has to fill the slot in again. */
	if (unlikely(!opaque))
		return TRY_AGAIN;
	for (int i = 0; i < 2; i++) {
		if (unlikely(empty || i > 0) && !prepare_state(provider, slot, opaque))
			break;
		outcome->ret = provider->getrandom(call->buf, call->len, call->flags, opaque,
						   provider->state_len);
		if (likely(vgr_is_fresh(provider, slot))) {
			if (state && unlikely(READ_ONCE(state->seed_id) != slot->seed_id))
				vgr_note_seed(slot, state, i > 0 && !empty);
			vgr_count(slot, outcome->ret > 0 ? (size_t)outcome->ret : 0);
			return DRAWN;
		}
		empty = false;
	}
	outcome->why = VGR_FALLBACK_REFRESH;
	return provider == vgr_provider() ? ASK_KERNEL : TRY_AGAIN;
}

static enum verdict attempt(const struct vgr_call *call, struct outcome *outcome)
{
	const struct vgr_provider *provider = vgr_provider_choose();
	struct vgr_slot *slot;
	enum verdict verdict;

	outcome->why = VGR_FALLBACK_NONE;
	if (!provider->getrandom)
		return ASK_KERNEL;
	if (unlikely(vgr_get_in_use() != 0)) {
		outcome->why = VGR_FALLBACK_BUSY;
		return vgr_thread_give_up_if_stuck() ? TRY_AGAIN : ASK_KERNEL;
	}
	vgr_touch(call->buf, call->len);
	vgr_set_in_use(vgr_token(call));
	slot = vgr_get_slot();
	if (unlikely(!slot) || unlikely(slot->provider != provider) ||
	    unlikely(vgr_get_in_use() != vgr_token(call)))
		slot = vgr_thread_get_slot(provider, vgr_token(call));
	outcome->why = VGR_FALLBACK_NO_STATE;
	/* Moved while it got one: that is the other thread's now, and not this call's. */
	if (unlikely(slot && vgr_get_in_use() != vgr_token(call)))
		verdict = TRY_AGAIN;
	else if (slot)
		verdict = draw_from(provider, slot, call, outcome);
	else
		verdict = provider == vgr_provider() ? ASK_KERNEL : TRY_AGAIN;
	return vgr_thread_leave(vgr_token(call), slot) ? verdict : TRY_AGAIN;
}

/* Bytes that did not count, and that another process may have, do not stay in the buffer. */
static __attribute__((noinline)) ssize_t ask_kernel(const struct vgr_call *call,
						    enum vgr_fallback why, bool dirty)
{
	ssize_t ret = vgr_port_getrandom(call->buf, call->len, call->flags);
	size_t done = ret > 0 ? (size_t)ret : 0;

	if (dirty && done < call->len)
		vgr_wipe((uint8_t *)call->buf + done, call->len - done);
	vgr_shared_count(why, done);
	return ret;
}

static ssize_t draw(const struct vgr_call *call, bool dirty)
{
	struct outcome outcome = { .why = VGR_FALLBACK_NONE };

	for (int i = 0; i < ATTEMPTS && call->flags <= VGR_FLAGS_MAX; i++) {
		enum verdict verdict = attempt(call, &outcome);

		if (likely(verdict == DRAWN))
			return outcome.ret;
		dirty = dirty || verdict == TRY_AGAIN || outcome.why == VGR_FALLBACK_REFRESH;
		if (verdict == ASK_KERNEL)
			break;
	}
	return ask_kernel(call, outcome.why, dirty);
}

ssize_t vgr_draw_slow(const struct vgr_call *call)
{
	return draw(call, false);
}

ssize_t vgr_draw_again(const struct vgr_call *call, struct vgr_slot *slot)
{
	vgr_thread_leave(vgr_token(call), slot);
	return draw(call, true);
}
