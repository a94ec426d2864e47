// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A tail is found by forks that all gave the same. Before it is believed, a single one in the
 * middle that did not is looked at again.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "plan.h"
#include "wait.h"

/* As many boundaries at the end of a call as are all tried. */
#define NEIGHBOURS 64

static enum check_kind most_of_runs(const struct check_sweep *sweep, long at, struct check_run *run,
				    struct check_report *report)
{
	unsigned int num_same = 0;

	run->at[0] = at;
	for (int i = 0; i < CHECK_WEAK_REPEATS; i++) {
		run->pattern = (uint8_t)(run->pattern + 37);
		check_run(run, report);
		num_same += check_judge(run, report, sweep->call->late_syscalls).kind ==
			    CHECK_SAME_OUTPUT;
	}
	return num_same > CHECK_WEAK_REPEATS / 2 ? CHECK_SAME_OUTPUT : CHECK_RIGHT;
}

/* Whether one that came a little sooner did what this one did not. */
static bool is_odd(const struct check_plan *plan, const struct check_sweep *sweep, size_t index)
{
	for (size_t i = index; i-- > sweep->first && index - i <= NEIGHBOURS;)
		if (plan->results[i].kind == CHECK_SAME_OUTPUT)
			return true;
	return false;
}

/*
 * Forks of one call: from where on they all gave the same, it has its tail. If one did not, and
 * some before it did, somebody reseeded the kernel meanwhile, or it dropped a page, and the call
 * was longer: a first call takes long to step through. More runs of that one decide.
 */
static void look_again_at_forks(const void *arg, size_t number)
{
	const struct check_plan *plan = arg;
	const struct check_sweep *sweep = &plan->sweeps[number];
	const struct check_target *target = plan->options->target;
	struct check_report *report;
	struct check_run run = {
		.target = target,
		.fault = sweep->fault,
		.call = sweep->call->call,
		.bytes_before = sweep->call->bytes_before,
		.at = { CHECK_NOWHERE, CHECK_NOWHERE },
	};

	if (sweep->fault != &check_faults[CHECK_PLAIN_FORK] ||
	    (plan->until > 0 && check_seconds() >= plan->until))
		return;
	report = check_shared_alloc(sizeof(*report));
	check_judge_init();
	if (target->enter && target->enter(run.call.level) != NULL)
		abort();
	for (size_t i = sweep->first + sweep->num; i-- > sweep->first + 1;) {
		struct check_result *result = &plan->results[i];

		if (result->kind == CHECK_RIGHT && is_odd(plan, sweep, i))
			result->kind =
				(uint8_t)most_of_runs(sweep, plan->items[i].at[0], &run, report);
		if (result->kind != CHECK_SAME_OUTPUT && result->kind != CHECK_NOT_INJECTED)
			break;
	}
	munmap(report, sizeof(*report));
}

void check_plan_look_again(struct check_plan *plan)
{
	check_share_work(plan->options->jobs, plan->num_sweeps, look_again_at_forks, plan, NULL);
}
