// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The end of a thread, in every order: destructors that draw run before and after the library's,
 * in each of the rounds there are; threads that end without any.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "outputs.h"
#include "pool.h"
#include "provider.h"
#include "providers.h"
#include "spy.h"

#define ROUNDS    PTHREAD_DESTRUCTOR_ITERATIONS
#define MASKS     (1 << ROUNDS)
#define LAST_ONLY (1 << (ROUNDS - 1))
#define DRAWS_MAX (2 * ROUNDS + 2)
#define SLOTS_MAX 4096

/* Of what a thread does; bit i of a mask: the destructor draws in round i. */
struct plan {
	bool draws_before;
	bool draws_in_thread_local; /* in a C++ destructor, which comes before all keys */
	unsigned int early, late;
};

struct ending {
	struct plan plan;
	unsigned int early_round, late_round;
	unsigned int num;
	unsigned char drawn[DRAWS_MAX][16];
	bool failed;
};

/* As the C++ runtime registers the destructor of a thread_local variable. */
extern void *__dso_handle;
int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *dso)
	__attribute__((weak)); /* not in musl, where it is the C++ runtime's */

static pthread_key_t early_key, late_key;
static struct outputs seen;

static void draw(struct ending *e)
{
	if (vgetrandom(e->drawn[e->num++], 16, 0) != 16)
		e->failed = true;
}

static void end_early(void *ending)
{
	struct ending *e = ending;

	if (e->plan.early & (1u << e->early_round++))
		draw(e);
	if (e->early_round < ROUNDS)
		pthread_setspecific(early_key, e);
}

static void end_late(void *ending)
{
	struct ending *e = ending;

	if (e->plan.late & (1u << e->late_round++))
		draw(e);
	if (e->late_round < ROUNDS)
		pthread_setspecific(late_key, e);
}

static void end_thread_local(void *ending)
{
	draw(ending);
}

/*
 * Before any constructor: the destructors of the lowest keys come first. musl has no such array,
 * and no key of a library of its own.
 */
#ifdef __GLIBC__
static void make_early_key(void)
{
	pthread_key_create(&early_key, end_early);
}

static __attribute__((section(".preinit_array"), used)) void (*make_early)(void) = make_early_key;
#else
static __attribute__((constructor)) void make_early_key(void)
{
	pthread_key_create(&early_key, end_early);
}
#endif

static void *run_thread(void *ending)
{
	struct ending *e = ending;

	pthread_setspecific(early_key, e);
	pthread_setspecific(late_key, e);
	if (e->plan.draws_in_thread_local)
		__cxa_thread_atexit_impl(end_thread_local, e, &__dso_handle);
	if (e->plan.draws_before)
		draw(e);
	return NULL;
}

static void in_thread(void *(*function)(void *), void *arg)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, function, arg), 0);
	pthread_join(thread, NULL);
}

/* How many states can be had without new memory. */
static size_t count_free_states(void)
{
	static struct vgr_slot *slots[SLOTS_MAX];
	size_t num = 0;

	while (num < SLOTS_MAX && vgr_pool_get(vgr_provider(), false, &slots[num]) == 0)
		num++;
	for (size_t i = 0; i < num; i++)
		vgr_pool_put(slots[i]);
	return num;
}

static unsigned int count_bits(unsigned int mask)
{
	return (unsigned int)__builtin_popcount(mask);
}

/*
 * The library is told of the end in the round after the first draw; so one whose first draw is
 * made in the last round, after it could have been told, keeps the state for ever. A libc that has
 * the core inside tells it after the last round.
 */
static bool is_never_told(const struct plan *p)
{
	return vgr_inprocess_image() && !p->draws_before && !p->draws_in_thread_local &&
	       p->early == 0 && p->late == LAST_ONLY;
}

static void end_thread(const struct plan *plan)
{
	struct ending e = { .plan = *plan };
	size_t before = count_free_states(), after;
	unsigned int expected = plan->draws_before + plan->draws_in_thread_local +
				count_bits(plan->early) + count_bits(plan->late);

	in_thread(run_thread, &e);
	after = count_free_states();
	cr_assert(!e.failed);
	cr_assert_eq(e.num, expected, "rounds %x and %x: expected %u draws, actual %u", plan->early,
		     plan->late, expected, e.num);
	for (unsigned int i = 0; i < e.num; i++)
		cr_assert(outputs_add(&seen, e.drawn[i], 16), "rounds %x and %x: %s", plan->early,
			  plan->late, seen.why);
	cr_assert_eq(before - after, is_never_told(plan),
		     "draws before: %d, in rounds %x and %x: expected %d states to be lost, actual "
		     "%zd",
		     plan->draws_before, plan->early, plan->late, is_never_told(plan),
		     (ssize_t)(before - after));
}

static void start(void)
{
	outputs_init(&seen, 1 << 16);
	spy_on(vgetrandom_get_provider());
	cr_assert_eq(vgetrandom_prepare(100), 0);
	cr_assert_eq(pthread_key_create(&late_key, end_late), 0);
	cr_assert_lt(early_key, late_key);
}

TEST_EACH_PROVIDER(thread_exit, destructors_draw_in_every_order)
{
	start();
	for (unsigned int i = 0; i < 4 * MASKS * MASKS; i++) {
		struct plan plan = { .draws_before = i / MASKS / MASKS & 1,
				     .draws_in_thread_local = __cxa_thread_atexit_impl &&
							      i / MASKS / MASKS & 2,
				     .early = i / MASKS % MASKS,
				     .late = i % MASKS };

		end_thread(&plan);
	}
	cr_assert_eq(spy_conflicts, 0, "expected one owner of each state, actual %u conflicts",
		     spy_conflicts);
}

/* Without any destructor: its state stays with it, and nobody else gets it. */
static void *end_at_once(void *unused)
{
	spy_claim(spy_draw());
	syscall(SYS_exit, 0);
	return unused;
}

static void *draw_as_owner(void *unused)
{
	void *state = spy_draw();

	spy_claim(state);
	spy_disclaim(state);
	return unused;
}

TEST_EACH_PROVIDER(thread_exit, states_of_threads_that_vanish_are_only_memory)
{
	size_t before;

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer must be told of a thread's end");
#ifndef __GLIBC__
	cr_skip_test("this C library waits for ever for a thread that ends without it");
#endif
	start();
	before = count_free_states();
	for (int i = 0; i < 50; i++) {
		in_thread(end_at_once, NULL);
		in_thread(draw_as_owner, NULL);
	}
	cr_assert_eq(before - count_free_states(), 50);
	cr_assert_eq(spy_conflicts, 0, "expected one owner of each state, actual %u conflicts",
		     spy_conflicts);
}

/* All at once, so that states change hands while others are being given back. */
#define AT_ONCE 64

TEST_EACH_PROVIDER(thread_exit, destructors_draw_while_other_threads_end)
{
	static struct ending endings[AT_ONCE];
	pthread_t threads[AT_ONCE];

	start();
	for (unsigned int i = 0; i < MASKS * MASKS; i++) {
		unsigned int n = i % AT_ONCE;

		endings[n] = (struct ending){
			.plan = { .draws_before = true, .early = i / MASKS, .late = i % MASKS }
		};
		cr_assert_eq(pthread_create(&threads[n], NULL, run_thread, &endings[n]), 0);
		for (unsigned int k = 0; n == AT_ONCE - 1 && k < AT_ONCE; k++) {
			pthread_join(threads[k], NULL);
			cr_assert(!endings[k].failed);
			cr_assert(outputs_add(&seen, endings[k].drawn, endings[k].num * 16), "%s",
				  seen.why);
		}
	}
	cr_assert_eq(spy_conflicts, 0, "expected one owner of each state, actual %u conflicts",
		     spy_conflicts);
}

/*
 * In a destructor that comes after the library's: the thread has no state and gets none, and what
 * it draws is getrandom(2), as it is promised after vgetrandom_prepare().
 */
static pthread_key_t last_key;
static int prepared;
static unsigned int rounds;

static void prepare_and_draw(void *arg)
{
	unsigned char buf[16];

	if (++rounds < 2) {
		pthread_setspecific(last_key, arg);
		return;
	}
	prepared = vgetrandom_prepare(0);
	for (int i = 0; i < 20; i++)
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf) || state_of_this_thread() ||
		    !outputs_add(&seen, buf, sizeof(buf)))
			prepared = -2;
}

static void *draw_and_end(void *unused)
{
	unsigned char byte;

	pthread_setspecific(last_key, &last_key);
	return vgetrandom(&byte, 1, 0) == 1 ? unused : &last_key;
}

TEST_EACH_PROVIDER(thread_exit, a_thread_that_ends_gets_no_state_and_is_not_stuck)
{
	struct vgetrandom_stats before = stats_now(), after;

	if (!vgr_inprocess_image())
		cr_skip_test("this C library gives the state back after every destructor");
	outputs_init(&seen, 4096);
	pthread_key_create(&last_key, prepare_and_draw);
	in_thread(draw_and_end, NULL);
	after = stats_now();
	cr_assert_eq(prepared, 0, "expected draws without a state, actual %d", prepared);
	cr_assert_eq(after.fallback_busy, before.fallback_busy,
		     "expected no call to find another one under way");
	cr_assert_eq(after.states_abandoned, before.states_abandoned);
}
