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
#define PAIRS         1500
#define PAIRS_QUICK   96
#define PAIRS_FULL    64
#define SECONDS       32
#define SECONDS_SHORT 16

/* Second boundaries within ChaCha20 are tried if the call has no more of them than this. */
#define INSIDE      8000
#define INSIDE_FULL 1600

bool check_pairs_step_over(const struct check_options *options, const struct check_call *c)
{
	long most = options->quick ? 0 : options->full ? INSIDE_FULL : INSIDE;

	return c->num_in[CHECK_CHACHA20] > most;
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

void check_plan_add_pairs(struct check_plan *plan, const struct check_call *c)
{
	const struct check_options *options = plan->options;
	long most = options->quick ? PAIRS_QUICK : options->full ? PAIRS_FULL : PAIRS;
	long seconds = options->quick || options->full ? SECONDS_SHORT : SECONDS;
	long firsts = most / seconds, num = c->num_tried;
	uint64_t random = options->seed + plan->num_sweeps;

	/* Where each run steps through the call by itself, that is all of it on average. */
	if (!options->target->state && options->budget) {
		most = 3 * (long)options->budget / c->num_boundaries + 2;
		firsts = most;
		seconds = 1;
	}
	if (c->num_boundaries * (c->num_boundaries - 1) / 2 <= most)
		firsts = seconds = 2 * c->num_boundaries;
	if (firsts > num)
		firsts = num;
	for (long i = 0; i < firsts; i++) {
		long from = num * i / firsts, to = num * (i + 1) / firsts;
		long at = from + (long)(check_random(&random) % (uint64_t)(to - from));

		add_seconds(plan, c, c->boundaries[at], seconds, &random);
	}
}
