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

/* A boundary: the instruction behind it, and the stack pointer. */
struct check_visit {
	uintptr_t ip, sp;
};

/* Says that @image is ours, wholly in memory, and the one that will be called. */
void check_find_chacha20(const void *image);

/* Whether @ip is the first instruction of a version of ChaCha20. */
bool check_enters_chacha20(uintptr_t ip);

/* Fills in the place of each of a call's @num boundaries. */
void check_find_places(const struct check_visit *visits, long num, uint8_t *places);

#endif
