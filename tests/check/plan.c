// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The plan: which faults, at which boundaries of which calls. */
#define _GNU_SOURCE
#include "plan.h"

#include <stdlib.h>

void check_plan_add_item(struct check_plan *plan, long first, long second)
{
	if (plan->num_items == plan->items_size) {
		plan->items_size = plan->items_size ? 2 * plan->items_size : 4096;
		plan->items = realloc(plan->items, plan->items_size * sizeof(*plan->items));
		if (!plan->items)
			abort();
	}
	plan->items[plan->num_items++] = (struct check_item){
		.sweep = plan->num_sweeps,
		.at = { (int32_t)first, (int32_t)second },
	};
}

/* Why @fault is of no use with this target; NULL: it is. */
static bool suits(const struct check_options *options, const struct check_fault *fault)
{
	const struct check_target *target = options->target;

	if (check_fault_has(fault, CHECK_RESEED) && !target->reseed)
		return false;
	if (check_fault_has(fault, CHECK_FAIL) && !check_can_intercept())
		return false;
	/* The tail of a call that was disturbed before is known only if its state is watched. */
	if (check_fault_forks_late(fault) && !target->state)
		return false;
	if (!options->faults_by_default)
		return true;
	return target->signal_safe ||
	       (!check_fault_has(fault, CHECK_SIGNAL) && !check_fault_has(fault, CHECK_JUMP));
}

static void add_items(struct check_plan *plan, const struct check_call *c,
		      const struct check_fault *fault)
{
	/* The report says that it is not possible. */
	if (check_fault_has(fault, CHECK_DROP) && !c->has_droppable)
		return;
	if (fault->split) {
		check_plan_add_pairs(plan, c);
		return;
	}
	for (long i = 0; i < c->num_tried; i++)
		check_plan_add_item(plan, c->boundaries[i], CHECK_NOWHERE);
}

static void add_sweep(struct check_plan *plan, const struct check_call *c,
		      const struct check_fault *fault)
{
	struct check_sweep *sweep = &plan->sweeps[plan->num_sweeps];

	sweep->call = c;
	sweep->fault = fault;
	sweep->first = plan->num_items;
	sweep->steps_over = fault->split && check_pairs_step_over(plan->options, c);
	add_items(plan, c, fault);
	sweep->num = plan->num_items - sweep->first;
	plan->num_sweeps++;
}

static void add_sweeps(struct check_plan *plan, const struct check_call *c)
{
	const struct check_options *options = plan->options;

	for (unsigned int i = 0; i < options->num_faults; i++)
		if (suits(options, options->faults[i]))
			add_sweep(plan, c, options->faults[i]);
}

const char *check_plan_make(struct check_plan *plan, const struct check_options *options)
{
	const char *missing = NULL;

	plan->options = options;
	check_plan_look_at_calls(plan);
	plan->sweeps = calloc((size_t)plan->num_calls * CHECK_MAX_FAULTS, sizeof(*plan->sweeps));
	if (!plan->sweeps)
		abort();
	for (unsigned int i = 0; i < plan->num_calls; i++) {
		const struct check_call *c = &plan->calls[i];

		if (c->missing)
			missing = c->missing;
		else if (c->kind == CHECK_RIGHT && c->num_tried)
			add_sweeps(plan, c);
		else
			plan->num_broken++;
	}
	check_plan_order(plan);
	plan->results = check_shared_alloc((plan->num_items + 1) * sizeof(*plan->results));
	if (plan->num_items || plan->num_broken)
		return NULL;
	return missing ? missing : "none of the faults suits this target";
}
