// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * In which order runs are made: all faults of a call together, since stepping through the call is
 * what takes time.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <stdlib.h>

/* Fewer items than this are not worth a walk through the call, nor are fewer than it has steps. */
#define CHUNK_MIN 16

static const struct check_plan *ordered;

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct check_item *i = &ordered->items[x], *j = &ordered->items[y];
	const struct check_call *c = ordered->sweeps[i->sweep].call;
	const struct check_call *d = ordered->sweeps[j->sweep].call;

	if (c != d)
		return c < d ? -1 : 1;
	if (i->at[0] != j->at[0])
		return i->at[0] < j->at[0] ? -1 : 1;
	if (i->sweep != j->sweep || i->at[1] == j->at[1])
		return (x > y) - (x < y);
	return i->at[1] < j->at[1] ? -1 : 1;
}

static const struct check_call *call_of(const struct check_plan *plan, size_t i)
{
	return plan->sweeps[plan->items[plan->order[i]].sweep].call;
}

/* Stepping to a boundary takes less than a run at it does, so it is less than half of the time. */
static void cut(struct check_plan *plan, size_t first, size_t end)
{
	size_t len = (size_t)call_of(plan, first)->num_boundaries / 2;

	if (len < CHUNK_MIN || !plan->options->target->state)
		len = CHUNK_MIN;
	for (; first < end; first += len)
		plan->chunks[plan->num_chunks++] = (struct check_chunk){
			first,
			first + len < end ? first + len : end,
		};
}

void check_plan_order(struct check_plan *plan)
{
	size_t first = 0;

	plan->order = calloc(plan->num_items + 1, sizeof(*plan->order));
	plan->chunks =
		calloc(plan->num_items / CHUNK_MIN + plan->num_calls + 1, sizeof(*plan->chunks));
	if (!plan->order || !plan->chunks)
		abort();
	for (size_t i = 0; i < plan->num_items; i++)
		plan->order[i] = (uint32_t)i;
	ordered = plan;
	qsort(plan->order, plan->num_items, sizeof(*plan->order), compare);
	for (size_t i = 1; i <= plan->num_items; i++) {
		if (i < plan->num_items && call_of(plan, i) == call_of(plan, first))
			continue;
		cut(plan, first, i);
		first = i;
	}
}
