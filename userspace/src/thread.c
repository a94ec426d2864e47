// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a call needs before and besides the draw: how a thread gets its seat and loses it,
 * and what is done when a call finds it busy. All of it is slow and rare.
 */
#include "thread.h"

#include <linux/errno.h>

#include "access.h"
#include "expand.h"
#include "shared.h"
#include "wipe.h"

/*
 * So many calls in a row that find a call under way are a sign that it was left by a jump and will
 * never end. It may be alive: then a handler on top of it draws a lot, and it loses its state.
 */
#define STUCK_AFTER_CALLS 8

/* Calls until a thread that could get no state tries again. */
#define RETRY_AFTER_CALLS 256

struct vgr_mark vgr_no_seat;

/* What is left of the limit of vgr_thread_limit_spares(), once there is one. */
static bool spares_are_limited;
static long spares_left;

void vgetrandom_core_thread_init(struct vgr_thread *t)
{
	vgr_wipe(t, sizeof(*t));
	t->mark = &vgr_no_seat;
}

void vgr_thread_limit_spares(unsigned int num)
{
	__atomic_store_n(&spares_left, (long)num, __ATOMIC_RELAXED);
	__atomic_store_n(&spares_are_limited, true, __ATOMIC_RELEASE);
}

/*
 * The states of a prepared process are for its threads. One that gave up its own gets another
 * only out of those that were made for that, and a child makes do with what it finds.
 */
static int get_slot(struct vgr_thread *t, struct vgr_seat *seat, const struct vgr_engine *engine)
{
	bool limited = t->ever_gave_up && __atomic_load_n(&spares_are_limited, __ATOMIC_ACQUIRE);

	if (limited && __atomic_sub_fetch(&spares_left, 1, __ATOMIC_RELAXED) < 0)
		return -ENOMEM;
	return vgr_pool_get(engine->pool, &seat->slot, !limited && vgr_shared_may_map());
}

/* The hook first: a thread that is cancelled in between has no state yet that would be lost. */
static int take_state(struct vgr_thread *t, struct vgr_seat *seat, const struct vgr_engine *engine)
{
	int err = vgr_port_thread_hook();

	if (!err)
		err = get_slot(t, seat, engine);
	if (err)
		return err;
	seat->pool = engine->pool;
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
		seat->state = seat;
	}
	seat->free.engine = engine;
	vgr_set_mark(t, &seat->free);
	return 0;
}

/*
 * A handler may come in the middle and must not attach, too; t->attaching tells it. If it leaves
 * by a jump, that mark is recovered like that of a call.
 */
static int attach_once(struct vgr_thread *t)
{
	int err;

	if (t->exiting)
		return -EOPNOTSUPP;
	if (t->calls_until_retry) {
		t->calls_until_retry--;
		return -ENOMEM;
	}
	WRITE_ONCE(t->attaching, true);
	vgr_set_mark(t, &vgr_no_seat);
	err = attach(t);
	atomic_signal_fence(memory_order_seq_cst);
	WRITE_ONCE(t->attaching, false);
	if (err && err != -EBUSY)
		t->calls_until_retry = RETRY_AFTER_CALLS;
	return err;
}

/* The seat that a call is using; NULL if there is none. */
static struct vgr_seat *used_seat(struct vgr_thread *t)
{
	for (unsigned int i = 0; i < VGR_NUM_ENGINES; i++)
		if (vgr_has_mark(t, &t->seats[i].used))
			return &t->seats[i];
	return NULL;
}

/*
 * Gives up the state of a call that will never end, for good: it may also be one that goes on,
 * with a handler on top of it that draws a lot.
 */
static void give_up(struct vgr_thread *t)
{
	struct vgr_seat *seat = used_seat(t);

	t->busy_in_a_row = 0;
	t->ever_gave_up = true;
	if (seat)
		WRITE_ONCE(seat->state, NULL);
	vgr_set_mark(t, &vgr_no_seat);
	WRITE_ONCE(t->attaching, false);
	vgr_shared_count_abandoned();
}

static bool is_busy(struct vgr_thread *t)
{
	return READ_ONCE(t->attaching) || used_seat(t);
}

/* No handler of this thread attaches meanwhile, and if one jumps away, a state is lost. */
static void give_back_states(struct vgr_thread *t)
{
	vgr_set_mark(t, &vgr_no_seat);
	for (unsigned int i = 0; i < VGR_NUM_ENGINES; i++) {
		struct vgr_seat *seat = &t->seats[i];
		void *state = seat->state;

		WRITE_ONCE(seat->state, NULL);
		vgr_signal_fence();
		if (state && seat->pool)
			vgr_pool_put(seat->pool, state);
	}
}

int vgr_thread_attach_anew(void)
{
	struct vgr_thread *t = vgr_thread();

	if (t->exiting)
		return -EOPNOTSUPP;
	t->calls_until_retry = 0;
	if (is_busy(t))
		give_up(t);
	WRITE_ONCE(t->attaching, true);
	give_back_states(t);
	return attach_once(t);
}

void vgetrandom_core_thread_exit(void)
{
	struct vgr_thread *t = vgr_thread();

	/* Whatever call of this thread was under way will not end: it may be wiped. */
	WRITE_ONCE(t->exiting, true);
	give_back_states(t);
}

/* Called by a call that found the thread busy. Returns whether it was stuck, and is not now. */
static bool give_up_if_stuck(struct vgr_thread *t)
{
	const struct vgr_seat *seat = used_seat(t);
	uint64_t calls = seat ? seat->counters->calls : 0;

	if (calls != t->calls_when_busy)
		t->busy_in_a_row = 0;
	t->calls_when_busy = calls;
	if (++t->busy_in_a_row < STUCK_AFTER_CALLS)
		return false;
	give_up(t);
	return true;
}

ssize_t vgr_thread_draw_by_kernel(void *buf, size_t len, unsigned int flags)
{
	ssize_t ret;

	if (len < VGR_EXPAND_SYSCALL_FROM)
		ret = vgr_port_getrandom(buf, len, flags);
	else
		ret = vgr_expand(vgr_getrandom_by_syscall, NULL, 0, buf, len, flags);
	vgr_shared_count(1, ret > 0 ? (uint64_t)ret : 0);
	return ret;
}

ssize_t vgr_thread_draw_unseated(void *buf, size_t len, unsigned int flags)
{
	struct vgr_thread *t = vgr_thread();

	if (is_busy(t) && !give_up_if_stuck(t)) {
		vgr_shared_count_busy();
		return vgr_thread_draw_by_kernel(buf, len, flags);
	}
	if (attach_once(t) != 0) {
		vgr_shared_count_no_state();
		return vgr_thread_draw_by_kernel(buf, len, flags);
	}
	return vgetrandom_core_getrandom(buf, len, flags);
}

/* The seat is free but for our mark, unless a handler after the mark has made it its own. */
ssize_t vgr_thread_draw_again(struct vgr_seat *seat, void *buf, size_t len, unsigned int flags)
{
	struct vgr_thread *t = vgr_thread();

	vgr_leave_seat(t, seat, vgr_get_state(seat));
	return vgetrandom_core_getrandom(buf, len, flags);
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
	uint64_t generation = seat->free.engine->rng_data->generation;

	seat->counters->reseeds++;
	if (seat->witness_seen && seat->generation_seen == generation)
		seat->counters->wipes++;
	seat->generation_seen = generation;
}

/* A new seed, or the child of a fork, or both. */
void vgr_thread_note_change(struct vgr_thread *t, struct vgr_seat *seat)
{

	if (seat->free.engine->state_len == 0) {
		note_call_without_state(seat);
		return;
	}
	/* In the child the pool is empty. It gets the block of the state that this thread goes on
	 * using. */
	if (!seat->counters->alive)
		vgr_pool_readopt(seat->free.engine->pool, &seat->slot, !t->ever_gave_up);
	seat->counters->alive = 1;
	if (seat->free.engine->seed_id_offset)
		note_seed(seat);
	seat->witness_seen = *seat->witness;
}

/* The thread has another one. Now nobody uses this one any more. */
void vgr_thread_return_state(struct vgr_seat *seat, void *state)
{
	if (seat->pool)
		vgr_pool_put(seat->pool, state);
}
