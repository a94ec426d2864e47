// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who steps through a call while something else reseeds the kernel sees the call draw once more:
 * its forks are all noticed then, those in the tail too. So what reseeds comes last, by itself.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fault-named.h"
#include "plan.h"

#define NUM_CALLS 3
#define NUM_EACH  50 /* more than one chunk */

static const char *const names[] = { "reseed", "fork", "reseed+signal", "signal..signal" };

#define NUM_FAULTS (sizeof(names) / sizeof(names[0]))

static const struct check_target target = { .name = "order" };
static struct check_options options = { .target = &target };
static struct check_call calls[NUM_CALLS];
static struct check_sweep sweeps[NUM_CALLS * NUM_FAULTS];
static struct check_item items[NUM_CALLS * NUM_FAULTS * NUM_EACH];
static struct check_plan plan = { .options = &options,
				  .calls = calls,
				  .num_calls = NUM_CALLS,
				  .sweeps = sweeps,
				  .items = items };

static void make_plan(unsigned int num_calls, size_t num_faults)
{
	plan.num_calls = num_calls;
	plan.num_sweeps = 0;
	plan.num_items = 0;
	plan.num_chunks = 0;
	plan.num_quiet = 0;
	for (size_t i = 0; i < num_calls * num_faults; i++) {
		sweeps[i] = (struct check_sweep){
			.call = &calls[i / num_faults],
			.fault = fault_named(names[i % num_faults]),
			.first = plan.num_items,
			.num = NUM_EACH,
		};
		for (int at = 0; at < NUM_EACH; at++)
			items[plan.num_items++] = (struct check_item){ (uint32_t)i, { at, at } };
		plan.num_sweeps++;
	}
	check_plan_order(&plan);
}

static bool reseeds(size_t i)
{
	return strncmp(sweeps[items[plan.order[i]].sweep].fault->name, "reseed", 6) == 0;
}

/* Of the chunks from @first to @end: they go on from @item, each has one call and no other kind. */
static size_t expect_chunks(size_t first, size_t end, size_t item, bool with_reseeds)
{
	for (size_t c = first; c < end; c++) {
		cr_assert_eq(plan.chunks[c].first, item, "chunk %zu", c);
		for (; item < plan.chunks[c].end; item++) {
			cr_assert_eq(reseeds(item), with_reseeds, "chunk %zu, item %zu", c, item);
			cr_assert_eq(sweeps[items[plan.order[item]].sweep].call,
				     sweeps[items[plan.order[plan.chunks[c].first]].sweep].call,
				     "chunk %zu, item %zu: another call", c, item);
		}
	}
	return item;
}

static void expect_two_parts(void)
{
	size_t item = expect_chunks(0, plan.num_quiet, 0, false);

	cr_assert_eq(item, plan.num_items / 2);
	cr_assert_eq(expect_chunks(plan.num_quiet, plan.num_chunks, item, true), plan.num_items);
}

Test(order, what_reseeds_comes_last_and_shares_no_walk)
{
	make_plan(NUM_CALLS, NUM_FAULTS);
	expect_two_parts();
}

/* Then the first that reseeds comes right behind the same call's others. */
Test(order, of_one_call_too)
{
	make_plan(1, NUM_FAULTS);
	expect_two_parts();
}

Test(order, reseeds_alone_have_no_quiet_part)
{
	make_plan(NUM_CALLS, 1);
	cr_assert_eq(plan.num_quiet, 0);
	cr_assert_eq(expect_chunks(0, plan.num_chunks, 0, true), plan.num_items);
}

Test(order, each_item_comes_once)
{
	bool seen[sizeof(items) / sizeof(items[0])] = { false };

	make_plan(NUM_CALLS, NUM_FAULTS);
	for (size_t i = 0; i < plan.num_items; i++) {
		cr_assert_not(seen[plan.order[i]]);
		seen[plan.order[i]] = true;
	}
}
