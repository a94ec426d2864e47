// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How a thread gets its slot and loses it, and what is done when a call finds another one under
 * way. All of it is slow and rare.
 */
#include "thread.h"

#include <linux/errno.h>
#include <linux/random.h>

#include "provider.h"
#include "shared.h"

/*
 * So many calls in a row that find one under way, with none that ends in between, are a sign that
 * it was left by siglongjmp() and will never end. It may be alive: then a handler on top of it
 * draws a lot.
 */
#define STUCK_AFTER_CALLS 8

/* Calls until a thread that could get no slot tries again. */
#define RETRY_AFTER_CALLS 256

/* Of a process that was not prepared: about 1.5 MB. */
#define SPARES 1024

#ifndef VGETRANDOM_PORT_THREAD
__attribute__((used)) __thread struct vgr_thread vgr_this_thread;
#endif

static long spares_left = SPARES;

void vgr_thread_set_spares(unsigned int num)
{
	__atomic_store_n(&spares_left, (long)num, __ATOMIC_RELAXED);
}

static bool take_spare(void)
{
	if (__atomic_sub_fetch(&spares_left, 1, __ATOMIC_RELAXED) >= 0)
		return true;
	__atomic_add_fetch(&spares_left, 1, __ATOMIC_RELAXED);
	return false;
}

/* What comes back counts again. */
static void let_go(struct vgr_slot *slot)
{
	if (vgr_pool_let_go(slot))
		__atomic_add_fetch(&spares_left, 1, __ATOMIC_RELAXED);
}

/* Only one of this call and a handler that interrupts it succeeds. */
static bool detach(struct vgr_slot *slot)
{
	return slot && vgr_thread_cmpxchg(VGR_THREAD_FIELD(slot), (uintptr_t)slot, 0);
}

/* Before that each thread asks the kernel, which knows what the flags mean then. */
static bool rng_is_ready_now(void)
{
	static bool ready;
	char byte;

	if (!__atomic_load_n(&ready, __ATOMIC_RELAXED) &&
	    vgr_port_getrandom(&byte, sizeof(byte), GRND_NONBLOCK) == sizeof(byte))
		__atomic_store_n(&ready, true, __ATOMIC_RELAXED);
	return __atomic_load_n(&ready, __ATOMIC_RELAXED);
}

/* The hook first: a thread that is cancelled in between has no slot yet that would be lost. */
static int attach(const struct vgr_provider *provider, struct vgr_slot **slot)
{
	int err = vgr_port_thread_hook();

	if (err)
		return err;
	err = vgr_pool_get(provider, vgr_shared_may_map(), slot);
	/* Memory cannot be wiped on fork. Asked twice: after a no, no thread will ever have one. */
	if (err == -EOPNOTSUPP)
		err = vgr_pool_get(provider, vgr_shared_may_map(), slot);
	if (err == -EOPNOTSUPP)
		vgr_provider_use(&vgr_syscall);
	if (err)
		return err;
	/*
	 * A handler on top of this may have taken the call for dead, and drawn. Or this runs on
	 * another thread by now, and the first one is gone: then that one keeps the slot.
	 */
	if (vgr_thread_cmpxchg(VGR_THREAD_FIELD(slot), 0, (uintptr_t)*slot))
		return 0;
	vgr_pool_put(*slot);
	return -EBUSY;
}

static int attach_or_wait(const struct vgr_provider *provider, struct vgr_slot **slot)
{
	uint64_t calls_until_retry = VGR_THREAD_GET(calls_until_retry);
	int err;

	if (VGR_THREAD_GET(exiting))
		return -EOPNOTSUPP;
	if (calls_until_retry) {
		VGR_THREAD_SET(calls_until_retry, calls_until_retry - 1);
		return -ENOMEM;
	}
	if (!rng_is_ready_now())
		return -EAGAIN;
	err = attach(provider, slot);
	if (err && err != -EBUSY)
		VGR_THREAD_SET(calls_until_retry, RETRY_AFTER_CALLS);
	return err;
}

struct vgr_slot *vgr_thread_get_slot(const struct vgr_provider *provider, uint64_t token)
{
	struct vgr_slot *slot = vgr_get_slot();

	/* Moved to another thread, right after the mark. */
	if (vgr_get_in_use() != token)
		return NULL;
	if (slot && !slot->provider)
		vgr_pool_revive(slot);
	if (slot && slot->provider != provider && detach(slot)) {
		vgr_pool_put(slot);
		slot = NULL;
	}
	if (!slot && attach_or_wait(provider, &slot) != 0)
		return NULL;
	return slot;
}

/*
 * A call that lost its mark is one of these: a handler on top of it gave its slot up, and it is the
 * second holder; it was moved to another thread, and its first one will give the slot up; or
 * another call that was moved here took the mark away, and the slot is the thread's as before.
 */
void vgr_thread_note_lost(struct vgr_slot *slot)
{
	if (slot && vgr_get_slot() != slot)
		let_go(slot);
}

static bool is_stuck(void)
{
	uint64_t in_a_row = VGR_THREAD_GET(busy_in_a_row);

	if (in_a_row < STUCK_AFTER_CALLS)
		in_a_row++;
	VGR_THREAD_SET(busy_in_a_row, in_a_row);
	return in_a_row == STUCK_AFTER_CALLS && !VGR_THREAD_GET(exiting);
}

bool vgr_thread_give_up_if_stuck(void)
{
	uint64_t token = vgr_get_in_use();
	struct vgr_slot *slot = vgr_get_slot();

	if (!is_stuck() || (slot && !take_spare()))
		return false;
	VGR_THREAD_SET(busy_in_a_row, 0);
	if (detach(slot)) {
		let_go(slot);
		vgr_shared_count_abandoned();
	} else if (slot) {
		__atomic_add_fetch(&spares_left, 1, __ATOMIC_RELAXED);
	}
	/* Only that call's mark: by now this may run on another thread, on top of another call. */
	vgr_thread_cmpxchg(VGR_THREAD_FIELD(in_use), token, 0);
	return true;
}

void vgr_thread_retry(void)
{
	VGR_THREAD_SET(calls_until_retry, 0);
}

/*
 * A call of this thread that is still under way was left by siglongjmp() or a cancellation, or is
 * parked in a context that another thread may go on with: then it has the slot for itself.
 */
void vgr_thread_exit(void)
{
	struct vgr_slot *slot = vgr_get_slot();

	VGR_THREAD_SET(exiting, true);
	if (!detach(slot))
		return;
	if (vgr_get_in_use() == 0) {
		vgr_pool_put(slot);
		return;
	}
	/* Lost like one that was given up, unless that call comes to its end; there may be none
	 * left. */
	__atomic_sub_fetch(&spares_left, 1, __ATOMIC_RELAXED);
	let_go(slot);
}
