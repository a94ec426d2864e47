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

/* A tail, or none; and what else is found while looking is not forgotten. */
static enum check_kind most_of_runs(check_again_fn *again, void *arg, long at)
{
	unsigned int num_same = 0;

	for (int i = 0; i < CHECK_WEAK_REPEATS; i++) {
		struct check_verdict verdict = again(arg, at);

		if (verdict.kind == CHECK_SAME_OUTPUT)
			num_same++;
		else if (verdict.kind != CHECK_RIGHT && !verdict.is_weak)
			return verdict.kind;
	}
	return num_same > CHECK_WEAK_REPEATS / 2 ? CHECK_SAME_OUTPUT : CHECK_RIGHT;
}

/*
 * From where on all forks of a call gave the same, it has its tail. One that did not ends it;
 * unless somebody reseeded the kernel meanwhile, or it dropped a page, and the call drew once more:
 * a first call takes long to step through. More runs of that one decide.
 */
void check_look_again(struct check_result *results, const struct check_item *items, size_t num,
		      check_again_fn *again, void *arg)
{
	for (size_t i = num; i-- > 0;) {
		if (results[i].kind == CHECK_RIGHT)
			results[i].kind = (uint8_t)most_of_runs(again, arg, items[i].at[0]);
		if (results[i].kind != CHECK_SAME_OUTPUT && results[i].kind != CHECK_NOT_INJECTED)
			break;
	}
}

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

/*
 * Of an instruction at which a call for so many bytes, which nothing else happened to, was forked:
 * whether it is in the tail of every call that came there.
 */
static bool is_tail_instruction(const struct check_plan *plan, size_t size, uintptr_t ip)
{
	bool found = false;

	for (unsigned int i = 0; i < plan->num_sweeps; i++) {
		const struct check_sweep *sweep = &plan->sweeps[i];

		if (sweep->fault != &check_faults[CHECK_PLAIN_FORK] ||
		    sweep->call->call.size != size)
			continue;
		for (size_t j = sweep->first; j < sweep->first + sweep->num; j++) {
			if (plan->results[j].kind == CHECK_NOT_INJECTED ||
			    plan->results[j].ip[0] != ip)
				continue;
			if (plan->items[j].at[0] < sweep->call->tail)
				return false;
			found = true;
		}
	}
	return found;
}

/*
 * A nested call may refill the state of a call that would have; that one then takes the short way,
 * which looks at the state where nobody watches, in the library. Its tail has the instructions of
 * other short calls' tails, not the boundaries of its own long one's.
 */
static bool is_in_tail(const struct check_plan *plan, const struct check_sweep *sweep, size_t index)
{
	const struct check_result *result = &plan->results[index];
	bool is_late = check_fault_forks_late(sweep->fault);
	long at = plan->items[index].at[is_late];

	if (result->kind != CHECK_SAME_OUTPUT)
		return false;
	if (result->last_look >= 0)
		return at > result->last_look;
	return at >= sweep->call->tail ||
	       (is_late && is_tail_instruction(plan, sweep->call->call.size, result->ip[1]));
}

static void judge_item(const struct check_plan *plan, const struct check_sweep *sweep, size_t index)
{
	struct check_result *result = &plan->results[index];

	result->in_tail = is_in_tail(plan, sweep, index);
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
	/* With all tails: one call's is judged by another's. */
	for (unsigned int i = 0; i < plan->num_sweeps; i++)
		for (size_t j = 0; j < plan->sweeps[i].num; j++)
			judge_item(plan, &plan->sweeps[i], plan->sweeps[i].first + j);
}
