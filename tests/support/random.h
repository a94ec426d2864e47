/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Numbers that choose test cases, and can be chosen again: not random numbers.
 *
 * The seed is new in each run and belongs into every failure's message; the environment
 * variable VGETRANDOM_TEST_SEED repeats a run.
 */
#ifndef VGT_RANDOM_H
#define VGT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct vgt_random {
	uint64_t seed; /* for the message */
	uint64_t state;
};

/* Seeds @r from the environment variable, else from the clock. */
void vgt_random_init(struct vgt_random *r);

uint64_t vgt_random_next(struct vgt_random *r);

/* A number below @bound, which is not 0. */
uint64_t vgt_random_below(struct vgt_random *r, uint64_t bound);

void vgt_random_fill(struct vgt_random *r, void *buf, size_t len);

#endif
