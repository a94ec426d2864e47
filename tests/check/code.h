/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Which code a boundary lies in.
 */
#ifndef VGR_CHECK_CODE_H
#define VGR_CHECK_CODE_H

#include "target.h"

enum check_place {
	CHECK_STATE_MACHINE, /* of our image */
	CHECK_CHACHA20,      /* of our image */
	CHECK_ELSEWHERE,     /* or not known */
	CHECK_NUM_PLACES,
};

/*
 * A boundary: the instruction behind it, and the stack pointer. loads: that instruction reads the
 * state (of a traced call), in_scratch: where our ChaCha20 has its scratch place.
 */
struct check_visit {
	uintptr_t ip, sp;
	bool loads, in_scratch;
};

/*
 * One call of ChaCha20, in boundaries of the call that makes it: its first instruction; the first
 * boundary at which it has read its key; and the first one behind it.
 */
struct check_span {
	long entry, has_key, end;
};

/* Says that @image is ours, wholly in memory, and the one that will be called. */
void check_find_chacha20(const void *image);

/* Whether @ip is the first instruction of a version of ChaCha20. */
bool check_enters_chacha20(uintptr_t ip);

/* Fills in the place of each of a call's @num boundaries. */
void check_find_places(const struct check_visit *visits, long num, uint8_t *places);

/* The calls of ChaCha20 among these; returns how many of them are in @spans, at most @max. */
unsigned int check_find_spans(const struct check_visit *visits, long num, const uint8_t *places,
			      struct check_span *spans, unsigned int max);

#endif
