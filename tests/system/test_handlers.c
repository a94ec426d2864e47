// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Handlers at every instruction of a call that do several things at once: fork and draw so much, in
 * parent and child, that the interrupted call is taken for stuck; leave a handler's call by
 * siglongjmp(), on top of a call that goes on. Nothing comes twice, and a state has one owner.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"
#include "spy.h"
#include "victim.h"

#define STRIDE     (HAS_ADDRESS_SANITIZER ? 97 : 1)
#define MANY_DRAWS 12
#define AFTERWARDS 20
#define OWNERS     3

static struct boundaries found;
static struct one_call call = { .len = 32 };
static struct outputs seen;
static bool failed;

/* What one process draws in the handler and afterwards; the children's is shared memory. */
struct drawn {
	unsigned char in_handler[MANY_DRAWS][16];
	unsigned char afterwards[AFTERWARDS][16];
};

static struct drawn in_parent, *in_child;

static void draw(unsigned char (*bufs)[16], size_t num)
{
	for (size_t i = 0; i < num; i++)
		failed |= vgetrandom(bufs[i], 16, 0) != 16;
}

static void *own_state(void *barrier)
{
	spy_claim(spy_draw());
	pthread_barrier_wait(barrier);
	return NULL;
}

/* This thread and some new ones. */
static void expect_one_owner(const char *where, size_t i)
{
	pthread_barrier_t barrier;
	pthread_t threads[OWNERS];
	void *state;

	spy_forget_claims();
	state = spy_draw();
	spy_claim(state);
	pthread_barrier_init(&barrier, NULL, OWNERS);
	for (int n = 0; n < OWNERS; n++)
		if (pthread_create(&threads[n], NULL, own_state, &barrier) != 0)
			vgt_child_fail("pthread_create");
	for (int n = 0; n < OWNERS; n++)
		pthread_join(threads[n], NULL);
	if (failed || !state || spy_draw() != state || spy_conflicts)
		vgt_child_fail("boundary %zu of %zu (%lx), %s: expected a state and one owner, "
			       "actual %p and %u conflicts",
			       i, found.num, found.at[i].address, where, state, spy_conflicts);
	spy_forget_claims();
}

/* How much is drawn in the handler. */
struct amounts {
	size_t by_parent, by_child;
};

static pid_t child;

static void fork_and_draw(void *arg)
{
	const struct amounts *amounts = arg;

	child = fork();
	if (child == 0)
		draw(in_child->in_handler, amounts->by_child);
	else
		draw(in_parent.in_handler, amounts->by_parent);
}

static void keep(const struct drawn *drawn, size_t num, const char *where, size_t i)
{
	if (!outputs_add(&seen, drawn->in_handler, num * 16) ||
	    !outputs_add(&seen, drawn->afterwards, sizeof(drawn->afterwards)))
		vgt_child_fail("boundary %zu of %zu (%lx), %s: %s", i, found.num,
			       found.at[i].address, where, seen.why);
}

static void fork_at(size_t i, const struct amounts *amounts)
{
	int status;
	bool met;

	boundary_break(found.at[i].address, fork_and_draw, (void *)(uintptr_t)amounts);
	child = -1;
	make_one_call(&call);
	/* What only a reseed of the kernel leads to is not to be met by the draws below. */
	met = boundary_clear();
	failed |= call.ret != (ssize_t)call.len;
	if (child == 0) {
		draw(in_child->afterwards, AFTERWARDS);
		expect_one_owner("in the child", i);
		_exit(0);
	}
	draw(in_parent.afterwards, AFTERWARDS);
	if (!met)
		return;
	if (waitpid(child, &status, 0) != child || status != 0)
		vgt_child_fail("fork at boundary %zu of %zu (%lx), %zu and %zu draws: status %x", i,
			       found.num, found.at[i].address, amounts->by_parent,
			       amounts->by_child, (unsigned int)status);
	keep(&in_parent, amounts->by_parent, "parent", i);
	keep(in_child, amounts->by_child, "child", i);
	if (!outputs_add(&seen, call.buf, call.len))
		vgt_child_fail("boundary %zu: %s", i, seen.why);
	expect_one_owner("in the parent", i);
}

static void fork_everywhere(void *unused)
{
	static const struct amounts amounts[] = { { 0, MANY_DRAWS }, { MANY_DRAWS, MANY_DRAWS } };

	(void)unused;
	for (size_t i = 0; i < found.num; i += STRIDE)
		for (size_t n = 0; n < sizeof(amounts) / sizeof(amounts[0]); n++)
			fork_at(i, &amounts[n]);
}

static void run_at_boundaries_of(void (*function)(void *), void *arg, void (*body)(void *))
{
	char why[VGT_CHILD_WHY_SIZE];

	outputs_init(&seen, 1 << 20);
	in_child = vgt_shared(sizeof(*in_child));
	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	spy_on(vgetrandom_get_provider());
	spy_draw();
	boundaries_find(&found, function, arg);
	cr_assert(vgt_run_child(body, NULL, why), "%s", why);
	cr_assert_gt(found.num, 80);
}

TEST_EACH_PROVIDER(handlers, fork_and_draw_much_at_every_instruction)
{
	run_at_boundaries_of(make_one_call, &call, fork_everywhere);
}

/* A thread that goes on having the state that it got. */
static void *keep_state(void *drawn)
{
	spy_claim(spy_draw());
	sem_post(drawn);
	while (pause())
		;
	return NULL;
}

/*
 * The interrupted call has lost its state to the handler, and goes on with it in the child, too:
 * there it must not be one of those that became free with the other threads' end.
 */
static void draw_much_and_fork(void *unused)
{
	pthread_t thread;
	sem_t drawn;

	(void)unused;
	draw(in_parent.in_handler, MANY_DRAWS);
	child = fork();
	if (child != 0)
		return;
	/* Takes over the block of its state. */
	draw(in_child->in_handler, 1);
	sem_init(&drawn, 0, 0);
	for (int i = 0; i < OWNERS; i++) {
		failed |= pthread_create(&thread, NULL, keep_state, &drawn) != 0;
		while (sem_wait(&drawn) != 0)
			;
	}
}

static void lose_state_and_fork_everywhere(void *unused)
{
	int status;

	(void)unused;
	for (size_t i = 0; i < found.num; i += STRIDE) {
		boundary_break(found.at[i].address, draw_much_and_fork, NULL);
		child = -1;
		make_one_call(&call);
		if (child == 0)
			_exit(failed || spy_conflicts ? 1 : 0);
		if (!boundary_clear())
			continue;
		if (waitpid(child, &status, 0) != child || status != 0)
			vgt_child_fail("boundary %zu of %zu (%lx): expected one owner of each "
				       "state in the child, actual status %x",
				       i, found.num, found.at[i].address, (unsigned int)status);
	}
}

TEST_EACH_PROVIDER(handlers, state_lost_before_a_fork_is_nobody_elses_in_the_child)
{
	run_at_boundaries_of(make_one_call, &call, lose_state_and_fork_everywhere);
}

static sigjmp_buf back;
static uintptr_t leave_at;

static void jump(void *unused)
{
	(void)unused;
	siglongjmp(back, 1);
}

/*
 * In the middle of the outer call: leaves calls of its own, and draws as if nothing had been; or
 * draws so much that the outer call loses its state, and leaves a call on the next one last.
 */
static bool jumps_last;

static void leave_call_and_draw(void)
{
	if (jumps_last)
		draw(in_parent.in_handler, MANY_DRAWS);
	if (sigsetjmp(back, 1) == 0) {
		if (leave_at)
			boundary_break(leave_at, jump, NULL);
		draw(in_parent.in_handler, jumps_last ? 1 : MANY_DRAWS);
	}
	boundary_clear();
	if (!jumps_last)
		draw(in_parent.in_handler, MANY_DRAWS);
}

static void call_with_handler(void *unused)
{
	(void)unused;
	spy_hook = leave_call_and_draw;
	make_one_call(&call);
}

/* Returns the system calls of those draws that are on the fast path again. */
static unsigned int leave_handler_and_draw(size_t i)
{
	unsigned int before;

	leave_at = found.at[i].address;
	call_with_handler(NULL);
	failed |= call.ret != (ssize_t)call.len;
	draw(in_parent.afterwards, AFTERWARDS);
	keep(&in_parent, MANY_DRAWS, "after the jump", i);
	if (!outputs_add(&seen, call.buf, call.len))
		vgt_child_fail("boundary %zu: %s", i, seen.why);
	before = num_getrandom_calls;
	draw(in_parent.afterwards, AFTERWARDS);
	return num_getrandom_calls - before;
}

/* System calls in the image count, too, which no statistics show. */
static void leave_handlers_everywhere(void *unused)
{
	(void)unused;
	intercept_getrandom(NULL);
	for (size_t i = 0; i < found.num; i += STRIDE) {
		struct vgt_quiet quiet = { 0 };
		unsigned int calls;

		do {
			vgt_quiet_begin(&quiet);
			calls = leave_handler_and_draw(i);
		} while (!vgt_quiet_end(&quiet));
		if (calls > renewals_max())
			vgt_child_fail("boundary %zu of %zu (%lx): expected the fast path %d calls "
				       "after the jump, actual %u system calls in as many more",
				       i, found.num, found.at[i].address, AFTERWARDS, calls);
		expect_one_owner("after the jump", i);
	}
}

static void leave_handlers(void)
{
	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("so many single steps take too long with AddressSanitizer");
	run_at_boundaries_of(call_with_handler, NULL, leave_handlers_everywhere);
}

TEST_EACH_PROVIDER(handlers, jump_out_of_a_handlers_call_at_every_instruction)
{
	leave_handlers();
}

TEST_EACH_PROVIDER(handlers, jump_out_of_the_last_call_of_a_handler_that_draws_much)
{
	jumps_last = true;
	leave_handlers();
}
