// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which repeats of the other process's bytes are excused: those of the known fault, and of it only
 * those that come where vdso/README.md, "Known limitations", says.
 */
#include <criterion/criterion.h>
#include <string.h>

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

static const struct check_fault *fault_named(const char *name)
{
	for (unsigned int i = 0; i < check_num_faults; i++)
		if (check_fault_is_named(&check_faults[i], name, strlen(name)))
			return &check_faults[i];
	cr_assert_fail("no fault %s", name);
	return NULL;
}

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
