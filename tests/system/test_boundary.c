// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * At every instruction boundary of a call: a nested call, a page drop, both. Then at every
 * boundary a fork, without and with a nested call in the child.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "kernel-generation.h"
#include "outputs.h"
#include "system.h"
#include "victim.h"

/* Instructions of the image after its last check: the bytes are final then. */
#define TAIL_MAX 40

/* Calls until a boundary is met: in their middle the state is wiped; a batch is exhausted in 31. */
#define CALLS_MAX      80
#define LONG_CALLS_MAX 6

/* The sanitized library has several times the instructions, and is slow: some of them will do. */
#define STRIDE (HAS_ADDRESS_SANITIZER ? 7 : 1)

enum fault { NESTED, WIPE, WIPE_NESTED, NESTED_WIPE, NUM_FAULTS };
static const char *const fault_names[] = { "nested call", "page drop", "page drop, nested call",
					   "nested call, page drop" };

static const size_t lens[] = { 4, 32, 200, 5000 };
#define NUM_LENS (sizeof(lens) / sizeof(lens[0]))

static struct one_call call;
static unsigned char nested_buf[64];
static size_t nested_len;
static struct outputs seen;
static struct boundaries found;

static void nest(void)
{
	if (call.victim->draw(nested_buf, sizeof(nested_buf)) == sizeof(nested_buf))
		nested_len = sizeof(nested_buf);
}

static int calls_max(void)
{
	return call.len > 512 ? LONG_CALLS_MAX : CALLS_MAX;
}

static void inject_fault(void *arg)
{
	enum fault fault = *(enum fault *)arg;

	if (fault == WIPE || fault == WIPE_NESTED)
		call.victim->wipe();
	if (fault != WIPE)
		nest();
	if (fault == NESTED_WIPE)
		call.victim->wipe();
}

/*
 * Whether what was drawn is new and not zero. A short output can only be looked at; of a long one
 * the middle is only looked at, so that the set stays small.
 */
static bool is_right(const void *buf, size_t len)
{
	static const unsigned char zero[8];

	if (len < 8)
		return memcmp(buf, zero, len) != 0;
	if (len <= 1024)
		return outputs_add(&seen, buf, len);
	return !has_zero_window(buf, len) && outputs_add(&seen, buf, 256) &&
	       outputs_add(&seen, (const char *)buf + len - 256, 256);
}

/*
 * The boundaries of a call on a new state, and of enough others that the batch is exhausted. Not of
 * one in which the kernel reseeded, every minute or for another test: on native that makes two
 * calls of it, and what ends the call lies in its middle, too.
 */
static void find_boundaries(const struct victim *victim, size_t len)
{
	uint64_t generation;

	call.victim = victim;
	call.len = len;
	do {
		generation = vgt_kernel_generation();
		found.num = 0;
		victim->wipe();
		for (size_t i = 0; i < (len < 32 || len > 512 ? 3 : 1 + 1024 / len); i++)
			boundaries_find(&found, make_one_call, &call);
	} while (vgt_kernel_generation() != generation);
	cr_assert_gt(found.num, 200, "expected all of ChaCha20 and more, actual %zu boundaries",
		     found.num);
}

static void check(const void *buf, size_t len, const char *what, enum fault fault, size_t i)
{
	cr_assert(is_right(buf, len), "%s, %zu bytes, %s at boundary %zu of %zu (%lx): %s: %s",
		  call.victim->name, call.len, fault_names[fault], i, found.num,
		  found.at[i].address, what, seen.why);
}

/* A failed call may have left the state bad for the next ones. */
static void check_next_calls(enum fault fault, size_t i)
{
	unsigned char buf[32];

	for (int next = 0; next < 3; next++) {
		cr_assert_eq(call.victim->draw(buf, sizeof(buf)), (ssize_t)sizeof(buf));
		check(buf, sizeof(buf), "next call", fault, i);
	}
}

/* Some boundaries are met by every call, some by the first on a new state, or at a refill. */
static bool inject_at(enum fault fault, size_t i)
{
	bool met = false;

	for (int tries = 0; tries < calls_max() && !met; tries++) {
		nested_len = 0;
		memset(call.buf, 0, call.len);
		if (tries == calls_max() / 2)
			call.victim->wipe();
		if (!boundary_break(found.at[i].address, inject_fault, &fault))
			return false;
		make_one_call(&call);
		met = boundary_clear();
		cr_assert_eq(call.ret, (ssize_t)call.len, "expected %zu, actual %zd", call.len,
			     call.ret);
		check(call.buf, call.len, "interrupted call", fault, i);
		if (nested_len)
			check(nested_buf, nested_len, "nested call", fault, i);
	}
	check_next_calls(fault, i);
	return met;
}

static void sweep(const struct victim *victim, size_t len, enum fault fault)
{
	size_t injected = 0;

	for (size_t i = 0; i < found.num; i += STRIDE)
		injected += inject_at(fault, i);
	cr_assert_gt(injected, found.num / STRIDE / 2,
		     "%s, %zu bytes: expected most of %zu boundaries, "
		     "actual %zu",
		     victim->name, len, found.num, injected);
}

static void sweep_all(const struct victim *victim)
{
	if (!victim->start())
		cr_skip_test("no %s on this kernel", victim->name);
	for (size_t i = 0; i < NUM_LENS; i++) {
		find_boundaries(victim, lens[i]);
		for (enum fault fault = 0; fault < NUM_FAULTS; fault++) {
			outputs_init(&seen, 4 << 20);
			sweep(victim, lens[i], fault);
			outputs_free(&seen);
		}
	}
}

Test(boundary, wipes_and_nested_calls_in_the_raw_function)
{
	sweep_all(&raw_inprocess);
}

Test(boundary, wipes_and_nested_calls_in_the_library)
{
	sweep_all(&library_inprocess);
}

Test(boundary, wipes_and_nested_calls_in_the_library_on_native)
{
	sweep_all(&library_native);
}

/* What the child of a fork in the middle of a call came to. */
struct child_report {
	bool done;
	size_t nested_len;
	unsigned char buf[8192], nested[64], next[128];
};

static struct child_report *report;
static long child_pid;

static void inject_fork(void *arg)
{
	bool child_draws = *(bool *)arg;

	child_pid = raw_fork();
	if (child_pid == 0 && child_draws)
		nest();
}

static void report_and_exit(void)
{
	memcpy(report->buf, call.buf, call.len);
	memcpy(report->nested, nested_buf, nested_len);
	report->nested_len = nested_len;
	report->done = call.ret == (ssize_t)call.len &&
		       call.victim->draw(report->next, sizeof(report->next)) ==
			       sizeof(report->next);
	_exit(0);
}

/* What of the child is neither zero nor also the parent's; the call under way apart. */
static void check_child(size_t at, const unsigned char *parent_next)
{
	cr_assert(ended_well(child_pid) && report->done, "%s, fork at %zu: the child failed",
		  call.victim->name, at);
	cr_assert(!has_zero_window(report->buf, call.len) &&
			  !has_zero_window(report->next, sizeof(report->next)) &&
			  !has_zero_window(report->nested, report->nested_len),
		  "%s, %zu bytes, fork at %zu: zeros in the child", call.victim->name, call.len,
		  at);
	cr_assert(!share_a_word(report->next, sizeof(report->next), parent_next, 128) &&
			  !share_a_word(report->next, sizeof(report->next), call.buf, call.len) &&
			  !share_a_word(report->nested, report->nested_len, call.buf, call.len) &&
			  !share_a_word(report->nested, report->nested_len, parent_next, 128) &&
			  !share_a_word(report->buf, call.len, parent_next, 128),
		  "%s, %zu bytes, fork at %zu: parent and child share bytes", call.victim->name,
		  call.len, at);
}

enum fork_result { NOT_MET, DIFFERENT, EQUAL };

/*
 * Forks at boundary @i, the next time it is met. Returns what the call under way gave to parent
 * and child.
 */
static enum fork_result fork_at(size_t i, bool child_draws)
{
	unsigned char parent_next[128];

	memset(report, 0, sizeof(*report));
	child_pid = -1;
	for (int tries = 0; tries < calls_max() && child_pid < 0; tries++) {
		nested_len = 0;
		if (tries == calls_max() / 2)
			call.victim->wipe();
		if (!boundary_break(found.at[i].address, inject_fork, &child_draws))
			return NOT_MET;
		make_one_call(&call);
		if (child_pid == 0)
			report_and_exit();
		boundary_clear();
		cr_assert_eq(call.ret, (ssize_t)call.len);
	}
	cr_assert_eq(call.victim->draw(parent_next, 128), 128);
	if (child_pid < 0)
		return NOT_MET;
	check_child(i, parent_next);
	if (call.len < 8)
		return memcmp(report->buf, call.buf, call.len) == 0 ? EQUAL : DIFFERENT;
	return share_a_word(report->buf, call.len, call.buf, call.len) ? EQUAL : DIFFERENT;
}

/*
 * Equal bytes are unavoidable after the last check, near the end of the image's code. Whatever a
 * child draws on top changes nothing about that. ChaCha20's many boundaries are sampled.
 */
static void fork_sweep(const struct victim *victim, size_t len, size_t stride)
{
	size_t num_equal = 0;

	find_boundaries(victim, len);
	for (size_t i = 0; i < found.num;
	     i += found.at[i].before_image_end < 200 ? STRIDE : stride) {
		enum fork_result plain = fork_at(i, false);
		enum fork_result nested = fork_at(i, true);

		num_equal += plain == EQUAL;
		cr_assert((plain != EQUAL && nested != EQUAL) ||
				  found.at[i].before_image_end < TAIL_MAX,
			  "%s, %zu bytes, fork at boundary %zu (%lx), %ld before the end of the "
			  "image: expected different bytes in parent and child, actual equal%s",
			  victim->name, len, i, found.at[i].address, found.at[i].before_image_end,
			  plain == EQUAL ? "" : " with a nested call");
		cr_assert(plain != DIFFERENT || nested != EQUAL,
			  "%s, %zu bytes, fork at boundary %zu: equal only with a nested call",
			  victim->name, len, i);
	}
	cr_assert_gt(num_equal, 0, "expected some boundaries after the last check, actual none");
}

static void fork_sweep_all_lens(const struct victim *victim)
{
	report = vgt_shared(sizeof(*report));
	for (size_t i = 0; i < NUM_LENS; i++)
		fork_sweep(victim, lens[i], 17);
}

static void fork_sweep_all(const struct victim *victim)
{
	if (!victim->start())
		cr_skip_test("no %s on this kernel", victim->name);
	fork_sweep_all_lens(victim);
}

Test(boundary, forks_in_the_raw_function)
{
	fork_sweep_all(&raw_inprocess);
}

static void fork_sweep_inprocess(long wall_step)
{
	if (!library_inprocess.start())
		cr_skip_test("no inprocess here");
	use_fake_clock();
	fake_wall_step = wall_step;
	fork_sweep_all_lens(&library_inprocess);
}

/* By the real clock some calls look at the age of the key, and have more behind their last check.
 */
Test(boundary, forks_in_the_library)
{
	fork_sweep_inprocess(0);
}

Test(boundary, forks_in_the_library_that_looks_at_the_age)
{
	fork_sweep_inprocess(1);
}

Test(boundary, forks_in_the_library_on_native)
{
	fork_sweep_all(&library_native);
}
