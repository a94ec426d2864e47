// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * At every instruction boundary of a call a fork, without and with a nested call in the child.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "outputs.h"
#include "quiet.h"
#include "sweep.h"

/* Instructions of the image after its last check: the bytes are final then. */
#define TAIL_MAX 40

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
static enum fork_result fork_once_at(size_t i, bool child_draws)
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

/* Four bytes are equal by chance, too, but not twice. */
static enum fork_result fork_at(size_t i, bool child_draws)
{
	enum fork_result result = fork_once_at(i, child_draws);

	if (result == EQUAL && call.len < 8 && fork_once_at(i, child_draws) == DIFFERENT)
		return DIFFERENT;
	return result;
}

/*
 * Without a child that draws, and with one. Not in calls that the kernel's reseed has drawn twice:
 * what ends a call then lies in its middle, too. The draw notices one that came before.
 */
static void fork_twice_at(size_t i, enum fork_result *plain, enum fork_result *nested)
{
	struct vgt_quiet quiet = { 0 };
	unsigned char buf[8];

	do {
		vgt_quiet_begin(&quiet);
		cr_assert_eq(call.victim->draw(buf, sizeof(buf)), (ssize_t)sizeof(buf));
		*plain = fork_at(i, false);
		*nested = fork_at(i, true);
	} while (!vgt_quiet_end(&quiet));
}

/*
 * Equal bytes are unavoidable after the last check, near the end of the image's code. Whatever a
 * child draws on top changes nothing about that. ChaCha20's many boundaries are sampled.
 */
static void fork_sweep(const struct victim *victim, size_t len, size_t stride)
{
	size_t num_equal = 0;

	cr_assert(sweep_find(victim, len),
		  "expected all of ChaCha20 and more, actual %zu boundaries", found.num);
	for (size_t i = 0; i < found.num;
	     i += found.at[i].before_image_end < 200 ? STRIDE : stride) {
		enum fork_result plain, nested;

		fork_twice_at(i, &plain, &nested);
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

Test(boundary_fork, forks_in_the_raw_function)
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
Test(boundary_fork, forks_in_the_library)
{
	fork_sweep_inprocess(0);
}

Test(boundary_fork, forks_in_the_library_that_looks_at_the_age)
{
	fork_sweep_inprocess(1);
}

Test(boundary_fork, forks_in_the_library_on_native)
{
	fork_sweep_all(&library_native);
}
