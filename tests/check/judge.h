/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Whether a run was right.
 */
#ifndef VGR_CHECK_JUDGE_H
#define VGR_CHECK_JUDGE_H

#include "run.h"

enum check_kind {
	CHECK_RIGHT,
	CHECK_NOT_INJECTED, /* the call ended before the boundary, or nothing could come there */
	CHECK_SAME_OUTPUT,  /* of the call itself, in parent and child: right in the tail only */
	CHECK_ZEROS,
	CHECK_ZERO_KEY,
	CHECK_REPEATS_OTHER,  /* another output of the other process */
	CHECK_REPEATS_ITSELF, /* another output of the same process */
	CHECK_UNWRITTEN,
	CHECK_WRONG_RETURN,
	CHECK_NEXT_WRONG,
	CHECK_NEXT_SLOW,
	CHECK_DIED, /* crashed or ended itself */
	CHECK_STUCK,
	CHECK_NUM_KINDS,
};

extern const char *const check_kind_names[CHECK_NUM_KINDS];

/*
 * A finding about fewer bytes than a window may be chance: @is_weak, to be seen again. By chance it
 * comes in one run of 51 at most, when an output is one byte: that is zero or the byte from before
 * in either process, or the same in both. This often in a row it does in one case of 10^13, and
 * the full form has 10^5.
 */
#define CHECK_WEAK_REPEATS 8

struct check_verdict {
	enum check_kind kind;
	bool is_weak;
};

/* Before anything is judged, and in each process that judges beside others: it has no locks. */
void check_judge_init(void);

/* @late_syscalls: what a call that nothing happened to has afterwards. */
struct check_verdict check_judge(const struct check_run *run, const struct check_report *report,
				 unsigned int late_syscalls);

/* vote.c: the verdicts on runs of one kind, and which is believed. Zero: none yet. */
struct check_votes {
	uint8_t kind; /* enum check_kind */
	uint8_t num;
};

/* Counts @verdict. Returns whether votes->kind is it; else another run is needed. */
bool check_vote(struct check_votes *votes, struct check_verdict verdict);

/* Makes a run, judges it, and again as long as the verdict could be chance. */
enum check_kind check_run_and_judge(struct check_run *run, struct check_report *report,
				    unsigned int late_syscalls);

#endif
