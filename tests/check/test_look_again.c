// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which forks are made once more before they say where a tail begins, and what counts then.
 */
#include <criterion/criterion.h>

#include "plan.h"

#define NUM 200

static struct check_result results[NUM];
static struct check_item items[NUM];
static struct check_verdict answer;
static int num_again;
static long last_at, first_right; /* up to @first_right a fork is really noticed */

static struct check_verdict run_again(void *arg, long at)
{
	(void)arg;
	num_again++;
	last_at = at;
	if (at <= first_right)
		return (struct check_verdict){ CHECK_RIGHT, false };
	return answer;
}

/* Noticed up to @tail, the same from there on. */
static void set_up(size_t tail)
{
	for (size_t i = 0; i < NUM; i++) {
		results[i].kind = i < tail ? CHECK_RIGHT : CHECK_SAME_OUTPUT;
		items[i].at[0] = (int32_t)(1000 + i);
	}
	num_again = 0;
}

static void look(enum check_kind kind)
{
	answer = (struct check_verdict){ kind, false };
	check_look_again(results, items, NUM, run_again, NULL);
}

Test(look_again, what_ends_the_tail_is_made_once_more_and_nothing_else)
{
	set_up(150);
	look(CHECK_RIGHT);
	cr_assert_eq(num_again, CHECK_WEAK_REPEATS);
	cr_assert_eq(last_at, 1149);
	cr_assert_eq(results[149].kind, CHECK_RIGHT);
	cr_assert_eq(results[150].kind, CHECK_SAME_OUTPUT);
}

/* The kernel reseeded within these two runs: in the middle, and where the tail begins. */
Test(look_again, what_was_noticed_by_chance_is_of_the_tail)
{
	set_up(150);
	results[160].kind = CHECK_RIGHT;
	results[150].kind = CHECK_RIGHT;
	first_right = 1149;
	look(CHECK_SAME_OUTPUT);
	cr_assert_eq(num_again, 3 * CHECK_WEAK_REPEATS);
	cr_assert_eq(last_at, 1149);
	cr_assert_eq(results[160].kind, CHECK_SAME_OUTPUT);
	cr_assert_eq(results[150].kind, CHECK_SAME_OUTPUT);
	cr_assert_eq(results[149].kind, CHECK_RIGHT);
}

/* A generator that a fork is hidden from at some places, and not at a later one. */
Test(look_again, what_is_noticed_each_time_ends_the_tail)
{
	set_up(150);
	results[160].kind = CHECK_RIGHT;
	look(CHECK_RIGHT);
	cr_assert_eq(num_again, CHECK_WEAK_REPEATS);
	cr_assert_eq(results[160].kind, CHECK_RIGHT);
}

Test(look_again, what_is_found_meanwhile_is_kept)
{
	set_up(150);
	results[160].kind = CHECK_RIGHT;
	look(CHECK_ZEROS);
	cr_assert_eq(results[160].kind, CHECK_ZEROS);
}
