// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A call is parked, and its thread ends; another one goes on with it (test_contexts.c), while new
 * threads take what the first one gave back.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>

#include "boundary.h"
#include "child.h"
#include "draw.h"
#include "parked.h"
#include "providers.h"

#define THREAD_LEN (1 << 18)
#define NEWCOMERS  3

static struct parked_drawer newcomers[NEWCOMERS];

/* What the first thread lives on; gone with it, and its record, too. */
static unsigned char *thread_memory;

static void start(void)
{
	thread_memory = mmap(NULL, THREAD_LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	parked_start();
}

/* A thread that parks its call and ends. */
struct ending {
	enum parked_mode mode;
	size_t at;
	bool is_first_call;
};

static void *park_and_end(void *arg)
{
	const struct ending *ending = arg;

	if (!ending->is_first_call) {
		parked_draw(&parked.first, 1);
		parked_set_mode(ending->mode);
	}
	boundary_break(parked.found.at[ending->at].address, parked_park, NULL);
	parked_begin();
	boundary_clear();
	return NULL;
}

static void *be_newcomer(void *drawer)
{
	parked_draw(drawer, PARKED_DRAWS_ON);
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
	if (pthread_create(&parked.first.thread, &attr, function, arg) != 0)
		vgt_child_fail("pthread_create()");
	pthread_join(parked.first.thread, NULL);
	pthread_attr_destroy(&attr);
	mprotect(thread_memory, THREAD_LEN, PROT_NONE);
}

/* They take what the first one gave back, while the second one ends its call. */
static void park_and_leave(struct ending ending)
{
	run_first(park_and_end, &ending);
	start_newcomers();
	if (parked.is_parked) {
		sem_post(&parked.resume);
		parked_wait();
	}
	for (int i = 0; i < NEWCOMERS; i++) {
		pthread_join(newcomers[i].thread, NULL);
		parked_keep(&newcomers[i], "third", ending.at);
	}
	parked_check(ending.at);
	parked_keep(&parked.first, "first", ending.at);
	parked_keep(&parked.second, "second", ending.at);
}

static void park_everywhere_and_end(void *unused)
{
	(void)unused;
	start();
	for (size_t run = 0; run < PARKED_NUM_RUNS; run++) {
		parked.len = parked_lens[run / PARKED_NUM_MODES];
		parked_find(run % PARKED_NUM_MODES);
		for (size_t at = 0; at < parked.found.num; at++)
			park_and_leave((struct ending){ .mode = run % PARKED_NUM_MODES, .at = at });
	}
	parked_end();
}

TEST_EACH_PROVIDER(contexts, parked_call_outlives_its_thread)
{
	parked_run(park_everywhere_and_end, NULL);
}

/* A call that is parked and that the thread then takes for dead, if it may. */
static void *park_and_draw(void *arg)
{
	park_and_end(arg);
	parked_draw(&parked.first, PARKED_DRAWS_ON);
	return NULL;
}

static uint64_t given_up(size_t at)
{
	uint64_t before = stats_now().states_abandoned;
	struct ending ending = { .mode = PARKED_IN_BATCH, .at = at };

	run_first(park_and_draw, &ending);
	if (parked.is_parked) {
		sem_post(&parked.resume);
		parked_wait();
	}
	parked_check(at);
	parked_keep(&parked.first, "first", at);
	parked_keep(&parked.second, "second", at);
	return stats_now().states_abandoned - before;
}

/*
 * A slot that its thread's end left to the call, and that the call gave back, was never one of the
 * spares: it must not become one.
 */
static void come_back_without_spares(void *unused)
{
	uint64_t with_spare = 0;

	(void)unused;
	start();
	parked.len = parked_lens[0];
	parked_find(PARKED_IN_BATCH);
	for (size_t at = 0; at < parked.found.num; at++) {
		vgr_thread_set_spares(1);
		with_spare += given_up(at);
		vgr_thread_set_spares(0);
		park_and_leave((struct ending){ .mode = PARKED_IN_BATCH, .at = at });
		if (given_up(at))
			vgt_child_fail("parked at %zu: expected no slot to be given up", at);
	}
	parked_end();
	if (!with_spare)
		vgt_child_fail("expected slots to be given up where there are spares");
}

TEST_EACH_PROVIDER(contexts, slot_that_comes_back_after_its_thread_is_no_spare)
{
	parked_run(come_back_without_spares, NULL);
}

static void *find_first_call(void *unused)
{
	boundaries_find(&parked.found, parked_make_call, NULL);
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
	parked.len = 32;
	parked.found.num = 0;
	run_first(find_first_call, NULL);
	for (size_t at = 0; at < parked.found.num; at++)
		if (is_ours(parked.found.at[at].address))
			park_and_leave((struct ending){ .at = at, .is_first_call = true });
	parked_end();
}

TEST_EACH_PROVIDER(contexts, first_call_that_is_parked_outlives_its_thread)
{
	parked_run(park_first_calls, NULL);
}
