// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * After its last check a call has the bytes that it will return. A fork from there on gives
 * them to both processes, whatever the generator does. What is the same before that is a bug.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <string.h>

/* From a last look that finds the state lost to the store that makes it invalid. */
#define INVALIDATION_MAX 16

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

static long first_tried_after(const struct check_plan *plan, const struct check_sweep *sweep,
			      long boundary)
{
	for (size_t i = 0; i < sweep->num; i++)
		if (plan->items[sweep->first + i].at[0] > boundary)
			return plan->items[sweep->first + i].at[0];
	return sweep->call->num_boundaries;
}

/*
 * Of a call that was interrupted within ChaCha20, which had read its key: the last boundary at
 * which its stores may lie in the state while that is still valid, or -1. The undisturbed call
 * looks at its state for the last time no sooner than the interrupted one, which then stores that
 * the state is invalid.
 */
static long last_known(const struct check_sweep *sweep, long first)
{
	const struct check_call *c = sweep->call;
	long last = c->last_look + INVALIDATION_MAX;
	bool found = false;

	for (unsigned int i = 0; i < c->num_spans; i++) {
		const struct check_span *span = &c->spans[i];

		/* What runs at full speed is not counted, but for its entry. */
		if (sweep->steps_over && found)
			last -= span->end - span->entry - 1;
		if (first < span->has_key || first >= span->end)
			continue;
		found = true;
		if (sweep->steps_over)
			last -= span->end - first - 1;
	}
	return found && c->last_look >= 0 ? last : -1;
}

static bool is_known(const struct check_plan *plan, const struct check_sweep *sweep, size_t index)
{
	const struct check_target *target = plan->options->target;
	const struct check_result *result = &plan->results[index];
	const int32_t *at = plan->items[index].at;

	return result->kind == CHECK_REPEATS_OTHER && target->known &&
	       strcmp(target->known, sweep->fault->name) == 0 && result->is_explained &&
	       at[1] <= last_known(sweep, at[0]);
}

static void judge_item(const struct check_plan *plan, const struct check_sweep *sweep, size_t index)
{
	const struct check_fault *fault = sweep->fault;
	struct check_result *result = &plan->results[index];
	long at = plan->items[index].at[check_fault_forks_late(fault)];
	long tail = result->last_look >= 0 ? result->last_look + 1 : sweep->call->tail;

	if (result->kind == CHECK_SAME_OUTPUT && at >= tail)
		result->in_tail = true;
	result->is_known = is_known(plan, sweep, index);
}

bool check_has_long_tail(const struct check_call *c)
{
	return !c->missing && c->kind == CHECK_RIGHT && c->last_look < 0 &&
	       2 * (c->num_boundaries - c->tail) > c->num_boundaries;
}

void check_plan_find_tails(struct check_plan *plan)
{
	for (unsigned int i = 0; i < plan->num_calls; i++) {
		struct check_call *c = &plan->calls[i];
		const struct check_sweep *forks = plain_fork(plan, c);

		find_run(plan, c);
		/*
		 * It may begin later: a library looks at something else than the state afterwards,
		 * and notices a fork by that. Not sooner.
		 */
		c->tail_is_run = !c->num_in[CHECK_STATE_MACHINE] || c->last_look < 0 || !forks ||
				 c->tail >= first_tried_after(plan, forks, c->last_look);
	}
	for (unsigned int i = 0; i < plan->num_sweeps; i++)
		for (size_t j = 0; j < plan->sweeps[i].num; j++)
			judge_item(plan, &plan->sweeps[i], plan->sweeps[i].first + j);
}
