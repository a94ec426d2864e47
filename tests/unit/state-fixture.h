/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the tests of the state machine share: the image's function and four states that are its own
 * to use, made anew for each test. A Criterion test is a process of its own, so these are
 * variables.
 */
#ifndef VGT_STATE_FIXTURE_H
#define VGT_STATE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "random.h"

#define STATE_LEN   sizeof(struct vgr_state)
#define BEST_CHACHA UINT32_MAX
#define MARK        0xee
#define LEN_MAX     8192

extern vgr_getrandom_fn *fn;
extern struct vgr_state *states;
extern struct vgt_random r;
extern size_t batch_read_max;
extern uint8_t buf[LEN_MAX], expected[LEN_MAX];

/* For .init of a TestSuite. */
void state_setup(void);

/* Of the data page. */
uint64_t generation(void);

/* Draws into buf; fails the test unless all @len bytes come. */
void draw(struct vgr_state *st, size_t len);

/*
 * Runs @body(@arg), which installs a seccomp filter, in a child; fails the test unless it returns.
 * Skips the test where there are no filters.
 */
void expect_in_filtered_child(void (*body)(void *arg), void *arg);

/* Whether eight bytes in a row are zero. */
bool has_zero_window(const uint8_t *p, size_t len);

#endif
