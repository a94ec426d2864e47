/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The call path: from the thread's seat to the image and back. Inline, because the core's
 * function and the library's, which turns -errno into errno, each are this and nothing else.
 */
#ifndef VGR_DRAW_H
#define VGR_DRAW_H

#include <linux/random.h>

#include "access.h"
#include "arch.h"
#include "expand.h"
#include "thread.h"

/*
 * Of GRND_INSECURE, with and without GRND_RANDOM, the kernel's own vDSO function and the system
 * call think differently, and old kernels, too: the system call decides.
 */
#define VGR_FLAGS_MAX (GRND_NONBLOCK | GRND_RANDOM)

/* One instruction each: a handler's counts are not lost, and other threads read whole numbers. */
static inline void vgr_count(struct vgr_counters *counters, ssize_t ret)
{
	vgr_local_add(&counters->calls, 1);
	if (likely(ret >= 0))
		vgr_local_add(&counters->bytes, (uint64_t)ret);
}

static inline __attribute__((always_inline)) ssize_t vgr_draw(void *buf, size_t len,
							      unsigned int flags)
{
	const struct vgr_engine *engine = vgr_engine();
	struct vgr_thread *t;
	struct vgr_mark *mark;
	struct vgr_seat *seat;
	void *state;
	ssize_t ret;

	/* First, while there is little to keep during a call. */
	if (likely(engine->inprocess)) {
		uint64_t now = vgr_inprocess_now(engine->inprocess);

		if (unlikely(vgr_inprocess_is_due(engine->inprocess, now)) &&
		    vgr_inprocess_renew() != 0)
			return vgr_thread_draw_unrenewed(buf, len, flags);
	}

	if (unlikely(flags > VGR_FLAGS_MAX))
		return vgr_thread_draw_by_kernel(buf, len, flags);
	t = vgr_thread();
	mark = vgr_get_mark(t);
	if (unlikely(mark->engine != engine))
		return vgr_thread_draw_unseated(buf, len, flags);

	/*
	 * A handler right before the mark may have taken the state away. It may have moved the
	 * thread to another seat, too: then this one is still its own, and free.
	 */
	seat = (struct vgr_seat *)mark;
	state = vgr_get_state(seat);
	if (unlikely(!state))
		return vgr_thread_draw_unseated(buf, len, flags);
	vgr_set_mark(t, &seat->used);
	if (unlikely(!vgr_has_state(seat, state)))
		return vgr_thread_draw_again(seat, buf, len, flags);
	if (likely(len < engine->expand_from))
		ret = engine->getrandom(buf, len, flags, state, engine->state_len);
	else
		ret = vgr_expand(engine->getrandom, state, engine->state_len, buf, len, flags);
	vgr_count(seat->counters, ret);
	if (unlikely(*seat->witness != seat->witness_seen))
		vgr_thread_note_change(t, seat);
	if (unlikely(!vgr_leave_seat(t, seat, state)))
		vgr_thread_return_state(seat, state);
	return ret;
}

#endif
