// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The call path of the library: from the thread's state to the image and back.
 *
 * A thread is armed when it has a state that no call is using. The mark lies here and
 * not in the state's page, which may be wiped at any time: a signal handler that
 * interrupts a call finds the thread disarmed and uses the system call, whatever
 * happened to the page. After a fork the child inherits the mark, which is right for
 * the interrupted call.
 */
#include "thread.h"

#include <errno.h>
#include <stdatomic.h>

#include "arch.h"
#include "engine.h"
#include "pool.h"
#include "shared.h"
#include "thread-exit.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * So many calls in a row that find the thread disarmed mean that the call which
 * disarmed it was left by a jump and will never end.
 */
#define STUCK_AFTER_CALLS 8

/* Calls until a thread that could get no state tries again. */
#define RETRY_AFTER_CALLS 256

struct thread {
	/* The engine, while the state may be used; else NULL. */
	const struct vgr_engine *armed;
	void *state;
	struct vgr_counters *counters;

	/* The seed's name, and the one last seen; both the same word if there is none. */
	const uint64_t *seed_id;
	uint64_t known_seed_id;

	/* From here on only slow paths. */
	const struct vgr_engine *engine; /* whose state it is; NULL: has none */
	struct vgr_slot slot;
	uint64_t seen_generation;
	uint64_t calls_when_busy;
	unsigned int busy_in_a_row;
	unsigned int calls_until_retry;
	bool attaching;
	bool exiting;
	bool ever_abandoned;

	/* For an engine without states. */
	struct vgr_counters own_counters;
};

static __thread struct thread this_thread __attribute__((tls_model("initial-exec")));

/* The other party is a signal handler of this thread: program order is what matters. */
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

static void use_slot(struct thread *t, const struct vgr_engine *engine)
{
	t->state = t->slot.state;
	t->counters = t->slot.counters;
	t->seed_id = &t->known_seed_id;
	if (engine->seed_id_offset)
		t->seed_id = (const uint64_t *)((char *)t->state + engine->seed_id_offset);
}

static int take_state(struct thread *t, const struct vgr_engine *engine)
{
	int err = vgr_pool_get(engine->pool, &t->slot);

	if (err)
		return err;
	if (!vgr_thread_exit_hook()) {
		vgr_pool_put(engine->pool, t->slot.state);
		return -ENOTSUP;
	}
	t->known_seed_id = 0;
	use_slot(t, engine);
	return 0;
}

static void drop_state(struct thread *t)
{
	const struct vgr_engine *engine = t->engine;

	WRITE_ONCE(t->armed, NULL);
	t->engine = NULL;
	atomic_signal_fence(memory_order_seq_cst);
	if (engine && engine->state_len)
		vgr_pool_put(engine->pool, t->state);
}

static int attach(struct thread *t)
{
	const struct vgr_engine *engine;
	int err = vgr_engine_choose();

	if (err)
		return err;
	engine = vgr_engine();
	drop_state(t);
	if (engine->state_len) {
		err = take_state(t, engine);
	} else {
		t->state = NULL;
		t->counters = &t->own_counters;
		t->seed_id = &t->known_seed_id;
	}
	if (err)
		return err;
	t->engine = engine;
	atomic_signal_fence(memory_order_seq_cst);
	WRITE_ONCE(t->armed, engine);
	return 0;
}

/*
 * A handler may come in the middle and must not attach, too; t->attaching tells it. If it leaves
 * by a jump, that mark is recovered like that of a call.
 */
static int attach_once(struct thread *t)
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
	atomic_signal_fence(memory_order_seq_cst);
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
	struct thread *t = &this_thread;

	t->calls_until_retry = 0;
	if (t->armed && t->armed == vgr_engine())
		return 0;
	return attach_once(t);
}

void vgr_thread_exit(void)
{
	struct thread *t = &this_thread;

	/* Whatever call of this thread was under way will not end: it may be wiped. */
	t->exiting = true;
	drop_state(t);
}

static bool is_disarmed(const struct thread *t)
{
	return READ_ONCE(t->attaching) || (READ_ONCE(t->engine) && !READ_ONCE(t->armed));
}

/*
 * Called by a call that found the thread disarmed. Returns whether it is stuck; then
 * the state is given up for good, because the call that was using it may also be
 * one that still goes on, with a handler on top of it that is drawing a lot.
 */
static bool give_up_if_stuck(struct thread *t)
{
	uint64_t calls = t->counters ? t->counters->calls : 0;

	if (calls != t->calls_when_busy)
		t->busy_in_a_row = 0;
	t->calls_when_busy = calls;
	if (++t->busy_in_a_row < STUCK_AFTER_CALLS)
		return false;
	t->busy_in_a_row = 0;
	t->ever_abandoned = true;
	t->engine = NULL;
	atomic_signal_fence(memory_order_seq_cst);
	WRITE_ONCE(t->attaching, false);
	vgr_shared_count_abandoned();
	return true;
}

static ssize_t ask_kernel(void *buf, size_t len, unsigned int flags)
{
	ssize_t ret = vgr_sys_getrandom(buf, len, flags);

	vgr_shared_count_call(ret);
	return ret;
}

/* The thread is not armed: no state yet, another provider, or in the middle of a call. */
static __attribute__((noinline)) ssize_t draw_unarmed(struct thread *t, void *buf, size_t len,
						      unsigned int flags)
{
	if (is_disarmed(t) && !give_up_if_stuck(t)) {
		vgr_shared_count_busy();
		return ask_kernel(buf, len, flags);
	}
	if (attach_once(t) != 0) {
		vgr_shared_count_no_state();
		return ask_kernel(buf, len, flags);
	}
	return vgr_getrandom(buf, len, flags);
}

/* The state has another seed than at the last call. */
static __attribute__((noinline)) void note_seed(struct thread *t)
{
	uint64_t generation = vgr_inprocess_rng_data()->generation;

	t->counters->reseeds++;
	if (t->known_seed_id && t->seen_generation == generation)
		t->counters->wipes++;
	t->known_seed_id = *t->seed_id;
	t->seen_generation = generation;
}

/*
 * The counters are zero: the first call on a new state, or the first one in the child of a
 * fork, whose pool was wiped. Then the thread's block goes into the child's pool.
 */
static __attribute__((noinline)) void note_first_call(struct thread *t)
{
	if (t->engine && t->engine->state_len && !t->ever_abandoned)
		vgr_pool_readopt(t->engine->pool, &t->slot);
}

/* A handler took the state of this call for stuck. It was not; now nobody uses it. */
static __attribute__((noinline)) void return_given_up(const struct vgr_engine *engine, void *state)
{
	vgr_pool_put(engine->pool, state);
}

/*
 * A handler came between the look at the state and the mark, and attached the thread anew.
 */
static __attribute__((noinline)) ssize_t draw_again(struct thread *t, void *buf, size_t len,
						    unsigned int flags)
{
	WRITE_ONCE(t->armed, t->engine);
	return vgr_getrandom(buf, len, flags);
}

static __attribute__((noinline)) ssize_t draw_without_renewal(void *buf, size_t len,
							      unsigned int flags)
{
	vgr_shared_count_refresh();
	return ask_kernel(buf, len, flags);
}

ssize_t vgr_getrandom(void *buf, size_t len, unsigned int flags)
{
	struct thread *t = &this_thread;
	const struct vgr_engine *engine = vgr_engine();
	struct vgr_counters *counters;
	void *state = t->state;
	ssize_t ret;

	if (unlikely(READ_ONCE(t->armed) != engine))
		return draw_unarmed(t, buf, len, flags);
	if (engine->renews_generation && unlikely(vgr_inprocess_is_due()) &&
	    vgr_inprocess_renew() != 0)
		return draw_without_renewal(buf, len, flags);

	WRITE_ONCE(t->armed, NULL);
	atomic_signal_fence(memory_order_seq_cst);
	if (unlikely(READ_ONCE(t->state) != state))
		return draw_again(t, buf, len, flags);
	ret = engine->getrandom(buf, len, flags, state, engine->state_len);
	atomic_signal_fence(memory_order_seq_cst);
	if (unlikely(READ_ONCE(t->state) != state)) {
		return_given_up(engine, state);
		return ret;
	}
	counters = t->counters;
	if (unlikely(counters->calls++ == 0))
		note_first_call(t);
	counters->bytes += ret > 0 ? (uint64_t)ret : 0;
	if (unlikely(*t->seed_id != t->known_seed_id))
		note_seed(t);
	atomic_signal_fence(memory_order_seq_cst);
	WRITE_ONCE(t->armed, engine);
	return ret;
}
