// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A call is parked by a signal handler that switches contexts, as a scheduler of fibers does, and
 * another thread finishes it, while the first one draws on. Who owns a state must not be inferred
 * from whichever thread happens to run.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>

#include "boundary.h"
#include "child.h"
#include "draw.h"
#include "parked.h"
#include "providers.h"

#define PAGE_LEN 4096

/* The first thread goes on: until the call counts as dead, and while the second ends it. */
static void park_and_draw_on(enum parked_mode mode, size_t at)
{
	parked_draw(&parked.first, 1);
	parked_set_mode(mode);
	boundary_break(parked.found.at[at].address, parked_park, NULL);
	parked_begin();
	if (!boundary_clear()) {
		parked_check(at);
		parked.first.num = 0;
		return;
	}
	parked_draw(&parked.first, at % 2 ? PARKED_DRAWS_ON : 0);
	sem_post(&parked.resume);
	parked_draw(&parked.first, PARKED_DRAWS_ON);
	parked_wait();
	/* The end of the call was a sign of life, from which on they count anew. */
	parked_draw(&parked.first, PARKED_BUSY_MAX);
	parked_expect_fast_path(&parked.first, at);
	parked_check(at);
	parked_keep(&parked.first, "first", at);
	parked_keep(&parked.second, "second", at);
}

static void park_everywhere(void *unused)
{
	size_t num = 0;

	(void)unused;
	parked_start();
	for (size_t run = 0; run < PARKED_NUM_RUNS; run++) {
		parked.len = parked_lens[run / PARKED_NUM_MODES];
		parked_find(run % PARKED_NUM_MODES);
		for (size_t at = 0; at < parked.found.num; at++, num += parked.is_parked)
			park_and_draw_on(run % PARKED_NUM_MODES, at);
	}
	parked_end();
	if (num < 1000)
		vgt_child_fail("expected thousands of calls to be parked, actual %zu", num);
}

TEST_EACH_PROVIDER(contexts, call_parked_at_every_instruction_ends_on_another_thread)
{
	parked_run(park_everywhere, NULL);
}

/* User-level paging: what faults is parked until somebody has the page. */
static void *park_by_fault(void *arg)
{
	unsigned char *missing = arg;

	parked_draw(&parked.first, 1);
	parked_begin();
	if (!parked.is_parked)
		vgt_child_fail("expected a fault");
	parked_draw(&parked.first, PARKED_DRAWS_ON);
	mprotect(missing, PAGE_LEN, PROT_READ | PROT_WRITE);
	sem_post(&parked.resume);
	parked_draw(&parked.first, PARKED_BUSY_MAX);
	parked_wait();
	parked_expect_fast_path(&parked.first, 0);
	return NULL;
}

static void on_fault(int signal)
{
	(void)signal;
	parked_park(NULL);
}

static void park_by_faults(void *unused)
{
	static const size_t faulting_lens[] = { 4, 16, 64, 300, 5000, 10000 };
	struct sigaction action = { .sa_handler = on_fault };
	unsigned char *pages = mmap(NULL, 4 * PAGE_LEN, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	parked_start();
	sigaction(SIGSEGV, &action, NULL);
	for (size_t i = 0; i < 2 * sizeof(faulting_lens) / sizeof(faulting_lens[0]); i++) {
		/* The first byte is missing, or the last. */
		unsigned char *missing = pages + (i % 2 ? 3 : 0) * PAGE_LEN;

		parked.len = faulting_lens[i / 2];
		parked.target = i % 2 ? missing + 1 - parked.len : pages + PAGE_LEN - 1;
		for (int n = 0; n < 10; n++) {
			mprotect(missing, PAGE_LEN, PROT_NONE);
			park_by_fault(missing);
			parked_check(0);
			parked_keep(&parked.first, "first", 0);
			parked_keep(&parked.second, "second", 0);
		}
	}
	parked_end();
	if (stats_now().states_abandoned)
		vgt_child_fail("expected no state to be given up, actual %lu",
			       (unsigned long)stats_now().states_abandoned);
}

TEST_EACH_PROVIDER(contexts, call_parked_by_the_fault_of_its_buffer_ends_on_another_thread)
{
	parked_run(park_by_faults, NULL);
}
