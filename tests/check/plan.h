/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * All runs of a `step`: which calls, which faults, at which boundaries; and what came of them.
 */
#ifndef VGR_CHECK_PLAN_H
#define VGR_CHECK_PLAN_H

#include "code.h"
#include "judge.h"
#include "options.h"
#include "workers.h"

#define CHECK_SPANS_MAX 8

/* A call, and what it is like if nothing happens to it. */
struct check_call {
	struct check_case call;
	unsigned int bytes_before;
	const char *missing; /* why it cannot be tested, or NULL */
	enum check_kind kind;
	long num_boundaries;
	long last_look; /* boundary before the last look at the state; -1: not known */
	unsigned int late_syscalls;
	bool has_droppable;
	int32_t *boundaries; /* those that are tried, ascending */
	long num_tried;
	int32_t *machine; /* and of these, those in the state machine */
	long num_in[CHECK_NUM_PLACES], num_tried_in[CHECK_NUM_PLACES];
	struct check_span spans[CHECK_SPANS_MAX]; /* of ChaCha20 */
	unsigned int num_spans;

	/* Where the tail begins in which a fork copies final bytes. */
	long tail;
	bool tail_is_run; /* from there on all forks gave the same */
};

struct check_sweep {
	const struct check_call *call;
	const struct check_fault *fault;
	size_t first, num; /* of the items */
	bool steps_over;   /* no second boundaries within ChaCha20 */
};

struct check_item {
	uint32_t sweep;
	int32_t at[2];
};

/* Items of one call, in the order of their boundaries: one process steps through it for them. */
struct check_chunk {
	size_t first, end; /* in the plan's order */
};

struct check_result {
	uint8_t kind;
	bool was_zeroed;
	bool in_tail;
	bool is_explained; /* see check_target */
	bool is_known;
	bool is_done;
	bool is_left;       /* no time was left for it */
	bool may_be_chance; /* to be done again */
	struct check_votes votes;
	long last_look;
	uintptr_t ip[2];
};

struct check_plan {
	const struct check_options *options;
	struct check_call *calls;
	unsigned int num_calls;
	struct check_sweep *sweeps;
	unsigned int num_sweeps;
	struct check_item *items;
	size_t num_items, items_size;
	uint32_t *order; /* of the items: see order.c; then by call, by boundary */
	struct check_chunk *chunks;
	unsigned int num_chunks, num_quiet; /* the first ones have no reseed */
	struct check_result *results;       /* shared with the workers; one for each item */
	unsigned int num_broken;            /* calls that are wrong with nothing injected */
	double seconds;
	double until;    /* check_seconds() at which no other run of this phase begins; 0: no end */
	size_t num_left; /* items that were not tried because of that */
	size_t num_again; /* runs of forks that were looked at again */
};

/*
 * Makes every call undisturbed and chooses boundaries. Returns NULL, or why nothing at
 * all can be tested.
 */
const char *check_plan_make(struct check_plan *plan, const struct check_options *options);

/* order.c: fills in the order and the chunks. */
void check_plan_order(struct check_plan *plan);

/* work.c: makes all runs. */
void check_plan_run(struct check_plan *plan);

/*
 * tail.c: looks again at those plain forks of one call that end its tail; @items, in the order of
 * their boundaries, are theirs. @again makes another run with a fork at boundary @at.
 */
typedef struct check_verdict check_again_fn(void *arg, long at);
void check_look_again(struct check_result *results, const struct check_item *items, size_t num,
		      check_again_fn *again, void *arg);

/* look-again.c: does that for the plan's calls, with runs of the target. */
void check_plan_look_again(struct check_plan *plan);

/* tail.c: which of the outputs that parent and child have in common are final bytes. */
void check_plan_find_tails(struct check_plan *plan);

/*
 * Whether the tail is more than half of a call of which nobody knows where it looks last: it may
 * look only at its beginning.
 */
bool check_has_long_tail(const struct check_call *c);

void check_plan_add_item(struct check_plan *plan, long first, long second);

/* calls.c: what each call is like. */
void check_plan_look_at_calls(struct check_plan *plan);

/* choose.c: fills in which boundaries of @c are tried. */
void check_choose(const struct check_options *options, const struct check_visit *visits,
		  struct check_call *c);

/* pairs.c: adds items of the sweep that is being added. */
void check_plan_add_pairs(struct check_plan *plan, const struct check_call *c);
bool check_pairs_step_over(const struct check_options *options, const struct check_call *c);

uint64_t check_random(uint64_t *state);

#endif
