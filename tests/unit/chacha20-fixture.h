/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the tests of ChaCha20 share: each version that this CPU can run, and room for its output.
 */
#ifndef VGT_CHACHA20_FIXTURE_H
#define VGT_CHACHA20_FIXTURE_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stddef.h>
#include <stdint.h>

#include "inprocess.h"
#include "oracle.h"

#define BLOCK      VGR_CHACHA20_BLOCK_LEN
#define KEY        VGR_CHACHA20_KEY_LEN
#define SCRATCH    VGR_CHACHA20_SCRATCH_LEN
#define MAX_BLOCKS 1024
#define MARK       0xee
#define NUM_LEVELS 5

extern uint32_t levels[NUM_LEVELS];
extern uint8_t expected[MAX_BLOCKS * BLOCK], actual[MAX_BLOCKS * BLOCK + 256];

/* One test process for each version. */
#define TestEachVersion(suite, test)                                      \
	ParameterizedTestParameters(suite, test)                          \
	{                                                                 \
		return cr_make_param_array(uint32_t, levels, NUM_LEVELS); \
	}                                                                 \
	ParameterizedTest(uint32_t *level, suite, test)

/* Skips the test if this CPU has not what @level needs. */
vgr_chacha20_fn *version(uint32_t level);

/*
 * Calls @fn with a scratch place that is neither part of the state nor of the output; fails the
 * test if anything is left in it, or was written beside it.
 */
void call(vgr_chacha20_fn *fn, uint8_t *dst, uint8_t *last, size_t nblocks, const void *key,
	  uint64_t counter);

/* The same with the last block behind the others. */
void contiguous(vgr_chacha20_fn *fn, uint8_t *dst, size_t nblocks, const void *key,
		uint64_t counter);

/* Fails the test with @what and all that leads to the difference. */
void expect_equal(const char *what, uint32_t level, size_t nblocks, uint64_t counter,
		  const void *want, const void *got, size_t len, uint64_t seed);

#endif
