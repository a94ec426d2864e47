// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How often something has to be seen before it is believed.
 */
#include <criterion/criterion.h>

#include "judge.h"

static const struct check_verdict noticed = { CHECK_RIGHT, false };
static const struct check_verdict same = { CHECK_SAME_OUTPUT, false };
static const struct check_verdict same_byte = { CHECK_SAME_OUTPUT, true };

Test(vote, what_is_no_chance_is_seen_once)
{
	struct check_votes votes = { 0 };

	cr_assert(check_vote(&votes, same));
	cr_assert_eq(votes.kind, CHECK_SAME_OUTPUT);
	votes = (struct check_votes){ 0 };
	cr_assert(check_vote(&votes, noticed));
	cr_assert_eq(votes.kind, CHECK_RIGHT);
}

Test(vote, of_what_may_be_chance_most_is_believed)
{
	struct check_votes votes = { 0 };

	for (int i = 0; i < CHECK_WEAK_REPEATS; i++)
		cr_assert_not(check_vote(&votes, same_byte));
	cr_assert_eq(votes.kind, CHECK_SAME_OUTPUT);
	votes = (struct check_votes){ 0 };
	check_vote(&votes, same_byte);
	cr_assert(check_vote(&votes, noticed));
	cr_assert_eq(votes.kind, CHECK_RIGHT);
}
