// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The workers: processes that take the next items of the plan and make its runs. They never
 * call the target themselves, so every run begins with one that was never used.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

struct queue {
	size_t next, done;
};

static struct queue *queue;

struct work {
	struct check_snapshots snapshots; /* first: what is handed to us is this */
	const struct check_plan *plan;
	const struct check_call *call;
	size_t next, end; /* in the plan's order */
};

static void keep(const struct check_plan *plan, size_t index, const struct check_report *report,
		 enum check_kind kind)
{
	struct check_result *result = &plan->results[index];
	const struct check_sweep *sweep = &plan->sweeps[plan->items[index].sweep];
	bool forks_late = check_fault_forks_late(sweep->fault);

	result->kind = (uint8_t)kind;
	result->was_zeroed = report->was_zeroed;
	result->ip[0] = report->ip[0];
	result->ip[1] = report->ip[1];
	result->last_look = forks_late ? report->last_look : sweep->call->last_look;
	result->is_done = true;
	__atomic_fetch_add(&queue->done, 1, __ATOMIC_RELAXED);
}

static void set_item(const struct check_plan *plan, size_t index, struct check_run *run)
{
	const struct check_item *item = &plan->items[index];

	run->fault = plan->sweeps[item->sweep].fault;
	run->at[0] = item->at[0];
	run->at[1] = item->at[1];
	run->trace = check_fault_forks_late(run->fault);
}

static bool next_snapshot(struct check_snapshots *snapshots, struct check_run *run)
{
	struct work *work = (struct work *)snapshots;

	if (work->next == work->end)
		return false;
	set_item(work->plan, work->plan->order[work->next++], run);
	return true;
}

/* What could be chance is left to be done again, with other random numbers. */
static void snapshot_ended(struct check_snapshots *snapshots, const struct check_report *report)
{
	struct work *work = (struct work *)snapshots;
	struct check_verdict verdict =
		check_judge(&snapshots->run, report, work->call->late_syscalls);

	if (!verdict.is_weak)
		keep(work->plan, work->plan->order[work->next - 1], report, verdict.kind);
}

static void do_chunk(const struct check_plan *plan, struct check_report *report,
		     const struct check_chunk *chunk)
{
	const struct check_target *target = plan->options->target;
	const struct check_call *call =
		plan->sweeps[plan->items[plan->order[chunk->first]].sweep].call;
	struct work work = {
		.snapshots = { .next = next_snapshot, .ended = snapshot_ended },
		.plan = plan,
		.call = call,
		.next = chunk->first,
		.end = chunk->end,
	};
	struct check_run run = {
		.target = target,
		.fault = &check_faults[CHECK_NO_FAULT],
		.call = call->call,
		.bytes_before = call->bytes_before,
		.at = { CHECK_NOWHERE, CHECK_NOWHERE },
		.pattern = (uint8_t)chunk->first,
	};

	if (target->enter && target->enter(call->call.level) != NULL)
		abort();
	run.snapshots = &work.snapshots;
	/* A target that nobody knows may look at its process ID. */
	if (target->state)
		check_run_snapshots(&run, report);
	run.snapshots = NULL;
	for (size_t i = chunk->first; i < chunk->end; i++) {
		size_t index = plan->order[i];

		if (plan->results[index].is_done)
			continue;
		set_item(plan, index, &run);
		keep(plan, index, report, check_run_and_judge(&run, report, call->late_syscalls));
	}
}

static _Noreturn void do_work(const struct check_plan *plan)
{
	struct check_report *report = check_shared_alloc(sizeof(*report));
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((i = __atomic_fetch_add(&queue->next, 1, __ATOMIC_RELAXED)) < plan->num_chunks)
		do_chunk(plan, report, &plan->chunks[i]);
	_exit(0);
}

/* An item that a worker was lost over was not tried, and must not count as right. */
static void check_all_done(const struct check_plan *plan)
{
	for (size_t i = 0; i < plan->num_items; i++)
		if (!plan->results[i].is_done)
			plan->results[i].kind = CHECK_STUCK;
}

void check_plan_run(struct check_plan *plan)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	pid_t workers[CHECK_WORKERS_MAX];
	unsigned int running = 0;
	double started_at = check_seconds();

	queue = check_shared_alloc(sizeof(*queue));
	vgr_progress_start(plan->num_items ? plan->num_items : 1);
	for (; running < plan->options->jobs; running++) {
		workers[running] = fork();
		if (workers[running] < 0)
			abort();
		if (workers[running] == 0)
			do_work(plan);
	}
	while (running) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid > 0)
			running--;
		else if (pid == 0)
			nanosleep(&pause, NULL);
		else if (errno != EINTR)
			break;
		vgr_progress_set(__atomic_load_n(&queue->done, __ATOMIC_RELAXED));
	}
	vgr_progress_clear();
	check_all_done(plan);
	plan->seconds = check_seconds() - started_at;
}
