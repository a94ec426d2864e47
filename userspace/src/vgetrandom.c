// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The call path: from the thread's seat to the image and back. getrandom(2) and getentropy(3),
 * and the one place where -errno becomes errno.
 */
#include <vgetrandom/vgetrandom.h>

#include <errno.h>
#include <sys/random.h>

#include "arch.h"
#include "call.h"
#include "expand.h"
#include "thread.h"

#define likely(x)          __builtin_expect(!!(x), 1)
#define unlikely(x)        __builtin_expect(!!(x), 0)

#define GETENTROPY_LEN_MAX 256

/*
 * Of GRND_INSECURE, with and without GRND_RANDOM, the kernel's own vDSO function and the system
 * call think differently, and old kernels, too: the system call decides.
 */
#define FLAGS_MAX (GRND_NONBLOCK | GRND_RANDOM)

/* One instruction each: a handler's counts are not lost, and other threads read whole numbers. */
static inline void count(struct vgr_counters *counters, ssize_t ret)
{
	vgr_local_add(&counters->calls, 1);
	if (likely(ret >= 0))
		vgr_local_add(&counters->bytes, (uint64_t)ret);
}

static inline __attribute__((always_inline)) ssize_t draw(void *buf, size_t len, unsigned int flags)
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

	t = vgr_thread();
	mark = vgr_get_mark(t);
	if (unlikely(mark->engine != engine))
		return vgr_thread_draw_unseated(buf, len, flags);
	if (unlikely(flags > FLAGS_MAX))
		return vgr_thread_draw_by_kernel(buf, len, flags);

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
	count(seat->counters, ret);
	if (unlikely(*seat->witness != seat->witness_seen))
		vgr_thread_note_change(t, seat);
	if (unlikely(!vgr_leave_seat(t, seat)))
		vgr_thread_return_state(seat, state);
	return ret;
}

ssize_t vgr_getrandom(void *buf, size_t len, unsigned int flags)
{
	return draw(buf, len, flags);
}

ssize_t vgetrandom(void *buf, size_t len, unsigned int flags)
{
	ssize_t ret = draw(buf, len, flags);

	if (unlikely(ret < 0)) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

int vgetrandom_getentropy(void *buf, size_t len)
{
	unsigned char *p = buf;

	if (len > GETENTROPY_LEN_MAX) {
		errno = EIO;
		return -1;
	}
	while (len) {
		ssize_t ret = vgr_getrandom(p, len, 0);

		if (ret == -EINTR)
			continue;
		if (ret <= 0) {
			errno = ret ? (int)-ret : EIO;
			return -1;
		}
		p += ret;
		len -= (size_t)ret;
	}
	return 0;
}
