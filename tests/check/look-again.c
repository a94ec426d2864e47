// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Makes the further runs of plain forks that tail.c wants before it says where a tail begins.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "plan.h"
#include "wait.h"

/* In memory that is shared. */
static size_t *num_again;

struct again {
	struct check_run run;
	struct check_report *report;
	unsigned int late_syscalls;
};

static struct check_verdict run_again(void *arg, long at)
{
	struct again *again = arg;

	__atomic_fetch_add(num_again, 1, __ATOMIC_RELAXED);
	again->run.at[0] = at;
	again->run.pattern = (uint8_t)(again->run.pattern + 37);
	check_run(&again->run, again->report);
	return check_judge(&again->run, again->report, again->late_syscalls);
}

static void look_again(const void *arg, size_t number)
{
	const struct check_plan *plan = arg;
	const struct check_sweep *sweep = &plan->sweeps[number];
	const struct check_target *target = plan->options->target;
	static struct check_report *report;
	struct again again = {
		.run = {
			.target = target,
			.fault = sweep->fault,
			.call = sweep->call->call,
			.bytes_before = sweep->call->bytes_before,
			.at = { CHECK_NOWHERE, CHECK_NOWHERE },
		},
		.late_syscalls = sweep->call->late_syscalls,
	};

	if (sweep->fault != &check_faults[CHECK_PLAIN_FORK] ||
	    (plan->until > 0 && check_seconds() >= plan->until))
		return;
	if (!report) {
		report = check_shared_alloc(sizeof(*report));
		check_judge_init();
	}
	again.report = report;
	if (target->enter && target->enter(again.run.call.level) != NULL)
		abort();
	check_look_again(plan->results + sweep->first, plan->items + sweep->first, sweep->num,
			 run_again, &again);
}

void check_plan_look_again(struct check_plan *plan)
{
	num_again = check_shared_alloc(sizeof(*num_again));
	check_share_work(plan->options->jobs, plan->num_sweeps, look_again, plan, NULL);
	plan->num_again = *num_again;
}
