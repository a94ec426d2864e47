// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A fiber makes the call. A handler parks it, on the first thread, and the second one, which waits
 * for that, goes on with it.
 */
#define _GNU_SOURCE
#include "parked.h"

#include <string.h>
#include <ucontext.h>

#include "child.h"
#include "draw.h"
#include "outputs.h"
#include "providers.h"

#define STACK_LEN 65536

struct parked parked;
const size_t parked_lens[PARKED_NUM_LENS] = { 4, 32, 64, 300 };

static sem_t resumed;
static ucontext_t fiber, parked_at, at_first, at_second;
static unsigned char stack[STACK_LEN] __attribute__((aligned(64)));
static unsigned char buffer[512];
static struct outputs seen;
static volatile bool is_over;

void parked_draw(struct parked_drawer *drawer, size_t num)
{
	for (size_t i = 0; i < num; i++, drawer->num++)
		if (vgetrandom(drawer->drawn[drawer->num], 16, 0) != 16)
			vgt_child_fail("a draw of 16 bytes failed");
}

void parked_keep(struct parked_drawer *drawer, const char *who, size_t at)
{
	if (!outputs_add(&seen, drawer->drawn, drawer->num * 16))
		vgt_child_fail("%zu bytes parked at %zu of %zu (%lx), the %s thread: %s",
			       parked.len, at, parked.found.num, parked.found.at[at].address, who,
			       seen.why);
	drawer->num = 0;
}

void parked_make_call(void *unused)
{
	(void)unused;
	parked.ret = vgetrandom(parked.target, parked.len, 0);
}

/* Begins on the one thread, and ends on whichever goes on with it. */
static void be_fiber(void)
{
	parked_make_call(NULL);
	setcontext(parked.is_parked ? &at_second : &at_first);
}

void parked_park(void *unused)
{
	(void)unused;
	parked.is_parked = true;
	swapcontext(&parked_at, &at_first);
}

/* Runs the fiber until it ends or is parked. */
void parked_begin(void)
{
	parked.is_parked = false;
	getcontext(&fiber);
	fiber.uc_stack.ss_sp = stack;
	fiber.uc_stack.ss_size = sizeof(stack);
	fiber.uc_link = NULL;
	makecontext(&fiber, be_fiber, 0);
	swapcontext(&at_first, &fiber);
}

/* The other thread: has a state of its own, and is in no call when it goes on with the fiber. */
static void *be_second(void *unused)
{
	parked_draw(&parked.second, 1);
	for (;;) {
		while (sem_wait(&parked.resume) != 0)
			;
		if (is_over)
			return unused;
		swapcontext(&at_second, &parked_at);
		parked_draw(&parked.second, PARKED_DRAWS_ON);
		sem_post(&resumed);
	}
}

static void start_second(void)
{
	sem_init(&parked.resume, 0, 0);
	sem_init(&resumed, 0, 0);
	is_over = false;
	if (pthread_create(&parked.second.thread, NULL, be_second, NULL) != 0)
		vgt_child_fail("pthread_create()");
}

void parked_end(void)
{
	is_over = true;
	sem_post(&parked.resume);
	pthread_join(parked.second.thread, NULL);
}

void parked_wait(void)
{
	while (sem_wait(&resumed) != 0)
		;
}

void parked_check(size_t at)
{
	if (parked.ret != (ssize_t)parked.len ||
	    (parked.len >= 8 && !outputs_add(&seen, parked.target, parked.len)))
		vgt_child_fail("%zu bytes parked at %zu of %zu (%lx): expected %zu, actual %zd; %s",
			       parked.len, at, parked.found.num, parked.found.at[at].address,
			       parked.len, parked.ret, seen.why);
}

/* Nobody else draws now. */
void parked_expect_fast_path(struct parked_drawer *drawer, size_t at)
{
	struct vgetrandom_stats before = stats_now(), after;

	parked_draw(drawer, 2);
	after = stats_now();
	if (after.fallback_busy != before.fallback_busy ||
	    after.fallback_no_state != before.fallback_no_state)
		vgt_child_fail("%zu bytes parked at %zu of %zu (%lx): expected the first thread to "
			       "be on the fast path again",
			       parked.len, at, parked.found.num, parked.found.at[at].address);
}

/* Nothing between 0 and the batch is a position in it. */
void parked_set_mode(enum parked_mode mode)
{
	struct vgr_slot *slot = vgr_get_slot();

	if (mode == PARKED_EXHAUSTED && slot->state)
		slot->state->position = 0;
	if (mode == PARKED_WIPED)
		memset(slot->opaque, 0, vgr_provider()->state_len);
}

void parked_find(enum parked_mode mode)
{
	parked.found.num = 0;
	for (int i = 0; i < 3; i++) {
		(void)!vgetrandom(buffer, 1, 0);
		parked_set_mode(mode);
		boundaries_find(&parked.found, parked_make_call, NULL);
	}
	if (parked.found.num < 40)
		vgt_child_fail("expected many boundaries, actual %zu", parked.found.num);
}

void parked_start(void)
{
	outputs_init(&seen, 1 << 21);
	parked.target = buffer;
	/* Each call may cost one; test_prepared.c has the limit. */
	vgr_thread_set_spares(1 << 20);
	(void)!vgetrandom(buffer, 1, 0);
	start_second();
}
