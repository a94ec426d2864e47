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
static long last_at;

static struct check_verdict run_again(void *arg, long at)
{
	(void)arg;
	num_again++;
	last_at = at;
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

Test(look_again, a_tail_without_a_gap_takes_no_other_run)
{
	set_up(150);
	look(CHECK_SAME_OUTPUT);
	cr_assert_eq(num_again, 0);
	cr_assert_eq(results[149].kind, CHECK_RIGHT);
}

/* The kernel reseeded within these two runs. */
Test(look_again, what_was_noticed_by_chance_is_of_the_tail)
{
	set_up(150);
	results[160].kind = CHECK_RIGHT;
	results[161].kind = CHECK_RIGHT;
	look(CHECK_SAME_OUTPUT);
	cr_assert_eq(num_again, 2 * CHECK_WEAK_REPEATS);
	cr_assert_eq(last_at, 1160);
	cr_assert_eq(results[160].kind, CHECK_SAME_OUTPUT);
	cr_assert_eq(results[161].kind, CHECK_SAME_OUTPUT);
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

Test(look_again, far_before_the_tail_nothing_is_looked_at)
{
	set_up(150);
	results[20].kind = CHECK_SAME_OUTPUT;
	look(CHECK_SAME_OUTPUT);
	cr_assert_eq(num_again, 0);
	cr_assert_eq(results[20].kind, CHECK_SAME_OUTPUT);
}
