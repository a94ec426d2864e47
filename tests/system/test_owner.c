// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A state has one owner, whatever handlers do that interrupt handlers: they draw so much that the
 * library takes the calls below them for stuck, threads start meanwhile, the provider changes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"
#include "spy.h"
#include "victim.h"

#define STRIDE     (HAS_ADDRESS_SANITIZER ? 5 : 1)
#define MANY_DRAWS 12

static struct boundaries found;
static struct one_call call = { .len = 32 };
static bool failed;

static void draw_much(void)
{
	unsigned char buf[16];

	for (int i = 0; i < MANY_DRAWS; i++)
		failed |= vgetrandom(buf, sizeof(buf), 0) != sizeof(buf);
}

/* A thread that owns a state until it is told to end. */
struct owner {
	pthread_t thread;
	sem_t drawn, end;
};

static void *own_state(void *arg)
{
	struct owner *owner = arg;
	void *state = spy_draw();

	spy_claim(state);
	sem_post(&owner->drawn);
	while (sem_wait(&owner->end) != 0)
		;
	spy_disclaim(state);
	return NULL;
}

static void start_owner(struct owner *owner)
{
	sem_init(&owner->drawn, 0, 0);
	sem_init(&owner->end, 0, 0);
	if (pthread_create(&owner->thread, NULL, own_state, owner) != 0)
		failed = true;
	while (sem_wait(&owner->drawn) != 0)
		;
}

static void end_owner(struct owner *owner)
{
	sem_post(&owner->end);
	pthread_join(owner->thread, NULL);
}

/* The handler's own call is taken for stuck by the next handler; then a thread starts. */
static struct owner first, second;

static void nest_twice_and_start(void *unused)
{
	unsigned char buf[16];

	(void)unused;
	spy_hook = draw_much;
	failed |= vgetrandom(buf, sizeof(buf), 0) != sizeof(buf);
	spy_hook = NULL;
	start_owner(&first);
}

static void interrupt_at(size_t i)
{
	boundary_break(found.at[i].address, nest_twice_and_start, NULL);
	make_one_call(&call);
	if (!boundary_clear())
		return;
	/* What the interrupted call has now given back may be this one's. */
	start_owner(&second);
	spy_claim(spy_draw());
	cr_assert(!failed);
	cr_assert_eq(spy_conflicts, 0,
		     "nested calls at boundary %zu of %zu (%lx): expected one owner of each state, "
		     "actual %u conflicts",
		     i, found.num, found.at[i].address, spy_conflicts);
	spy_disclaim(spy_state());
	end_owner(&second);
	end_owner(&first);
	spy_forget_claims();
}

TEST_EACH_PROVIDER(owner, calls_taken_for_stuck_give_their_state_back_once)
{
	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	spy_on(vgetrandom_get_provider());
	spy_draw();
	boundaries_find(&found, make_one_call, &call);
	for (size_t i = 0; i < found.num; i += STRIDE)
		interrupt_at(i);
	cr_assert_gt(found.num, 80);
}

static enum vgetrandom_provider wanted;

static void *choose_wanted(void *unused)
{
	failed |= !use_provider(wanted);
	return unused;
}

/* Another thread changes the provider while the handler runs. */
static void change_and_draw_much(void *unused)
{
	pthread_t thread;

	(void)unused;
	if (pthread_create(&thread, NULL, choose_wanted, NULL) != 0)
		failed = true;
	pthread_join(thread, NULL);
	draw_much();
}

static void change_at_each_boundary(void *arg)
{
	const enum vgetrandom_provider *providers = arg;
	struct outputs seen;

	outputs_init(&seen, 1 << 16);
	for (size_t i = 0; i < found.num; i += STRIDE) {
		/* The thread has used both, and the first one last. */
		for (int n = 1; n >= 0; n--) {
			failed |= !use_provider(providers[n]);
			make_one_call(&call);
		}
		wanted = providers[1];
		boundary_break(found.at[i].address, change_and_draw_much, NULL);
		make_one_call(&call);
		boundary_clear();
		if (!use_provider(providers[0]))
			vgt_child_fail("expected the first provider to work again");
		for (int n = 0; n < 5 && !failed; n++) {
			make_one_call(&call);
			failed |= call.ret != 32 || !outputs_add(&seen, call.buf, 32);
		}
		if (failed)
			vgt_child_fail("provider changed at boundary %zu of %zu (%lx): %s", i,
				       found.num, found.at[i].address, seen.why);
	}
}

/* In a child, because what is expected to go wrong is a crash. */
static void change_provider(enum vgetrandom_provider from, enum vgetrandom_provider to,
			    const struct victim *victim)
{
	enum vgetrandom_provider providers[] = { from, to };
	char why[VGT_CHILD_WHY_SIZE];

	need_provider(to);
	need_provider(from);
	call.victim = victim;
	cr_assert(victim->start());
	boundaries_find(&found, make_one_call, &call);
	cr_assert(vgt_run_child(change_at_each_boundary, providers, why), "%s", why);
}

Test(owner, provider_changes_to_native_and_back_during_a_call)
{
	change_provider(VGETRANDOM_PROVIDER_INPROCESS, VGETRANDOM_PROVIDER_NATIVE,
			&library_inprocess);
}

Test(owner, provider_changes_to_inprocess_and_back_during_a_call)
{
	change_provider(VGETRANDOM_PROVIDER_NATIVE, VGETRANDOM_PROVIDER_INPROCESS, &library_native);
}

Test(owner, provider_changes_to_syscall_and_back_during_a_call)
{
	change_provider(VGETRANDOM_PROVIDER_INPROCESS, VGETRANDOM_PROVIDER_SYSCALL,
			&library_inprocess);
}

static sigjmp_buf back;

static void jump(void *unused)
{
	(void)unused;
	siglongjmp(back, 1);
}

/* Leaves a call at boundary @i. */
static void leave_at(size_t i)
{
	if (sigsetjmp(back, 1) == 0) {
		boundary_break(found.at[i].address, jump, NULL);
		make_one_call(&call);
	}
	boundary_clear();
}

/* Of sixty calls after what @disturb does at boundary @i the last forty are on the fast path. */
static void expect_fast_path_after(void (*disturb)(size_t i), size_t i, const char *what)
{
	struct vgt_quiet quiet = { 0 };
	unsigned int before = 0, after;
	unsigned char buf[16];

	do {
		vgt_quiet_begin(&quiet);
		disturb(i);
		for (int n = 0; n < 60; n++) {
			if (n == 20)
				before = num_getrandom_calls;
			if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
				vgt_child_fail("call %d failed", n);
		}
		after = num_getrandom_calls;
	} while (!vgt_quiet_end(&quiet));
	if (after - before > renewals_max())
		vgt_child_fail("%s, boundary %zu of %zu (%lx): expected the fast path, actual %u "
			       "system calls in 40",
			       what, i, found.num, found.at[i].address, after - before);
}

/* The thread is made ready again by name, and not by calls that find it stuck. */
static void leave_and_prepare(size_t i)
{
	leave_at(i);
	if (vgetrandom_prepare(0) != 0)
		vgt_child_fail("vgetrandom_prepare()");
}

static void prepare_after_jumps(void *unused)
{
	(void)unused;
	intercept_getrandom(NULL);
	for (size_t i = 0; i < found.num; i += STRIDE)
		expect_fast_path_after(leave_and_prepare, i, "left, then prepared");
}

static void find_call_and_run(void (*body)(void *))
{
	char why[VGT_CHILD_WHY_SIZE];

	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	cr_assert(call.victim->start());
	found.num = 0;
	boundaries_find(&found, make_one_call, &call);
	cr_assert(vgt_run_child(body, NULL, why), "%s", why);
}

TEST_EACH_PROVIDER(owner, prepare_after_a_jump_brings_the_fast_path_back)
{
	find_call_and_run(prepare_after_jumps);
}

/* The handler uses another provider for a moment, and puts the first one back. */
static void use_another_and_return(void *unused)
{
	enum vgetrandom_provider provider = vgetrandom_get_provider();
	pthread_t thread;
	char byte;

	for (int n = 0; n < 2; n++) {
		wanted = n ? provider : VGETRANDOM_PROVIDER_SYSCALL;
		if (pthread_create(&thread, NULL, choose_wanted, NULL) != 0)
			failed = true;
		pthread_join(thread, NULL);
		if (n == 0)
			failed |= vgetrandom(&byte, 1, 0) != 1;
	}
	(void)unused;
}

/* Where a call is then left: in the middle of the image, with the state in use. */
static size_t middle;

static void change_and_leave(size_t i)
{
	boundary_break(found.at[i].address, use_another_and_return, NULL);
	make_one_call(&call);
	boundary_clear();
	leave_at(middle);
	if (failed)
		vgt_child_fail("expected the providers to work");
}

static void jumps_after_changes(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < found.num; i++)
		if (found.at[i].before_image_end == 25)
			middle = i;
	intercept_getrandom(NULL);
	for (size_t i = 0; i < found.num; i += STRIDE)
		expect_fast_path_after(change_and_leave, i,
				       "provider changed and put back, then left");
}

TEST_EACH_PROVIDER(owner, jump_after_a_change_of_provider_is_recovered)
{
	find_call_and_run(jumps_after_changes);
}
