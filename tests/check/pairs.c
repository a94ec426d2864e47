// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which pairs of boundaries are tried, of faults that come in two parts: all of a short call, else
 * a sample. First ones are few and have many second ones each, because for each first one the rest
 * of the call is stepped through once more.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <string.h>

/* So many pairs, and so many second boundaries to a first one. */
#define PAIRS       4000
#define PAIRS_QUICK 96
#define PAIRS_FULL  64
#define SECONDS     16

/* Second boundaries within ChaCha20 are tried if the call has no more of them than this. */
#define INSIDE      8000
#define INSIDE_FULL 1600

bool check_pairs_step_over(const struct check_options *options, const struct check_call *c)
{
	long most = options->quick ? 0 : options->full ? INSIDE_FULL : INSIDE;

	/* One that comes only in calls that start over is not worth its steps. */
	return c->num_in[CHECK_CHACHA20] == 0 || c->num_in[CHECK_CHACHA20] > most;
}

/*
 * After the first boundary @at, @most second ones at even distances. A call that starts over has
 * more boundaries than the undisturbed one: a quarter of them is sought beyond its end.
 */
static void add_seconds(struct check_plan *plan, const struct check_call *c, long at, long most,
			uint64_t *random)
{
	long num = c->num_boundaries;
	long left = num - at - 1, span;

	if (check_pairs_step_over(plan->options, c)) {
		/* Those of ChaCha20 are not counted. */
		num -= c->num_in[CHECK_CHACHA20];
		left = left < num ? left : num;
	}
	span = left + num / 3 + 1;
	if (most > span)
		most = span;
	for (long i = 0; i < most; i++) {
		long from = span * i / most, to = span * (i + 1) / most;

		check_plan_add_item(plan, at,
				    at + 1 + from +
					    (long)(check_random(random) % (uint64_t)(to - from)));
	}
}

/* @firsts of the boundaries in @from, at even distances, or all. */
static void add_firsts(struct check_plan *plan, const struct check_call *c, const int32_t *from,
		       long num, long firsts, long seconds, uint64_t *random)
{
	if (firsts > num)
		firsts = num;
	for (long i = 0; i < firsts; i++) {
		long low = num * i / firsts, high = num * (i + 1) / firsts;
		long at = low + (long)(check_random(random) % (uint64_t)(high - low));

		add_seconds(plan, c, from[at], seconds, random);
	}
}

void check_plan_add_pairs(struct check_plan *plan, const struct check_call *c)
{
	const struct check_options *options = plan->options;
	long most = options->quick ? PAIRS_QUICK : options->full ? PAIRS_FULL : PAIRS;
	long seconds = SECONDS, firsts = most / seconds, in_machine;
	uint64_t random = options->seed + plan->num_sweeps;

	/* Where each run steps through the call by itself, that is all of it on average. */
	if (!options->target->state && options->budget) {
		firsts = 3 * (long)options->budget / c->num_boundaries + 2;
		firsts = firsts < most ? firsts : most;
		seconds = 1;
	}
	if (c->num_boundaries * (c->num_boundaries - 1) / 2 <= most)
		firsts = seconds = 2 * c->num_boundaries;
	/* Most come where the state changes hands. */
	in_machine = c->num_tried_in[CHECK_STATE_MACHINE] < c->num_tried ? firsts * 3 / 4 : 0;
	add_firsts(plan, c, c->machine, c->num_tried_in[CHECK_STATE_MACHINE], in_machine, seconds,
		   &random);
	add_firsts(plan, c, c->boundaries, c->num_tried, firsts - in_machine, seconds, &random);
}
