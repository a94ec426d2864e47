/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A thread's use of the generator.
 *
 * A thread has a seat per engine that it has used, with a state of its own, and is armed with
 * one of them while no call is under way. The mark lies here and not in the state's page,
 * which may be wiped at any time: a signal handler that interrupts a call finds the
 * thread disarmed and uses the system call, whatever happened to the page. The child of a
 * fork inherits the mark, which is right for the interrupted call.
 */
#ifndef VGR_THREAD_H
#define VGR_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine.h"
#include "pool.h"

struct vgr_seat {
	const struct vgr_engine *engine;
	void *state;
	struct vgr_counters *counters;

	/*
	 * A word that a fork changes and, if the layout of the state is known, a reseed;
	 * and what it last was.
	 */
	const uint64_t *witness;
	uint64_t witness_seen;

	uint64_t generation_seen;
	struct vgr_slot slot;
};

struct vgr_thread {
	struct vgr_seat *armed; /* &vgr_no_seat while disarmed */

	/* From here on only slow paths. */
	struct vgr_seat *current; /* armed with last; NULL: never, or it was given up */
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

extern __thread struct vgr_thread vgr_this_thread __attribute__((tls_model("initial-exec")));

/* All zero, and never written to: no engine in use is equal to its NULL. */
extern struct vgr_seat vgr_no_seat;

/* Set by vgetrandom_prepare(). */
extern bool vgr_is_prepared;

/* The other party is a signal handler of the same thread: program order is what matters. */
static inline void vgr_arm(struct vgr_thread *t, struct vgr_seat *seat)
{
	atomic_signal_fence(memory_order_seq_cst);
	*(struct vgr_seat *volatile *)&t->armed = seat;
}

static inline void vgr_disarm(struct vgr_thread *t)
{
	*(struct vgr_seat *volatile *)&t->armed = &vgr_no_seat;
	atomic_signal_fence(memory_order_seq_cst);
}

static inline struct vgr_seat *vgr_armed(const struct vgr_thread *t)
{
	return *(struct vgr_seat *const volatile *)&t->armed;
}

/*
 * Gives the calling thread a state of the engine in use.
 *
 * Returns 0 or -errno.
 */
int vgr_thread_attach(void);

/*
 * The call when the thread is not armed with the engine in use: no state yet, another
 * provider, or in the middle of a call. Like vgr_getrandom().
 */
ssize_t vgr_thread_draw_unarmed(void *buf, size_t len, unsigned int flags);

/*
 * The call when only the system call can tell the result. Like vgr_getrandom().
 */
ssize_t vgr_thread_draw_by_kernel(void *buf, size_t len, unsigned int flags);

/*
 * The call when the generation could not be renewed. Like vgr_getrandom().
 */
ssize_t vgr_thread_draw_unrenewed(void *buf, size_t len, unsigned int flags);

/*
 * After a call that found its seat's witness changed.
 */
void vgr_thread_note_change(struct vgr_thread *t, struct vgr_seat *seat);

/*
 * After a call whose state a signal handler meanwhile took for stuck and gave up.
 */
void vgr_thread_return_state(const struct vgr_engine *engine, void *state);

#endif
