// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Draws into an address that is not there, by a program that finds out so what is (it jumps out of
 * the signal's handler): as often as it likes, no state is lost by it, and no memory.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "child.h"
#include "outputs.h"
#include "providers.h"
#include "quiet.h"

#define PAGE_LEN 4096
#define PAGES    5
#define PROBES   20000
#define DRAWS    1000

/* Few enough that between two reseeds of the kernel there is time for them. */
#define LAST_PROBES 50

static sigjmp_buf back;

static void jump(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

/* Returns whether it was left by siglongjmp(). */
static bool draw_and_jump(void *buf, size_t len)
{
	if (sigsetjmp(back, 1) != 0)
		return true;
	(void)!vgetrandom(buf, len, 0);
	return false;
}

/* @is_first: the page of the first byte is missing; else that of the last one. */
static void probe(unsigned char *pages, size_t len, bool is_first, unsigned int times)
{
	unsigned char *missing = pages + (is_first ? 0 : PAGES - 1) * PAGE_LEN;
	unsigned char *buf = is_first ? missing + PAGE_LEN - 8 : missing + 8 - len;
	unsigned int num = 0;

	mprotect(missing, PAGE_LEN, PROT_NONE);
	for (unsigned int i = 0; i < times; i++)
		num += draw_and_jump(buf, len);
	mprotect(missing, PAGE_LEN, PROT_READ | PROT_WRITE);
	if (num != times)
		vgt_child_fail("%zu bytes: expected %u signals, actual %u", len, times, num);
}

/* Returns their system calls. */
static unsigned int draw(int times)
{
	unsigned int calls = num_getrandom_calls;
	unsigned char buf[16];
	struct outputs seen;

	outputs_init(&seen, 2 * DRAWS);
	for (int i = 0; i < times; i++)
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf) ||
		    !outputs_add(&seen, buf, sizeof(buf)))
			vgt_child_fail("draw %d: %s", i, seen.why);
	outputs_free(&seen);
	return num_getrandom_calls - calls;
}

static void expect_nothing_lost(unsigned char *pages, const struct droppable *before, size_t len,
				bool is_first)
{
	struct vgt_quiet quiet = { 0 };
	struct vgetrandom_stats stats;
	struct droppable after;
	unsigned int calls;

	probe(pages, len, is_first, PROBES);
	after = count_droppable();
	/* None of the probes reached the judge: the first draw notices what came meanwhile. */
	do {
		vgt_quiet_begin(&quiet);
		draw(1);
		probe(pages, len, is_first, LAST_PROBES);
		calls = draw(DRAWS);
	} while (!vgt_quiet_end(&quiet));
	stats = stats_now();
	if (calls > renewals_max() || stats.states_abandoned ||
	    after.len > before->len + 16 * PAGE_LEN)
		vgt_child_fail("%zu bytes, the %s page missing: expected draws without system "
			       "calls and no memory, actual %u of %d, %lu states abandoned, %zu "
			       "bytes more",
			       len, is_first ? "first" : "last", calls, DRAWS,
			       (unsigned long)stats.states_abandoned, after.len - before->len);
}

static void probe_all(void *unused)
{
	static const size_t lens[] = { 16, 100, 10000 };
	struct sigaction action = { .sa_handler = jump };
	unsigned char *pages = mmap(NULL, PAGES * PAGE_LEN, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct droppable before;
	char byte;

	(void)unused;
	sigaction(SIGSEGV, &action, NULL);
	intercept_getrandom(NULL);
	if (vgetrandom(&byte, 1, 0) != 1)
		vgt_child_fail("expected a byte");
	before = count_droppable();
	for (size_t i = 0; i < 2 * sizeof(lens) / sizeof(lens[0]); i++)
		expect_nothing_lost(pages, &before, lens[i / 2], i % 2);
}

TEST_EACH_PROVIDER(faults, jumps_out_of_faults_lose_nothing)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(probe_all, NULL, why), "%s", why);
}

TEST_EACH_PROVIDER(faults, jumps_out_of_faults_lose_nothing_in_a_prepared_process)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert_eq(vgetrandom_prepare(0), 0);
	cr_assert(vgt_run_child(probe_all, NULL, why), "%s", why);
}
