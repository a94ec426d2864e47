// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which repeats of the other process's bytes are excused: those of the known fault, and of it only
 * those that come where vdso/README.md, "Known limitations", says.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fault-named.h"
#include "plan.h"

/* A call with two runs of ChaCha20: the first loads its key at 12, the second at 112. */
static struct check_call call = {
	.num_boundaries = 400,
	.last_look = 300,
	.spans = { { 10, 13, 60 }, { 110, 113, 160 } },
	.num_spans = 2,
	.tail = 400,
};

static const struct check_target target = { .known = "fork+signal+signal" };

static struct check_options options = { .target = &target };

static bool is_known(const char *fault, enum check_kind kind, bool is_explained, bool steps_over,
		     int first, int second)
{
	struct check_result result = {
		.kind = (uint8_t)kind,
		.is_explained = is_explained,
		.last_look = CHECK_NOWHERE,
	};
	struct check_item item = { .at = { first, second } };
	struct check_sweep sweep = {
		.call = &call, .fault = fault_named(fault), .num = 1, .steps_over = steps_over
	};
	struct check_plan plan = {
		.options = &options,
		.calls = &call,
		.num_calls = 1,
		.sweeps = &sweep,
		.num_sweeps = 1,
		.items = &item,
		.num_items = 1,
		.results = &result,
	};

	check_plan_find_tails(&plan);
	return result.is_known;
}

static bool is_known_at(int first, int second)
{
	return is_known("fork+signal+signal", CHECK_REPEATS_OTHER, true, false, first, second);
}

Test(tail, the_fork_comes_within_chacha20_that_has_its_key)
{
	cr_assert(is_known_at(13, 50));
	cr_assert(is_known_at(59, 61));
	cr_assert(is_known_at(113, 170));
	cr_assert_not(is_known_at(9, 50), "before ChaCha20");
	cr_assert_not(is_known_at(12, 50), "before it has its key");
	cr_assert_not(is_known_at(60, 70), "after it");
	cr_assert_not(is_known_at(200, 201), "in the state machine");
}

Test(tail, the_second_nested_call_comes_before_the_state_is_invalid)
{
	cr_assert(is_known_at(20, 300));
	cr_assert_not(is_known_at(20, 330), "long after the last look");
}

Test(tail, boundaries_of_what_runs_at_full_speed_are_not_counted)
{
	/* After 20 come the return of the first, at 60 really, and one of the second, its entry. */
	const int last = 20 + (300 - 59) - (160 - 110 - 1);

	cr_assert(is_known("fork+signal+signal", CHECK_REPEATS_OTHER, true, true, 20, last));
	cr_assert_not(
		is_known("fork+signal+signal", CHECK_REPEATS_OTHER, true, true, 20, last + 30));
}

Test(tail, nothing_else_is_excused)
{
	cr_assert_not(is_known("fork+signal+signal", CHECK_REPEATS_OTHER, false, false, 20, 50),
		      "no stores of ChaCha20 lie in the state");
	cr_assert_not(is_known("fork+signal+signal", CHECK_REPEATS_ITSELF, true, false, 20, 50));
	cr_assert_not(is_known("fork+signal+signal", CHECK_ZEROS, true, false, 20, 50));
	cr_assert_not(is_known("fork..signal", CHECK_REPEATS_OTHER, true, false, 20, 50));
	cr_assert_not(is_known("drop+signal+signal", CHECK_REPEATS_OTHER, true, false, 20, 50));
}

Test(tail, without_a_last_look_nothing_is_known)
{
	call.last_look = CHECK_NOWHERE;
	cr_assert_not(is_known_at(20, 50));
}

/* Where forks of calls for 1 byte came, and what came of them. */
enum { IN_TAIL = 0x1000, BEFORE_TAIL = 0x2000, IN_BOTH = 0x3000, NOWHERE_TRIED = 0x4000 };

static struct check_call calls[] = {
	{ .num_boundaries = 900, .call = { .size = 1 }, .last_look = 880 },
	{ .num_boundaries = 118, .call = { .size = 1 }, .last_look = CHECK_NOWHERE },
	{ .num_boundaries = 118, .call = { .size = 4 }, .last_look = CHECK_NOWHERE },
};

static struct check_item forks[] = {
	{ 0, { 880, 0 } }, { 0, { 881, 0 } }, { 0, { 882, 0 } }, /* refills */
	{ 1, { 90, 0 } },  { 1, { 100, 0 } }, { 1, { 101, 0 } }, /* does not */
	{ 2, { 100, 0 } }, { 2, { 101, 0 } }, { 3, { 30, 101 } },
};

static struct check_result results[] = {
	{ .kind = CHECK_RIGHT, .ip = { IN_BOTH } },
	{ .kind = CHECK_SAME_OUTPUT, .ip = { 0x5000 } },
	{ .kind = CHECK_SAME_OUTPUT, .ip = { 0x5004 } },
	{ .kind = CHECK_RIGHT, .ip = { BEFORE_TAIL } },
	{ .kind = CHECK_SAME_OUTPUT, .ip = { IN_BOTH } },
	{ .kind = CHECK_SAME_OUTPUT, .ip = { IN_TAIL } },
	{ .kind = CHECK_RIGHT, .ip = { IN_TAIL } },
	{ .kind = CHECK_SAME_OUTPUT, .ip = { NOWHERE_TRIED } },
	{ .kind = CHECK_SAME_OUTPUT },
};

/* A nested call refilled for the call that refills, and a fork came at its 101st boundary. */
static bool late_fork_is_in_tail(uintptr_t ip, enum check_kind kind, long last_look)
{
	struct check_sweep sweeps[] = {
		{ &calls[0], fault_named("fork"), 0, 3, false },
		{ &calls[1], fault_named("fork"), 3, 3, false },
		{ &calls[2], fault_named("fork"), 6, 2, false },
		{ &calls[0], fault_named("signal..fork"), 8, 1, false },
	};
	struct check_plan plan = {
		.options = &options,
		.calls = calls,
		.num_calls = 3,
		.sweeps = sweeps,
		.num_sweeps = 4,
		.items = forks,
		.num_items = 9,
		.results = results,
	};
	struct check_result *result = &results[8];

	*result = (struct check_result){ .kind = (uint8_t)kind,
					 .last_look = last_look,
					 .ip = { 0, ip } };
	check_plan_find_tails(&plan);
	return result->in_tail;
}

Test(tail, a_call_that_takes_the_short_way_after_a_nested_one_has_its_tail)
{
	cr_assert(late_fork_is_in_tail(IN_TAIL, CHECK_SAME_OUTPUT, CHECK_NOWHERE));
	cr_assert_not(late_fork_is_in_tail(BEFORE_TAIL, CHECK_SAME_OUTPUT, CHECK_NOWHERE));
	cr_assert_not(late_fork_is_in_tail(IN_BOTH, CHECK_SAME_OUTPUT, CHECK_NOWHERE),
		      "one call comes there sooner");
	cr_assert_not(late_fork_is_in_tail(NOWHERE_TRIED, CHECK_SAME_OUTPUT, CHECK_NOWHERE),
		      "only a call for 4 bytes comes there");
	cr_assert_not(late_fork_is_in_tail(IN_TAIL, CHECK_REPEATS_OTHER, CHECK_NOWHERE));
}

Test(tail, where_the_last_look_is_seen_it_says_where_the_tail_begins)
{
	cr_assert(late_fork_is_in_tail(BEFORE_TAIL, CHECK_SAME_OUTPUT, 100));
	cr_assert_not(late_fork_is_in_tail(IN_TAIL, CHECK_SAME_OUTPUT, 101));
}
