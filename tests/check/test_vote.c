// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How often something has to be seen before it is believed.
 */
#include <criterion/criterion.h>

#include "judge.h"

static const struct check_verdict noticed = { CHECK_RIGHT, false };
static const struct check_verdict same = { CHECK_SAME_OUTPUT, false };
static const struct check_verdict same_byte = { CHECK_SAME_OUTPUT, true };

static const struct check_fault *plain_fork = &check_faults[CHECK_PLAIN_FORK];
static const struct check_fault *no_fault = &check_faults[CHECK_NO_FAULT];

Test(vote, what_is_no_chance_is_seen_once)
{
	struct check_votes votes = { 0 };

	cr_assert(check_vote(&votes, plain_fork, same));
	cr_assert_eq(votes.kind, CHECK_SAME_OUTPUT);
	votes = (struct check_votes){ 0 };
	cr_assert(check_vote(&votes, no_fault, noticed));
	cr_assert_eq(votes.kind, CHECK_RIGHT);
}

Test(vote, of_what_may_be_chance_most_is_believed)
{
	struct check_votes votes = { 0 };

	for (int i = 0; i < CHECK_WEAK_REPEATS; i++)
		cr_assert_not(check_vote(&votes, plain_fork, same_byte));
	cr_assert_eq(votes.kind, CHECK_SAME_OUTPUT);
	votes = (struct check_votes){ 0 };
	check_vote(&votes, no_fault, same_byte);
	cr_assert(check_vote(&votes, no_fault, noticed));
	cr_assert_eq(votes.kind, CHECK_RIGHT);
}

/* The kernel reseeds while a call with its final bytes is forked. */
Test(vote, a_plain_fork_that_is_noticed_is_so_twice)
{
	struct check_votes votes = { 0 };

	cr_assert_not(check_vote(&votes, plain_fork, noticed));
	cr_assert(check_vote(&votes, plain_fork, noticed));
	cr_assert_eq(votes.kind, CHECK_RIGHT);

	votes = (struct check_votes){ 0 };
	cr_assert_not(check_vote(&votes, plain_fork, noticed));
	cr_assert(check_vote(&votes, plain_fork, same));
	cr_assert_eq(votes.kind, CHECK_SAME_OUTPUT);
}

Test(vote, a_reseed_does_not_end_the_tail_of_a_read_of_one_byte)
{
	struct check_votes votes = { 0 };

	cr_assert_not(check_vote(&votes, plain_fork, same_byte));
	cr_assert_not(check_vote(&votes, plain_fork, same_byte));
	cr_assert_not(check_vote(&votes, plain_fork, same_byte));
	cr_assert_not(check_vote(&votes, plain_fork, noticed), "the votes are for another kind");
	cr_assert_not(check_vote(&votes, plain_fork, same_byte));
	cr_assert_eq(votes.kind, CHECK_SAME_OUTPUT);
}
