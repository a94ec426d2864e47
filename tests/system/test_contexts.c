// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A call is parked by a signal handler that switches contexts, as a scheduler of fibers does, and
 * another thread finishes it, while the first one draws on or is gone. Who owns a state must not be
 * inferred from whichever thread happens to run.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "boundary.h"
#include "child.h"
#include "draw.h"
#include "outputs.h"
#include "providers.h"
#include "victim.h"

#define PAGE_LEN   4096
#define STACK_LEN  65536
#define THREAD_LEN (1 << 18)

/* Enough to take the parked call for dead, and to be in the batch of another state then. */
#define DRAWS_ON  12
#define DRAWS_MAX (4 * DRAWS_ON)
#define BUSY_MAX  8
#define NEWCOMERS 3

/* What each thread of a round draws. */
struct drawer {
	pthread_t thread;
	unsigned char drawn[DRAWS_MAX][16];
	size_t num;
};

static struct drawer first, second, newcomers[NEWCOMERS];
static sem_t resume, resumed;
static ucontext_t fiber, parked, at_first, at_second;
static unsigned char stack[STACK_LEN] __attribute__((aligned(64)));
static struct boundaries found;
static struct outputs seen;
static volatile bool is_parked, is_over;

/* What a thread lives on that ends with its call parked; gone with it, and its record, too. */
static unsigned char *thread_memory;

/* What the fiber does. */
static unsigned char *target, buffer[512];
static size_t len;
static volatile ssize_t ret;

static void draw(struct drawer *drawer, size_t num)
{
	for (size_t i = 0; i < num; i++, drawer->num++)
		if (vgetrandom(drawer->drawn[drawer->num], 16, 0) != 16)
			vgt_child_fail("a draw of 16 bytes failed");
}

static void keep(struct drawer *drawer, const char *who, size_t at)
{
	if (!outputs_add(&seen, drawer->drawn, drawer->num * 16))
		vgt_child_fail("%zu bytes parked at %zu of %zu (%lx), the %s thread: %s", len, at,
			       found.num, found.at[at].address, who, seen.why);
	drawer->num = 0;
}

static void make_call(void *unused)
{
	(void)unused;
	ret = vgetrandom(target, len, 0);
}

/* Begins on the one thread, and ends on whichever goes on with it. */
static void be_fiber(void)
{
	make_call(NULL);
	setcontext(is_parked ? &at_second : &at_first);
}

static void park(void *unused)
{
	(void)unused;
	is_parked = true;
	swapcontext(&parked, &at_first);
}

static void on_fault(int signal)
{
	(void)signal;
	park(NULL);
}

/* Runs the fiber until it ends or is parked. */
static void start_fiber(void)
{
	is_parked = false;
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
	draw(&second, 1);
	for (;;) {
		while (sem_wait(&resume) != 0)
			;
		if (is_over)
			return unused;
		swapcontext(&at_second, &parked);
		draw(&second, DRAWS_ON);
		sem_post(&resumed);
	}
}

static void start_second(void)
{
	sem_init(&resume, 0, 0);
	sem_init(&resumed, 0, 0);
	is_over = false;
	if (pthread_create(&second.thread, NULL, be_second, NULL) != 0)
		vgt_child_fail("pthread_create()");
}

static void end_second(void)
{
	is_over = true;
	sem_post(&resume);
	pthread_join(second.thread, NULL);
}

static void wait_for_second(void)
{
	while (sem_wait(&resumed) != 0)
		;
}

static void check_call(size_t at)
{
	if (ret != (ssize_t)len || (len >= 8 && !outputs_add(&seen, target, len)))
		vgt_child_fail("%zu bytes parked at %zu of %zu (%lx): expected %zu, actual %zd; %s",
			       len, at, found.num, found.at[at].address, len, ret, seen.why);
}

/* Nobody else draws now. */
static void expect_fast_path(struct drawer *drawer, size_t at)
{
	struct vgetrandom_stats before = stats_now(), after;

	draw(drawer, 2);
	after = stats_now();
	if (after.fallback_busy != before.fallback_busy ||
	    after.fallback_no_state != before.fallback_no_state)
		vgt_child_fail("%zu bytes parked at %zu of %zu (%lx): expected the first thread to "
			       "be on the fast path again",
			       len, at, found.num, found.at[at].address);
}

/* How the state is found by the call. */
enum mode {
	IN_BATCH,
	EXHAUSTED,
	WIPED,
	NUM_MODES,
};

/* Nothing between 0 and the batch is a position in it. */
static void set_mode(enum mode mode)
{
	struct vgr_slot *slot = vgr_get_slot();

	if (mode == EXHAUSTED && slot->state)
		slot->state->position = 0;
	if (mode == WIPED)
		memset(slot->opaque, 0, vgr_provider()->state_len);
}

static void find(enum mode mode)
{
	found.num = 0;
	for (int i = 0; i < 3; i++) {
		(void)!vgetrandom(buffer, 1, 0);
		set_mode(mode);
		boundaries_find(&found, make_call, NULL);
	}
	if (found.num < 40)
		vgt_child_fail("expected many boundaries, actual %zu", found.num);
}

/* The first thread goes on: until the call counts as dead, and while the second ends it. */
static void park_and_draw_on(enum mode mode, size_t at)
{
	draw(&first, 1);
	set_mode(mode);
	boundary_break(found.at[at].address, park, NULL);
	start_fiber();
	if (!boundary_clear()) {
		check_call(at);
		first.num = 0;
		return;
	}
	draw(&first, at % 2 ? DRAWS_ON : 0);
	sem_post(&resume);
	draw(&first, DRAWS_ON);
	wait_for_second();
	/* The end of the call was a sign of life, from which on they count anew. */
	draw(&first, BUSY_MAX);
	expect_fast_path(&first, at);
	check_call(at);
	keep(&first, "first", at);
	keep(&second, "second", at);
}

static const size_t lens[] = { 4, 32, 64, 300 };

#define NUM_RUNS (sizeof(lens) / sizeof(lens[0]) * NUM_MODES)

static void start(void)
{
	thread_memory = mmap(NULL, THREAD_LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	outputs_init(&seen, 1 << 21);
	target = buffer;
	/* Each call may cost one; test_prepared.c has the limit. */
	vgr_thread_set_spares(1 << 20);
	(void)!vgetrandom(buffer, 1, 0);
	start_second();
}

static void park_everywhere(void *unused)
{
	size_t num = 0;

	(void)unused;
	start();
	for (size_t run = 0; run < NUM_RUNS; run++) {
		len = lens[run / NUM_MODES];
		find(run % NUM_MODES);
		for (size_t at = 0; at < found.num; at++, num += is_parked)
			park_and_draw_on(run % NUM_MODES, at);
	}
	end_second();
	if (num < 1000)
		vgt_child_fail("expected thousands of calls to be parked, actual %zu", num);
}

static void run(void (*body)(void *), void *arg)
{
	char why[VGT_CHILD_WHY_SIZE];

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer must be told of each switch of stacks");
	cr_assert(vgt_run_child(body, arg, why), "%s", why);
}

TEST_EACH_PROVIDER(contexts, call_parked_at_every_instruction_ends_on_another_thread)
{
	run(park_everywhere, NULL);
}

/* A thread that parks its call and ends. */
struct ending {
	enum mode mode;
	size_t at;
	bool is_first_call;
};

static void *park_and_end(void *arg)
{
	const struct ending *ending = arg;

	if (!ending->is_first_call) {
		draw(&first, 1);
		set_mode(ending->mode);
	}
	boundary_break(found.at[ending->at].address, park, NULL);
	start_fiber();
	boundary_clear();
	return NULL;
}

static void *be_newcomer(void *drawer)
{
	draw(drawer, DRAWS_ON);
	return NULL;
}

static void start_newcomers(void)
{
	for (int i = 0; i < NEWCOMERS; i++)
		if (pthread_create(&newcomers[i].thread, NULL, be_newcomer, &newcomers[i]) != 0)
			vgt_child_fail("pthread_create()");
}

static void run_first(void *(*function)(void *), void *arg)
{
	pthread_attr_t attr;

	mprotect(thread_memory, THREAD_LEN, PROT_READ | PROT_WRITE);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, thread_memory, THREAD_LEN);
	if (pthread_create(&first.thread, &attr, function, arg) != 0)
		vgt_child_fail("pthread_create()");
	pthread_join(first.thread, NULL);
	pthread_attr_destroy(&attr);
	mprotect(thread_memory, THREAD_LEN, PROT_NONE);
}

/* They take what the first one gave back, while the second one ends its call. */
static void park_and_leave(struct ending ending)
{
	run_first(park_and_end, &ending);
	start_newcomers();
	if (is_parked) {
		sem_post(&resume);
		wait_for_second();
	}
	for (int i = 0; i < NEWCOMERS; i++) {
		pthread_join(newcomers[i].thread, NULL);
		keep(&newcomers[i], "third", ending.at);
	}
	check_call(ending.at);
	keep(&first, "first", ending.at);
	keep(&second, "second", ending.at);
}

static void park_everywhere_and_end(void *unused)
{
	(void)unused;
	start();
	for (size_t run = 0; run < NUM_RUNS; run++) {
		len = lens[run / NUM_MODES];
		find(run % NUM_MODES);
		for (size_t at = 0; at < found.num; at++)
			park_and_leave((struct ending){ .mode = run % NUM_MODES, .at = at });
	}
	end_second();
}

TEST_EACH_PROVIDER(contexts, parked_call_outlives_its_thread)
{
	run(park_everywhere_and_end, NULL);
}

static void *find_first_call(void *unused)
{
	boundaries_find(&found, make_call, NULL);
	return unused;
}

/* The C library's pthread_setspecific() keeps the address of the thread's descriptor. */
static bool is_ours(uintptr_t address)
{
	extern const char __executable_start, etext;

	return address - (uintptr_t)&__executable_start < (uintptr_t)(&etext - &__executable_start);
}

static void park_first_calls(void *unused)
{
	(void)unused;
	start();
	len = 32;
	found.num = 0;
	run_first(find_first_call, NULL);
	for (size_t at = 0; at < found.num; at++)
		if (is_ours(found.at[at].address))
			park_and_leave((struct ending){ .at = at, .is_first_call = true });
	end_second();
}

TEST_EACH_PROVIDER(contexts, first_call_that_is_parked_outlives_its_thread)
{
	run(park_first_calls, NULL);
}

/* User-level paging: what faults is parked until somebody has the page. */
static void *park_by_fault(void *arg)
{
	unsigned char *missing = arg;

	draw(&first, 1);
	start_fiber();
	if (!is_parked)
		vgt_child_fail("expected a fault");
	draw(&first, DRAWS_ON);
	mprotect(missing, PAGE_LEN, PROT_READ | PROT_WRITE);
	sem_post(&resume);
	draw(&first, BUSY_MAX);
	wait_for_second();
	expect_fast_path(&first, 0);
	return NULL;
}

static void park_by_faults(void *unused)
{
	static const size_t faulting_lens[] = { 4, 16, 64, 300, 5000, 10000 };
	struct sigaction action = { .sa_handler = on_fault };
	unsigned char *pages = mmap(NULL, 4 * PAGE_LEN, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	start();
	sigaction(SIGSEGV, &action, NULL);
	for (size_t i = 0; i < 2 * sizeof(faulting_lens) / sizeof(faulting_lens[0]); i++) {
		/* The first byte is missing, or the last. */
		unsigned char *missing = pages + (i % 2 ? 3 : 0) * PAGE_LEN;

		len = faulting_lens[i / 2];
		target = i % 2 ? missing + 1 - len : pages + PAGE_LEN - 1;
		for (int n = 0; n < 10; n++) {
			mprotect(missing, PAGE_LEN, PROT_NONE);
			park_by_fault(missing);
			check_call(0);
			keep(&first, "first", 0);
			keep(&second, "second", 0);
		}
	}
	end_second();
	if (stats_now().states_abandoned)
		vgt_child_fail("expected no state to be given up, actual %lu",
			       (unsigned long)stats_now().states_abandoned);
}

TEST_EACH_PROVIDER(contexts, call_parked_by_the_fault_of_its_buffer_ends_on_another_thread)
{
	run(park_by_faults, NULL);
}
