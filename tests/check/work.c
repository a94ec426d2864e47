// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Makes the runs of the plan, chunk by chunk. What could be chance is done again, with other random
 * numbers.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <limits.h>
#include <stdlib.h>

#include "progress.h"
#include "wait.h"

/* As a last look at the state: whatever boundary comes, the tail comes later. */
#define NOT_KNOWN_YET (LONG_MAX - 1)

/* How much is done, in memory that is shared. */
static size_t *num_done;

struct work {
	struct check_snapshots snapshots;
	const struct check_plan *plan;
	const struct check_call *call;
	size_t current, next, end; /* in the plan's order */
	size_t pass;               /* where it began */
	uint64_t generation;       /* when this walk began, of a target that tells it */
	bool reseeds;              /* it changes by what is injected */
	bool is_last_walk;
};

static struct check_result *result_of(const struct work *work, size_t i)
{
	return &work->plan->results[work->plan->order[i]];
}

static const struct check_item *item_of(const struct work *work, size_t i)
{
	return &work->plan->items[work->plan->order[i]];
}

static void done(struct check_result *result, enum check_kind kind)
{
	result->kind = (uint8_t)kind;
	result->is_done = true;
	__atomic_fetch_add(num_done, 1, __ATOMIC_RELAXED);
}

static void keep(const struct work *work, size_t i, const struct check_report *report,
		 enum check_kind kind)
{
	const struct check_sweep *sweep = &work->plan->sweeps[item_of(work, i)->sweep];
	struct check_result *result = result_of(work, i);

	result->was_zeroed = report->was_zeroed;
	result->ip[0] = report->ip[0];
	result->ip[1] = report->ip[1];
	result->is_explained = report->is_explained;
	result->last_look = check_fault_forks_late(sweep->fault) ? report->last_look
								 : sweep->call->last_look;
	done(result, kind);
}

static void set_item(const struct work *work, size_t i, struct check_run *run)
{
	const struct check_item *item = item_of(work, i);
	const struct check_sweep *sweep = &work->plan->sweeps[item->sweep];

	run->fault = sweep->fault;
	run->at[0] = item->at[0];
	run->at[1] = item->at[1];
	run->trace = check_fault_forks_late(run->fault);
	run->steps_over = sweep->steps_over;
}

static bool next_snapshot(void *arg, struct check_run *run)
{
	struct work *work = arg;

	while (work->next < work->end && result_of(work, work->next)->is_done)
		work->next++;
	if (work->next == work->end)
		return false;
	work->current = work->next++;
	set_item(work, work->current, run);
	return true;
}

static uint64_t generation_of(const struct work *work)
{
	const struct check_target *target = work->plan->options->target;

	return target->generation && !work->reseeds ? target->generation() : 0;
}

static void snapshot_ended(void *arg, const struct check_report *report)
{
	struct work *work = arg;
	struct check_result *result = result_of(work, work->current);
	struct check_verdict verdict =
		check_judge(&work->snapshots.run, report, work->call->late_syscalls);
	bool is_believed;

	/*
	 * The kernel reseeded by itself, and the call is no longer the one that was looked at, in
	 * this run and in all that follow in this walk: the next walk makes them again. Where it
	 * reseeds all the time, the last walk counts all the same.
	 */
	if (!work->is_last_walk && generation_of(work) != work->generation) {
		result->may_be_chance = true;
		return;
	}
	is_believed = check_vote(&result->votes, verdict);
	result->may_be_chance = !is_believed && !work->is_last_walk;
	if (result->may_be_chance)
		return;
	keep(work, work->current, report, result->votes.kind);
	/* See end_pass(). */
	if (work->snapshots.run.trace)
		result->last_look = NOT_KNOWN_YET;
}

/* The first that has another first injection than the current one. */
static size_t end_of_pass(const struct work *work)
{
	const struct check_item *item = item_of(work, work->current);
	size_t i = work->current;

	while (i < work->end && item_of(work, i)->sweep == item->sweep &&
	       item_of(work, i)->at[0] == item->at[0])
		i++;
	return i;
}

static void begin_pass(void *arg)
{
	struct work *work = arg;

	work->pass = work->current;
	work->end = end_of_pass(work);
}

static void skip_pass(void *arg)
{
	struct work *work = arg;

	work->next = end_of_pass(work);
}

/* Second boundaries beyond the end of the call are none. */
static void end_pass(void *arg, long last_look)
{
	struct work *work = arg;

	/* Before the first injection; or this call took another way, where nobody watches. */
	if (last_look < 0 && work->call->last_look <= item_of(work, work->pass)->at[0])
		last_look = work->call->last_look;
	for (size_t i = work->pass; i < work->end; i++) {
		struct check_result *result = result_of(work, i);

		if (result->last_look == NOT_KNOWN_YET)
			result->last_look = last_look;
		if (i >= work->current && work->snapshots.has_next && !result->is_done)
			done(result, CHECK_NOT_INJECTED);
	}
}

/* Returns whether some could be chance and are to be done again. */
static bool walk(struct work *work, const struct check_run *run, struct check_report *report,
		 const struct check_chunk *chunk)
{
	bool again = false;

	work->next = chunk->first;
	work->end = chunk->end;
	work->generation = generation_of(work);
	check_run_snapshots(run, report);
	for (size_t i = chunk->first; i < chunk->end; i++)
		again = again ||
			(!result_of(work, i)->is_done && result_of(work, i)->may_be_chance);
	return again;
}

static size_t greatest_common_divisor(size_t a, size_t b)
{
	while (b) {
		size_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static bool is_time_over(const struct check_plan *plan)
{
	return plan->until > 0 && check_seconds() >= plan->until;
}

/* One process for each run, from the beginning of the call. */
static void run_each(const struct work *work, struct check_run *run, struct check_report *report,
		     const struct check_chunk *chunk)
{
	run->snapshots = NULL;
	for (size_t i = chunk->first; i < chunk->end; i++) {
		if (result_of(work, i)->is_done)
			continue;
		if (is_time_over(work->plan))
			return;
		set_item(work, i, run);
		keep(work, i, report, check_run_and_judge(run, report, work->call->late_syscalls));
	}
}

/* Chunks that are worked on at the same time. */
struct phase {
	const struct check_plan *plan;
	size_t first, num; /* of the chunks */
};

/* If there may not be time for all: from everywhere in turn, by the golden section. */
static const struct check_chunk *spread(const struct phase *phase, size_t number)
{
	size_t num = phase->num, stride = (size_t)((double)num * 0.618);

	while (stride > 1 && greatest_common_divisor(stride, num) != 1)
		stride--;
	if (phase->plan->until > 0 && stride)
		number = number * stride % num;
	return &phase->plan->chunks[phase->first + number];
}

static void do_chunk(const void *arg, size_t number)
{
	static struct check_report *report;
	const struct phase *phase = arg;
	const struct check_plan *plan = phase->plan;
	const struct check_chunk *chunk = spread(phase, number);
	const struct check_target *target = plan->options->target;
	/* Those that reseed share no chunk with others. */
	const struct check_sweep *sweep =
		&plan->sweeps[plan->items[plan->order[chunk->first]].sweep];
	const struct check_call *call = sweep->call;
	struct work work = {
		.snapshots = {
			.work = &work,
			.next = next_snapshot,
			.ended = snapshot_ended,
			.begin_pass = begin_pass,
			.skip_pass = skip_pass,
			.end_pass = end_pass,
		},
		.plan = plan,
		.call = call,
		.reseeds = check_fault_has(sweep->fault, CHECK_RESEED),
	};
	struct check_run run = {
		.target = target,
		.fault = &check_faults[CHECK_NO_FAULT],
		.call = call->call,
		.bytes_before = call->bytes_before,
		.at = { CHECK_NOWHERE, CHECK_NOWHERE },
		.snapshots = &work.snapshots,
		.pattern = (uint8_t)chunk->first,
	};

	if (is_time_over(plan))
		return;
	if (!report) {
		report = check_shared_alloc(sizeof(*report));
		check_judge_init();
	}
	if (target->enter && target->enter(call->call.level) != NULL)
		abort();
	/* A target that nobody knows may look at its process ID. */
	for (int i = 1; target->state && i <= CHECK_WEAK_REPEATS; i++) {
		work.is_last_walk = i == CHECK_WEAK_REPEATS;
		run.pattern = (uint8_t)(run.pattern + 37);
		if (!walk(&work, &run, report, chunk))
			break;
	}
	/* And those that were lost with the process that makes the copies. */
	run_each(&work, &run, report, chunk);
}

static void show_progress(void)
{
	vgr_progress_set(__atomic_load_n(num_done, __ATOMIC_RELAXED));
}

/* @end is not in it. @until: check_seconds() at which its last run begins; 0: no end. */
static void run_phase(struct check_plan *plan, unsigned int jobs, size_t first, size_t end,
		      double until)
{
	struct phase phase = { plan, first, end - first };

	plan->until = until;
	check_share_work(jobs, phase.num, do_chunk, &phase, show_progress);
}

/* One that a worker was lost over was not tried, and must not count as right. */
static void settle(struct check_plan *plan, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		struct check_result *result = &plan->results[plan->order[i]];

		if (result->is_done)
			continue;
		result->is_left = is_time_over(plan);
		result->kind = result->is_left ? CHECK_NOT_INJECTED : CHECK_STUCK;
		plan->num_left += result->is_left;
	}
}

void check_plan_run(struct check_plan *plan)
{
	size_t num_quiet = plan->num_quiet ? plan->chunks[plan->num_quiet - 1].end : 0;
	double started_at = check_seconds(), most = 60 * (double)plan->options->minutes;
	double quiet_most = most * (double)num_quiet / (double)(plan->num_items + 1);
	double until;

	num_done = check_shared_alloc(sizeof(*num_done));
	vgr_progress_start(plan->num_items ? plan->num_items : 1);
	run_phase(plan, plan->options->jobs, 0, plan->num_quiet,
		  most > 0 ? started_at + quiet_most : 0);
	check_plan_look_again(plan);
	settle(plan, 0, num_quiet);
	/* Its share, if the first phase took more than it should have: that ends with a chunk. */
	until = check_seconds() + most - quiet_most;
	if (until < started_at + most)
		until = started_at + most;
	run_phase(plan, plan->options->reseed_jobs, plan->num_quiet, plan->num_chunks,
		  most > 0 ? until : 0);
	settle(plan, num_quiet, plan->num_items);
	vgr_progress_clear();
	plan->seconds = check_seconds() - started_at;
}
