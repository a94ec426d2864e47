// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Cancellation. No function is a cancellation point; and a thread whose cancellation is
 * asynchronous may end at every instruction: others are none the worse for it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "draw.h"
#include "outputs.h"
#include "pool.h"
#include "providers.h"
#include "quiet.h"
#include "victim.h"

#define STRIDE (HAS_ADDRESS_SANITIZER ? 23 : 1)

static struct boundaries found;
static struct one_call call = { .len = 32 };
static struct outputs seen;

/* Whether a call of the thread was using its state when it was cancelled. */
static bool was_in_use;

static void cancel_self(void *unused)
{
	(void)unused;
	was_in_use = vgr_get_in_use() != 0;
	pthread_cancel(pthread_self());
}

/* What a thread does: draws once before or not, and then the call that it is cancelled in. */
struct plan {
	bool is_first_call;
	bool is_due;       /* the call finds its key too old */
	uintptr_t address; /* 0: to find them all */
};

/*
 * What C++ has on the thread's stack, and C by this attribute. Not on native: in the kernel's image
 * no unwinder knows the way out of ChaCha20.
 */
static atomic_size_t num_destroyed;

/* Whether the C library unwinds the stack of a thread that is cancelled. */
#ifdef __GLIBC__
#define UNWINDS true
#else
#define UNWINDS false
#endif

static void destroy(const int *unused)
{
	(void)unused;
	atomic_fetch_add(&num_destroyed, 1);
}

static void *run_plan(void *arg)
{
	const struct plan *plan = arg;
	int object __attribute__((cleanup(destroy), unused));

	if (!plan->is_first_call)
		make_one_call(&call);
	if (plan->is_due)
		atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	if (plan->address == 0) {
		boundaries_find(&found, make_one_call, &call);
		return NULL;
	}
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	boundary_break(plan->address, cancel_self, NULL);
	make_one_call(&call);
	/* By now it must be a point where it can end. */
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
	return NULL;
}

/* Returns whether the thread was cancelled. */
static bool run_thread(const struct plan *plan)
{
	pthread_t thread;
	void *result;

	cr_assert_eq(pthread_create(&thread, NULL, run_plan, (void *)(uintptr_t)plan), 0);
	pthread_join(thread, &result);
	boundary_clear();
	return result == PTHREAD_CANCELED;
}

/*
 * The others: no thread goes to the kernel for more than a seed, unless that reseeds twice in one
 * call; and renewals go on.
 */
static void expect_no_harm(const struct plan *plan, size_t i)
{
	struct vgetrandom_stats before = stats_now(), after;
	struct vgt_quiet quiet = { 0 };

	vgt_quiet_begin(&quiet);
	cr_assert_eq(call.victim->draw(call.buf, call.len), (ssize_t)call.len);
	cr_assert(outputs_add(&seen, call.buf, call.len), "%s", seen.why);
	after = stats_now();
	cr_assert(after.fallback_no_state == before.fallback_no_state &&
			  after.fallback_busy == before.fallback_busy &&
			  (after.fallback_refresh == before.fallback_refresh ||
			   !vgt_quiet_end(&quiet)),
		  "cancelled at boundary %zu of %zu (%lx): expected the fast path", i, found.num,
		  plan->address);
	if (!plan->is_due)
		return;
	atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
	cr_assert_eq(call.victim->draw(call.buf, call.len), (ssize_t)call.len);
	cr_assert_eq(stats_now().reseeds, after.reseeds + 1,
		     "cancelled at boundary %zu of %zu (%lx): expected keys to be replaced", i,
		     found.num, plan->address);
}

/* How many states can be had without new memory. */
static size_t count_free_states(void)
{
	static struct vgr_slot *slots[1024];
	size_t num = 0;

	while (num < 1024 && vgr_pool_get(vgr_provider(), false, &slots[num]) == 0)
		num++;
	for (size_t i = 0; i < num; i++)
		vgr_pool_put(slots[i]);
	return num;
}

/* Not what only a reseed of the kernel leads to: most of the others are met again. */
static void find_boundaries(struct plan plan)
{
	struct vgt_quiet quiet = { 0 };

	plan.address = 0;
	do {
		vgt_quiet_begin(&quiet);
		found.num = 0;
		/* With memory to be mapped for the state, and without. */
		for (int i = 0; i < 3; i++)
			run_thread(&plan);
	} while (!vgt_quiet_end(&quiet));
}

static void cancel_everywhere(struct plan plan)
{
	size_t cancelled = 0, losing = 0;

	find_boundaries(plan);
	for (size_t i = 0; i < found.num; i += STRIDE) {
		size_t before = count_free_states(), after;
		size_t destroyed = num_destroyed;

		plan.address = found.at[i].address;
		if (!run_thread(&plan))
			continue;
		after = count_free_states();
		cr_assert(num_destroyed == destroyed + UNWINDS || call.victim == &library_native,
			  "cancelled at boundary %zu of %zu (%lx): expected its object destroyed",
			  i, found.num, plan.address);
		cancelled++;
		/* What a call is using may be going on in another context: it is not reused. */
		cr_assert_geq(after + was_in_use, before,
			      "cancelled at boundary %zu of %zu (%lx): expected %d state to be "
			      "lost, actual %zd",
			      i, found.num, plan.address, was_in_use, (ssize_t)(before - after));
		losing += after < before;
		expect_no_harm(&plan, i);
	}
	cr_log_info("%zu threads cancelled at %zu boundaries, %zu of them lose a state", cancelled,
		    found.num / STRIDE, losing);
	cr_assert_gt(cancelled, found.num / STRIDE / 2);
}

static void start_victim(void)
{
	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	cr_assert(call.victim->start());
	outputs_init(&seen, 1 << 16);
}

TEST_EACH_PROVIDER(cancel, thread_ends_at_every_instruction_of_a_call)
{
	start_victim();
	cancel_everywhere((struct plan){ 0 });
}

TEST_EACH_PROVIDER(cancel, thread_ends_at_every_instruction_of_its_first_call)
{
	start_victim();
	cancel_everywhere((struct plan){ .is_first_call = true });
}

Test(cancel, thread_ends_at_every_instruction_of_a_renewal)
{
	need_provider(VGETRANDOM_PROVIDER_INPROCESS);
	start_victim();
	use_fake_clock();
	cancel_everywhere((struct plan){ .is_due = true });
}

/* Every function, in a thread that is to end at its next cancellation point. */
static void *call_everything(void *unused)
{
	static const size_t lens[] = { 0, 1, 32, 200, 5000, 200000 };
	static unsigned char buf[200000];
	struct vgetrandom_alloc_args args = { .num = 1 };
	enum vgetrandom_provider provider = vgetrandom_get_provider();
	struct vgetrandom_stats stats;
	bool good = true;
	void *states;

	pthread_cancel(pthread_self());
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		good = good && vgetrandom(buf, lens[i], 0) == (ssize_t)lens[i];
		good = good && vgetrandom(buf, lens[i], 1) == (ssize_t)lens[i];
		vgetrandom_arc4random_buf(buf, lens[i]);
	}
	good = good && vgetrandom_getentropy(buf, 256) == 0 && vgetrandom_prepare(3) == 0;
	good = good && vgetrandom_arc4random_uniform(1) == 0;
	good = good && vgetrandom_set_provider(VGETRANDOM_PROVIDER_SYSCALL) == 0;
	good = good && vgetrandom_arc4random_uniform(1) == 0;
	good = good && vgetrandom_set_provider(provider) == 0;
	vgetrandom_stats(&stats, sizeof(stats));
	states = vgetrandom_alloc(&args, sizeof(args));
	good = good && states && munmap(states, args.bytes_allocated) == 0;
	(void)unused;
	return good ? &seen : NULL;
}

TEST_EACH_PROVIDER(cancel, no_function_is_a_cancellation_point)
{
	pthread_t thread;
	void *result;

	cr_assert_eq(pthread_create(&thread, NULL, call_everything, NULL), 0);
	pthread_join(thread, &result);
	cr_assert_neq(result, PTHREAD_CANCELED, "expected the thread to go on, actual: cancelled");
	cr_assert_eq(result, &seen, "a call failed");
}

static long no_getrandom(size_t len, unsigned int flags)
{
	(void)len;
	(void)flags;
	return -ENOSYS;
}

static void *draw_when_cancelled(void *unused)
{
	pthread_cancel(pthread_self());
	vgetrandom_arc4random_buf(call.buf, 100);
	return unused;
}

/* Without random numbers the process ends, and not just the thread. */
static void run_out_of_random_numbers(void *unused)
{
	static const struct rlimit no_core = { 0, 0 };
	pthread_t thread;

	(void)unused;
	setrlimit(RLIMIT_CORE, &no_core);
	close(STDERR_FILENO);
	if (!use_provider(VGETRANDOM_PROVIDER_SYSCALL))
		vgt_child_fail("vgetrandom_set_provider()");
	intercept_getrandom(no_getrandom);
	pthread_create(&thread, NULL, draw_when_cancelled, NULL);
	pthread_join(thread, NULL);
	vgt_child_fail("expected the process to end, actual: only the cancelled thread");
}

Test(cancel, arc4random_aborts_in_a_cancelled_thread)
{
	char why[VGT_CHILD_WHY_SIZE];

	if (!vgr_inprocess_image())
		cr_skip_test("this is the C library's arc4random(), which ends in its own way");
	cr_assert(!vgt_run_child(run_out_of_random_numbers, NULL, why));
	cr_assert(strstr(why, strsignal(SIGABRT)), "expected SIGABRT, actual: %s", why);
}
