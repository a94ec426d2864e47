/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A thread's use of the generator.
 *
 * A thread has a seat per engine that it has used, with a state of its own. Its mark says which
 * seat the next call may take, or which one a call is using. The mark lies here and not in the
 * state's page, which may be wiped at any time: a signal handler that interrupts a call finds
 * the seat in use and asks the kernel, whatever happened to the page. The child of a fork
 * inherits the mark, which is right for the interrupted call.
 */
#ifndef VGR_THREAD_H
#define VGR_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>

#include "engine.h"
#include "pool.h"

/*
 * What a thread's mark points to. The engine tells whether the seat can be taken: it is NULL in a
 * mark of use, and no engine in use is NULL.
 */
struct vgr_mark {
	const struct vgr_engine *engine;
};

struct vgr_seat {
	struct vgr_mark free; /* first, so that the mark of a free seat is the seat */
	struct vgr_mark used; /* its engine is always NULL */
	void *state;          /* NULL: none, or given up; the seat itself: no need of one */
	struct vgr_counters *counters;

	/*
	 * A word that a fork changes and, if the layout of the state is known, a reseed;
	 * and what it last was.
	 */
	const uint64_t *witness;
	uint64_t witness_seen;

	uint64_t generation_seen;
	struct vgr_pool *pool; /* where the state is from; NULL: from nowhere */
	struct vgr_slot slot;
};

struct vgr_thread {
	struct vgr_mark *mark; /* &vgr_no_seat: there is no seat */

	/* From here on only slow paths. */
	struct vgr_seat seats[VGR_NUM_ENGINES];
	uint64_t calls_when_busy;
	unsigned int busy_in_a_row;
	unsigned int calls_until_retry;
	bool attaching;
	bool exiting;
	bool ever_gave_up; /* a state, in this process or one that it was forked from */

	/* For an engine without states. */
	struct vgr_counters own_counters;
};

_Static_assert(sizeof(struct vgr_thread) <= VGETRANDOM_THREAD_LEN, "port.h says so");
_Static_assert(_Alignof(struct vgr_thread) <= VGETRANDOM_THREAD_ALIGN, "port.h says so");

/* Its engine is always NULL. */
extern struct vgr_mark vgr_no_seat __attribute__((visibility("hidden")));

static inline struct vgr_thread *vgr_thread(void)
{
	return vgr_port_thread();
}

/*
 * The other party is a signal handler of the same thread: program order is what matters. What is
 * kept is read once, through volatile; a mere comparison needs no load of its own.
 */
#define vgr_signal_fence() atomic_signal_fence(memory_order_seq_cst)

static inline struct vgr_mark *vgr_get_mark(const struct vgr_thread *t)
{
	return *(struct vgr_mark *const volatile *)&t->mark;
}

static inline bool vgr_has_mark(const struct vgr_thread *t, const struct vgr_mark *mark)
{
	vgr_signal_fence();
	return t->mark == mark;
}

static inline void vgr_set_mark(struct vgr_thread *t, struct vgr_mark *mark)
{
	vgr_signal_fence();
	*(struct vgr_mark *volatile *)&t->mark = mark;
	vgr_signal_fence();
}

static inline void *vgr_get_state(const struct vgr_seat *seat)
{
	return *(void *const volatile *)&seat->state;
}

static inline bool vgr_has_state(const struct vgr_seat *seat, const void *state)
{
	vgr_signal_fence();
	return seat->state == state;
}

/*
 * The end of a call: makes the seat free again. Returns false if it is not the call's any more: a
 * handler took the call for stuck and gave up its state. What the mark says is that handler's
 * affair then, and so is the seat's other state: a draw on that may have been left by a jump into
 * the handler, and is found out by the mark that it left.
 *
 * A handler that does so between the look and the store, or right before a call's mark of use,
 * takes that mark away from a state that stays in use for ever. Its thread draws right bytes, but
 * each by the system call; and a state that is given up there is nobody's.
 */
static inline bool vgr_leave_seat(struct vgr_thread *t, struct vgr_seat *seat, const void *state)
{
	/* Computed again and not kept during the call: a register to save would cost more. */
	__asm__("" : "+r"(seat));
	if (!vgr_has_mark(t, &seat->used) || !vgr_has_state(seat, state))
		return false;
	vgr_set_mark(t, &seat->free);
	return true;
}

/*
 * Gives the calling thread a state of the engine in use, of the pool's newest block; what it had
 * goes back. Not for signal handlers: a call that seems to be under way was left by a jump.
 *
 * Returns 0 or -errno.
 */
int vgr_thread_attach_anew(void);

/*
 * From now on threads that give up a state get another one without system calls or not at all, and
 * together not more than @num until the next call of this function.
 */
void vgr_thread_limit_spares(unsigned int num);

/*
 * The call when there is no free seat of the engine in use: no state yet, another provider, or
 * in the middle of a call. Like vgetrandom_core_getrandom().
 */
ssize_t vgr_thread_draw_unseated(void *buf, size_t len, unsigned int flags);

/*
 * The call when only the system call can tell the result. Like vgetrandom_core_getrandom().
 */
ssize_t vgr_thread_draw_by_kernel(void *buf, size_t len, unsigned int flags);

/*
 * The call when its seat lost its state just before the mark was set. Like
 * vgetrandom_core_getrandom().
 */
ssize_t vgr_thread_draw_again(struct vgr_seat *seat, void *buf, size_t len, unsigned int flags);

/*
 * The call when the generation could not be renewed. Like vgetrandom_core_getrandom().
 */
ssize_t vgr_thread_draw_unrenewed(void *buf, size_t len, unsigned int flags);

/*
 * After a call that found its seat's witness changed.
 */
void vgr_thread_note_change(struct vgr_thread *t, struct vgr_seat *seat);

/*
 * After a call that was not left, although a signal handler thought so and gave up its state.
 */
void vgr_thread_return_state(struct vgr_seat *seat, void *state);

#endif
