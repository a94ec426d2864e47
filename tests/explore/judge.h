/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Whether what a call did is right.
 */
#ifndef EXPLORE_JUDGE_H
#define EXPLORE_JUDGE_H

#include "explore.h"

enum explore_kind {
	EXPLORE_RIGHT,
	EXPLORE_CRASH,
	EXPLORE_HANG,
	EXPLORE_BAD_RESULT,
	EXPLORE_UNTOUCHED, /* bytes as they were before the call */
	EXPLORE_ZEROS,
	EXPLORE_ZERO_KEY, /* keystream of a key of zeros */
	EXPLORE_REPEATS_OWN,
	EXPLORE_REPEATS_OTHER, /* the other process has the same, and not only by the tail */
	EXPLORE_OLD_SEED,      /* made of a seed from before the reseed */
	EXPLORE_LEFT_BEHIND,   /* an error was returned, and random bytes lie in the buffer */
	EXPLORE_KEPT,          /* the state still holds bytes that were handed out, or their key */
	EXPLORE_ZEROS_AHEAD,   /* the state holds zeros that a later call will hand out */
	EXPLORE_OTHER_AHEAD,   /* the same of bytes of the other process */
	EXPLORE_KEPT_INVALID,  /* the same in a state that is not valid, until its next refill */
	EXPLORE_NUM_KINDS,
};

extern const char *const explore_kind_names[EXPLORE_NUM_KINDS];

/* Whether it is one of what vdso/README.md calls known limitations. */
bool explore_kind_is_known(enum explore_kind kind);

/* The call on top has returned @result. What it handed out is remembered. */
enum explore_kind explore_judge_call(int64_t result);

/* No call is under way: I8, and what later calls will read. */
enum explore_kind explore_judge_state(void);

/* Whether all words of @source's key lie in @words, @num of them, one after the other. */
bool explore_key_is_in(uint32_t source, const uint32_t *words, size_t num);

#endif
