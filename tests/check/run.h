/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One run: a process that makes one call and is interfered with, and what came of it.
 */
#ifndef VGR_CHECK_RUN_H
#define VGR_CHECK_RUN_H

#include "check.h"
#include "code.h"
#include "faults.h"
#include "target.h"

#define CHECK_DRAWS_MAX    64
#define CHECK_NESTED_CALLS 2
#define CHECK_NOWHERE      (-1)

struct check_snapshots;

/* A call, as the command line describes it. */
struct check_case {
	size_t size;
	enum check_start start;
	uint32_t level;
};

/*
 * at:    boundaries: 0 is before the first instruction; CHECK_NOWHERE: there is no such action
 * visits: where each boundary goes; NULL: nowhere, and once everything is injected, the rest runs
 *        at full speed
 * trace: watch which instruction is the last to look at the state
 * steps_over: after the first injection, ChaCha20 runs at full speed and has no boundaries
 */
struct check_run {
	const struct check_target *target;
	const struct check_fault *fault;
	struct check_case call;
	unsigned int bytes_before;
	long at[2];
	struct check_visit *visits;
	bool trace;
	bool steps_over;
	struct check_snapshots *snapshots; /* NULL: one run */
	uint8_t pattern; /* the buffer is filled with noise that begins with this */
};

/* What one process came to: the parent, or the child of an injected fork. */
struct check_side {
	bool done;
	bool jumped;
	bool next_failed;
	uint64_t ret;
	uint64_t nested_ret[CHECK_NESTED_CALLS];
	unsigned int num_nested;
	unsigned int num_next;      /* of them were kept */
	unsigned int late_syscalls; /* of the next calls, without the first few */
	uint8_t outer[CHECK_SIZE_MAX];
	uint8_t nested[CHECK_NESTED_CALLS][CHECK_NESTED_MAX];
	uint8_t next[CHECK_NEXT_CALLS][CHECK_NEXT_LEN];
};

enum check_end {
	CHECK_ENDED,   /* the report is complete */
	CHECK_CRASHED, /* the target, by @signal */
	CHECK_HUNG,
	CHECK_GAVE_UP, /* the process ended itself: abort() or exit() in the target */
};

/* In memory that all processes of a run share. */
struct check_report {
	enum check_end end;
	int signal;
	long num_steps; /* boundaries met while stepping */
	long last_look; /* of a traced run: the boundary before the last load from the state */
	bool injected[2];
	bool was_impossible; /* an action could not be done here */
	bool was_zeroed;     /* a drop was not to be had, the page was zeroed */
	bool has_droppable;  /* of an undisturbed run: there is a page to drop */
	bool forked;
	bool is_explained; /* the state at the second injection, see check_target */
	uintptr_t ip[2];   /* where the injections came */
	size_t nested_len;
	unsigned int num_before;
	uint8_t before[CHECK_DRAWS_MAX][CHECK_NEXT_LEN];
	uint8_t pattern[CHECK_SIZE_MAX];
	struct check_side parent, child;
};

/* Whether getrandom(2) of a run can be counted and made to fail here. */
bool check_can_intercept(void);

/*
 * Many runs that differ in where they inject: one process steps through the call, and at each
 * boundary makes a copy of itself, with what a fork would have wiped, that is the run. Only for
 * targets that do not look at their process ID. Runs are in the order of their at[0].
 *
 * Those with the same first injection and a second one come after another, in the order of their
 * at[1], and are a pass: the copy injects, steps on, and makes copies of itself in its turn.
 *
 * work:       what these functions are called with
 * next:       says in @run where the next run injects what, and whether it is traced; false: there
 *             is none
 * ended:      called with the report after each
 * begin_pass: from now on next() has only the runs of the pass of the current one
 * skip_pass:  where that happens in a copy: next() goes on after it
 * end_pass:   the call came to its end, with this boundary before the last look at the state
 */
struct check_snapshots {
	void *work;
	bool (*next)(void *work, struct check_run *run);
	void (*ended)(void *work, const struct check_report *report);
	void (*begin_pass)(void *work);
	void (*skip_pass)(void *work);
	void (*end_pass)(void *work, long last_look);
	struct check_run run;
	bool has_next;
};

void check_run_snapshots(const struct check_run *run, struct check_report *report);

/* What a process that steps does at a boundary. */
enum check_role {
	CHECK_GO_ON,   /* the same that it did before */
	CHECK_BE_RUN,  /* this is a copy, and a run */
	CHECK_BE_PASS, /* this is a copy, and a pass */
};

/* snapshot.c: at boundary @num of a stepped call, makes the runs that are to be made there. */
enum check_role check_snapshot(long num, bool maps_may_have_changed);

/* Makes @report one of nothing, for a call with the same beginning. */
void check_report_clear(struct check_report *report);

/* Of one process. */
void check_side_clear(struct check_side *side);

/*
 * Waits for the process of a run and says in @report how it ended. For @idle_seconds it may use no
 * processor itself, which a scenario does not while others do its work, or fill memory; for
 * @sleep_seconds all its processes may do nothing but sleep.
 */
#define CHECK_IDLE_SECONDS           30
#define CHECK_SLEEP_SECONDS          4
#define CHECK_SCENARIO_IDLE_SECONDS  300
#define CHECK_SCENARIO_SLEEP_SECONDS 30
void check_run_wait(int pid, double idle_seconds, double sleep_seconds,
		    struct check_report *report);

/* Waits for a process that makes many runs. */
void check_pass_wait(int pid);

/* What the target prints in this process from now on, nobody sees: its end says enough. */
void check_silence(void);

/* Makes the run in a process of its own and waits for it. */
void check_run(const struct check_run *run, struct check_report *report);

/* A nested call of a call for @size bytes. */
size_t check_nested_len(size_t size);

/*
 * Between run.c, which owns the process, and step.c, which owns its signals.
 */
struct check_process {
	const struct check_run *run;
	struct check_report *report;
	struct check_side *side;
	uint8_t outer[CHECK_SIZE_MAX];
	uint8_t nested[CHECK_NESTED_CALLS][CHECK_NESTED_MAX];
	int fail_with; /* the next getrandom(2); 0: works */
	unsigned int num_syscalls;
	long child;

	/* Of a process that steps, and is no run itself. */
	struct check_snapshots *snapshots;
	bool is_pass;
};

extern struct check_process check_process;

/* inject.c: the actions of the fault from @from to before @to; returns false if one was not
 * possible. */
bool check_inject(unsigned int from, unsigned int to);

/* step.c */
uint64_t check_step(void);
bool check_intercept(void); /* from now on, in this process and its children */
void check_step_abandon(void);

#endif
