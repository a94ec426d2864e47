// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a call needs before and besides the draw: how a thread gets its seat and loses it,
 * and what is done when a call finds it busy. All of it is slow and rare.
 */
#include "thread.h"

#include <errno.h>

#include "arch.h"
#include "call.h"
#include "expand.h"
#include "shared.h"
#include "thread-exit.h"

/*
 * So many calls in a row that find the thread disarmed mean that the call which
 * disarmed it was left by a jump and will never end.
 */
#define STUCK_AFTER_CALLS 8

/* Calls until a thread that could get no state tries again. */
#define RETRY_AFTER_CALLS 256

struct vgr_seat vgr_no_seat;

bool vgr_is_prepared;

__thread struct vgr_thread vgr_this_thread
	__attribute__((tls_model("initial-exec"))) = { .armed = &vgr_no_seat };

/* The other party is a signal handler of this thread: program order is what matters. */
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/*
 * A prepared process was promised that its threads make no system call for memory. One that gave up
 * a state has had its share: it gets another only if there is one.
 */
static bool may_grow(const struct vgr_thread *t)
{
	return !(t->ever_gave_up && __atomic_load_n(&vgr_is_prepared, __ATOMIC_RELAXED));
}

static int take_state(struct vgr_thread *t, struct vgr_seat *seat, const struct vgr_engine *engine)
{
	int err = vgr_pool_get(engine->pool, &seat->slot, may_grow(t));

	if (err)
		return err;
	if (!vgr_thread_exit_hook()) {
		vgr_pool_put(engine->pool, seat->slot.state);
		return -ENOTSUP;
	}
	seat->counters = seat->slot.counters;
	seat->witness = &seat->counters->alive;
	seat->witness_seen = 1;
	if (engine->seed_id_offset) {
		seat->witness = (uint64_t *)((char *)seat->slot.state + engine->seed_id_offset);
		seat->witness_seen = 0;
	}
	atomic_signal_fence(memory_order_seq_cst);
	WRITE_ONCE(seat->state, seat->slot.state);
	return 0;
}

static int attach(struct vgr_thread *t)
{
	const struct vgr_engine *engine;
	struct vgr_seat *seat;
	int err = vgr_engine_choose();

	if (err)
		return err;
	engine = vgr_engine();
	seat = &t->seats[engine->provider];
	if (engine->state_len && !seat->state) {
		err = take_state(t, seat, engine);
		if (err)
			return err;
	} else if (!engine->state_len) {
		/* Changes with every call, so that every call is counted where others see it. */
		seat->counters = &t->own_counters;
		seat->witness = &t->own_counters.calls;
	}
	seat->engine = engine;
	t->current = seat;
	vgr_arm(t, seat);
	return 0;
}

/*
 * A handler may come in the middle and must not attach, too; t->attaching tells it. If it leaves
 * by a jump, that mark is recovered like that of a call.
 */
static int attach_once(struct vgr_thread *t)
{
	int saved_errno = errno;
	int err;

	if (t->exiting)
		return -ENOTSUP;
	if (t->calls_until_retry) {
		t->calls_until_retry--;
		return -ENOMEM;
	}
	WRITE_ONCE(t->attaching, true);
	vgr_disarm(t);
	err = attach(t);
	atomic_signal_fence(memory_order_seq_cst);
	WRITE_ONCE(t->attaching, false);
	if (err && err != -EBUSY)
		t->calls_until_retry = RETRY_AFTER_CALLS;
	errno = saved_errno;
	return err;
}

int vgr_thread_attach(void)
{
	struct vgr_thread *t = &vgr_this_thread;

	t->calls_until_retry = 0;
	return t->armed->engine == vgr_engine() ? 0 : attach_once(t);
}

void vgr_thread_exit(void)
{
	struct vgr_thread *t = &vgr_this_thread;

	/* Whatever call of this thread was under way will not end: it may be wiped. */
	t->exiting = true;
	vgr_disarm(t);
	t->current = NULL;
	for (unsigned int i = 0; i < VGR_NUM_ENGINES; i++) {
		struct vgr_seat *seat = &t->seats[i];

		if (seat->state)
			vgr_pool_put(seat->engine->pool, seat->state);
		seat->state = NULL;
	}
}

static bool is_busy(const struct vgr_thread *t)
{
	return READ_ONCE(t->attaching) || (t->current && vgr_armed(t) == &vgr_no_seat);
}

/*
 * Called by a call that found the thread busy. Returns whether it is stuck; then the state is
 * given up for good: the call that was using it may also be one that goes on, with a
 * handler on top of it that draws a lot.
 */
static bool give_up_if_stuck(struct vgr_thread *t)
{
	uint64_t calls = t->current && t->current->counters ? t->current->counters->calls : 0;

	if (calls != t->calls_when_busy)
		t->busy_in_a_row = 0;
	t->calls_when_busy = calls;
	if (++t->busy_in_a_row < STUCK_AFTER_CALLS)
		return false;
	t->busy_in_a_row = 0;
	t->ever_gave_up = true;
	if (t->current)
		WRITE_ONCE(t->current->state, NULL);
	t->current = NULL;
	atomic_signal_fence(memory_order_seq_cst);
	WRITE_ONCE(t->attaching, false);
	vgr_shared_count_abandoned();
	return true;
}

ssize_t vgr_thread_draw_by_kernel(void *buf, size_t len, unsigned int flags)
{
	ssize_t ret;

	if (len < VGR_EXPAND_SYSCALL_FROM)
		ret = vgr_sys_getrandom(buf, len, flags);
	else
		ret = vgr_expand(vgr_getrandom_by_syscall, NULL, 0, buf, len, flags);
	vgr_shared_count(1, ret > 0 ? (uint64_t)ret : 0);
	return ret;
}

ssize_t vgr_thread_draw_unarmed(void *buf, size_t len, unsigned int flags)
{
	struct vgr_thread *t = &vgr_this_thread;

	if (is_busy(t) && !give_up_if_stuck(t)) {
		vgr_shared_count_busy();
		return vgr_thread_draw_by_kernel(buf, len, flags);
	}
	if (attach_once(t) != 0) {
		vgr_shared_count_no_state();
		return vgr_thread_draw_by_kernel(buf, len, flags);
	}
	return vgr_getrandom(buf, len, flags);
}

ssize_t vgr_thread_draw_unrenewed(void *buf, size_t len, unsigned int flags)
{
	vgr_shared_count_refresh();
	return vgr_thread_draw_by_kernel(buf, len, flags);
}

static void note_call_without_state(struct vgr_seat *seat)
{
	vgr_shared_count(1, seat->counters->bytes);
	seat->counters->bytes = 0;
	seat->witness_seen = seat->counters->calls;
}

static void note_seed(struct vgr_seat *seat)
{
	uint64_t generation = vgr_inprocess_rng_data()->generation;

	seat->counters->reseeds++;
	if (seat->witness_seen && seat->generation_seen == generation)
		seat->counters->wipes++;
	seat->generation_seen = generation;
}

/*
 * In the child the pool is empty. It gets the block of the state that this thread goes on using;
 * or, if one of that block's states was given up and may still be in use, the thread gets another
 * one.
 */
static void note_fork(struct vgr_thread *t, struct vgr_seat *seat)
{
	struct vgr_counters *inherited = seat->counters;

	if (!t->ever_gave_up) {
		vgr_pool_readopt(seat->engine->pool, &seat->slot);
	} else if (take_state(t, seat, seat->engine) == 0) {
		seat->counters->calls += inherited->calls;
		seat->counters->bytes += inherited->bytes;
	}
	seat->counters->alive = 1;
}

/* A new seed, or the child of a fork, or both. */
void vgr_thread_note_change(struct vgr_thread *t, struct vgr_seat *seat)
{
	int saved_errno = errno;

	if (seat->engine->state_len == 0) {
		note_call_without_state(seat);
		return;
	}
	if (!seat->counters->alive)
		note_fork(t, seat);
	if (seat->engine->seed_id_offset)
		note_seed(seat);
	seat->witness_seen = *seat->witness;
	errno = saved_errno;
}

/* The handler armed the thread with a new one. Now nobody uses the old one any more. */
void vgr_thread_return_state(const struct vgr_engine *engine, void *state)
{
	vgr_pool_put(engine->pool, state);
}
