// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * After its last check a call has the bytes that it will return. A fork from there on gives
 * them to both processes, whatever the generator does. What is the same before that is a bug.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <string.h>

static const struct check_sweep *plain_fork(const struct check_plan *plan,
					    const struct check_call *c)
{
	for (unsigned int i = 0; i < plan->num_sweeps; i++)
		if (plan->sweeps[i].call == c &&
		    plan->sweeps[i].fault == &check_faults[CHECK_PLAIN_FORK])
			return &plan->sweeps[i];
	return NULL;
}

/* The last boundaries at which all plain forks gave the same. */
static void find_run(const struct check_plan *plan, struct check_call *c)
{
	const struct check_sweep *sweep = plain_fork(plan, c);

	c->tail = c->num_boundaries;
	for (size_t i = sweep ? sweep->num : 0; i > 0; i--) {
		size_t index = sweep->first + i - 1;

		if (plan->results[index].kind == CHECK_SAME_OUTPUT)
			c->tail = plan->items[index].at[0];
		else if (plan->results[index].kind != CHECK_NOT_INJECTED)
			break;
	}
}

static long first_tried_after(const struct check_call *c, long boundary)
{
	for (long i = 0; i < c->num_tried; i++)
		if (c->boundaries[i] > boundary)
			return c->boundaries[i];
	return c->num_boundaries;
}

static void judge_item(const struct check_plan *plan, const struct check_sweep *sweep, size_t index)
{
	const struct check_fault *fault = sweep->fault;
	struct check_result *result = &plan->results[index];
	long at = plan->items[index].at[check_fault_forks_late(fault)];
	long tail = result->last_look >= 0 ? result->last_look + 1 : sweep->call->tail;

	if (result->kind == CHECK_SAME_OUTPUT && at >= tail)
		result->in_tail = true;
	if (result->kind == CHECK_REPEATS_OTHER && plan->options->target->known &&
	    strcmp(plan->options->target->known, fault->name) == 0)
		result->is_known = true;
}

void check_plan_find_tails(struct check_plan *plan)
{
	for (unsigned int i = 0; i < plan->num_calls; i++) {
		struct check_call *c = &plan->calls[i];

		find_run(plan, c);
		/* Others may look at something else than the state afterwards. */
		c->tail_is_run = !c->num_in[CHECK_STATE_MACHINE] || c->last_look < 0 ||
				 !plain_fork(plan, c) ||
				 c->tail == first_tried_after(c, c->last_look);
	}
	for (unsigned int i = 0; i < plan->num_sweeps; i++)
		for (size_t j = 0; j < plan->sweeps[i].num; j++)
			judge_item(plan, &plan->sweeps[i], plan->sweeps[i].first + j);
}
