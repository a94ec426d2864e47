// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * In which order runs are made: all faults of a call together, since stepping through the call is
 * what takes time. Those that reseed come last, when nothing else is under way: the kernel's
 * generation is one for all processes, and who steps through a call after a reseed in a copy of it
 * sees the call draw once more.
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
	const struct check_sweep *s = &ordered->sweeps[i->sweep], *t = &ordered->sweeps[j->sweep];
	bool s_reseeds = check_fault_has(s->fault, CHECK_RESEED);

	if (s_reseeds != check_fault_has(t->fault, CHECK_RESEED))
		return s_reseeds ? 1 : -1;
	if (s->call != t->call)
		return s->call < t->call ? -1 : 1;
	if (i->at[0] != j->at[0])
		return i->at[0] < j->at[0] ? -1 : 1;
	if (i->sweep != j->sweep || i->at[1] == j->at[1])
		return (x > y) - (x < y);
	return i->at[1] < j->at[1] ? -1 : 1;
}

static const struct check_sweep *sweep_of(const struct check_plan *plan, size_t i)
{
	return &plan->sweeps[plan->items[plan->order[i]].sweep];
}

static bool reseeds(const struct check_plan *plan, size_t i)
{
	return check_fault_has(sweep_of(plan, i)->fault, CHECK_RESEED);
}

static bool is_same_walk(const struct check_plan *plan, size_t i, size_t j)
{
	return sweep_of(plan, i)->call == sweep_of(plan, j)->call &&
	       reseeds(plan, i) == reseeds(plan, j);
}

/* Stepping to a boundary takes less than a run at it does, so it is less than half of the time. */
static void cut(struct check_plan *plan, size_t first, size_t end)
{
	size_t len = (size_t)sweep_of(plan, first)->call->num_boundaries / 2;

	if (len < CHUNK_MIN || !plan->options->target->state)
		len = CHUNK_MIN;
	for (; first < end; first += len)
		plan->chunks[plan->num_chunks++] = (struct check_chunk){
			first,
			first + len < end ? first + len : end,
		};
	if (!reseeds(plan, end - 1))
		plan->num_quiet = plan->num_chunks;
}

void check_plan_order(struct check_plan *plan)
{
	size_t first = 0;

	plan->order = calloc(plan->num_items + 1, sizeof(*plan->order));
	plan->chunks = calloc(plan->num_items / CHUNK_MIN + 2 * plan->num_calls + 1,
			      sizeof(*plan->chunks));
	if (!plan->order || !plan->chunks)
		abort();
	for (size_t i = 0; i < plan->num_items; i++)
		plan->order[i] = (uint32_t)i;
	ordered = plan;
	qsort(plan->order, plan->num_items, sizeof(*plan->order), compare);
	for (size_t i = 1; i <= plan->num_items; i++) {
		if (i < plan->num_items && is_same_walk(plan, i, first))
			continue;
		cut(plan, first, i);
		first = i;
	}
}
